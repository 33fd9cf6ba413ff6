"""What the days of a text can still mean when no anchor resolves them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from domain.dates.mention import DateMention
from domain.dates.reckoning import on_or_after, on_or_before
from domain.model import Published


def weekday_matches(day: date, weekday: int) -> bool:
    """Tell whether a day has this weekday (Monday is 0)."""
    return day.weekday() == weekday


def candidate_days(weekday: int, earliest: date, latest: date) -> tuple[date, ...]:
    """Return every day with this weekday between two days, both included, in order."""
    first = on_or_after(earliest, weekday)
    if first is None or first > latest:
        return ()
    weeks = (latest - first).days // 7
    return tuple(first + timedelta(days=7 * week) for week in range(weeks + 1))


def infer_day(mentions: Iterable[DateMention], published: Published | None) -> date | None:
    """Return the one day that single-day mentions mean together, or None if they leave it open.

    A weekday that was read without an anchor counts from the publication day. "Yesterday Friday"
    without a publication day stays unknown: the year is never invented.
    """
    anchor = published.at.date() if published else None
    days = {day for mention in mentions if (day := _day(mention, anchor)) is not None}
    return days.pop() if len(days) == 1 else None


def _day(mention: DateMention, anchor: date | None) -> date | None:
    """Return the day of a mention, counting a bare weekday from the anchor."""
    if mention.day or mention.weekday is None or anchor is None:
        return mention.day
    if mention.kind not in ("weekday", "relative") or mention.resolved:
        return None
    toward = on_or_after if mention.direction == "future" else on_or_before
    return toward(anchor, mention.weekday)
