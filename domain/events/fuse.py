"""Tells a NewsEvent from all its facts; the same facts in any order give the same event."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from domain.events.fact import EventRecord, Fact
from domain.model import Act, Actor, DateRange, Member, NewsEvent, Place, Status, Theme
from domain.taxonomy import FAMILY, STRENGTH

# A stronger act than most articles tell needs this share of them behind it.
STRONG_ACT_SHARE = 0.3
THEME_SHARE = 0.35
_BASIS_WEIGHT = {"told": 3.0, "published": 1.0, "range": 0.5}


def fuse(record: EventRecord) -> NewsEvent:
    """Return the NewsEvent that the record's facts together tell."""
    members = sorted(record.facts, key=_order)
    facts = [f for f in members if not f.bare]
    primary = [f for f in facts if not f.is_recap] or facts
    day = fused_date(primary) or fused_date(facts)
    actors = _fused_actors(primary)
    names = {a.name for a in actors}
    return NewsEvent(
        event_id=record.event_id,
        watch_id=record.watch_id,
        version=record.version,
        revision=record.revision,
        act=fused_act(primary),
        status=fused_status(primary),
        event_date=day,
        event_date_range=None if day else fused_range(facts),
        place=_fused_place(primary) or _fused_place(facts),
        actors=actors,
        mentioned=tuple(a for a in _union(f.mentioned for f in facts) if a.name not in names),
        themes=_fused_themes(primary),
        figures=tuple(sorted({figure for f in primary for figure in f.figures})),
        members=tuple(_member(f) for f in members),
        related=record.related,
        merged_into=record.merged_into,
        unlisted=record.unlisted,
    )


def fused_act(facts: list[Fact]) -> Act:
    """Return the strongest act of the leading family that enough of the facts tell."""
    families = Counter[str]()
    for f in facts:
        families[FAMILY[f.act]] += 1
    top = max(families.items(), key=lambda item: (item[1], item[0]))[0]
    acts = Counter(f.act for f in facts if FAMILY[f.act] == top)
    enough = [a for a, n in acts.items() if n >= STRONG_ACT_SHARE * families[top]]
    return max(enough, key=lambda a: STRENGTH[a])


def fused_status(facts: list[Fact]) -> Status:
    """Return how far the event has come: a report that it took place outweighs every preview."""
    statuses = {f.status for f in facts}
    latest = max(facts, key=_order)
    if latest.status is Status.CANCELLED and Status.TOOK_PLACE not in statuses:
        return Status.CANCELLED
    for status in (Status.TOOK_PLACE, Status.UNDER_WAY, Status.EXPECTED):
        if status in statuses:
            return status
    return Status.CANCELLED


def fused_date(facts: list[Fact]) -> date | None:
    """Return the day most evidence speaks for; a day told in a report outweighs one taken from a publication time."""
    votes: dict[date, float] = defaultdict(float)
    for f in facts:
        if f.event_date is None:
            continue
        weight = _BASIS_WEIGHT.get(f.date_basis, 1.0)
        votes[f.event_date] += weight * (0.4 if f.status is Status.EXPECTED else 1.0)
    if not votes:
        return None
    return max(votes.items(), key=lambda item: (item[1], -item[0].toordinal()))[0]


def fused_range(facts: list[Fact]) -> DateRange | None:
    """Return the days all the facts' ranges share, or the first range where they share none."""
    ranges = [f.event_date_range for f in facts if f.event_date_range]
    if not ranges:
        return None
    earliest = max(r.earliest for r in ranges)
    latest = min(r.latest for r in ranges)
    return DateRange(earliest, latest) if earliest <= latest else ranges[0]


def _fused_actors(facts: list[Fact]) -> tuple[Actor, ...]:
    return _union(f.actors for f in facts)


def _fused_place(facts: list[Fact]) -> Place | None:
    votes: Counter[str] = Counter()
    by_name: dict[str, Place] = {}
    for f in facts:
        if f.place is None:
            continue
        # A city says more than the country it lies in.
        votes[f.place.name] += 2 if f.place.lat is not None else 1
        by_name.setdefault(f.place.name, f.place)
    if not votes:
        return None
    top = max(votes.values())
    return by_name[next(name for name in by_name if votes[name] == top)]


def _fused_themes(facts: list[Fact]) -> tuple[Theme, ...]:
    counts = Counter(theme for f in facts for theme in f.themes)
    return tuple(t for t in Theme if counts[t] and counts[t] >= THEME_SHARE * len(facts))


def _union(groups: Iterable[tuple[Actor, ...]]) -> tuple[Actor, ...]:
    seen: dict[str, Actor] = {}
    for group in groups:
        for actor in group:
            known = seen.get(actor.name)
            if known is None or (actor.known and not known.known):
                seen[actor.name] = actor
    return tuple(seen.values())


def _member(fact: Fact) -> Member:
    return Member(
        fact.article_id,
        fact.title,
        fact.lang,
        fact.source_id,
        fact.url,
        fact.published_at,
        fact.verdict,
    )


def _order(fact: Fact) -> tuple[int, str, str]:
    """Sort by publication time, undated last, then by id: arrival order must not matter."""
    at = fact.published_at
    return (1, "", fact.article_id) if at is None else (0, at.isoformat(), fact.article_id)
