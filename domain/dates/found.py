"""One form found in a text, with what is needed to say which day it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.dates.direction import clause_direction
from domain.dates.kinds import KINDS
from domain.dates.mention import DateKind, DateMention, Direction, Precision
from domain.dates.scan import Scan, Token

YEAR_PERIOD = KINDS["year_period"]
DAY, ORDINAL, YEAR = KINDS["day"], KINDS["ordinal"], KINDS["year"]
MONTHS = (KINDS["month"], KINDS["short_month"])
WEEKDAYS = (KINDS["weekday"], KINDS["short_weekday"])
PAST, NEXT, THIS = KINDS["past"], KINDS["next"], KINDS["this"]


@dataclass(frozen=True)
class Found:
    """One form in its text: the rule it matched, its tokens and the anchor."""

    scan: Scan
    rule: str
    first: int
    last: int
    tokens: list[Token]
    anchor: date | None
    before: DateMention | None  # the last mention with a known day before this one

    def numbers(self, *kinds: str) -> list[int]:
        """Return the numbers of all tokens of these kinds, in order."""
        return [token.number for token in self.tokens if token.kind in kinds]

    def one(self, *kinds: str) -> int | None:
        """Return the number of the first token of these kinds."""
        return next(iter(self.numbers(*kinds)), None)

    def has(self, kind: str) -> bool:
        """Tell whether a token of this kind is in the form."""
        return any(token.kind == kind for token in self.tokens)

    def previous(self) -> str:
        """Return the word before the form."""
        return self.scan.tokens[self.first - 1].word if self.first else ""

    @property
    def stated(self) -> Direction:
        """Return what a word such as "last" or "next" in the form says."""
        if self.has(PAST):
            return "past"
        return "future" if self.has(NEXT) else "unknown"

    def direction(self) -> Direction:
        """Return the stated direction, else that of the clause."""
        if self.stated != "unknown":
            return self.stated
        return clause_direction(self.scan, self.first, self.last)

    def mention(
        self,
        kind: DateKind,
        precision: Precision,
        days: tuple[date, date] | None,
        direction: Direction = "unknown",
        weekday: int | None = None,
        month_day: tuple[int, int] | None = None,
    ) -> DateMention:
        """Return the mention of these days (first and last, inclusive), or an unresolved one."""
        start, end = self.scan.folded.span(self.tokens[0].start, self.tokens[-1].end)
        if days and days[0] == days[1]:
            precision = "day"
        single = days[0] if days and precision == "day" else None
        if direction == "unknown" and days and self.anchor and kind != "weekday":
            direction = _side(days, self.anchor)
        return DateMention(
            start=start,
            end=end,
            text=self.scan.folded.original[start:end],
            day=single,
            earliest=days[0] if days and single is None else None,
            latest=days[1] if days and single is None else None,
            precision=precision,
            kind=kind,
            direction=direction,
            weekday=weekday,
            month_day=month_day,
        )


def _side(days: tuple[date, date], anchor: date) -> Direction:
    """Return on which side of the anchor the days lie; unknown if it is among them."""
    if days[1] < anchor:
        return "past"
    return "future" if days[0] > anchor else "unknown"
