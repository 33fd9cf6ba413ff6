"""Reads dead letters and settles them: sent again to where they came from, or dropped.

A dead-letter topic is a log, so nothing is taken out of it. Which letters are settled is kept as the offsets of a
consumer group: all below the committed offset, and those that the commit's metadata tell (desk.settled).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desk.groups import offsets_of
from desk.settled import MAX_CHARS, as_text, folded, from_text
from domain.errors import ConfigError, SinkUnavailable
from runtime.dead_letters import SUFFIX
from runtime.kafka import KafkaProducer, client_arguments
from runtime.kafka_diagnosis import why_unreachable
from runtime.settings import Settings
from runtime.topic_routes import versions_of
from schemas.topics import STREAM_TOPICS

RETRY_HEADER = "retry"
RETRY_OF_HEADER = "retry-of"
READ_SECONDS = 30.0
POLL_MS = 300
# So many are sent again before that is noted: what a kill between makes the next retry send a second time.
RETRY_BATCH = 25

__all__ = ["Letter", "LetterBox", "Wanted", "folded"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `id` is `<topic it was meant for>@<offset in the dead-letter topic>`.

    `value` is None as well where it was not asked for; `size` tells what it has in bytes.
    """

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    size: int = 0

    @property
    def id(self) -> str:
        """What a person names it by."""
        return f"{self.topic}@{self.offset}"

    def told(self) -> dict[str, str]:
        """Return its headers as text."""
        return {"id": self.id} | {k: v.decode("utf-8", "replace") for k, v in self.headers.items()}

    def header(self, name: str) -> str:
        """Return one header as text, '' if it has none."""
        return self.headers.get(name, b"").decode("utf-8", "replace")

    def exported(self) -> dict[str, Any]:
        """Return everything of it as JSON values; key and bytes in base64."""
        return {
            "id": self.id,
            "headers": {k: v.decode("utf-8", "replace") for k, v in self.headers.items()},
            "key": base64.b64encode(self.key).decode() if self.key is not None else None,
            "value": base64.b64encode(self.value).decode() if self.value is not None else None,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are meant; what is empty leaves all."""

    topic: str = ""
    reason: str = ""
    stage: str = ""
    since: datetime | None = None

    def takes(self, letter: Letter) -> bool:
        """Return whether a letter is one of them; one that does not tell its time counts as recent."""
        if self.reason and letter.header("reason") != self.reason:
            return False
        if self.stage and letter.header("stage") != self.stage:
            return False
        return self.since is None or (_at(letter) or self.since) >= self.since


def _at(letter: Letter) -> datetime | None:
    try:
        at = datetime.fromisoformat(letter.header("at"))
    except ValueError:
        return None
    return at if at.tzinfo else None


class LetterBox:
    """The dead letters of one pipeline. Use as an async context."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._group = f"{settings.kafka.group_prefix}-dead-letters"
        self._consumer: Any = None
        self._settled: dict[str, set[int]] = {}
        self._low: dict[str, int] = {}
        names = versions_of(settings.topics)
        self._topics = tuple(n for t in STREAM_TOPICS for n in names.read(t))

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
        try:
            await self._read_settled()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def _read_settled(self) -> None:
        for tp, committed in (await offsets_of(self._settings, self._group)).items():
            topic = tp.topic.removesuffix(SUFFIX)
            self._low[topic] = max(0, committed.offset)
            self._settled[topic] = from_text(self._low[topic], committed.metadata or "")

    async def open_letters(
        self,
        topic: str = "",
        reason: str = "",
        *,
        stage: str = "",
        since: datetime | None = None,
        values: bool = True,
    ) -> list[Letter]:
        """Return the letters not yet settled, oldest first in each topic.

        Without `values` their bytes are passed over, so that a million letters fit into memory.
        """
        wanted = Wanted(topic, reason, stage, since)
        return [letter async for letter in self.each(wanted, values=values)]

    async def each(self, wanted: Wanted, *, values: bool = True) -> AsyncIterator[Letter]:
        """Yield the letters that are not settled, oldest first in each topic."""
        from aiokafka import TopicPartition

        names = [t for t in self._topics if not wanted.topic or t == wanted.topic]
        if not names:
            raise ConfigError(
                "read dead letters", wanted.topic, f"expected one of {', '.join(self._topics)}"
            )
        partitions = [TopicPartition(name + SUFFIX, 0) for name in names]
        self._consumer.assign(partitions)
        ends = await self._consumer.end_offsets(partitions)
        starts = await self._consumer.beginning_offsets(partitions)
        for tp in partitions:
            name = tp.topic.removesuffix(SUFFIX)
            start = max(starts[tp], self._low.get(name, 0))
            async for letter in self._read(tp, start, ends[tp], values):
                if wanted.takes(letter):
                    yield letter

    async def _read(self, tp: Any, start: int, end: int, values: bool) -> AsyncIterator[Letter]:
        topic = tp.topic.removesuffix(SUFFIX)
        settled = self._settled.get(topic, set())
        position = start
        while position < end:
            # The caller may have read elsewhere between two pages.
            self._consumer.seek(tp, position)
            for r in await self._page(tp):
                position = r.offset + 1
                if r.offset < end and r.offset not in settled:
                    value = r.value if values else None
                    yield Letter(
                        topic, r.offset, r.key, value, dict(r.headers), len(r.value or b"")
                    )

    async def _page(self, tp: Any) -> list[Any]:
        """Return the next records; raises SinkUnavailable when none come though there are some."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                while True:
                    batch = await self._consumer.getmany(tp, timeout_ms=POLL_MS)
                    if batch.get(tp):
                        return list(batch[tp])
        except TimeoutError as e:
            raise SinkUnavailable("read dead letters", tp.topic, "broker too slow") from e

    async def load(self, letter: Letter) -> Letter:
        """Return a letter with its bytes."""
        from aiokafka import TopicPartition

        if letter.value is not None or not letter.size:
            return letter
        tp = TopicPartition(letter.topic + SUFFIX, 0)
        self._consumer.seek(tp, letter.offset)
        found = next((r for r in await self._page(tp) if r.offset == letter.offset), None)
        if found is None:
            raise ConfigError("read dead letter", letter.id, "has expired meanwhile")
        return replace(letter, value=found.value)

    async def retry(self, letters: Iterable[Letter]) -> int:
        """Send letters again to the topics they were meant for, and settle them as they are sent; return how many.

        Killed between, it leaves at most RETRY_BATCH letters that were sent and are not settled: sent once more by
        the next retry, they change nothing, as no record does that comes again.
        """
        chosen = list(letters)
        self._commits(chosen)  # raises before anything is sent, should there be no room to note it
        producer = await KafkaProducer(self._settings.kafka, self._group).start()
        try:
            for n in range(0, len(chosen), RETRY_BATCH):
                batch = chosen[n : n + RETRY_BATCH]
                for letter in batch:
                    await self._send(producer, await self.load(letter))
                await self.settle(batch)
        finally:
            await producer.stop()
        return len(chosen)

    async def _send(self, producer: KafkaProducer, letter: Letter) -> None:
        original = [
            (name.removeprefix("original."), value)
            for name, value in letter.headers.items()
            if name.startswith("original.")
            and name not in {f"original.{RETRY_HEADER}", f"original.{RETRY_OF_HEADER}"}
        ]
        told = [(RETRY_HEADER, b"1"), (RETRY_OF_HEADER, letter.id.encode())]
        await producer.send(letter.topic, letter.key, letter.value, headers=[*original, *told])

    async def settle(self, letters: Iterable[Letter]) -> None:
        """Note that letters need nobody any more."""
        from aiokafka import TopicPartition
        from aiokafka.structs import OffsetAndMetadata

        commits = {}
        for topic, (low, rest, text) in self._commits(letters).items():
            self._low[topic], self._settled[topic] = low, rest
            commits[TopicPartition(topic + SUFFIX, 0)] = OffsetAndMetadata(low, text)
        if commits:
            await self._consumer.commit(commits)

    def _commits(self, letters: Iterable[Letter]) -> dict[str, tuple[int, set[int], str]]:
        """Return what is to be committed by topic once the letters are settled."""
        by_topic: dict[str, set[int]] = {}
        for letter in letters:
            by_topic.setdefault(letter.topic, set()).add(letter.offset)
        commits = {}
        for topic, offsets in by_topic.items():
            low, rest = folded(self._low.get(topic, 0), self._settled.get(topic, set()) | offsets)
            text = as_text(low, rest)
            if len(text) > MAX_CHARS:
                raise ConfigError(
                    "settle dead letters", topic, "too many single ones: settle the oldest first"
                )
            commits[topic] = (low, rest, text)
        return commits
