"""Sends files into the running pipeline, and can wait until every stage is through with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition

from connectors.articles import fit
from connectors.canonical import url_key
from connectors.files import FileProblem, read_paths
from domain.errors import ConfigError, SinkUnavailable, VigieError
from runtime.clock import utc_now
from runtime.kafka import KafkaProducer, Producer, client_arguments
from runtime.settings import Settings
from runtime.topic_routes import versions_of
from schemas.records import FetchedArticle, encode
from schemas.topics import (
    ARTICLE_CLASSIFIED,
    ARTICLE_CLEANED,
    ARTICLE_FETCHED,
    ARTICLE_JUDGED,
    EVENT_CHANGED,
)

AT_ONCE = 64
POLL_SECONDS = 0.3
# The stages a sent article passes until it can be searched, and what each reads.
STAGES = (
    ("clean", (ARTICLE_FETCHED.name,)),
    ("classify", (ARTICLE_CLEANED.name,)),
    ("detect", (ARTICLE_CLASSIFIED.name,)),
    ("index", (ARTICLE_JUDGED.name, EVENT_CHANGED.name)),
)

Ends = dict[tuple[str, int], int]


@dataclass(slots=True)
class Sent:
    """What was sent and what could not be."""

    urls: list[str] = field(default_factory=list)  # canonical addresses, in order
    problems: list[FileProblem] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ends: Ends = field(default_factory=dict)  # one past the last record of each partition


def check_paths(paths: Iterable[Path]) -> None:
    """Raise ConfigError for the first path that is not there."""
    for path in paths:
        if not path.exists():
            raise ConfigError("ingest", str(path), "no such file or folder")


async def send_paths(
    settings: Settings, paths: list[Path], advance: Callable[[], None] = lambda: None
) -> Sent:
    """Send every article of the paths and return once all are acknowledged."""
    producer = await KafkaProducer(settings.kafka, f"{settings.kafka.group_prefix}-ingest").start()
    sent = Sent()
    try:
        batch: list[FetchedArticle] = []
        for found in read_paths(paths, utc_now()):
            if isinstance(found, FileProblem):
                sent.problems.append(found)
                continue
            batch.append(found)
            if len(batch) >= AT_ONCE:
                await _send(producer, batch, sent, advance)
                batch = []
        await _send(producer, batch, sent, advance)
    finally:
        await producer.stop()
    return sent


async def _send(
    producer: Producer, batch: list[FetchedArticle], sent: Sent, advance: Callable[[], None]
) -> None:
    async def one(article: FetchedArticle) -> None:
        key = url_key(article.canonical_url).encode("ascii")
        try:
            found = await producer.send(ARTICLE_FETCHED.name, key, encode(fit(article)))
        except SinkUnavailable:
            raise
        except VigieError as e:
            sent.refused.append(f"{article.canonical_url}: {e.detail}")
            return
        where = (ARTICLE_FETCHED.name, found.partition)
        sent.ends[where] = max(sent.ends.get(where, 0), found.offset + 1)
        sent.urls.append(article.canonical_url)
        advance()

    await asyncio.gather(*(one(article) for article in batch))


async def wait_through(
    settings: Settings, ends: Ends, seconds: float, show: Callable[[str, int, int], None]
) -> str:
    """Wait until every stage has handled what the stage before it wrote; return '' or the stage that has not.

    Articles without text or with a fault leave the flow on the way, so they cannot be counted at its end;
    offsets can: a stage is through when its group has committed past what it was given.
    """
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    await admin.start()
    try:
        for stage, topics in STAGES:
            if stage != "clean":
                versions = versions_of(settings.topics)
                ends = await _ends_of(settings, [n for t in topics for n in versions.names(t)])
            group = f"{settings.kafka.group_prefix}-{stage}"
            try:
                async with asyncio.timeout(seconds):
                    await _wait_for(admin, group, ends, lambda a, b, s=stage: show(s, a, b))  # type: ignore[misc]
            except TimeoutError:
                return stage
    finally:
        await admin.close()
    return ""


async def _wait_for(admin: Any, group: str, ends: Ends, show: Callable[[int, int], None]) -> None:
    total = sum(ends.values())
    while True:
        committed = await _committed(admin, group)
        done = sum(min(committed.get(where, 0), end) for where, end in ends.items())
        show(done, total)
        if done >= total:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _committed(admin: Any, group: str) -> Mapping[tuple[str, int], int]:
    found = await admin.list_consumer_group_offsets(group)
    return {(tp.topic, tp.partition): max(0, o.offset) for tp, o in found.items()}


async def _ends_of(settings: Settings, topics: Iterable[str]) -> Ends:
    """Return the end of every partition of the topics as it is now."""
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(**client_arguments(settings.kafka))
    await consumer.start()
    try:
        partitions = []
        for topic in topics:
            await consumer._client.force_metadata_update()
            numbers = consumer.partitions_for_topic(topic) or range(settings.topics.partitions)
            partitions += [TopicPartition(topic, n) for n in numbers]
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    return {(tp.topic, tp.partition): end for tp, end in ends.items()}
