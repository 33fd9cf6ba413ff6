"""Facts and event records: what is kept of each article, so that an event can be told anew from all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.model import (
    Act,
    Actor,
    Article,
    DateRange,
    Place,
    Reading,
    Reason,
    Status,
    Theme,
)
from domain.outcome import Verdict
from domain.text.skeleton import skeleton

# An event keeps the evidence of this many articles, and this many more by name; the rest it only counts.
MAX_FACTS, MAX_LISTED = 40, 400
# Presidents and kings are named in every article: they identify a meeting only when they hold it.
BACKGROUND_OFFICES = frozenset({"head_of_state", "head_of_government"})


@dataclass(frozen=True, slots=True)
class Fact:
    """What one article says of one event, and what was said of the article (`verdict`, `version`).

    A `bare` one belongs to its event and says nothing of it any more.
    """

    article_id: str
    title: str
    lang: str
    source_id: str
    url: str | None
    published_at: datetime | None
    score: float
    act: Act
    status: Status
    event_date: date | None
    event_date_range: DateRange | None
    date_basis: str
    weekday: int | None
    place: Place | None
    actors: tuple[Actor, ...]
    mentioned: tuple[Actor, ...]
    themes: tuple[Theme, ...]
    figures: tuple[str, ...]
    is_recap: bool
    verdict: Verdict
    periods: tuple[DateRange, ...] = ()
    month_days: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    version: int = 0
    changed: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    bare: bool = False

    @property
    def published_day(self) -> date | None:
        """The publication day in UTC, None if unknown."""
        return self.published_at.date() if self.published_at else None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One NewsEvent as state: its facts and links. `shard` never changes once given.

    `unlisted` counts the articles that are its own and no longer among its facts; `archived`: its
    facts are condensed (`archive.py`).
    """

    event_id: str
    watch_id: str
    shard: str
    version: int
    revision: int
    facts: tuple[Fact, ...]
    related: tuple[str, ...] = ()
    merged_into: str | None = None
    unlisted: int = 0
    archived: bool = False

    @property
    def evidence(self) -> tuple[Fact, ...]:
        """The facts that say what happened."""
        return tuple(f for f in self.facts if not f.bare)


def bare(fact: Fact) -> Fact:
    """Return the fact of an article that is named as a member and adds no evidence."""
    return replace(
        fact,
        bare=True,
        event_date=None,
        event_date_range=None,
        weekday=None,
        place=None,
        actors=(),
        mentioned=(),
        themes=(),
        figures=(),
        periods=(),
        month_days=(),
        places=(),
        names=(),
        reasons=(),
    )


def bounded(record: EventRecord) -> EventRecord:
    """Return the record within its bounds: the first articles keep their evidence, the next their names."""
    facts = record.facts
    told = [f.article_id for f in facts if not f.bare]
    if len(told) > MAX_FACTS:
        silent = set(told[MAX_FACTS:])
        facts = tuple(bare(f) if f.article_id in silent else f for f in facts)
    unlisted = max(0, len(facts) - MAX_LISTED)
    kept = facts[: len(facts) - unlisted]
    return replace(record, facts=kept, unlisted=record.unlisted + unlisted)


def fact_from(article: Article, reading: Reading) -> Fact:
    """Return the fact an article and its reading make; the verdict is filled in by `judge`."""
    return Fact(
        article_id=article.article_id,
        title=article.title,
        lang=article.lang,
        source_id=article.source_id,
        url=article.url,
        published_at=article.published.at if article.published else None,
        score=reading.score,
        act=reading.act or Act.STATEMENT,
        status=reading.status or Status.TOOK_PLACE,
        event_date=reading.event_date,
        event_date_range=reading.event_date_range,
        date_basis=reading.date_basis,
        weekday=reading.weekday,
        place=reading.place,
        actors=reading.actors,
        mentioned=reading.mentioned,
        themes=reading.themes,
        figures=reading.figures,
        is_recap=reading.is_recap,
        periods=reading.periods,
        month_days=reading.month_days,
        places=reading.places,
        names=reading.names,
        verdict=Verdict.OFF,
    )


def principals(actors: tuple[Actor, ...]) -> dict[str, Actor]:
    """Return the people who identify an event, by name: heads of state only when nobody else is named."""
    people = {a.name: a for a in actors if a.kind == "person"}
    named = {n: a for n, a in people.items() if a.role not in BACKGROUND_OFFICES}
    return named or people


def suspects(mentioned: tuple[Actor, ...]) -> dict[str, str]:
    """Return the names of the wanted persons by their skeletons."""
    return {skeleton(a.name): a.name for a in mentioned if a.role == "suspect"}


def services(actors: tuple[Actor, ...]) -> frozenset[str]:
    """Return the names of the services among the actors."""
    return frozenset(a.name for a in actors if a.kind == "service")
