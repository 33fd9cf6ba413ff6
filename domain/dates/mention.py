"""What a text says of a day: where it stands, which day or days it means, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Precision = Literal["day", "range", "week", "month", "year"]
DateKind = Literal["absolute", "yearless", "weekday", "relative"]
Direction = Literal["past", "future", "unknown"]


@dataclass(frozen=True, slots=True)
class DateMention:
    """One expression of time in a text, resolved as far as the text and the anchor allow.

    `day` is set only where the expression means a single day that is known; `earliest` and `latest`
    (inclusive) where it means several. All three are None for an expression that cannot be
    resolved: the year is never invented.

    `kind` says what was written: `absolute` has its year, `yearless` a day or month without one,
    `weekday` only the name of a day, `relative` counts from the anchor or from another day told.
    `direction` is what the words say (last, next, will, was), else where the day lies from the
    anchor; `unknown` if neither decides, which includes the day of the anchor itself.
    """

    start: int
    end: int
    text: str
    day: date | None
    earliest: date | None
    latest: date | None
    precision: Precision
    kind: DateKind
    direction: Direction = "unknown"
    weekday: int | None = None
    month_day: tuple[int, int] | None = None  # what a yearless day, or the first of several, says
    last_month_day: tuple[int, int] | None = None  # the last of several yearless days

    @property
    def resolved(self) -> bool:
        """True if a day or a range of days is known."""
        return self.day is not None or self.earliest is not None
