"""detect: says of each article whether it tells of something new, and keeps the book of known events.

Order of writes for one article that changes the book: one state entry that holds the changed shards and the
outputs; the other changed shards, if any; the outputs; then faust moves the offset. Decision 0003 says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from agents.base import Services
from agents.outputs import Step, outputs_of
from agents.state import Output, Replayed, ShardValue, Source, StateEntry, pack, replay, state_key
from agents.state_log import StateLog
from domain.errors import ContractError, SinkUnavailable
from domain.events.book import Book
from domain.events.codec import changed_shards, dump_shard, load_shards
from domain.events.judge import judge
from domain.model import Watch
from runtime.dead_letters import Incoming
from runtime.logs import get_logger
from runtime.metrics import DETECT_OUTPUTS
from schemas import convert
from schemas.canary import CANARY, watch_of
from schemas.records import ClassifiedArticle, decode
from schemas.topics import ARTICLE_CLASSIFIED

SOURCE = ARTICLE_CLASSIFIED
OVERTAKEN_TRIES = 3
STATE_WAIT_SECONDS = 10.0

_log = get_logger("detect")


class OvertakenError(Exception):
    """Somebody else wrote to the state of our partition: what is in memory may be old."""


@dataclass(slots=True)
class Held:
    """The state of one partition that this process owns."""

    epoch: int
    next_offset: int
    books: dict[str, Book] = field(default_factory=dict)
    first_seen: dict[str, datetime] = field(default_factory=dict)
    unsent: list[Output] = field(default_factory=list)
    last: StateEntry | None = None  # the newest entry, whose outputs may have to be sent again


class DetectAgent:
    """Judges one classified article against the book of its watch."""

    def __init__(self, services: Services, watches: Mapping[str, Watch], log: StateLog) -> None:
        self._services, self._watches, self._log = services, watches, log
        self._held: dict[int, Held] = {}

    def forget(self) -> None:
        """Drop all state in memory; called when partitions are taken away."""
        self._held.clear()

    async def handle(self, record: Incoming) -> Sequence[str]:
        """Return the verdict once state and outputs are acknowledged."""
        classified = decode(ClassifiedArticle, record.value)
        watch = watch_of(classified.watch_id, self._watches)
        if watch is None:
            raise ContractError(
                "judge article", classified.watch_id, f"expected a watch of {sorted(self._watches)}"
            )
        for _ in range(OVERTAKEN_TRIES):
            held = await self._hold(record.partition)
            await self._send_rest(held)
            if held.last and held.last.source == _source(record, classified):
                return [held.last.outcome]
            try:
                return [await self._judge(held, record, classified, watch)]
            except OvertakenError:
                _log.warning("state was written by another owner", partition=record.partition)
                self._held.pop(record.partition, None)
        raise SinkUnavailable(
            "write watch state", f"partition {record.partition}", "others write to it too"
        )

    async def _judge(
        self, held: Held, record: Incoming, classified: ClassifiedArticle, watch: Watch
    ) -> str:
        article = convert.article(classified.article)
        reading = convert.reading(classified.reading)
        before = _book_before(held, watch)
        judgement, after = judge(before, article, reading, watch)
        step = Step(classified, watch, before, after, judgement)
        seen = first_seen_after(held.first_seen, step)
        outputs = outputs_of(step, seen, self._services.clock())
        outcome = judgement.verdict.value
        if after is not before:
            held.last = await self._write(held, record, step, seen, outputs)
            if watch.watch_id != CANARY:
                held.books[watch.watch_id], held.first_seen = after, seen
        held.unsent = outputs
        await self._send_rest(held)
        return outcome

    async def _write(
        self,
        held: Held,
        record: Incoming,
        step: Step,
        seen: Mapping[str, datetime],
        outputs: list[Output],
    ) -> StateEntry:
        """Append the changed shards; the first entry holds them all, so a crash cannot tear them apart."""
        watch_id = step.watch.watch_id
        values = {
            shard: _shard_value(step.after, shard, seen)
            for shard in changed_shards(step.before, step.after)
        }
        first, *rest = values
        entry = StateEntry(
            watch_id=watch_id,
            source=_source(record, step.classified),
            outcome=step.judgement.verdict.value,
            shards=values,
            outputs=outputs,
        )
        await self._append(held, record.partition, state_key(watch_id, first), entry)
        for shard in rest:
            alone = replace(entry, shards={shard: values[shard]})
            await self._append(held, record.partition, state_key(watch_id, shard), alone)
        return entry

    async def _append(self, held: Held, partition: int, key: bytes, entry: StateEntry) -> None:
        offset = await self._log.append(partition, key, pack(entry), held.epoch)
        if offset != held.next_offset:
            raise OvertakenError
        held.next_offset = offset + 1

    async def _send_rest(self, held: Held) -> None:
        """Send what the last state entry promised and has not been acknowledged."""
        while held.unsent:
            output = held.unsent[0]
            await self._services.producer.send(output.topic, output.key, output.value)
            self._services.metrics.outputs.labels(DETECT_OUTPUTS[output.topic]).inc()
            held.unsent = held.unsent[1:]

    async def _hold(self, partition: int) -> Held:
        """Return the partition's state: claim it and read it, the first time after an assignment."""
        held = self._held.get(partition)
        if held is not None:
            return held
        epoch = await self._log.claim(partition)
        held = Held(epoch=epoch, next_offset=epoch + 1)
        try:
            replayed = replay(await self._log.read(partition, epoch))
            _load(held, replayed)
        except ContractError as e:
            # Not this record's fault: as a dead letter it would be judged never, and all others after it.
            raise SinkUnavailable(
                "read watch state",
                f"partition {partition}",
                f"{e}; nothing is judged until the release that wrote it runs again, or `vigie rebuild-state --write`",
                retry_after_seconds=STATE_WAIT_SECONDS,
            ) from e
        held.last = replayed.last
        held.unsent = list(replayed.last.outputs) if replayed.last else []
        await self._heal(held, partition, replayed)
        self._held[partition] = held
        return held

    async def _heal(self, held: Held, partition: int, replayed: Replayed) -> None:
        """Write again what an owner that was one no more wrote over, before compaction takes the right value."""
        for watch_id, shard in sorted(replayed.overwritten):
            entry = StateEntry(
                watch_id=watch_id,
                source=held.last.source if held.last else Source(-1, ""),
                outcome=held.last.outcome if held.last else "",
                shards={shard: replayed.shards[watch_id, shard]},
                outputs=held.unsent,
            )
            await self._append(held, partition, state_key(watch_id, shard), entry)


def _load(held: Held, replayed: Replayed) -> None:
    """Put the books and first sights of a replayed log into what is held."""
    for watch_id in sorted({watch_id for watch_id, _ in replayed.shards}):
        shards = replayed.of_watch(watch_id)
        held.books[watch_id] = load_shards(watch_id, [v.book for v in shards.values()])
        for value in shards.values():
            held.first_seen.update(value.first_seen)


def _book_before(held: Held, watch: Watch) -> Book:
    """Return what is known before an article; of the canary nothing, so each one is news and its state stays small."""
    known = None if watch.watch_id == CANARY else held.books.get(watch.watch_id)
    return known or Book.empty(watch.watch_id)


def _source(record: Incoming, classified: ClassifiedArticle) -> Source:
    return Source(record.offset, classified.article.article_id)


def first_seen_after(known: Mapping[str, datetime], step: Step) -> dict[str, datetime]:
    """Return when each known event was first seen, after this article: the earliest fetch of its articles."""
    forgotten = step.before.entries.keys() - step.after.entries.keys()
    seen = {event_id: at for event_id, at in known.items() if event_id not in forgotten}
    event = step.judgement.event
    if event is not None:
        times = [step.classified.article.first_seen_at]
        ids = [event.event_id, *(other.event_id for other in step.judgement.others)]
        times += [seen[i] for i in ids if i in seen]
        seen[event.event_id] = min(times)
    return seen


def _shard_value(book: Book, shard: str, seen: Mapping[str, datetime]) -> ShardValue:
    ids = [r.event_id for r in book.shards().get(shard, ())]
    return ShardValue(dump_shard(book, shard), {i: seen[i] for i in ids if i in seen})
