"""Hand-written stand-ins for Kafka, the metrics registry and the clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from domain.errors import SinkRejected, SinkUnavailable
from domain.outcome import FetchOutcome
from schemas.records import FetchedArticle


class FakePublisher:
    """Keeps what it is given; the call numbers in `down` and `refused` (from 1) fail that way."""

    def __init__(self, down: set[int] | None = None, refused: set[int] | None = None) -> None:
        self.articles: list[FetchedArticle] = []
        self.calls = 0
        self.down, self.refused = down or set(), refused or set()

    async def publish(self, article: FetchedArticle) -> None:
        """Take one article, or fail as told."""
        self.calls += 1
        if self.calls in self.down:
            raise SinkUnavailable("publish", "fake", "down", retry_after_seconds=0.0)
        if self.calls in self.refused:
            raise SinkRejected("publish", "fake", "refused")
        self.articles.append(article)

    @property
    def urls(self) -> list[str]:
        """Return the addresses taken, in order."""
        return [article.canonical_url for article in self.articles]


class FakeMetrics:
    """Counts calls by metric and labels."""

    def __init__(self) -> None:
        self.outcomes: Counter[FetchOutcome] = Counter()
        self.requests: Counter[tuple[str, str]] = Counter()
        self.durations: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.last_success: dict[str, float] = {}
        self.last_article: dict[str, float] = {}
        self.intervals: dict[str, float] = {}

    def count_outcome(self, outcome: FetchOutcome) -> None:
        """Count an entry."""
        self.outcomes[outcome] += 1

    def count_request(self, source_id: str, outcome: str) -> None:
        """Count a fetch."""
        self.requests[source_id, outcome] += 1

    def observe_duration(self, source_id: str, seconds: float) -> None:
        """Count an observation."""
        assert seconds >= 0
        self.durations[source_id] += 1

    def count_bytes(self, source_id: str, count: int) -> None:
        """Add bytes."""
        self.bytes[source_id] += count

    def set_last_success(self, source_id: str, timestamp: float) -> None:
        """Keep the time."""
        self.last_success[source_id] = timestamp

    def set_last_article(self, source_id: str, timestamp: float) -> None:
        """Keep the time."""
        self.last_article[source_id] = timestamp

    def set_interval(self, source_id: str, seconds: float) -> None:
        """Keep the interval."""
        self.intervals[source_id] = seconds


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something another task does is done; ten seconds are a failure."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (counters of a server and a fake; neither has an event)
            await asyncio.sleep(0.01)
