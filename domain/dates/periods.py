"""Months and years, whole or in part."""

from __future__ import annotations

from datetime import date
from typing import Final

from domain.dates.found import MONTHS, THIS, YEAR, YEAR_PERIOD, Found
from domain.dates.kinds import KINDS
from domain.dates.mention import DateMention, Precision
from domain.dates.reckoning import month_days, year_days

# A bare month within so many to come is the coming one even if the clause says nothing; one that
# ended so few ago is the past one even if the clause looks ahead.
_MONTHS_SOON, _MONTHS_JUST_PAST = 3, 2
_PARTS: Final = {KINDS["start"]: (1, 10), KINDS["middle"]: (10, 20), KINDS["end"]: (20, 31)}
# The third of a year meant by its start, middle or end, and the last day of that third.
_YEAR_PARTS: Final = {KINDS["start"]: 1, KINDS["middle"]: 5, KINDS["end"]: 9}
_THIRD_ENDS: Final = {1: 30, 5: 31, 9: 31}


def told_month(found: Found) -> DateMention | None:
    """A month with or without its year, or the start, middle or end of one."""
    month, year = found.one(*MONTHS), found.one(YEAR)
    if month is None:
        return None
    part = next((_PARTS[t.kind] for t in found.tokens if t.kind in _PARTS), (1, 31))
    if year is not None:
        days = month_days(year, month, part)
        return found.mention("absolute", "month", days) if days else None
    days = None
    if found.anchor:
        days = month_days(_month_year(found, found.anchor, month), month, part)
    relative = found.stated != "unknown" or found.has(THIS) or found.has(YEAR_PERIOD)
    return found.mention("relative" if relative else "yearless", "month", days, found.stated)


def _month_year(found: Found, anchor: date, month: int) -> int:
    """Return the year of a month told without one.

    News look back: a bare month is the last one of that name unless the clause looks ahead, or says
    nothing and the month begins within three.
    """
    offset, stated = found.one(YEAR_PERIOD), found.stated
    if offset is not None:
        return anchor.year + offset
    if found.has(THIS):
        return anchor.year
    ahead = (month - anchor.month) % 12  # months until the next of that name; 0 is the current one
    if ahead == 0:
        return anchor.year + {"past": -1, "future": 1}.get(stated, 0)
    forward = anchor.year + (month < anchor.month)
    if stated != "unknown":
        return forward if stated == "future" else forward - 1
    clause = found.direction()
    looks_ahead = clause == "future" and 12 - ahead > _MONTHS_JUST_PAST
    near = clause == "unknown" and ahead <= _MONTHS_SOON
    return forward if looks_ahead or near else forward - 1


def told_month_range(found: Found) -> DateMention | None:
    """From one month to another, the last with its year."""
    months, years = found.numbers(*MONTHS), found.numbers(YEAR)
    first_year = years[0] if len(years) > 1 or months[0] <= months[-1] else years[0] - 1
    first, last = month_days(first_year, months[0]), month_days(years[-1], months[-1])
    if not first or not last or last[1] < first[0]:
        return None
    return found.mention("absolute", "range", (first[0], last[1]))


def told_years(found: Found) -> DateMention | None:
    """A year, or the years from one to another."""
    years = found.numbers(YEAR)
    days = year_days(years[0], years[-1])
    part = next((_YEAR_PARTS[t.kind] for t in found.tokens if t.kind in _YEAR_PARTS), None)
    if part and days:
        days = date(years[0], part, 1), date(years[0], part + 3, _THIRD_ENDS[part])
    precision: Precision = "range" if len(years) > 1 else "year"
    return found.mention("absolute", precision, days) if days else None
