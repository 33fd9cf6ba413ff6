"""index: puts judged articles and changed events where analysts search them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agents.base import Services
from domain.errors import SinkRejected
from domain.outcome import IndexOutcome
from runtime.dead_letters import Incoming
from schemas.canary import CANARY, CANARY_EVENTS_INDEX, canary_document
from schemas.indices import (
    ARTICLES_ALIAS,
    EVENTS_ALIAS,
    EVENTS_INDEX,
    Document,
    article_document,
    article_document_id,
    articles_index,
    event_document,
)
from schemas.records import EventChanged, JudgedArticle, decode
from schemas.topics import ARTICLE_JUDGED, EVENT_CHANGED

ARTICLES, EVENTS = ARTICLE_JUDGED, EVENT_CHANGED


async def _put_canary(
    sink: DocumentSink, name: str, document: Document, seen_at: datetime
) -> IndexOutcome:
    """Replace the one document that the last canary left, where no analyst looks."""
    version = int(seen_at.timestamp() * 1000)
    return await sink.put_version(CANARY_EVENTS_INDEX, name, document, version)


class DocumentSink(Protocol):
    """Where documents go."""

    async def create(self, index: str, document_id: str, document: Document) -> IndexOutcome:
        """Store a document under an id that no other document will ever have."""

    async def put_version(
        self, index: str, document_id: str, document: Document, version: int
    ) -> IndexOutcome:
        """Store a document unless the same or a newer version of it is there."""


class ArticleIndexer:
    """Stores one document for each article and watch; a repeat is answered `already`."""

    def __init__(self, services: Services, sink: DocumentSink) -> None:
        self._metrics, self._sink = services.metrics, sink

    async def handle(self, record: Incoming) -> Sequence[str]:
        """Return INDEXED, or ALREADY when the document is there."""
        judged = decode(JudgedArticle, record.value)
        if judged.watch_id == CANARY:
            seen_at = judged.article.first_seen_at
            document = canary_document(judged.event_id or "", seen_at)
            return [await _put_canary(self._sink, "article", document, seen_at)]
        document_id = article_document_id(judged.article.article_id, judged.watch_id)
        index = articles_index(judged.article.first_seen_at)
        try:
            outcome = await self._sink.create(index, document_id, article_document(judged))
        except SinkRejected:
            self._count(IndexOutcome.DEAD_LETTER)
            raise
        self._count(outcome)
        return [outcome]

    def _count(self, outcome: IndexOutcome) -> None:
        self._metrics.index_documents.labels(ARTICLES_ALIAS, outcome.value).inc()


class EventIndexer:
    """Stores the newest revision of each NewsEvent; an older one is answered `already`."""

    def __init__(self, services: Services, sink: DocumentSink) -> None:
        self._metrics, self._sink = services.metrics, sink

    async def handle(self, record: Incoming) -> Sequence[str]:
        """Return INDEXED, or ALREADY when this revision or a newer one is there."""
        change = decode(EventChanged, record.value)
        event = change.event
        if event.watch_id == CANARY:
            document = canary_document(event.event_id, change.first_seen_at)
            return [await _put_canary(self._sink, "event", document, change.first_seen_at)]
        try:
            outcome = await self._sink.put_version(
                EVENTS_INDEX, event.event_id, event_document(change), event.revision
            )
        except SinkRejected:
            self._count(IndexOutcome.DEAD_LETTER)
            raise
        self._count(outcome)
        return [outcome]

    def _count(self, outcome: IndexOutcome) -> None:
        self._metrics.index_documents.labels(EVENTS_ALIAS, outcome.value).inc()
