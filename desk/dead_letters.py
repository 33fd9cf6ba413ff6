"""Reads dead letters and settles them: sent again to where they came from, or dropped.

A dead-letter topic is a log, so nothing is taken out of it. Which letters are settled is kept as the offsets of a
consumer group: all below the committed offset, and those named in the commit's metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.errors import ConfigError, SinkUnavailable
from runtime.dead_letters import SUFFIX
from runtime.kafka import KafkaProducer, client_arguments
from runtime.kafka_diagnosis import why_unreachable
from runtime.settings import Settings
from schemas.topics import STREAM_TOPICS

RETRY_HEADER = "retry"
READ_SECONDS = 30.0
MAX_METADATA_CHARS = 3_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `id` is `<topic it was meant for>@<offset in the dead-letter topic>`."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]

    @property
    def id(self) -> str:
        """What a person names it by."""
        return f"{self.topic}@{self.offset}"

    def told(self) -> dict[str, str]:
        """Return its headers as text."""
        return {"id": self.id} | {k: v.decode("utf-8", "replace") for k, v in self.headers.items()}


class LetterBox:
    """The dead letters of one pipeline. Use as an async context."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._group = f"{settings.kafka.group_prefix}-dead-letters"
        self._consumer: Any = None
        self._settled: dict[str, set[int]] = {}
        self._low: dict[str, int] = {}

    async def __aenter__(self) -> LetterBox:
        from aiokafka import AIOKafkaConsumer
        from aiokafka.errors import KafkaError

        self._consumer = AIOKafkaConsumer(
            group_id=self._group, enable_auto_commit=False, **client_arguments(self._settings.kafka)
        )
        try:
            await self._consumer.start()
        except (KafkaError, OSError) as e:
            await self._consumer.stop()
            why = await why_unreachable(self._settings.kafka, e)
            raise SinkUnavailable("reach the broker", self._settings.kafka.bootstrap, why) from e
        await self._read_settled()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def _read_settled(self) -> None:
        from aiokafka.admin import AIOKafkaAdminClient

        admin = AIOKafkaAdminClient(**client_arguments(self._settings.kafka))
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(self._group)
        finally:
            await admin.close()
        for tp, committed in found.items():
            topic = tp.topic.removesuffix(SUFFIX)
            self._low[topic] = max(0, committed.offset)
            named = (committed.metadata or "").split(",")
            self._settled[topic] = {int(n) for n in named if n.isdigit()}

    async def open_letters(self, topic: str = "", reason: str = "") -> list[Letter]:
        """Return the letters not yet settled, oldest first in each topic."""
        from aiokafka import TopicPartition

        names = [t.name for t in STREAM_TOPICS if not topic or t.name == topic]
        if not names:
            raise ConfigError("read dead letters", topic, f"expected one of {_topic_names()}")
        partitions = [TopicPartition(name + SUFFIX, 0) for name in names]
        self._consumer.assign(partitions)
        ends = await self._consumer.end_offsets(partitions)
        starts = await self._consumer.beginning_offsets(partitions)
        letters: list[Letter] = []
        for tp in partitions:
            name = tp.topic.removesuffix(SUFFIX)
            start = max(starts[tp], self._low.get(name, 0))
            letters += await self._read(tp, start, ends[tp])
        wanted = reason.encode()
        return [x for x in letters if not reason or x.headers.get("reason") == wanted]

    async def _read(self, tp: Any, start: int, end: int) -> list[Letter]:
        if start >= end:
            return []
        topic = tp.topic.removesuffix(SUFFIX)
        settled = self._settled.get(topic, set())
        self._consumer.seek(tp, start)
        letters: list[Letter] = []
        try:
            async with asyncio.timeout(READ_SECONDS):
                while await self._consumer.position(tp) < end:
                    batch = await self._consumer.getmany(tp, timeout_ms=300)
                    letters += [
                        Letter(topic, r.offset, r.key, r.value, dict(r.headers))
                        for r in batch.get(tp, ())
                        if r.offset < end and r.offset not in settled
                    ]
        except TimeoutError as e:
            raise SinkUnavailable("read dead letters", topic, "broker too slow") from e
        return letters

    async def retry(self, letters: Iterable[Letter]) -> int:
        """Send letters again to the topics they were meant for, then settle them; return how many."""
        chosen = list(letters)
        producer = await KafkaProducer(self._settings.kafka, self._group).start()
        try:
            for letter in chosen:
                original = [
                    (name.removeprefix("original."), value)
                    for name, value in letter.headers.items()
                    if name.startswith("original.")
                ]
                await producer.send(
                    letter.topic,
                    letter.key,
                    letter.value,
                    headers=[*original, (RETRY_HEADER, b"1")],
                )
        finally:
            await producer.stop()
        await self.settle(chosen)
        return len(chosen)

    async def settle(self, letters: Iterable[Letter]) -> None:
        """Note that letters need nobody any more."""
        from aiokafka import TopicPartition
        from aiokafka.structs import OffsetAndMetadata

        by_topic: dict[str, set[int]] = {}
        for letter in letters:
            by_topic.setdefault(letter.topic, set()).add(letter.offset)
        commits = {}
        for topic, offsets in by_topic.items():
            low, rest = folded(self._low.get(topic, 0), self._settled.get(topic, set()) | offsets)
            metadata = ",".join(str(n) for n in sorted(rest))
            if len(metadata) > MAX_METADATA_CHARS:
                raise ConfigError(
                    "settle dead letters", topic, "too many single ones: settle the oldest first"
                )
            self._low[topic], self._settled[topic] = low, rest
            commits[TopicPartition(topic + SUFFIX, 0)] = OffsetAndMetadata(low, metadata)
        if commits:
            await self._consumer.commit(commits)


def folded(low: int, settled: set[int]) -> tuple[int, set[int]]:
    """Return the first offset that is not settled, and the settled ones beyond it."""
    rest = {n for n in settled if n >= low}
    while low in rest:
        rest.remove(low)
        low += 1
    return low, rest


def _topic_names() -> str:
    return ", ".join(t.name for t in STREAM_TOPICS)
