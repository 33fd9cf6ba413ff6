"""Days told by day and month: with a year, without one, and several of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from domain.dates.found import DAY, MONTHS, ORDINAL, THIS, WEEKDAYS, YEAR, YEAR_PERIOD, Found
from domain.dates.kinds import KINDS
from domain.dates.mention import DateKind, DateMention, Direction
from domain.dates.periods import told_month
from domain.dates.reckoning import hijri_date, months_from, safe_date

# A day and month without a year lie at most half a year from the anchor; the rest is slack.
_NEAREST_DAYS = 200
# How far the nearest reading may contradict the tense before the next or last year is taken.
_FUTURE_SLACK_DAYS, _PAST_SLACK_DAYS = 60, 120
_WEEKDAY_YEARS = 2  # years round the anchor searched for the weekday told with a yearless date
_NAME_DAYS = 200  # a known attack is a date, not a name, this long after it


def _candidates(anchor: date, month: int, day: int, years: int) -> list[date]:
    """Return this day of the year in the years round the anchor, nearest first."""
    span = range(anchor.year - years, anchor.year + years + 1)
    days = [found for year in span if (found := safe_date(year, month, day))]
    return sorted(days, key=lambda found: (abs((found - anchor).days), found))


def resolve_yearless(
    anchor: date | None,
    month: int,
    day: int,
    *,
    weekday: int | None = None,
    stated: Direction = "unknown",
    this_year: bool = False,
    year_offset: int | None = None,
    clause: Callable[[], Direction] = lambda: "unknown",
) -> date | None:
    """Return the day meant by a day and month without a year, or None if it stays open.

    The nearest to the anchor is meant, unless a word (last, next), the weekday or, far from the
    anchor, the tense of the clause says otherwise. `clause` is asked only where tense matters.
    """
    if anchor is None:
        return None
    if this_year or year_offset is not None:
        return safe_date(anchor.year + (year_offset or 0), month, day)
    days = _candidates(anchor, month, day, _WEEKDAY_YEARS)
    if stated == "past":
        days = [found for found in days if found < anchor]
    elif stated == "future":
        days = [found for found in days if found > anchor]
    if weekday is not None:
        return next((found for found in days if found.weekday() == weekday), None)
    if not days or stated != "unknown":
        return days[0] if days else None
    nearest = days[0]
    if abs((nearest - anchor).days) > _NEAREST_DAYS:
        return None
    behind = (anchor - nearest).days
    if behind > _FUTURE_SLACK_DAYS and clause() == "future":
        return next((found for found in days if found > anchor), nearest)
    if -behind > _PAST_SLACK_DAYS and clause() == "past":
        return next((found for found in days if found < anchor), nearest)
    return nearest


def _yearless(found: Found, month: int, day: int) -> date | None:
    """Return the day of a form without a year."""
    return resolve_yearless(
        found.anchor,
        month,
        day,
        weekday=found.one(*WEEKDAYS),
        stated=found.stated,
        this_year=found.has(THIS) and found.tokens[-1].kind == THIS,
        year_offset=found.one(YEAR_PERIOD),
        clause=found.direction,
    )


def _is_name(found: Found, month: int, day: int) -> bool:
    """Tell whether a yearless date is a name ("avenue du 14 juillet", "attentats du 13 novembre")."""
    lexicon, tokens = found.scan.lexicon, found.scan.tokens
    small = (KINDS["from"], KINDS["of"], KINDS["article"], KINDS["in"])
    before = found.first - 1
    while before >= max(0, found.first - 3) and tokens[before].kind in small:
        before -= 1
    previous = tokens[before].word if before >= 0 else ""
    following = tokens[found.last].word if found.last < len(tokens) else ""
    if previous in lexicon.named_before or following in lexicon.named_after:
        return True
    year = lexicon.named_days.get((month, day))
    attack = previous in lexicon.attacks or following in lexicon.attacks
    if lexicon.lang == "ar":  # particles and the article are written onto the noun
        attack = previous.endswith(tuple(lexicon.attacks))
    if year is None or not attack:
        return False
    happened = date(year, month, day)
    return found.anchor is None or (found.anchor - happened).days > _NAME_DAYS


def told_date(found: Found) -> DateMention | None:
    """A day and a month, with or without a year, a weekday, "last" or "next"."""
    day, month = found.one(DAY, ORDINAL), found.one(*MONTHS)
    if day is None or month is None:
        return None
    if found.rule == "month_first" and found.previous() == "in":
        # "In March 15 people were arrested": a day takes "on".
        size = next(at for at, t in enumerate(found.tokens) if t.kind in MONTHS) + 1
        return told_month(replace(found, tokens=found.tokens[:size]))
    year, weekday = found.one(YEAR), found.one(*WEEKDAYS)
    if year is not None:
        exact = safe_date(year, month, day)
        return found.mention("absolute", "day", (exact, exact), weekday=weekday) if exact else None
    if safe_date(2000, month, day) is None or _is_name(found, month, day):
        return None
    resolved = _yearless(found, month, day)
    days = (resolved, resolved) if resolved else None
    return found.mention("yearless", "day", days, found.stated, weekday, (month, day))


def told_hijri(found: Found) -> DateMention | None:
    """A Hijri date with its year, by the Umm al-Qura table (a local sighting may differ by a day)."""
    day, month = found.one(DAY, ORDINAL), found.one(KINDS["hijri_month"])
    year = found.one(KINDS["hijri_year"])
    if day is None or month is None or year is None:
        return None
    exact = hijri_date(year, month, day)
    return (
        found.mention("absolute", "day", (exact, exact), weekday=found.one(*WEEKDAYS))
        if exact
        else None
    )


def _ends(found: Found) -> list[tuple[int, int, int | None]]:
    """Return the days named in a range as (year or None, month, day) in the order told."""
    days: list[int] = []
    months: list[int | None] = []
    years: list[int | None] = []
    month_now: int | None = None
    for at, token in enumerate(found.tokens):
        if token.kind in (DAY, ORDINAL):
            days.append(token.number)
            months.append(month_now)
            years.append(None)
        elif token.kind in MONTHS:
            if found.tokens[at - 1].kind in (KINDS["slash"], KINDS["open"]) and None not in months:
                continue  # the second name of the same month
            if None in months:
                months = [token.number if month is None else month for month in months]
            else:
                month_now = token.number
        elif token.kind == YEAR:
            years = [token.number if year is None else year for year in years]
    return [(d, m, y) for d, m, y in zip(days, months, years, strict=True) if m is not None]


def told_range(found: Found) -> DateMention | None:
    """Several days of one or two months; the last must come after the first."""
    ends = _ends(found)
    if len(ends) < 2:
        return None
    (day, month, year), (last_day, last_month, last_year) = ends[0], ends[-1]
    kind: DateKind = "yearless" if last_year is None else "absolute"
    if year is None:
        first = resolve_yearless(
            found.anchor, month, day, stated=found.stated, clause=found.direction
        )
    else:
        # The year stands once, at the end: "du 28 décembre au 3 janvier 2025".
        crosses = year == last_year and month > last_month
        first = safe_date(year - 1 if crosses else year, month, day)
    if first is None:
        valid = safe_date(2000, month, day) and safe_date(2000, last_month, last_day)
        if kind != "yearless" or not valid:
            return None
        first_told, last_told = (month, day), (last_month, last_day)
        mention = found.mention("yearless", "range", None, month_day=first_told)
        return replace(mention, last_month_day=last_told)
    last = safe_date(last_year or first.year, last_month, last_day)
    if last and last < first and last_year is None and month > last_month:
        last = safe_date(first.year + 1, last_month, last_day)
    if last is None or last < first:
        return None
    return found.mention(kind, "range", (first, last), found.stated)


def told_numeric(found: Found) -> DateMention | None:
    """22/04/2024 or 2024-04-22."""
    exact = next((token.day for token in found.tokens if token.day), None)
    if exact is None:
        return None
    return found.mention("absolute", "day", (exact, exact), weekday=found.one(*WEEKDAYS))


def told_day_month(found: Found) -> DateMention | None:
    """22/04 or 22.04. after a word that makes it a date."""
    number = found.one(KINDS["day_month"]) or 0
    day, month = divmod(number, 100)
    resolved = _yearless(found, month, day)
    days = (resolved, resolved) if resolved else None
    weekday = found.one(*WEEKDAYS)
    return found.mention("yearless", "day", days, found.stated, weekday, (month, day))


def told_day_of_month(found: Found) -> DateMention | None:
    """The 15th of this, last, next or the same month."""
    period = next(t for t in found.tokens if t.kind in (KINDS["period"], KINDS["same_month"]))
    day = found.one(DAY) or 0
    if period.kind == KINDS["same_month"]:
        base = found.before.day or found.before.earliest if found.before else None
        exact = safe_date(base.year, base.month, day) if base else None
    elif period.unit == "month":
        exact = None
        if found.anchor:
            year, month = months_from(found.anchor, period.number)
            exact = safe_date(year, month, day)
    else:
        return None
    return found.mention("yearless", "day", (exact, exact) if exact else None)
