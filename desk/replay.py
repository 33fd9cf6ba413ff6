"""Reads topics from given offsets to a given end, with no consumer group: nobody's offsets move."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.errors import SinkUnavailable
from runtime.kafka import client_arguments
from runtime.kafka_diagnosis import in_words, why_unreachable
from runtime.settings import Settings

POLL_MS = 500
MAX_RECORDS = 500
SILENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """One record of a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Reach:
    """What a partition still holds: [begin, end), and when its first record was written."""

    begin: int
    end: int
    since: datetime | None


def place(topic: str, partition: int) -> str:
    """Return the name of a partition as it is kept in states."""
    return f"{topic}/{partition}"


class TopicReader:
    """Reads a few topics; use as an async context."""

    def __init__(self, settings: Settings, topics: Iterable[str]) -> None:
        self._settings, self._topics = settings, tuple(topics)
        self._consumer: Any = None
        self._partitions: list[Any] = []

    async def __aenter__(self) -> TopicReader:
        from aiokafka import AIOKafkaConsumer, TopicPartition
        from aiokafka.errors import KafkaError

        self._consumer = AIOKafkaConsumer(
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=MAX_RECORDS,
            **client_arguments(self._settings.kafka),
        )
        try:
            await self._consumer.start()
        except (KafkaError, OSError) as e:
            await self._consumer.stop()
            why = await why_unreachable(self._settings.kafka, e)
            raise SinkUnavailable("reach the broker", self._settings.kafka.bootstrap, why) from e
        count = self._settings.topics.partitions
        self._partitions = [TopicPartition(t, n) for t in self._topics for n in range(count)]
        self._consumer.assign(self._partitions)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def ends(self) -> dict[str, int]:
        """Return one past the last record of each partition, as of now."""
        with self._asking():
            found = await self._consumer.end_offsets(self._partitions)
        return {place(tp.topic, tp.partition): end for tp, end in found.items()}

    async def reach(self) -> dict[str, Reach]:
        """Return what each partition holds, and since when."""
        with self._asking():
            ends = await self._consumer.end_offsets(self._partitions)
            begins = await self._consumer.beginning_offsets(self._partitions)
        found = {}
        for tp in self._partitions:
            since = await self._written_at(tp, begins[tp]) if begins[tp] < ends[tp] else None
            found[place(tp.topic, tp.partition)] = Reach(begins[tp], ends[tp], since)
        return found

    async def _written_at(self, tp: Any, offset: int) -> datetime | None:
        others = [p for p in self._partitions if p != tp]
        self._consumer.pause(*others)
        try:
            self._consumer.seek(tp, offset)
            with self._asking():
                batch = await self._consumer.getmany(tp, timeout_ms=10 * POLL_MS, max_records=1)
        finally:
            self._consumer.resume(*others)
        records = batch.get(tp, ())
        return datetime.fromtimestamp(records[0].timestamp / 1000, UTC) if records else None

    async def read(
        self, offsets: Mapping[str, int], ends: Mapping[str, int]
    ) -> AsyncIterator[tuple[list[Kept], dict[str, int]]]:
        """Yield batches up to the ends, each with the offsets to go on from once it is dealt with.

        Records of one partition come in order. What has expired meanwhile is passed over.
        """
        done = dict(offsets)
        with self._asking():
            begins = await self._consumer.beginning_offsets(self._partitions)
        open_ones = set()
        for tp in self._partitions:
            name = place(tp.topic, tp.partition)
            done[name] = max(done.get(name, 0), begins[tp])
            self._consumer.seek(tp, done[name])
            if done[name] < ends.get(name, 0):
                open_ones.add(tp)
        while open_ones:
            batch = await self._next(open_ones)
            records = []
            for tp, found in batch.items():
                name = place(tp.topic, tp.partition)
                records += [
                    Kept(r.topic, r.partition, r.offset, r.key, r.value)
                    for r in found
                    if r.offset < ends[name]
                ]
                done[name] = min(await self._consumer.position(tp), ends[name])
            open_ones = {tp for tp in open_ones if done[_name(tp)] < ends[_name(tp)]}
            yield records, dict(done)

    async def _next(self, partitions: set[Any]) -> dict[Any, list[Any]]:
        """Return the next records; raises SinkUnavailable when none come though there are some."""
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                while True:
                    with self._asking():
                        found: dict[Any, list[Any]] = await self._consumer.getmany(
                            *partitions, timeout_ms=POLL_MS, max_records=MAX_RECORDS
                        )
                    if found:
                        return found
        except TimeoutError as e:
            raise SinkUnavailable(
                "read topics", ", ".join(self._topics), f"nothing in {SILENT_SECONDS:g} s"
            ) from e

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Say in a sentence what the broker refuses."""
        from aiokafka.errors import KafkaError

        try:
            yield
        except KafkaError as e:
            why = in_words(self._settings.kafka, e)
            raise SinkUnavailable("read topics", ", ".join(self._topics), why) from e


def _name(tp: Any) -> str:
    return place(tp.topic, tp.partition)
