"""The year of a day told without one, as far as the terms of office of those named leave only one.

An undated report of "Monday 22 April" that names two ministers can only mean the year in which both
held office and that day was a Monday. If two years fit, or none, the year stays unknown.
"""

from __future__ import annotations

from datetime import date

from domain.dates.mention import DateMention
from domain.dates.reckoning import safe_date
from domain.gazetteer.ledger import AS_OF
from domain.model import DateRange

# Longer spans hold too many years for one to be certain; the bound also keeps the search short.
_MAX_YEARS = 12


def days_in_terms(mention: DateMention, span: DateRange) -> DateRange | None:
    """Return the only day or days within `span` that a mention without a year can mean, or None.

    A term that is still open may last beyond what is known, so there only a weekday told with the
    day is proof: the same day falls on it again after five years at the earliest.
    """
    if mention.kind != "yearless" or mention.month_day is None or mention.resolved:
        return None
    if span.latest.year - span.earliest.year > _MAX_YEARS:
        return None
    if span.latest >= AS_OF and mention.weekday is None:
        return None
    years = range(span.earliest.year, span.latest.year + 1)
    found = [days for year in years if (days := _in_year(mention, year)) and _inside(days, span)]
    return found[0] if len(found) == 1 else None


def _in_year(mention: DateMention, year: int) -> DateRange | None:
    """Return what the mention means in a year, None if it cannot be in it."""
    first = safe_date(year, *mention.month_day) if mention.month_day else None
    if first is None or (mention.weekday is not None and first.weekday() != mention.weekday):
        return None
    if mention.last_month_day is None:
        return DateRange(first, first)
    last: date | None = safe_date(year, *mention.last_month_day)
    if last and last < first:
        last = safe_date(year + 1, *mention.last_month_day)
    return DateRange(first, last) if last else None


def _inside(days: DateRange, span: DateRange) -> bool:
    return span.earliest <= days.earliest and days.latest <= span.latest
