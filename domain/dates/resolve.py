"""Turns a form found in a text into the day or days it means, as far as anchor and text allow."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from domain.dates.direction import clause_direction
from domain.dates.kinds import KINDS
from domain.dates.mention import DateKind, DateMention, Direction, Precision
from domain.dates.scan import Scan, Token, hijri_date, safe_date

_DAY, _ORDINAL, _YEAR = KINDS["day"], KINDS["ordinal"], KINDS["year"]
_MONTHS = (KINDS["month"], KINDS["short_month"])
_WEEKDAYS = (KINDS["weekday"], KINDS["short_weekday"])
_PAST, _NEXT, _THIS = KINDS["past"], KINDS["next"], KINDS["this"]
# A day and month without a year lie at most half a year from the anchor; the rest is slack.
_NEAREST_DAYS = 200
# How far the nearest reading may contradict the tense before the next or last year is taken.
_FUTURE_SLACK_DAYS, _PAST_SLACK_DAYS = 60, 120
_WEEKDAY_YEARS = 2  # years round the anchor searched for the weekday told with a yearless date
_NAME_DAYS = 200  # a known attack is a date, not a name, this long after it
_PARTS: Final = {KINDS["start"]: (1, 10), KINDS["middle"]: (10, 20), KINDS["end"]: (20, 31)}


# First month of the third of a year meant by its start, middle or end.
_THIRD_ENDS: Final = {1: 30, 5: 31, 9: 31}
_YEAR_PARTS: Final = {KINDS["start"]: 1, KINDS["middle"]: 5, KINDS["end"]: 9}


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
        if self.has(_PAST):
            return "past"
        return "future" if self.has(_NEXT) else "unknown"

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


def _months_from(anchor: date, offset: int) -> tuple[int, int]:
    """Return the year and month so many months from the anchor's."""
    count = anchor.year * 12 + anchor.month - 1 + offset
    return count // 12, count % 12 + 1


# Yearless days ---------------------------------------------------------------------------------


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
    clause: Callable[[], Direction] = lambda: "unknown",
) -> date | None:
    """Return the day meant by a day and month without a year, or None if it stays open.

    The nearest to the anchor is meant, unless a word (last, next), the weekday or, far from the
    anchor, the tense of the clause says otherwise. `clause` is asked only where tense matters.
    """
    if anchor is None:
        return None
    if this_year:
        return safe_date(anchor.year, month, day)
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
        weekday=found.one(*_WEEKDAYS),
        stated=found.stated,
        this_year=found.has(_THIS) and found.tokens[-1].kind == _THIS,
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
    if year is None or not (previous in lexicon.attacks or following in lexicon.attacks):
        return False
    happened = date(year, month, day)
    return found.anchor is None or (found.anchor - happened).days > _NAME_DAYS


# Handlers, one per rule ------------------------------------------------------------------------


def _date(found: Found) -> DateMention | None:
    """A day and a month, with or without a year, a weekday, "last" or "next"."""
    day, month = found.one(_DAY, _ORDINAL), found.one(*_MONTHS)
    if day is None or month is None:
        return None
    if found.rule == "month_first" and found.previous() == "in":
        # "In March 15 people were arrested": a day takes "on".
        size = next(at for at, t in enumerate(found.tokens) if t.kind in _MONTHS) + 1
        return _month(replace(found, tokens=found.tokens[:size]))
    year, weekday = found.one(_YEAR), found.one(*_WEEKDAYS)
    if year is not None:
        exact = safe_date(year, month, day)
        return found.mention("absolute", "day", (exact, exact), weekday=weekday) if exact else None
    if safe_date(2000, month, day) is None or _is_name(found, month, day):
        return None
    resolved = _yearless(found, month, day)
    days = (resolved, resolved) if resolved else None
    return found.mention("yearless", "day", days, found.stated, weekday, (month, day))


def _hijri(found: Found) -> DateMention | None:
    """A Hijri date with its year, by the Umm al-Qura table (a local sighting may differ by a day)."""
    day, month = found.one(_DAY, _ORDINAL), found.one(KINDS["hijri_month"])
    year = found.one(KINDS["hijri_year"])
    if day is None or month is None or year is None:
        return None
    exact = hijri_date(year, month, day)
    return (
        found.mention("absolute", "day", (exact, exact), weekday=found.one(*_WEEKDAYS))
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
        if token.kind in (_DAY, _ORDINAL):
            days.append(token.number)
            months.append(month_now)
            years.append(None)
        elif token.kind in _MONTHS:
            if found.tokens[at - 1].kind in (KINDS["slash"], KINDS["open"]) and None not in months:
                continue  # the second name of the same month
            if None in months:
                months = [token.number if month is None else month for month in months]
            else:
                month_now = token.number
        elif token.kind == _YEAR:
            years = [token.number if year is None else year for year in years]
    return [(d, m, y) for d, m, y in zip(days, months, years, strict=True) if m is not None]


def _range(found: Found) -> DateMention | None:
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
        return found.mention("yearless", "range", None) if kind == "yearless" and valid else None
    last = safe_date(last_year or first.year, last_month, last_day)
    if last and last < first and last_year is None and month > last_month:
        last = safe_date(first.year + 1, last_month, last_day)
    if last is None or last < first:
        return None
    return found.mention(kind, "range", (first, last), found.stated)


def _numeric(found: Found) -> DateMention | None:
    """22/04/2024 or 2024-04-22."""
    exact = next((token.day for token in found.tokens if token.day), None)
    if exact is None:
        return None
    return found.mention("absolute", "day", (exact, exact), weekday=found.one(*_WEEKDAYS))


def _day_month(found: Found) -> DateMention | None:
    """22/04 or 22.04. after a word that makes it a date."""
    number = found.one(KINDS["day_month"]) or 0
    day, month = divmod(number, 100)
    resolved = _yearless(found, month, day)
    days = (resolved, resolved) if resolved else None
    weekday = found.one(*_WEEKDAYS)
    return found.mention("yearless", "day", days, found.stated, weekday, (month, day))


def _day_of_month(found: Found) -> DateMention | None:
    """The 15th of this, last, next or the same month."""
    period = next(t for t in found.tokens if t.kind in (KINDS["period"], KINDS["same_month"]))
    day = found.one(_DAY) or 0
    if period.kind == KINDS["same_month"]:
        base = found.before.day or found.before.earliest if found.before else None
        exact = safe_date(base.year, base.month, day) if base else None
    elif period.unit == "month":
        exact = None
        if found.anchor:
            year, month = _months_from(found.anchor, period.number)
            exact = safe_date(year, month, day)
    else:
        return None
    return found.mention("yearless", "day", (exact, exact) if exact else None)


def on_or_before(anchor: date, weekday: int) -> date | None:
    """Return the last day with this weekday up to the anchor."""
    return shift(anchor, -((anchor.weekday() - weekday) % 7))


def on_or_after(anchor: date, weekday: int) -> date | None:
    """Return the first day with this weekday from the anchor."""
    return shift(anchor, (weekday - anchor.weekday()) % 7)


def _weekday(found: Found) -> DateMention | None:
    """The name of a day, alone or with "this", "last" or "next"."""
    weekday = found.one(KINDS["weekday"])
    if weekday is None or _is_name_part(found):
        return None
    direction = found.direction()
    anchor = found.anchor
    if anchor is None:
        return found.mention("weekday", "day", None, direction, weekday)
    day = _weekday_from(found, anchor, weekday, direction)
    return found.mention("weekday", "day", (day, day) if day else None, direction, weekday)


def _weekday_from(found: Found, anchor: date, weekday: int, direction: Direction) -> date | None:
    """Return the day that a weekday means seen from the anchor."""
    stated = found.stated
    if stated == "past":
        yesterday = shift(anchor, -1)
        return on_or_before(yesterday, weekday) if yesterday else None
    if stated == "future":
        tomorrow = shift(anchor, 1)
        return on_or_after(tomorrow, weekday) if tomorrow else None
    if direction == "future":
        return on_or_after(anchor, weekday)
    if direction == "unknown" and found.has(_THIS):
        back, ahead = on_or_before(anchor, weekday), on_or_after(anchor, weekday)
        if back and ahead and (ahead - anchor) < (anchor - back):
            return ahead
    return on_or_before(anchor, weekday)


def _is_name_part(found: Found) -> bool:
    """Tell whether a weekday is habitual ("chaque lundi") or part of a person's name."""
    before = found.first - 1
    if before < 0:
        return False
    previous = found.scan.tokens[before]
    if previous.kind == KINDS["every"]:
        return True
    if found.scan.lexicon.lang in ("en", "de", "ar") or len(found.tokens) > 1:
        return False
    # Where weekdays are written small, "Plácido Domingo" is a person.
    written, name = found.scan.written(found.tokens[0]), found.scan.written(previous)
    return (
        written[:1].isupper()
        and not written.isupper()
        and name[:1].isupper()
        and not name.isupper()
        and previous.kind == KINDS["other"]
    )


def _weekday_of_week(found: Found) -> DateMention | None:
    """The Monday of this, last or next week."""
    weekday = found.one(KINDS["weekday"])
    period = next(t for t in found.tokens if t.kind == KINDS["period"])
    if weekday is None or period.unit != "week":
        return None
    day = None
    if found.anchor:
        day = shift(found.anchor, weekday - found.anchor.weekday() + 7 * period.number)
    stated: dict[int, Direction] = {-1: "past", 1: "future"}
    direction = stated.get(period.number, "unknown")
    return found.mention("relative", "day", (day, day) if day else None, direction, weekday)


def _relative_weekday(found: Found) -> DateMention | None:
    """Today, yesterday or tomorrow with the name of the day; the name wins if they disagree.

    They disagree when the anchor is a day off: the article came out a day after it was written.
    """
    offset = found.one(KINDS["relative"]) or 0
    weekday = found.one(KINDS["weekday"])
    day = shift(found.anchor, offset) if found.anchor else None
    if found.anchor and day and weekday is not None and day.weekday() != weekday:
        toward = on_or_after if offset > 0 else on_or_before
        day = toward(found.anchor, weekday)
    direction: Direction = "unknown" if offset == 0 else "past" if offset < 0 else "future"
    return found.mention("relative", "day", (day, day) if day else None, direction, weekday)


def _relative(found: Found) -> DateMention | None:
    """Today, yesterday, tomorrow."""
    return _relative_weekday(found)


def _adjacent(found: Found) -> DateMention | None:
    """The day before or after another day told, else the anchor."""
    following = found.scan.tokens[found.last].kind if found.last < len(found.scan.tokens) else ""
    if following in (KINDS["of"], KINDS["from"]):
        return None  # the eve of something
    base = (found.before.day if found.before else None) or found.anchor
    day = shift(base, found.one(KINDS["adjacent"]) or 0) if base else None
    return found.mention("relative", "day", (day, day) if day else None)


def _count(found: Found, sign: int) -> DateMention | None:
    """So many days, weeks, months or years ago or ahead."""
    number = found.one(_DAY, KINDS["count"], KINDS["number"])
    unit = next((t.unit for t in found.tokens if t.kind == KINDS["unit"]), "")
    if not number or not unit:
        return None
    direction: Direction = "past" if sign < 0 else "future"
    return _counted(found, unit, sign * number, direction)


def _counted(found: Found, unit: str, number: int, direction: Direction) -> DateMention:
    """Return the day, or the week, month or year round it, so many units from the anchor."""
    precision: Precision = {"day": "day", "week": "week", "month": "month"}.get(unit, "year")  # type: ignore[assignment]
    days: tuple[date, date] | None = None
    anchor = found.anchor
    if anchor and unit in ("day", "week"):
        middle = shift(anchor, number * (7 if unit == "week" else 1))
        slack = 3 if unit == "week" else 0
        first, last = (shift(middle, -slack), shift(middle, slack)) if middle else (None, None)
        days = (first, last) if first and last else None
    elif anchor and unit == "month":
        days = month_days(*_months_from(anchor, number))
    elif anchor:
        days = year_days(anchor.year + number)
    return found.mention("relative", precision, days, direction)


def year_days(year: int, last_year: int | None = None) -> tuple[date, date] | None:
    """Return the first and last day of a year, or of several."""
    first, last = safe_date(year, 1, 1), safe_date(last_year or year, 12, 31)
    return (first, last) if first and last and first <= last else None


def _ahead(found: Found) -> DateMention | None:
    """In so many days, if the language says it with this word."""
    return _count(found, 1) if found.tokens[0].word in found.scan.lexicon.ahead else None


def _period(found: Found) -> DateMention | None:
    """Last week, this month, next year, at the weekend."""
    token = found.tokens[0]
    direction: Direction = "unknown"
    if token.number:
        direction = "past" if token.number < 0 else "future"
    if token.unit.startswith("ago "):
        return _counted(found, token.unit[4:], token.number, direction)
    if token.unit == "day":
        return _counted(found, "day", token.number, direction)
    anchor = found.anchor
    days: tuple[date, date] | None = None
    if token.unit == "month":
        days = month_days(*_months_from(anchor, token.number)) if anchor else None
        return found.mention("relative", "month", days, direction)
    if token.unit == "year":
        days = year_days(anchor.year + token.number) if anchor else None
        return found.mention("relative", "year", days, direction)
    if token.unit == "weekend":
        return _weekend(found, token.number, direction)
    monday = shift(anchor, 7 * token.number - anchor.weekday()) if anchor else None
    sunday = shift(monday, 6) if monday else None
    return found.mention(
        "relative", "week", (monday, sunday) if monday and sunday else None, direction
    )


def _weekend(found: Found, offset: int, direction: Direction) -> DateMention:
    """Saturday and Sunday: the last one begun, or the coming one if the clause looks ahead."""
    if direction == "unknown":
        direction = found.direction()
    saturday = None
    anchor = found.anchor
    if anchor:
        begun = on_or_before(anchor, 5)
        if offset < 0:
            # Said on a Saturday or Sunday, "last weekend" is the one before.
            saturday = shift(begun, -7) if begun and anchor.weekday() >= 5 else begun
        elif offset > 0 or (direction == "future" and anchor.weekday() < 5):
            saturday = on_or_after(anchor, 5)
            if offset > 0 and anchor.weekday() >= 5 and saturday and begun:
                saturday = shift(begun, 7)
        else:
            saturday = begun
    sunday = shift(saturday, 1) if saturday else None
    days = (saturday, sunday) if saturday and sunday else None
    return found.mention("relative", "range", days, direction)


def _month(found: Found) -> DateMention | None:
    """A month with or without its year, or the start, middle or end of one."""
    month, year = found.one(*_MONTHS), found.one(_YEAR)
    if month is None:
        return None
    part = next((_PARTS[t.kind] for t in found.tokens if t.kind in _PARTS), (1, 31))
    if year is not None:
        days = month_days(year, month, part)
        return found.mention("absolute", "month", days) if days else None
    stated = found.stated
    days = None
    if found.anchor:
        anchor_month = month_days(found.anchor.year, found.anchor.month)
        base = anchor_month[0] if anchor_month else found.anchor
        first = resolve_yearless(
            base, month, 1, stated=stated, this_year=found.has(_THIS), clause=found.direction
        )
        days = month_days(first.year, first.month, part) if first else None
    kind: DateKind = "relative" if stated != "unknown" or found.has(_THIS) else "yearless"
    return found.mention(kind, "month", days, stated)


def _month_range(found: Found) -> DateMention | None:
    """From one month to another, the last with its year."""
    months, years = found.numbers(*_MONTHS), found.numbers(_YEAR)
    first_year = years[0] if len(years) > 1 or months[0] <= months[-1] else years[0] - 1
    first, last = month_days(first_year, months[0]), month_days(years[-1], months[-1])
    if not first or not last or last[1] < first[0]:
        return None
    return found.mention("absolute", "range", (first[0], last[1]))


def _years(found: Found) -> DateMention | None:
    """A year, or the years from one to another."""
    years = found.numbers(_YEAR)
    days = year_days(years[0], years[-1])
    part = next((_YEAR_PARTS[t.kind] for t in found.tokens if t.kind in _YEAR_PARTS), None)
    if part and days:
        days = date(years[0], part, 1), date(years[0], part + 3, _THIRD_ENDS[part])
    precision: Precision = "range" if len(years) > 1 else "year"
    return found.mention("absolute", precision, days) if days else None


_HANDLERS: Final[dict[str, Callable[[Found], DateMention | None]]] = {
    "hijri": _hijri,
    "range": _range,
    "long_range": _range,
    "between_range": _range,
    "month_first_range": _range,
    "dashed": _date,
    "date": _date,
    "date_after_modifier": _date,
    "month_first": _date,
    "numeric": _numeric,
    "day_month": _day_month,
    "day_of_month": _day_of_month,
    "weekday_of_week": _weekday_of_week,
    "relative_weekday": _relative_weekday,
    "weekday": _weekday,
    "relative": _relative,
    "ago": lambda found: _count(found, -1),
    "ahead": _ahead,
    "period": _period,
    "adjacent": _adjacent,
    "month_range": _month_range,
    "month_year": _month,
    "month_part": _month,
    "month_modified": _month,
    "month": _month,
    "year_range": _years,
    "year": _years,
}


def resolve(found: Found) -> DateMention | None:
    """Return the mention that a form makes, or None if it is no date after all."""
    mention = _HANDLERS[found.rule](found)
    if mention and mention.direction == "unknown" and mention.kind in ("yearless", "relative"):
        clause = clause_direction(found.scan, found.first, found.last)
        return replace(mention, direction=clause) if clause == "future" else mention
    return mention
