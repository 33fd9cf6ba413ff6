"""The demo's books: what was sent, and where each article ended, read from the topics and from /metrics.

Two independent accounts. The topics say which articles were sent and judged, by address; the metrics say
how many records each stage put in each outcome. The demo is right only when both agree.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import aiohttp
from aiokafka import AIOKafkaConsumer
from prometheus_client.parser import text_string_to_metric_families

from schemas.records import (
    AlertRaised,
    EventChanged,
    FetchedArticle,
    JudgedArticle,
    decode,
)
from schemas.topics import (
    ALERT_RAISED,
    ARTICLE_FETCHED,
    ARTICLE_JUDGED,
    EVENT_CHANGED,
    STREAM_TOPICS,
)

STAGE_METRIC = "vigie_stage_records"
SCRAPE_SECONDS = 2.0
DEAD_LETTER_SUFFIX = ".dead-letter"


@dataclass(slots=True)
class Ledger:
    """What has been seen on the topics so far."""

    fetched: dict[str, FetchedArticle] = field(default_factory=dict)  # by canonical URL
    judged: dict[tuple[str, str], JudgedArticle] = field(default_factory=dict)  # (watch, article)
    events: dict[str, EventChanged] = field(default_factory=dict)  # newest revision of each
    alerts: dict[str, AlertRaised] = field(default_factory=dict)
    dead: Counter[str] = field(default_factory=Counter)  # source topic -> records

    def take(self, topic: str, value: bytes | None) -> None:
        """Enter one record; a repeat of a record changes nothing."""
        if topic == ARTICLE_FETCHED.name:
            article = decode(FetchedArticle, value)
            self.fetched[article.canonical_url] = article
        elif topic == ARTICLE_JUDGED.name:
            judged = decode(JudgedArticle, value)
            self.judged[judged.watch_id, judged.article.article_id] = judged
        elif topic == EVENT_CHANGED.name:
            self._take_event(decode(EventChanged, value))
        elif topic == ALERT_RAISED.name:
            alert = decode(AlertRaised, value)
            self.alerts[alert.alert_id] = alert
        elif topic.endswith(DEAD_LETTER_SUFFIX):
            self.dead[topic.removesuffix(DEAD_LETTER_SUFFIX)] += 1

    def _take_event(self, change: EventChanged) -> None:
        known = self.events.get(change.event.event_id)
        if known is None or change.event.revision >= known.event.revision:
            self.events[change.event.event_id] = change

    def unjudged(self, watches: int) -> list[str]:
        """Return the addresses of fetched articles that fewer watches than there are have judged."""
        seen = Counter(j.article.canonical_url for j in self.judged.values())
        return sorted(url for url in self.fetched if seen[url] < watches)


class LedgerReader:
    """Follows the topics from their start, with no group and no commit, so it disturbs nobody."""

    def __init__(self, bootstrap: str) -> None:
        self.ledger = Ledger()
        topics = [t.name for t in (ARTICLE_FETCHED, ARTICLE_JUDGED, EVENT_CHANGED, ALERT_RAISED)]
        topics += [t.dead_letter for t in STREAM_TOPICS]
        self._consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )

    async def start(self) -> None:
        """Connect; the topics must exist."""
        await self._consumer.start()

    async def catch_up(self, wait_seconds: float = 0.3) -> None:
        """Enter what has arrived since the last call."""
        batch = await self._consumer.getmany(timeout_ms=int(wait_seconds * 1000))
        for partition, records in batch.items():
            for record in records:
                self.ledger.take(partition.topic, record.value)

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()


async def stage_counts(ports: list[int]) -> Counter[tuple[str, str]]:
    """Return (stage, outcome) counts summed over the processes that answer on these ports now."""
    total: Counter[tuple[str, str]] = Counter()
    timeout = aiohttp.ClientTimeout(total=SCRAPE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for text in await asyncio.gather(*(_scrape(session, port) for port in ports)):
            total.update(counts_in(text))
    return total


def counts_in(exposition: str) -> Counter[tuple[str, str]]:
    """Return (stage, outcome) counts of one metrics page."""
    counts: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(exposition):
        if family.name != STAGE_METRIC:
            continue
        for sample in family.samples:
            if sample.name.endswith("_total"):
                counts[sample.labels["stage"], sample.labels["outcome"]] += int(sample.value)
    return counts


async def _scrape(session: aiohttp.ClientSession, port: int) -> str:
    """A process that is still starting, or has ended, counts nothing yet."""
    try:
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            return await answer.text() if answer.status == 200 else ""
    except (aiohttp.ClientError, TimeoutError):
        return ""
