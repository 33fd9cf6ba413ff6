"""Rebuilds the state of `detect` by judging again, in order, every classified article that Kafka still holds.

It is the agent's own code on a log in memory, with nothing sent: what comes out is what `detect` would know. The
result is compared with the state that is there, and only written when that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.base import Services
from agents.detect import DetectAgent
from agents.state import (
    CLAIM_KEY,
    RESET_KEY,
    LogRecord,
    Replayed,
    ShardValue,
    Source,
    StateEntry,
    pack,
    replay,
    reset_value,
    since_reset,
    state_key,
)
from agents.state_log import KafkaStateLog
from desk.groups import offsets_of, state_of
from desk.replay import TopicReader, place
from domain.errors import ConfigError, ContractError
from domain.events.codec import load_shards
from domain.model import Watch
from runtime.dead_letters import DeadLetters, Incoming
from runtime.kafka import Headers, KafkaProducer, Sent
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.topic_routes import versions_of
from schemas.canary import CANARY
from schemas.topics import ARTICLE_CLASSIFIED, WATCH_STATE

EMPTY_GROUP_STATES = frozenset({"Empty", "Dead", ""})
Name = tuple[int, str, str]  # partition, watch, shard


@dataclass(slots=True)
class MemoryLog:
    """A StateLog that keeps, of each partition, the newest value of each key: what compaction would leave."""

    kept: dict[int, dict[bytes, LogRecord]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    async def claim(self, partition: int) -> int:
        """Append a claim."""
        return self._add(partition, CLAIM_KEY, b"rebuild", -1)

    async def read(self, partition: int, up_to: int) -> list[LogRecord]:
        """Return what is kept, in the order of the offsets."""
        records = self.kept.get(partition, {}).values()
        return sorted((r for r in records if r.offset <= up_to), key=lambda r: r.offset)

    async def append(self, partition: int, key: bytes, value: bytes, epoch: int) -> int:
        """Append one record."""
        return self._add(partition, key, value, epoch)

    def _add(self, partition: int, key: bytes, value: bytes, epoch: int) -> int:
        offset = self.ends.get(partition, 0)
        self.ends[partition] = offset + 1
        self.kept.setdefault(partition, {})[key] = LogRecord(offset, key, value, epoch)
        return offset


class _Nobody:
    """A producer that sends nothing: what `detect` said then is said."""

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers = (),
        partition: int | None = None,
    ) -> Sent:
        """Take one record for sent."""
        return Sent(partition or 0, 0)


@dataclass(slots=True)
class Comparison:
    """How a rebuilt state differs from the one that is there, by event."""

    same: int = 0
    different: list[str] = field(default_factory=list)
    only_old: list[str] = field(default_factory=list)
    only_new: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether both know the same of the same events."""
        return not (self.different or self.only_old or self.only_new)


@dataclass(slots=True)
class Rebuilt:
    """The outcome of a rebuild: the values by partition, watch and shard, and what was found on the way."""

    shards: dict[Name, ShardValue] = field(default_factory=dict)
    old: dict[Name, ShardValue] = field(default_factory=dict)
    judged: int = 0
    unreadable: list[str] = field(default_factory=list)
    expired: int = 0
    comparison: Comparison = field(default_factory=Comparison)


async def rebuild(
    settings: Settings,
    watches: Mapping[str, Watch],
    *,
    onto_existing: bool = False,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Rebuilt:
    """Return the state that the classified articles up to `detect`'s own offsets make; writes nothing."""
    found = Rebuilt()
    log = MemoryLog()
    metrics = Metrics("detect")
    nobody = _Nobody()
    services = Services(nobody, metrics, DeadLetters(nobody, metrics))
    agent = DetectAgent(services, watches, log)
    old = await _old_state(settings, found)
    if onto_existing:
        await _seed(log, old)
    names = versions_of(settings.topics).read(ARTICLE_CLASSIFIED)
    async with TopicReader(settings, names) as reader:
        reach = await reader.reach()
        found.expired = sum(r.begin for r in reach.values())
        if found.expired and not onto_existing:
            raise ConfigError(
                "rebuild the state",
                ARTICLE_CLASSIFIED.name,
                f"{found.expired} records have expired: events told only in them would be forgotten, and news "
                "again; add --onto-existing to begin with what can be read of the state",
            )
        ends = await _committed(settings, {name: r.end for name, r in reach.items()})
        total = sum(max(0, ends[name] - r.begin) for name, r in reach.items())
        async for records, _ in reader.read({}, ends):
            for r in records:
                await _judge(agent, Incoming(r.topic, r.partition, r.offset, r.key, r.value), found)
            tell(found.judged, total)
    for partition in range(settings.topics.partitions):
        records_now = await log.read(partition, log.ends.get(partition, 0))
        for (watch_id, shard), value in replay(records_now).shards.items():
            found.shards[partition, watch_id, shard] = value
    found.comparison = compare(found.old, found.shards)
    return found


async def _judge(agent: DetectAgent, record: Incoming, found: Rebuilt) -> None:
    try:
        await agent.handle(record)
        found.judged += 1
    except ContractError as e:
        found.unreadable.append(f"{record.topic}/{record.partition}@{record.offset}: {e}")


async def _old_state(settings: Settings, found: Rebuilt) -> dict[int, Replayed]:
    """Return the state that is there, as far as it can be read; notes what cannot."""
    log = KafkaStateLog(settings.kafka, _Nobody())
    async with TopicReader(settings, (WATCH_STATE.name,)) as reader:
        ends = await reader.ends()
    states: dict[int, Replayed] = {}
    for partition in range(settings.topics.partitions):
        end = ends[place(WATCH_STATE.name, partition)]
        records = await log.read(partition, end - 1) if end else []
        states[partition] = _readable(records, partition, found)
        for (watch_id, shard), value in states[partition].shards.items():
            found.old[partition, watch_id, shard] = value
    return states


def _readable(records: list[LogRecord], partition: int, found: Rebuilt) -> Replayed:
    """Return what the readable records of a partition say together."""
    kept = []
    for record in since_reset(records):
        try:
            entries = replay([record])
            for (watch_id, _), value in entries.shards.items():
                load_shards(watch_id, [value.book])
        except ContractError as e:
            found.unreadable.append(f"{WATCH_STATE.name}/{partition}@{record.offset}: {e}")
        else:
            kept.append(record)
    return replay(kept)


async def _seed(log: MemoryLog, old: Mapping[int, Replayed]) -> None:
    for partition, state in old.items():
        epoch = await log.claim(partition)
        for (watch_id, shard), value in state.shards.items():
            entry = _entry(watch_id, shard, value)
            await log.append(partition, state_key(watch_id, shard), pack(entry), epoch)


def _entry(watch_id: str, shard: str, value: ShardValue) -> StateEntry:
    # No record is this entry's source and nothing is to be sent for it.
    return StateEntry(
        watch_id=watch_id, source=Source(-1, ""), outcome="", shards={shard: value}, outputs=[]
    )


def compare(old: Mapping[Name, ShardValue], new: Mapping[Name, ShardValue]) -> Comparison:
    """Return which events both states know alike, differently, or alone; the canary's are nobody's."""
    before, after = _events(old), _events(new)
    found = Comparison()
    for key in sorted(before.keys() | after.keys()):
        name = f"{key[1]}/{key[2]}"
        if key not in after:
            found.only_old.append(name)
        elif key not in before:
            found.only_new.append(name)
        elif before[key] == after[key]:
            found.same += 1
        else:
            found.different.append(name)
    return found


def _events(state: Mapping[Name, ShardValue]) -> dict[tuple[int, str, str], Any]:
    events = {}
    for (partition, watch_id, _), value in state.items():
        if watch_id == CANARY:
            continue
        for event_id, entry in load_shards(watch_id, [value.book]).entries.items():
            seen = value.first_seen.get(event_id)
            events[partition, watch_id, event_id] = (entry.record, seen)
    return events


async def write(settings: Settings, found: Rebuilt) -> int:
    """Put the rebuilt state in the place of the one that is there; return how many values were written.

    Raises ConfigError while `detect` runs: what it judges meanwhile would be missing.
    """
    await refuse_while_running(settings)
    producer = await KafkaProducer(settings.kafka, f"{settings.kafka.group_prefix}-rebuild").start()
    log = KafkaStateLog(settings.kafka, producer)
    count = 0
    try:
        for partition in range(settings.topics.partitions):
            epoch = await log.claim(partition)
            await log.append(partition, RESET_KEY, reset_value(), epoch)
            for (where, watch_id, shard), value in sorted(found.shards.items(), key=_by_name):
                if where == partition:
                    entry = _entry(watch_id, shard, value)
                    await log.append(partition, state_key(watch_id, shard), pack(entry), epoch)
                    count += 1
    finally:
        await producer.stop()
    return count


def _by_name(item: tuple[Name, ShardValue]) -> Name:
    return item[0]


async def refuse_while_running(settings: Settings) -> None:
    """Raise ConfigError if a process reads classified articles as `detect`."""
    group = f"{settings.kafka.group_prefix}-detect"
    state = await state_of(settings, group)
    if state not in EMPTY_GROUP_STATES:
        raise ConfigError(
            "write the state", group, f"{state}, expected no member: stop detect first"
        )


async def _committed(settings: Settings, ends: Mapping[str, int]) -> dict[str, int]:
    """Return up to where `detect` has judged; what is beyond it will judge itself."""
    offsets = await offsets_of(settings, f"{settings.kafka.group_prefix}-detect")
    told = {place(tp.topic, tp.partition): o.offset for tp, o in offsets.items() if o.offset >= 0}
    return {name: min(end, told.get(name, 0)) for name, end in ends.items()}
