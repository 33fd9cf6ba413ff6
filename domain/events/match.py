"""Scores how likely an article's fact and a known event are one thing that happened.

The score is a sum of named pieces of evidence in log-odds-like points; no single likeness decides.
Zero is the point of indifference. Points were set by hand on the tuning split (docs/detection.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from domain.events.book import Entry
from domain.events.fact import Fact, principals, services, suspects
from domain.model import Act, Actor, DateRange, NewsEvent, Reason, Status
from domain.taxonomy import FAMILY

PRIOR = -2.0
CONFLICT = -8.0
# A preview's day may slip; a report published without a day tells of the last few days.
PREVIEW_SLIP_DAYS = 4
REPORT_LAG_DAYS = 4
ARCHIVE_DAYS = 14
SHORT_RANGE_DAYS = 60
TOLD_TOO, MISREAD_DAYS = 0.6, 16
NAMED_TOO, MONTH_DAY_TOO = 0.2, 1.5
MAX_NAME_POINTS = 1.8
_ACROSS_LEAST = 4
# How many days one event of a family lasts, or is told about as going on.
SPREAD_DAYS = {"talks": 3, "arrest": 3, "operation": 5, "drill": 25, "training": 21}
# Acts of different families that reporters nevertheless use for one thing.
_NEAR = {
    frozenset({"drill", "training"}),
    frozenset({"training", "talks"}),
    frozenset({"operation", "training"}),
    frozenset({"talks", "drill"}),
}


@dataclass(frozen=True, slots=True)
class Match:
    """How one fact and one event compare: `score` above 0 means the same event."""

    event_id: str
    score: float
    reasons: tuple[Reason, ...]


def near(fact: Fact, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries worth comparing: all but those far off in time with which the fact shares nobody.

    Their days conflict, and nothing but people outweighs that. A long history costs little so.
    """
    people = principals(fact.actors).keys() | suspects(fact.mentioned).keys()
    days = [p for p in (fact.event_date_range, *fact.periods) if p]
    for entry in entries:
        day = entry.event.event_date
        if (
            fact.event_date is None
            or day is None
            or abs((fact.event_date - day).days) <= 2 * ARCHIVE_DAYS
            or not people.isdisjoint(entry.people)
            or entry.span is not None
            or any(p.earliest <= day <= p.latest for p in days)
        ):
            yield entry


def match(fact: Fact, entry: Entry) -> Match:
    """Return the comparison of an article's fact with a known event."""
    event = entry.event
    evidence = (
        Reason("identity.prior", "two articles seldom tell of one event", PRIOR),
        _date(fact, entry),
        _family(fact.act, event.act),
        _people(fact, event),
        _suspects(fact, event),
        _place(fact, entry),
        _themes(fact, event),
        _services(fact, event),
        _figures(fact, event),
        _names(fact, entry),
    )
    kept = tuple(r for r in evidence if r.score)
    return Match(event.event_id, round(sum(r.score or 0.0 for r in kept), 3), kept)


def _date(fact: Fact, entry: Entry) -> Reason:
    rule, event, weekday = "identity.date", entry.event, entry.weekday
    a, b = fact.event_date, event.event_date
    if a and b:
        gap = _gap(fact, entry, a, b)
        weak = "published" in (fact.date_basis, entry.date_basis)
        preview = Status.EXPECTED in (fact.status, event.status)
        points = _gap_points(gap, weak, preview, SPREAD_DAYS[FAMILY[event.act]])
        if points < TOLD_TOO and _tells_day(fact, b, gap, FAMILY[event.act]):
            return Reason(rule, f"{b} is told in the article too", TOLD_TOO)
        return Reason(rule, f"{a} and {b}, {gap} days apart", points)
    if a or b:
        return _one_sided(fact, event, weekday)
    if fact.event_date_range and event.event_date_range:
        if not _overlap(fact.event_date_range, event.event_date_range):
            return Reason(rule, "the possible days do not meet", CONFLICT)
        if fact.weekday is not None and weekday is not None:
            same = fact.weekday == weekday
            return Reason(rule, "weekdays told", 0.7 if same else -2.0)
    return Reason(rule, "no day known on either side", 0.0)


def _tells_day(fact: Fact, day: date, gap: int, family: str) -> bool:
    """True when the article tells the event's day as well as, or instead of, the one read as its own.

    An article without a day of its own may look back; one with a day may have been misread by a
    few days. An extradition tells of the arrest before it, which is another event.
    """
    if family == "arrest" or (fact.date_basis == "told" and gap > MISREAD_DAYS):
        return False
    return any(p.earliest <= day <= p.latest for p in fact.periods)


def _gap(fact: Fact, entry: Entry, a: date, b: date) -> int:
    """Return the days between two told days; none if one lies in the several days of the other."""
    for day, span in ((a, entry.span), (b, fact.event_date_range)):
        if span and span.earliest <= day <= span.latest:
            return 0
    return abs((a - b).days)


def _gap_points(gap: int, weak: bool, preview: bool, spread: int) -> float:
    """Points for two days `gap` apart.

    `weak`: one is only a publication day, which follows the event. `spread`: how many days an
    event of this kind takes, so that two articles may tell different ones of them.
    """
    if gap == 0:
        return 2.0 if weak else 3.0
    if gap == 1:
        return 1.5 if weak else 2.0
    if preview and gap <= PREVIEW_SLIP_DAYS:
        return 0.8
    if weak and gap <= REPORT_LAG_DAYS:
        return 0.8 - 0.3 * (gap - 2)
    if gap <= spread:
        return 0.5 - 1.5 * gap / spread
    if weak and gap <= ARCHIVE_DAYS:
        return -1.0 - 0.1 * gap
    if gap <= REPORT_LAG_DAYS:
        return -2.0
    return CONFLICT if gap > 2 * ARCHIVE_DAYS else -4.0


def _one_sided(fact: Fact, event: NewsEvent, weekday: int | None) -> Reason:
    """Compare a known day with the other side's possible days, weekday or publication day."""
    rule = "identity.date"
    known = fact.event_date or event.event_date
    assert known is not None
    span = event.event_date_range if fact.event_date else fact.event_date_range
    told = weekday if fact.event_date else fact.weekday
    if fact.event_date is None and f"{known:%m-%d}" in fact.month_days:
        return Reason(rule, f"the article tells {known:%d %B} too", MONTH_DAY_TOO)
    if span and not span.earliest <= known <= span.latest:
        return Reason(
            rule, f"{known} outside {span.earliest} to {span.latest}", _outside(span, known)
        )
    if told is not None and known.weekday() != told:
        return Reason(rule, f"{known} is not the weekday told", -2.5)
    if fact.event_date is None and fact.published_day:
        return _published_near(fact, known, event)
    points = 0.3 if span else 0.0
    return Reason(rule, f"{known} is possible", points + (0.7 if told is not None else 0.0))


def _outside(span: DateRange, known: date) -> float:
    """Points for a day outside the possible ones: a week told or a preview's month is not exact."""
    beyond = max((span.earliest - known).days, (known - span.latest).days)
    if (span.latest - span.earliest).days > SHORT_RANGE_DAYS or beyond > ARCHIVE_DAYS:
        return CONFLICT
    return 0.5 if beyond <= 1 else (0.0 if beyond <= REPORT_LAG_DAYS + 2 else -2.5)


def _published_near(fact: Fact, known: date, event: NewsEvent) -> Reason:
    day = fact.published_day
    assert day is not None
    ahead = (known - day).days
    if fact.status is Status.EXPECTED and -1 <= ahead <= ARCHIVE_DAYS:
        return Reason("identity.date", f"previewed {ahead} days before", 1.5)
    if -ARCHIVE_DAYS <= ahead <= 0:
        return Reason("identity.date", f"published {-ahead} days after", 1.5 + 0.1 * ahead)
    if fact.is_recap and ahead < 0:
        return Reason("identity.date", "recalled long after", 0.5)
    return Reason("identity.date", f"published {-ahead} days after", -3.0)


def _family(a: Act, b: Act) -> Reason:
    one, two = FAMILY[a], FAMILY[b]
    if one == two:
        return Reason("identity.act", f"{a.value} and {b.value}", 1.0)
    if frozenset({one, two}) == {"arrest", "operation"}:
        points = 0.3  # one deed, told by its end or by its means
    elif Act.STATEMENT in (a, b) or frozenset({one, two}) in _NEAR:
        points = -0.7
    else:
        points = -2.2
    return Reason("identity.act", f"{a.value} and {b.value}", points)


def _people(fact: Fact, event: NewsEvent) -> Reason:
    rule = "identity.people"
    mine, theirs = principals(fact.actors), principals(event.actors)
    shared = sorted(mine.keys() & theirs.keys())
    if shared:
        clash = _same_office_other_holder(mine, theirs, set(shared))
        points = min(1.5 * len(shared), 3.0) - (4.0 if clash else 0.0)
        return Reason(rule, "both name " + ", ".join(shared), points)
    if not mine or not theirs:
        return Reason(rule, "one names nobody", 0.0)
    if _same_office_other_holder(mine, theirs, set()):
        return Reason(rule, "other people in the same offices", -3.5)
    heads = sorted(_heads(fact.actors) & _heads(event.actors))
    if heads:
        return Reason(rule, "both name " + ", ".join(heads), 0.5)
    return Reason(rule, "no person named by both", -1.2)


def _heads(actors: tuple[Actor, ...]) -> set[str]:
    """Return the heads of government: unlike heads of state they are named for what they do themselves."""
    return {a.name for a in actors if a.kind == "person" and a.role == "head_of_government"}


def _same_office_other_holder(
    mine: dict[str, Actor], theirs: dict[str, Actor], shared: set[str]
) -> bool:
    offices = {(a.side, a.role) for n, a in mine.items() if n not in shared and a.role}
    held = {(a.side, a.role) for n, a in theirs.items() if n not in shared and a.role}
    settled = {(a.side, a.role) for n, a in theirs.items() if n in shared}
    return bool((offices & held) - settled)


def _suspects(fact: Fact, event: NewsEvent) -> Reason:
    mine, theirs = suspects(fact.mentioned), suspects(event.mentioned)
    shared = sorted(mine[k] for k in mine.keys() & theirs.keys() if len(k) >= _ACROSS_LEAST)
    if shared:
        return Reason("identity.suspects", "both name " + ", ".join(shared), 2.5)
    arrests = FAMILY[fact.act] == FAMILY[event.act] == "arrest"
    if mine and theirs and arrests and fact.lang != "ar":
        return Reason("identity.suspects", "other people named", -1.0)
    return Reason("identity.suspects", "", 0.0)


def _place(fact: Fact, entry: Entry) -> Reason:
    rule, a, b = "identity.place", fact.place, entry.event.place
    if a is None or b is None:
        return Reason(rule, "place not told", 0.0)
    if a.name == b.name:
        return Reason(rule, f"both in {a.name}", 1.0)
    if b.name in fact.places or a.name in entry.places:
        return Reason(rule, f"{a.name} and {b.name}, named in both", NAMED_TOO)
    if a.country != b.country:
        return Reason(rule, f"{a.name} and {b.name}", -1.5)
    if a.lat is None or b.lat is None:
        return Reason(rule, f"{a.name} and {b.name}", 0.3)
    return Reason(rule, f"{a.name} and {b.name}", -1.0)


def _themes(fact: Fact, event: NewsEvent) -> Reason:
    mine, theirs = set(fact.themes), set(event.themes)
    if not mine or not theirs:
        return Reason("identity.themes", "", 0.0)
    share = len(mine & theirs) / len(mine | theirs)
    return Reason("identity.themes", f"{share:.0%} of themes shared", round(share - 0.3, 3))


def _services(fact: Fact, event: NewsEvent) -> Reason:
    shared = services(fact.actors) & services(event.actors)
    return Reason("identity.services", ", ".join(sorted(shared)), min(0.4 * len(shared), 0.8))


def _figures(fact: Fact, event: NewsEvent) -> Reason:
    shared = sorted(set(fact.figures) & set(event.figures))
    return Reason("identity.figures", ", ".join(shared), min(0.6 * len(shared), 1.2))


def _names(fact: Fact, entry: Entry) -> Reason:
    """Compare names nobody keeps a ledger of: suspects, ships, exercises, towns, clans."""
    arabic = fact.lang == "ar"
    mine = frozenset(fact.names)
    same_script = mine & entry.names[arabic]
    across = {n for n in mine & entry.names[not arabic] if len(n) >= _ACROSS_LEAST}
    points = 0.4 * max(0, len(across) - 1)
    if not arabic:
        # An exercise goes by its name.
        drill = FAMILY[fact.act] == FAMILY[entry.event.act] == "drill"
        points += (1.0 if drill else 0.35) * len(same_script)
    elif entry.names[True]:
        # Between two Arabic texts every word is compared, so it is the share that tells.
        smaller = max(1, min(len(mine), len(entry.names[True])))
        points += max(0.0, 3.0 * (len(same_script) / smaller - 0.3))
    shown = sorted(across | (frozenset() if arabic else same_script))[:5]
    return Reason("identity.names", ", ".join(shown), round(min(points, MAX_NAME_POINTS), 3))


def _overlap(a: DateRange, b: DateRange) -> bool:
    return a.earliest <= b.latest and b.earliest <= a.latest
