"""Counting in the calendar without ever leaving it: what does not exist is None."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from hijridate import Hijri


def safe_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None if the calendar has no such day."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def hijri_date(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of a Hijri one by the Umm al-Qura table, or None outside it."""
    try:
        found = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return date(found.year, found.month, found.day)


def shift(day: date, days: int) -> date | None:
    """Return the day so many days later, or None beyond the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def month_days(year: int, month: int, part: tuple[int, int] = (1, 31)) -> tuple[date, date] | None:
    """Return the first and last day of a month, or of a part of it."""
    first = safe_date(year, month, part[0])
    if first is None:
        return None
    return first, date(year, month, min(part[1], monthrange(year, month)[1]))


def months_from(anchor: date, offset: int) -> tuple[int, int]:
    """Return the year and month so many months from the anchor's."""
    count = anchor.year * 12 + anchor.month - 1 + offset
    return count // 12, count % 12 + 1


def year_days(year: int, last_year: int | None = None) -> tuple[date, date] | None:
    """Return the first and last day of a year, or of several."""
    first, last = safe_date(year, 1, 1), safe_date(last_year or year, 12, 31)
    return (first, last) if first and last and first <= last else None


def on_or_before(anchor: date, weekday: int) -> date | None:
    """Return the last day with this weekday up to the anchor."""
    return shift(anchor, -((anchor.weekday() - weekday) % 7))


def on_or_after(anchor: date, weekday: int) -> date | None:
    """Return the first day with this weekday from the anchor."""
    return shift(anchor, (weekday - anchor.weekday()) % 7)
