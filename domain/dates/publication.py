"""Chooses when an article was published among what its page, feed and address say of it.

    raw strings -> parse -> drop the impossible -> order by source -> outvote a lone page date -> Published

Every string is hostile: feeds carry local month names, naive times, years 0001 and 2999, and pages
carry the day of the theme's last edit. Nothing is clamped: a date that cannot be is no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final
from urllib.parse import unquote, urlsplit

from domain.dates.expressions import find_dates
from domain.dates.reckoning import safe_date
from domain.model import LANGUAGES, Published
from domain.text.fold import fold

MAX_VALUE_CHARS = 200
OLDEST_YEARS = 30
AHEAD = timedelta(hours=1)  # clocks of outlets run ahead by minutes; an hour is no error
_AGREE_DAYS, _DISAGREE_DAYS = 1, 2

# How far a source is believed alone, most credible first; what agrees or disagrees moves it.
_SOURCES: Final[dict[str, float]] = {
    "input": 0.95,
    "json_ld": 0.9,
    "meta": 0.8,
    "feed": 0.8,
    "text": 0.7,
    "url": 0.65,
    "htmldate": 0.5,
    "fetched": 0.3,
}
_UNKNOWN_SOURCE = 0.3
_RANK = {source: rank for rank, source in enumerate(_SOURCES)}
# Sources written by the same hand count as one voice; htmldate only re-reads the page.
_VOICE = {"json_ld": "markup", "meta": "markup", "feed": "feed", "text": "text", "url": "url", "input": "input"}  # fmt: skip
_NAIVE_LOSS, _DAY_LOSS, _AGREE_GAIN, _DISAGREE_LOSS, _MOST = 0.1, 0.05, 0.05, 0.2, 0.99

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[t ]*(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*"
    r"(z|utc|gmt|[+-]\d\d(?::?\d\d)?)?)?(?:\[[\w/+-]+\])?",
    re.ASCII,
)
_CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})\s?[:h]\s?(\d\d)(?::(\d\d))?\s?(am\b|pm\b|a\.m\.|p\.m\.|ص\b|م\b)?"
)
# "21:45:00 +0100", "21:45 GMT+1"; a sign elsewhere is the dash of a date.
_OFFSET = re.compile(
    r":\d\d(?:[.,]\d+)?\s?(?:gmt|utc)?\s?([+-])(0\d|1[0-4]):?([0-5]\d)\b"
    r"|\b(?:gmt|utc)\s?([+-])(\d{1,2})()\b"
)
_ZONES: Final[dict[str, int]] = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "mez": 60,
    "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "ast": 180, "est": -300, "edt": -240,
    "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
_RFC_CLOCK = re.compile(r"[a-z]{3}.*\d:\d\d(?![:\d]*\s?[ap]\.?m)", re.DOTALL)
_ZONE = re.compile(r"\b(" + "|".join(_ZONES) + r")\b")
_EPOCH = re.compile(r"\d{10}|\d{13}", re.ASCII)
_PARSE_LANGUAGES = (
    "en",
    "fr",
    "ar",
    *(lang for lang in LANGUAGES if lang not in ("en", "fr", "ar")),
)
_URL_DAY = (
    re.compile(r"(?<!\d)((?:19|20)\d\d)[/_-](\d{1,2})[/_-](\d{1,2})(?!\d)", re.ASCII),
    re.compile(r"(?<![\da-f])((?:19|20)\d\d)(\d\d)(\d\d)(?![\da-f])", re.ASCII | re.IGNORECASE),
)
_URL_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[/_-](\d{1,2})[/_-]((?:19|20)\d\d)(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A publication date as written, and where: one of the sources named in `domain.model.Published`."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A parsed date: aware UTC, the day as written, and how much of it was told."""

    at: datetime
    day: date
    has_time: bool
    has_zone: bool


@dataclass(frozen=True, slots=True)
class _Heard:
    """A possible moment and who says it."""

    source: str
    moment: Moment

    @property
    def voice(self) -> str:
        return _VOICE.get(self.source, "")

    def days_from(self, other: _Heard) -> int:
        """Return how far apart two days lie; a zone may put one moment on two days."""
        return min(
            abs((self.moment.day - other.moment.day).days),
            abs((self.moment.at.date() - other.moment.at.date()).days),
        )


def choose(candidates: Iterable[Candidate], now: datetime) -> Published | None:
    """Return the publication moment most to be believed, or None if nothing possible was said.

    Args:
        candidates: What was read, in any order; unreadable and impossible ones are passed over.
        now: Aware time of the decision; later than an hour from it, or 30 years before, is refused.
    """
    heard = [
        _Heard(candidate.source, moment)
        for candidate in candidates
        if (moment := _read(candidate, now)) is not None
    ]
    heard.sort(key=lambda h: (_RANK.get(h.source, len(_RANK)), not h.moment.has_time))
    if not heard:
        return None
    first = next((h for h in heard if not _outvoted(h, heard)), heard[0])
    # A day without a time is told more exactly by an agreeing source that has the time.
    best = first
    if not first.moment.has_time:
        timed = (h for h in heard if h.moment.has_time and h.moment.day == first.moment.day)
        best = next(timed, first)
    return Published(best.moment.at, best.source, _confidence(best, heard))


def _outvoted(one: _Heard, heard: Sequence[_Heard]) -> bool:
    """Tell whether two other voices agree on a day more than two days from this one's."""
    if one.source == "input":
        return False
    others = [h for h in heard if h.voice and h.voice != one.voice]
    against = [h for h in others if h.days_from(one) > _DISAGREE_DAYS]
    return any(
        a.voice != b.voice and a.days_from(b) <= _AGREE_DAYS for a in against for b in against
    )


def _confidence(best: _Heard, heard: Sequence[_Heard]) -> float:
    """Return how far to believe the chosen moment, from its source, its form and the others."""
    score = _SOURCES.get(best.source, _UNKNOWN_SOURCE)
    if not best.moment.has_time:
        score -= _DAY_LOSS
    elif not best.moment.has_zone:
        score -= _NAIVE_LOSS
    others = [h for h in heard if h.voice and h.voice != best.voice]
    agreeing = {h.voice for h in others if h.days_from(best) <= _AGREE_DAYS}
    against = {h.voice for h in others if h.days_from(best) > _DISAGREE_DAYS} - agreeing
    score += _AGREE_GAIN * len(agreeing) - (_DISAGREE_LOSS if against else 0.0)
    return round(max(0.05, min(_MOST, score)), 2)


def _read(candidate: Candidate, now: datetime) -> Moment | None:
    """Return the moment a candidate states, or None if unreadable or impossible."""
    day = from_url(candidate.value) if candidate.source == "url" else None
    moment = _day_moment(day) if day else parse(candidate.value)
    if moment is None:
        return None
    if not moment.has_time:
        moment = _within_day(moment, now)
    try:
        oldest = now.replace(year=now.year - OLDEST_YEARS)
    except ValueError:  # 29 February
        oldest = now - timedelta(days=OLDEST_YEARS * 365)
    return moment if oldest <= moment.at <= now + AHEAD else None


def _within_day(moment: Moment, now: datetime) -> Moment:
    """Place a bare day of today before now: its hour is unknown, and noon may still be to come."""
    start = datetime.combine(moment.day, time(), UTC)
    if start <= now < moment.at:
        return Moment(now.astimezone(UTC), moment.day, has_time=False, has_zone=False)
    return moment


def parse(value: str) -> Moment | None:
    """Return the moment a string states, in any of the forms pages and feeds use, or None."""
    if not isinstance(value, str) or len(value) > MAX_VALUE_CHARS:
        return None
    text = " ".join(fold(value).text.split())
    if not text:
        return None
    if _EPOCH.fullmatch(text):
        return _moment_from_epoch(int(text[:10]))
    iso = _ISO.fullmatch(text) or _ISO.match(text)
    if iso and (iso.end() == len(text) or not text[iso.end()].isdigit()):
        return _moment_from_iso(iso, text)
    return _moment_from_rfc822(text) or _moment_from_words(value, text)


def _moment(day: date, clock: tuple[int, int, int], offset_minutes: int | None) -> Moment | None:
    """Return the moment, or None if the clock or the offset is impossible."""
    hour, minute, second = clock
    if hour > 23 or minute > 59 or abs(offset_minutes or 0) > 15 * 60:
        return None
    zone = timezone(timedelta(minutes=offset_minutes or 0))
    try:
        at = datetime(day.year, day.month, day.day, hour, minute, min(second, 59), tzinfo=zone)
        return Moment(at.astimezone(UTC), day, has_time=True, has_zone=offset_minutes is not None)
    except (ValueError, OverflowError):
        return None


def _day_moment(day: date) -> Moment:
    """Return a day without a time as its noon, which is the same day in every zone near."""
    return Moment(datetime.combine(day, time(12), UTC), day, has_time=False, has_zone=False)


def _moment_from_epoch(seconds: int) -> Moment:
    """Return the moment of a Unix time."""
    at = datetime.fromtimestamp(seconds, UTC)
    return Moment(at, at.date(), has_time=True, has_zone=True)


def _minutes(sign: str, hours: str, minutes: str | None) -> int:
    """Return an offset in minutes."""
    total = int(hours) * 60 + int(minutes or 0)
    return -total if sign == "-" else total


def _moment_from_iso(match: re.Match[str], text: str) -> Moment | None:
    """Return the moment of an ISO 8601 string, also a sloppy one."""
    year, month, day, hour, minute, second, zone = match.groups()
    found = safe_date(int(year), int(month), int(day))
    if found is None:
        return None
    if hour is None:
        clock = _clock(text[match.end() :])
        return _moment(found, clock, _offset(text[match.end() :])) if clock else _day_moment(found)
    offset: int | None
    if zone and zone[0] in "+-":
        offset = _minutes(zone[0], zone[1:3], zone[3:].lstrip(":") or None)
    else:
        offset = 0 if zone else _offset(text[match.end() :])
    return _moment(found, (int(hour), int(minute), int(second or 0)), offset)


def _moment_from_rfc822(text: str) -> Moment | None:
    """Return the moment of an e-mail or RSS date, with zones that the standard library knows not."""
    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
    if parts is None or parts[0] < 1900 or _RFC_CLOCK.search(text) is None:
        return None
    day = safe_date(parts[0], parts[1], parts[2])
    # "-0000" says that the zone is unknown; the parser takes a missing one for it too.
    offset = None if text.endswith("-0000") else _offset(text)
    return _moment(day, (parts[3], parts[4], parts[5]), offset) if day else None


def _moment_from_words(value: str, text: str) -> Moment | None:
    """Return the moment of a date in words ("Lundi 22 avril 2024 - 21h45") in any of our languages."""
    for lang in _PARSE_LANGUAGES:
        # Stamps come folded to small letters, but "may" is a month only with a capital.
        mentions = find_dates(value.title() if lang in ("en", "de") else value, lang, None)
        day = next((m.day for m in mentions if m.kind == "absolute" and m.day), None)
        if day is None:
            continue
        mention = next(m for m in mentions if m.day == day)
        outside = fold(f"{value[: mention.start]} {value[mention.end :]}").text
        clock = _clock(outside)
        return _moment(day, clock, _offset(text)) if clock else _day_moment(day)
    return None


def _clock(text: str) -> tuple[int, int, int] | None:
    """Return the time of day in a folded text, or None."""
    match = _CLOCK.search(text)
    if match is None:
        return None
    hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), match[4] or ""
    if half[:1] in ("p", "م") and hour < 12:
        hour += 12
    elif half[:1] in ("a", "ص") and hour == 12:
        hour = 0
    return hour, minute, second


def _offset(text: str) -> int | None:
    """Return the offset in minutes that a zone name or number in a folded text states, or None."""
    number = _OFFSET.search(text)
    if number:
        sign, hours, minutes = (part for part in number.groups() if part is not None)
        return _minutes(sign, hours, minutes)
    name = _ZONE.search(text)
    return _ZONES[name.group()] if name else None


def from_url(url: str) -> date | None:
    """Return the day in the path of an address (/2024/04/22/, -20240422), or None."""
    try:
        path = unquote(urlsplit(url.strip()[:2000]).path)
    except ValueError:
        return None
    for shape in _URL_DAY:
        for match in shape.finditer(path):
            found = safe_date(int(match[1]), int(match[2]), int(match[3]))
            if found:
                return found
    match_last = _URL_DAY_FIRST.search(path)
    if match_last is None:
        return None
    return safe_date(int(match_last[3]), int(match_last[2]), int(match_last[1]))
