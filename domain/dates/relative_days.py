"""Days counted from the anchor or from another day: weekdays, yesterday, two weeks ago, last weekend."""

from __future__ import annotations

from datetime import date

from domain.dates.found import DAY, THIS, YEAR_PERIOD, Found
from domain.dates.kinds import KINDS
from domain.dates.mention import DateMention, Direction, Precision
from domain.dates.reckoning import (
    month_days,
    months_from,
    on_or_after,
    on_or_before,
    shift,
    year_days,
)


def told_weekday(found: Found) -> DateMention | None:
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
    if direction == "unknown" and found.has(THIS):
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


def told_weekday_of_week(found: Found) -> DateMention | None:
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


def told_relative(found: Found) -> DateMention | None:
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


def told_adjacent(found: Found) -> DateMention | None:
    """The day before or after another day told, else the anchor."""
    following = found.scan.tokens[found.last].kind if found.last < len(found.scan.tokens) else ""
    if following in (KINDS["of"], KINDS["from"]):
        return None  # the eve of something
    base = (found.before.day if found.before else None) or found.anchor
    day = shift(base, found.one(KINDS["adjacent"]) or 0) if base else None
    return found.mention("relative", "day", (day, day) if day else None)


def told_count(found: Found, sign: int) -> DateMention | None:
    """So many days, weeks, months or years ago or ahead."""
    number = found.one(DAY, KINDS["count"], KINDS["number"])
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
        days = month_days(*months_from(anchor, number))
    elif anchor:
        days = year_days(anchor.year + number)
    return found.mention("relative", precision, days, direction)


def told_ahead(found: Found) -> DateMention | None:
    """In so many days, if the language says it with this word."""
    return told_count(found, 1) if found.tokens[0].word in found.scan.lexicon.ahead else None


def told_period(found: Found) -> DateMention | None:
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
        days = month_days(*months_from(anchor, token.number)) if anchor else None
        return found.mention("relative", "month", days, direction)
    if token.kind == YEAR_PERIOD:
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
