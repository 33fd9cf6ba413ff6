"""What two mentions of one text say of each other: one day told twice, neighbours, a year told elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from domain.dates.mention import DateMention, Direction
from domain.dates.reckoning import on_or_after, safe_date, shift
from domain.text.fold import fold

# Between the two tellings of one day: "14 شوال 1446 هـ (الموافق ل 13 أبريل 2025)".
_PAIR_GAP = re.compile(r"[\s(،,/-]*(?:ه\b)?[\s(،,/-]*(?:(?:ال)?موافق)?\s*(?:ل|يوم|ب)*[\s:/-]*")
# Between two days that belong together: "jeudi et vendredi", "dimanche à lundi", "الأحد والاثنين".
_JOIN = re.compile(
    r",?\s*(?:et|and|y|e|en|und|و|to|a|al|tot|bis|الي|or|ou|o|-)?\s*(?:le|il|el)?\s*"
)
# Between a day and the weekday that only says which one it was: "am 31. Mai, an einem Freitag".
_APPOSED = re.compile(
    r"\s?[,(،–-]\s?(?:an einem|ein|un|a|on a|op een|een|di|وهو يوم|الذي صادف يوم|يوم)?\s?"
)
_WEEK = 6
_PAIR_DAYS = 3  # a Hijri day and its Gregorian partner differ by no more, sighting included


def _gap(text: str, first: DateMention, second: DateMention) -> str:
    """Return the folded text between two mentions."""
    return fold(text[first.end : second.start]).text


def join_hijri_pairs(
    text: str, mentions: Sequence[DateMention], hijri: set[int]
) -> list[DateMention]:
    """Join a Hijri date and the Gregorian one told beside it into one mention.

    The Gregorian day counts: the Hijri months of Morocco follow the sighted moon and can begin a
    day after those of the table. `hijri` holds the offsets at which Hijri dates begin.
    """
    joined: list[DateMention] = []
    for mention in mentions:
        last = joined[-1] if joined else None
        if last is None or (last.start in hijri) == (mention.start in hijri):
            joined.append(mention)
            continue
        gregorian = last if mention.start in hijri else mention
        if not (
            last.day
            and mention.day
            and abs((last.day - mention.day).days) <= _PAIR_DAYS
            and _PAIR_GAP.fullmatch(_gap(text, last, mention))
        ):
            joined.append(mention)
            continue
        end = mention.end + (text[mention.end : mention.end + 1] == ")")
        weekday = last.weekday if last.weekday is not None else mention.weekday
        joined[-1] = replace(
            gregorian, start=last.start, end=end, text=text[last.start : end], weekday=weekday
        )
    return joined


def join_weekday_pairs(text: str, mentions: Sequence[DateMention]) -> list[DateMention]:
    """Let the second of two joined weekdays follow the first: "jeudi et vendredi" said on Thursday."""
    joined: list[DateMention] = []
    for mention in mentions:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.kind == mention.kind == "weekday"
            and last.day
            and mention.day
            and mention.day < last.day
            and mention.weekday is not None
            and _JOIN.fullmatch(_gap(text, last, mention))
        ):
            day = on_or_after(last.day, mention.weekday)
            joined.append(replace(mention, day=day, direction="unknown"))
        else:
            joined.append(mention)
    return joined


def join_apposed_weekdays(text: str, mentions: Sequence[DateMention]) -> list[DateMention]:
    """Take a weekday just after the day it fell on for part of that day, not for one of its own."""
    joined: list[DateMention] = []
    for mention in mentions:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.kind in ("absolute", "yearless")
            and last.precision == "day"
            and mention.kind == "weekday"
            and _APPOSED.fullmatch(_gap(text, last, mention))
            and (last.day is None or last.day.weekday() == mention.weekday)
        ):
            words = text[last.start : mention.end]
            joined[-1] = replace(last, end=mention.end, text=words, weekday=mention.weekday)
        else:
            joined.append(mention)
    return joined


def settle_weekdays(mentions: Sequence[DateMention], anchor: date) -> list[DateMention]:
    """Settle the weekdays whose clause says neither last nor next: past, unless the day is told elsewhere.

    An article that announces "tomorrow" or "the 15th and 16th" and goes on with "Friday" means the
    coming one.
    """
    ahead = {
        day.weekday(): day for mention in reversed(mentions) for day in _ahead(mention, anchor)
    }
    return [
        _settled_weekday(mention, ahead.get(mention.day.weekday()), anchor)
        if mention.kind == "weekday" and mention.day and mention.direction == "unknown"
        else mention
        for mention in mentions
    ]


def _ahead(mention: DateMention, anchor: date) -> Iterator[date]:
    """Yield the days within a week after the anchor that a mention tells."""
    first, last = mention.day or mention.earliest, mention.day or mention.latest
    if first is None or last is None or mention.precision not in ("day", "range"):
        return
    for offset in range(1, _WEEK + 1):
        day = shift(anchor, offset)
        if day and first <= day <= last:
            yield day


def _settled_weekday(mention: DateMention, ahead: date | None, anchor: date) -> DateMention:
    """Return the mention moved to the day told elsewhere, or with the direction of its own day."""
    if ahead and mention.day and mention.day < anchor:
        return replace(mention, day=ahead, direction="future")
    if mention.day == anchor:
        return mention
    side: Direction = "past" if mention.day and mention.day < anchor else "future"
    return replace(mention, direction=side)


def settle_years(mentions: Sequence[DateMention]) -> list[DateMention]:
    """Give a yearless day the year that another date of the text makes certain; else leave it open.

    Certain is: the same day and month stand elsewhere with one year; or the weekday told with it
    agrees with the only year of all full dates in the text.
    """
    full = [m.day for m in mentions if m.kind == "absolute" and m.day]
    if not full:
        return list(mentions)
    return [_settled(mention, full) if _is_open(mention) else mention for mention in mentions]


def _is_open(mention: DateMention) -> bool:
    """Tell whether a mention is a single yearless day without a year yet."""
    return mention.kind == "yearless" and mention.precision == "day" and not mention.resolved


def _settled(mention: DateMention, full: Sequence[date]) -> DateMention:
    """Return the mention with its year if that is certain."""
    if mention.month_day is None:
        return mention
    month, day = mention.month_day
    years = {other.year for other in full if (other.month, other.day) == (month, day)}
    if not years and mention.weekday is not None:
        years = {other.year for other in full}
    if len(years) != 1:
        return mention
    found = safe_date(years.pop(), month, day)
    if found is None or (mention.weekday is not None and found.weekday() != mention.weekday):
        return mention
    return replace(mention, day=found)
