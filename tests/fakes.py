"""Hand-written stand-ins for the outside of the agents: broker, state log, index, channels, clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry

from agents.base import Services
from agents.state import LogRecord
from domain.errors import SinkError, SinkUnavailable
from domain.outcome import IndexOutcome
from runtime.dead_letters import DeadLetters, Incoming
from runtime.kafka import Headers, Sent, check_size
from runtime.metrics import Metrics
from schemas.records import CleanedArticle, FetchedArticle, PublishedInfo, SourceRef
from sinks.channel import Delivery
from sinks.elasticsearch import Found

NOW = datetime(2025, 4, 15, 9, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        """Move it."""
        self.now += timedelta(seconds=seconds)


@dataclass
class SentRecord:
    """One record as a broker would have it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass
class FakeProducer:
    """A producer that keeps what it is sent; `fail_on` gives the numbers of the sends that fail."""

    records: list[SentRecord] = field(default_factory=list)
    fail_on: set[int] = field(default_factory=set)
    calls: int = 0
    on_send: Callable[[SentRecord], None] | None = None

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers = (),
        partition: int | None = None,
    ) -> Sent:
        """Keep the record, or be down."""
        self.calls += 1
        check_size(topic, value)
        if self.calls in self.fail_on:
            raise SinkUnavailable("send record", topic, "down", retry_after_seconds=0.0)
        record = SentRecord(topic, key, value, list(headers))
        if self.on_send is not None:
            self.on_send(record)
        self.records.append(record)
        return Sent(partition or 0, len(self.records) - 1)

    def of(self, topic: str) -> list[SentRecord]:
        """Return what one topic got."""
        return [r for r in self.records if r.topic == topic]


@dataclass
class FakeStateLog:
    """A state log of one partition, shared by the owners that a test makes."""

    records: list[LogRecord] = field(default_factory=list)
    fail_on: set[int] = field(default_factory=set)
    appends: int = 0

    async def claim(self, partition: int) -> int:
        """Append a claim."""
        offset = len(self.records)
        self.records.append(LogRecord(offset, b"claim", b"owner", -1))
        return offset

    async def read(self, partition: int, up_to: int) -> list[LogRecord]:
        """Return what there is."""
        return [r for r in self.records if r.offset <= up_to]

    async def append(self, partition: int, key: bytes, value: bytes, epoch: int) -> int:
        """Append, or be down."""
        self.appends += 1
        if self.appends in self.fail_on:
            raise SinkUnavailable("write state", "", "down", retry_after_seconds=0.0)
        offset = len(self.records)
        self.records.append(LogRecord(offset, key, value, epoch))
        return offset

    def compacted(self) -> None:
        """Keep the newest record of each key, as a broker does in its own time."""
        newest = {r.key: r.offset for r in self.records}
        kept = set(newest.values())
        # Offsets stay: what is compacted away leaves a gap, here an empty record.
        self.records = [
            r if r.offset in kept else LogRecord(r.offset, r.key, None, -1) for r in self.records
        ]


@dataclass
class FakeIndex:
    """An index in memory with create, external versions and sequence numbers."""

    documents: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    sequence: dict[tuple[str, str], int] = field(default_factory=dict)
    fail_next: list[SinkError] = field(default_factory=list)

    async def create(self, index: str, document_id: str, document: dict[str, Any]) -> IndexOutcome:
        """Store unless the id is taken."""
        self._maybe_fail()
        if (index, document_id) in self.documents:
            return IndexOutcome.ALREADY
        self._store((index, document_id), document)
        return IndexOutcome.INDEXED

    async def put_version(
        self, index: str, document_id: str, document: dict[str, Any], version: int
    ) -> IndexOutcome:
        """Store unless the version is there or overtaken."""
        self._maybe_fail()
        key = (index, document_id)
        if self.versions.get(key, -1) >= version:
            return IndexOutcome.ALREADY
        self.versions[key] = version
        self._store(key, document)
        return IndexOutcome.INDEXED

    async def get(self, index: str, document_id: str) -> Found | None:
        """Return the document."""
        self._maybe_fail()
        key = (index, document_id)
        if key not in self.documents:
            return None
        return Found(document_id, dict(self.documents[key]), self.sequence[key], 1)

    async def replace(self, index: str, found: Found, document: dict[str, Any]) -> Found | None:
        """Replace unless it was changed since."""
        self._maybe_fail()
        key = (index, found.id)
        if self.sequence.get(key) != found.seq_no:
            return None
        self._store(key, document)
        return Found(found.id, dict(self.documents[key]), self.sequence[key], 1)

    async def search(
        self,
        index: str,
        query: dict[str, Any],
        *,
        size: int = 100,
        sort: Sequence[dict[str, Any]] = (),
        fields: Sequence[str] | None = None,
    ) -> list[Found]:
        """Understand the queries that `deliver` makes: filters of terms and ranges, and what must not be."""
        self._maybe_fail()
        wanted, unwanted = query["bool"]["filter"], query["bool"].get("must_not", [])
        found = [
            Found(i, dict(d), self.sequence[index, i], 1)
            for (name, i), d in self.documents.items()
            if name == index
            and all(_fits(d, f) for f in wanted)
            and not any(_fits(d, f) for f in unwanted)
        ]
        for by in reversed(sort):
            [(name, _)] = by.items()
            found.sort(key=lambda f, name=name: f.source[name])  # type: ignore[misc]
        return found[:size]

    def _store(self, key: tuple[str, str], document: dict[str, Any]) -> None:
        # Through JSON, as on the wire: times come back as text.
        self.documents[key] = msgspec.json.decode(msgspec.json.encode(_iso(document)))
        self.sequence[key] = self.sequence.get(key, -1) + 1

    def _maybe_fail(self) -> None:
        if self.fail_next:
            raise self.fail_next.pop(0)


def _fits(document: dict[str, Any], condition: dict[str, Any]) -> bool:
    [(kind, body)] = condition.items()
    [(name, value)] = body.items()
    if name not in document:
        return False
    if kind == "term":
        return bool(document[name] == value)
    order = {
        "lte": document[name] <= value.get("lte", ""),
        "gte": document[name] >= value.get("gte", ""),
    }
    return all(order[bound] for bound in value)


def _iso(document: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in document.items()}


@dataclass
class FakeChannel:
    """A channel that keeps what it takes; `answers` holds the errors of the next sends, None for taken."""

    name: str = "console"
    recipients: tuple[str, ...] = ("console",)
    answers: list[SinkError | None] = field(default_factory=list)
    taken: list[Delivery] = field(default_factory=list)
    tries: int = 0

    async def send(self, delivery: Delivery) -> None:
        """Take it, or answer as told."""
        self.tries += 1
        error = self.answers.pop(0) if self.answers else None
        if error is not None:
            raise error
        self.taken.append(delivery)

    async def close(self) -> None:
        """Nothing to close."""


def services(
    role: str = "all", producer: FakeProducer | None = None, clock: FakeClock | None = None
) -> Services:
    """Return services over fakes; ending the process raises instead."""
    producer, clock = producer or FakeProducer(), clock or FakeClock()
    metrics = Metrics(role, CollectorRegistry())
    letters = DeadLetters(producer, metrics, clock, end=_ended, first_wait_seconds=0.0)
    return Services(producer, metrics, letters, clock=clock)


class ProcessEnded(BaseException):
    """Stands for os._exit; no `except Exception` may catch it."""


def _ended(code: int) -> None:
    raise ProcessEnded(code)


def incoming(value: bytes | None, offset: int = 0, topic: str = "t", key: bytes = b"k") -> Incoming:
    """Return a record as it comes."""
    return Incoming(topic, 0, offset, key, value)


def fetched(text: str, url: str = "http://site.test/1", published: str = "") -> FetchedArticle:
    """Return a fetched plain-text article."""
    return FetchedArticle(
        url=url,
        canonical_url=url,
        source=SourceRef(source_id="site", name="Site"),
        body=text.encode(),
        media_type="text/plain",
        charset="utf-8",
        fetched_at=NOW,
        first_seen_at=NOW,
        published=published,
    )


def cleaned(article_id: str, **changes: Any) -> CleanedArticle:
    """Return a cleaned article."""
    values: dict[str, Any] = {
        "article_id": article_id,
        "url": f"http://site.test/{article_id}",
        "canonical_url": f"http://site.test/{article_id}",
        "source": SourceRef(source_id="site", name="Site"),
        "title": f"title {article_id}",
        "text": "Some sentence of the article that is long enough to be quoted as evidence.",
        "lang": "fr",
        "lang_confidence": 0.99,
        "content_hash": "h",
        "fetched_at": NOW,
        "first_seen_at": NOW,
        "published": PublishedInfo(at=NOW - timedelta(hours=1), source="json_ld", confidence=0.9),
    }
    return CleanedArticle(**(values | changes))
