"""Documents as `index` and `deliver` write them, and the templates they are indexed by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import msgspec

from domain.model import LANGUAGES
from domain.outcome import Verdict
from schemas import indices
from schemas.records import (
    ActorInfo,
    AlertRaised,
    CleanedArticle,
    DateRangeInfo,
    EventChanged,
    EventInfo,
    JudgedArticle,
    MemberInfo,
    PlaceInfo,
    PublishedInfo,
    ReadingInfo,
    ReasonInfo,
    SourceRef,
    SpanInfo,
)
from tests.harness.elastic import ElasticsearchServer

SEEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEMPLATE_OF = {"articles": "news-articles", "events": "news-events", "alerts": "news-alerts"}


def load_templates(server: ElasticsearchServer, user: tuple[str, str] | None = None) -> None:
    """Put the component, the index templates and the first indices, as `vigie provision` does."""
    server.call(
        "PUT",
        f"/_component_template/{indices.COMPONENT}",
        indices.template(indices.COMPONENT),
        user,
    )
    for name in indices.TEMPLATES:
        server.call("PUT", f"/_index_template/{name}", indices.template(name), user)
    for index, alias in indices.FIRST_INDICES.items():
        server.call("PUT", f"/{index}", {"aliases": {alias: {"is_write_index": True}}}, user)


def fields_of(view: str) -> set[str]:
    """Return every field that a data view's template maps, dotted."""
    mapped: set[str] = set()
    for name in (indices.COMPONENT, TEMPLATE_OF[view]):
        properties = indices.template(name)["template"]["mappings"]["properties"]
        mapped |= set(_walk(properties, ""))
    return mapped


def _walk(properties: dict[str, Any], prefix: str) -> list[str]:
    found = []
    for name, spec in properties.items():
        found.append(prefix + name)
        found += _walk({**spec.get("properties", {}), **spec.get("fields", {})}, f"{prefix}{name}.")
    return found


def article(number: int, lang: str) -> CleanedArticle:
    """Return a made-up article."""
    return CleanedArticle(
        article_id=f"{number:064x}",
        url=f"https://news.example/{number}",
        canonical_url=f"https://news.example/{number}",
        source=SourceRef(source_id=f"s{number % 3}", name=f"Outlet {number % 3}", country="MA"),
        title=f"Title {number}",
        text=f"Text {number}",
        lang=lang,
        lang_confidence=0.99,
        content_hash=f"{number:064x}",
        fetched_at=SEEN,
        first_seen_at=SEEN + timedelta(hours=number),
        published=PublishedInfo(at=SEEN, source="meta", confidence=0.9),
    )


ACTORS = [ActorInfo(name="A Minister", kind="person", side="FR", role="minister")]
PLACE = PlaceInfo(name="Rabat", country="MA", lat=34.02, lon=-6.84)
REASON = ReasonInfo(rule="r", detail="d", score=0.5, spans=[SpanInfo(start=0, end=3)])


def judged(number: int, lang: str, verdict: str) -> JudgedArticle:
    """Return a verdict on a made-up article."""
    reading = ReadingInfo(
        relevant=verdict != Verdict.OFF,
        score=0.4,
        act="meeting",
        status="took_place",
        event_date=date(2026, 3, 1),
        place=PLACE,
        actors=ACTORS,
        themes=["migration"],
        reasons=[REASON],
    )
    return JudgedArticle(
        watch_id="w",
        article=article(number, lang),
        reading=reading,
        verdict=verdict,
        event_id="e1",
        event_version=1,
        compared=[("e0", 0.2)],
        reasons=[REASON],
    )


def event(number: int, day: date | None, status: str) -> EventInfo:
    """Return a made-up NewsEvent."""
    members = [MemberInfo(article_id="a", title="T", lang="fr", source_id="s", verdict="NEW")]
    return EventInfo(
        event_id=f"e{number}",
        watch_id="w",
        version=1,
        revision=1,
        act="meeting",
        status=status,
        plover="MEET",
        cameo="040",
        event_date=day,
        event_date_range=DateRangeInfo(earliest=date(2026, 2, 1), latest=date(2026, 3, 1)),
        place=PLACE,
        actors=ACTORS,
        themes=["migration"],
        members=members,
    )


def samples() -> dict[str, list[dict[str, Any]]]:
    """Return documents by index: every verdict in every language, events with and without a day, an alert."""
    articles = [
        judged(n, lang, verdict)
        for n, (lang, verdict) in enumerate(product((*LANGUAGES, "pt"), Verdict))
    ]
    events = [
        event(1, date(2026, 3, 1), "took_place"),
        event(2, None, "took_place"),
        event(3, date(2026, 4, 1), "expected"),
    ]
    changes = [
        EventChanged(event=e, verdict="NEW", article_id="a", first_seen_at=SEEN, changed_at=SEEN)
        for e in events
    ]
    alert = AlertRaised(
        alert_id="a1",
        watch_id="w",
        verdict="NEW",
        event=events[0],
        headline="H",
        article=articles[0].article,
        first_seen_at=SEEN,
        raised_at=SEEN,
    )
    delivery = {"channel": "console", "recipient": "-", "state": "sent", "attempts": 1}
    by_index: dict[str, list[dict[str, Any]]] = {
        indices.EVENTS_ALIAS: [indices.event_document(c) for c in changes],
        indices.ALERTS_ALIAS: [{**indices.alert_document(alert), **delivery}],
    }
    for a in articles:
        index = indices.articles_index(a.article.first_seen_at)
        by_index.setdefault(index, []).append(indices.article_document(a))
    plain: dict[str, list[dict[str, Any]]] = msgspec.to_builtins(by_index)
    return plain
