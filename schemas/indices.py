"""Elasticsearch indices: names, ids, templates and documents. The field names here are those of the templates."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from importlib.resources import files
from typing import Any

from domain.model import LANGUAGES
from schemas.records import (
    ActorInfo,
    AlertRaised,
    EventChanged,
    JudgedArticle,
    PlaceInfo,
    ReasonInfo,
)

ARTICLES_ALIAS = "news-articles"
EVENTS_INDEX, EVENTS_ALIAS = "news-events-v1", "news-events"
ALERTS_INDEX, ALERTS_ALIAS = "news-alerts-v1", "news-alerts"
COMPONENT = "news-base"
TEMPLATES = ("news-articles", "news-events", "news-alerts")
# Fixed first indices; those of the articles are made by their template, month by month.
FIRST_INDICES = {EVENTS_INDEX: EVENTS_ALIAS, ALERTS_INDEX: ALERTS_ALIAS}
MAX_REASONS = 40
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")

Document = dict[str, Any]


def template(name: str, replicas: int = 0) -> Document:
    """Return the body of a component or index template, as kept in schemas/elasticsearch/."""
    path = files("schemas") / "elasticsearch" / f"{name}.json"
    body: Document = json.loads(path.read_text("utf-8"))
    body["template"].setdefault("settings", {}).setdefault("index", {})
    if name == COMPONENT:
        body["template"]["settings"]["index"]["number_of_replicas"] = replicas
    return body


def articles_index(first_seen_at: datetime) -> str:
    """Return the monthly index of an article: by first fetch, which a replay does not change."""
    return f"{ARTICLES_ALIAS}-{first_seen_at:%Y.%m}"


def article_document_id(article_id: str, watch_id: str) -> str:
    """Return the id of an article's document for one watch."""
    return hashlib.sha256(f"{article_id}|{watch_id}".encode()).hexdigest()


def inert(text: str) -> str:
    """Return the words with no tag in them, each character in its place: spans still fit.

    Words may spell a tag (an article on HTML, a feed that escapes its script). Our own mails and pages escape;
    whoever else reads the index may not.
    """
    return _TAG_START.sub("‹", text)


def article_document(judged: JudgedArticle) -> Document:
    """Return the document of a judged article; its text stands in the fields of its own language."""
    article, reading = judged.article, judged.reading
    published = article.published
    lang = article.lang if article.lang in LANGUAGES else "other"
    return _present(
        {
            "@timestamp": published.at if published else article.first_seen_at,
            "article_id": article.article_id,
            "watch_id": judged.watch_id,
            "url": article.url,
            "canonical_url": article.canonical_url,
            "declared_id": article.declared_id,
            "source": {
                "id": article.source.source_id,
                "name": article.source.name,
                "country": article.source.country,
                "kind": article.source.kind,
            },
            "lang": article.lang,
            "lang_confidence": article.lang_confidence,
            "title": inert(article.title),
            f"title_{lang}": inert(article.title),
            f"text_{lang}": inert(article.text),
            "content_hash": article.content_hash,
            "fetched_at": article.fetched_at,
            "first_seen_at": article.first_seen_at,
            "published_at": published.at if published else None,
            "published_source": published.source if published else None,
            "published_confidence": published.confidence if published else None,
            "partial": article.partial,
            "verdict": judged.verdict,
            "relevant": reading.relevant,
            "score": reading.score,
            "act": reading.act,
            "status": reading.status,
            "event_date": reading.event_date,
            "themes": reading.themes,
            "figures": reading.figures,
            "event_id": judged.event_id,
            "event_version": judged.event_version,
            "changed": judged.changed,
            **_who_and_where(reading.actors, reading.mentioned, reading.place),
            "compared": [{"event_id": i, "score": s} for i, s in judged.compared],
            "reasons": _reasons(judged.reasons),
        }
    )


def event_document(change: EventChanged) -> Document:
    """Return the document of a NewsEvent."""
    event = change.event
    days = event.event_date_range
    return _present(
        {
            "@timestamp": _day_or(change),
            "event_id": event.event_id,
            "watch_id": event.watch_id,
            "version": event.version,
            "revision": event.revision,
            "act": event.act,
            "status": event.status,
            "plover": event.plover,
            "cameo": event.cameo,
            "event_date": event.event_date,
            "event_days": {"gte": days.earliest, "lte": days.latest} if days else None,
            "themes": event.themes,
            "figures": event.figures,
            **_who_and_where(event.actors, event.mentioned, event.place),
            "langs": sorted({m.lang for m in event.members}),
            "source_ids": sorted({m.source_id for m in event.members if m.source_id}),
            "article_count": len(event.members) + event.unlisted,
            "members": [
                _present(
                    {
                        "article_id": m.article_id,
                        "title": inert(m.title),
                        "lang": m.lang,
                        "source_id": m.source_id,
                        "verdict": m.verdict,
                        "url": m.url,
                        "published_at": m.published_at,
                    }
                )
                for m in event.members
            ],
            "related": event.related,
            "merged_into": event.merged_into,
            "is_merged": event.merged_into is not None,
            "changed": change.changed,
            "first_seen_at": change.first_seen_at,
            "changed_at": change.changed_at,
        }
    )


def alert_document(alert: AlertRaised) -> Document:
    """Return what is searchable of an alert; the state of its delivery is added by `deliver`."""
    event = alert.event
    return _present(
        {
            "@timestamp": alert.raised_at,
            "alert_id": alert.alert_id,
            "watch_id": alert.watch_id,
            "event_id": event.event_id,
            "event_version": event.version,
            "verdict": alert.verdict,
            "headline": alert.headline,
            "act": event.act,
            "themes": event.themes,
            "event_date": event.event_date,
            "first_seen_at": alert.first_seen_at,
            "raised_at": alert.raised_at,
        }
    )


def _day_or(change: EventChanged) -> Any:
    """Return the day of the event, or when it was first seen: what a timeline should show it at."""
    return change.event.event_date or change.first_seen_at


def _who_and_where(
    actors: list[ActorInfo], mentioned: list[ActorInfo], place: PlaceInfo | None
) -> Document:
    located = place is not None and place.lat is not None and place.lon is not None
    return {
        "actors": [a.name for a in actors],
        "actor_sides": sorted({a.side for a in actors if a.side}),
        "actor_roles": [f"{a.name}: {a.role}" for a in actors if a.role],
        "mentioned": [a.name for a in mentioned],
        "place": place.name if place else None,
        "country": place.country if place else None,
        "location": {"lat": place.lat, "lon": place.lon} if place and located else None,
    }


def _reasons(reasons: list[ReasonInfo]) -> list[Document]:
    return [
        _present(
            {
                "rule": r.rule,
                "detail": r.detail,
                "score": r.score,
                "spans": [{"field": s.field, "start": s.start, "end": s.end} for s in r.spans],
            }
        )
        for r in reasons[:MAX_REASONS]
    ]


def _present(document: Document) -> Document:
    """Return the document without what is not known: a missing field, not an empty one."""
    return {k: v for k, v in document.items() if v is not None and v != [] and v != ""}
