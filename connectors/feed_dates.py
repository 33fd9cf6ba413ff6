"""Reads the dates that feeds write: RFC 822 and its misspellings, ISO 8601, asctime, months in seven languages.

No time zone means UTC. A date that two readers could read differently (05/11/2024) is not read.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

MAX_CHARS = 100

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "jan january janvier janv enero ene januari januar gennaio gen janner يناير جانفي",
        "feb february fevrier fevr fev febrero februari februar febbraio فبراير فيفري شباط",
        "mar march mars marzo maart mrt marz maerz مارس اذار",
        "apr april avril avr abril abr aprile ابريل افريل نيسان",
        "may mai mayo mei maggio mag ماي مايو ايار",
        "jun june juin junio juni giugno giu يونيو جوان حزيران",
        "jul july juillet juil julio juli luglio lug يوليو يوليوز جويلية تموز",
        "aug august aout agosto ago augustus اغسطس غشت اوت اب",
        "sep sept september septembre septiembre settembre set سبتمبر شتنبر ايلول",
        "oct october octobre octubre oktober okt ottobre ott اكتوبر",
        "nov november novembre noviembre نوفمبر نونبر",
        "dec december decembre diciembre dic dezember dez dicembre ديسمبر دجنبر",
    ),
    start=1,
):
    for _name in _names.split():
        _MONTHS[_name] = _number

# RFC 822's zones, and those that European and North African feeds write; minutes east of UTC.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "west": 60, "bst": 60, "cet": 60, "met": 60, "mez": 60,
    "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "eest": 180, "msk": 180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip

_TIME = r"(?P<hour>\d{1,2})[:.hH](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?(?![a-z]))?"
_ZONE = r"\s*(?P<zone>[+-]\d{1,2}:?\d{2}|[a-z]{1,5}(?:[+-]\d{1,2}(?::?\d{2})?)?)?"
_DAY_MONTH_YEAR = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?[ \-/]+(?:de |of )?(?P<month>[^\W\d_]{2,12})\.?,?[ \-/]+(?:de |del )?(?P<year>\d{4}|\d{2})\b"
    rf"(?:[ ,T\-–]+(?:at |a |à |um |om |alle )?{_TIME}{_ZONE})?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"(?P<month>[^\W\d_]{{3,12}})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?(?: {_TIME}(?:\s*(?P<zone1>[a-z]{{3,4}}))?)? (?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_MONTH_DAY_YEAR_TIME = re.compile(
    rf"(?P<month>[^\W\d_]{{3,12}})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})[ ,]+(?:at )?{_TIME}{_ZONE}",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    rf"(?:(?:[T ]|\s+){_TIME}{_ZONE})?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})" rf"(?:[ ,T\-–]+{_TIME}{_ZONE})?",
    re.IGNORECASE,
)


def read_date(raw: str) -> datetime | None:
    """Return the time a feed wrote, in UTC, or None."""
    text = raw.strip()[:MAX_CHARS]
    if not text:
        return None
    if text[0].isdigit() and len(text) > 9:
        try:
            return _to_utc(datetime.fromisoformat(text))
        except ValueError:
            pass
    text = _fold(text)
    for pattern in (_DAY_MONTH_YEAR, _ISO, _MONTH_DAY_YEAR_TIME, _MONTH_DAY, _NUMERIC):
        found = pattern.search(text)
        if found:
            return _build(found.groupdict(), is_numeric=pattern is _NUMERIC)
    return None


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.lower())
    text = "".join(c for c in decomposed if not unicodedata.combining(c))
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    return " ".join(text.replace("\u200f", " ").replace("\u200e", " ").replace("،", ",").split())


def _build(parts: dict[str, str | None], *, is_numeric: bool) -> datetime | None:
    day, year = int(parts["day"] or 0), int(parts["year"] or 0)
    name = parts["month"] or ""
    month = int(name) if name.isdigit() else _MONTHS.get(name, 0) or _MONTHS.get(name[:3], 0)
    if is_numeric and month > 12:
        day, month = month, day
    elif is_numeric and day <= 12 and day != month:
        return None
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour, minute = int(parts.get("hour") or 0), int(parts.get("minute") or 0)
    half = (parts.get("half") or "")[:1]
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    second = min(int(parts.get("second") or 0), 59)
    zone = _zone((parts.get("zone") or parts.get("zone1") or "").strip())
    try:
        return _to_utc(datetime(year, month, day, hour, minute, second, tzinfo=zone))
    except ValueError:
        return None


def _zone(name: str) -> timezone:
    minutes = _ZONES.get(name)
    if minutes is None:
        offset = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", name)
        minutes = 0
        if offset:
            minutes = int(offset[2]) * 60 + int(offset[3] or 0)
            minutes = -minutes if offset[1] == "-" else minutes
    return timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else UTC


def _to_utc(at: datetime) -> datetime | None:
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
