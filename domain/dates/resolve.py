"""Which reading each form of the grammar gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from domain.dates import calendar_days, periods, relative_days
from domain.dates.direction import clause_direction
from domain.dates.found import Found
from domain.dates.mention import DateMention

_HANDLERS: Final[dict[str, Callable[[Found], DateMention | None]]] = {
    "hijri": calendar_days.told_hijri,
    "range": calendar_days.told_range,
    "long_range": calendar_days.told_range,
    "between_range": calendar_days.told_range,
    "month_first_range": calendar_days.told_range,
    "dashed": calendar_days.told_date,
    "date": calendar_days.told_date,
    "date_after_modifier": calendar_days.told_date,
    "month_first": calendar_days.told_date,
    "numeric": calendar_days.told_numeric,
    "day_month": calendar_days.told_day_month,
    "day_of_month": calendar_days.told_day_of_month,
    "weekday_of_week": relative_days.told_weekday_of_week,
    "relative_weekday": relative_days.told_relative,
    "weekday": relative_days.told_weekday,
    "relative": relative_days.told_relative,
    "ago": lambda found: relative_days.told_count(found, -1),
    "ahead": relative_days.told_ahead,
    "period": relative_days.told_period,
    "adjacent": relative_days.told_adjacent,
    "month_range": periods.told_month_range,
    "month_year": periods.told_month,
    "month_part": periods.told_month,
    "month_modified": periods.told_month,
    "month": periods.told_month,
    "year_range": periods.told_years,
    "year": periods.told_years,
}


def resolve(found: Found) -> DateMention | None:
    """Return the mention that a form makes, or None if it is no date after all."""
    mention = _HANDLERS[found.rule](found)
    if mention and mention.direction == "unknown" and mention.kind in ("yearless", "relative"):
        clause = clause_direction(found.scan, found.first, found.last)
        return replace(mention, direction=clause) if clause == "future" else mention
    return mention
