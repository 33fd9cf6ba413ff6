"""Says when a process is stuck: records wait and none moves, one partition is left behind, the event loop is blocked.

What moves is judged by the broker's own account of the group, because a consumer whose fetching has died
believes that nothing waits.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import SinkUnavailable
from runtime.kafka import client_arguments
from runtime.kafka_diagnosis import in_words
from runtime.settings import KafkaSettings

Where = tuple[str, int]  # topic and partition

# A partition that stands while its neighbours move may only wait for its turn in a backlog.
LEFT_BEHIND_TIMES = 5.0
TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a group is in one partition: the offset it goes on at, and the end."""

    position: int
    end: int

    @property
    def waits(self) -> bool:
        """Whether a record is there that was not handled."""
        return self.end > self.position


@dataclass(slots=True)
class StallWatch:
    """Says when there is work, the sinks are up, and nothing has moved for too long.

    New records that arrive are no progress: only positions count.
    """

    limit_seconds: float
    stalled_seconds: float = 0.0  # how long nothing has moved, for the metric
    _since: dict[Where, tuple[int, float]] = field(default_factory=dict)
    _moved_at: float | None = None

    def judge(self, found: Mapping[Where, Standing], is_held_up: bool, now: float) -> str:
        """Return '' or what is stuck.

        `is_held_up` tells that a record waits for a sink, or that the broker does not answer: that is an
        outage outside, and restarting would not help.
        """
        waiting = {where: s.position for where, s in found.items() if s.waits}
        if not waiting or is_held_up:
            self._since, self._moved_at, self.stalled_seconds = {}, None, 0.0
            return ""
        moved = any(self._since.get(w, (None, 0.0))[0] != p for w, p in waiting.items())
        self._since = {w: self._seen_since(w, p, now) for w, p in waiting.items()}
        if moved or self._moved_at is None:
            self._moved_at = now
        self.stalled_seconds = now - self._moved_at
        if self.stalled_seconds >= self.limit_seconds:
            return f"{len(waiting)} partitions wait and none moved for {self.stalled_seconds:.0f} s"
        for (topic, partition), (_, since) in self._since.items():
            if now - since >= LEFT_BEHIND_TIMES * self.limit_seconds:
                return f"{topic}/{partition} waits and was left behind for {now - since:.0f} s"
        return ""

    def _seen_since(self, where: Where, position: int, now: float) -> tuple[int, float]:
        known = self._since.get(where)
        return known if known is not None and known[0] == position else (position, now)


@dataclass(slots=True)
class MemberWatch:
    """Says when a process has waited too long for its place in its group."""

    limit_seconds: float
    _since: float | None = None

    def judge(self, is_waiting: bool, is_held_up: bool, now: float) -> str:
        """Return '' or how long it has waited; a broker that does not answer stops the clock."""
        if not is_waiting or is_held_up:
            self._since = None
            return ""
        self._since = now if self._since is None else self._since
        waited = now - self._since
        return f"no place in the group for {waited:.0f} s" if waited >= self.limit_seconds else ""


class GroupPositions:
    """Asks the broker where consumer groups stand."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: Any = None
        self._consumer: Any = None

    async def start(self) -> None:
        """Connect; raises SinkUnavailable when no broker answers."""
        from aiokafka import AIOKafkaConsumer
        from aiokafka.admin import AIOKafkaAdminClient
        from aiokafka.errors import KafkaError

        arguments = client_arguments(self._settings)
        self._admin = AIOKafkaAdminClient(**arguments)
        self._consumer = AIOKafkaConsumer(**arguments, enable_auto_commit=False)
        try:
            await self._admin.start()
            await self._consumer.start()
        except (KafkaError, OSError) as e:
            await self.stop()
            raise SinkUnavailable(
                "reach the broker", self._settings.bootstrap, in_words(self._settings, e)
            ) from e

    async def stop(self) -> None:
        """Disconnect; safe to call twice."""
        admin, self._admin = self._admin, None
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()
        if admin is not None:
            await admin.close()

    async def read(self, group: str, wheres: Collection[Where]) -> dict[Where, Standing]:
        """Return where the group stands in each partition; raises SinkUnavailable when the broker does not say."""
        from aiokafka import TopicPartition
        from aiokafka.errors import KafkaError

        partitions = [TopicPartition(topic, number) for topic, number in wheres]
        if not partitions:
            return {}
        try:
            if self._admin is None:
                await self.start()
            ends = await self._consumer.end_offsets(partitions)
            starts = await self._consumer.beginning_offsets(partitions)
            committed = await self._admin.list_consumer_group_offsets(group, partitions=partitions)
        except (KafkaError, OSError, TimeoutError) as e:
            raise SinkUnavailable("ask for offsets", group, in_words(self._settings, e)) from e
        return {
            (tp.topic, tp.partition): Standing(
                # -1: nothing committed yet, so the group begins with the oldest record
                max(committed[tp].offset, starts[tp]) if tp in committed else starts[tp],
                ends[tp],
            )
            for tp in partitions
        }


class LoopGuard:
    """A thread that ends the process when its event loop has not run for too long.

    Ticks are counted, not seconds: a process that was frozen as a whole (SIGSTOP, a suspended host) did not tick
    either, and is let go on. Where a library blocks every thread, faulthandler ends the process (exit code 1) after
    twice the limit.
    """

    def __init__(
        self,
        limit_seconds: float,
        beats: Callable[[], int],
        end: Callable[[str], None],
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._limit, self._beats, self._end = limit_seconds, beats, end
        self._tick = min(tick_seconds, limit_seconds / 4)
        self._stopping = threading.Event()
        self._loop_thread = threading.get_ident()
        self._thread = threading.Thread(target=self._run, name="loop-guard", daemon=True)

    def start(self) -> LoopGuard:
        """Begin to watch the loop of the calling thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the watch."""
        self._stopping.set()
        self._thread.join(5.0)
        faulthandler.cancel_dump_traceback_later()

    def _run(self) -> None:
        seen, missed = -1, 0
        while not self._stopping.wait(self._tick):
            faulthandler.dump_traceback_later(2 * self._limit, exit=True)
            beats = self._beats()
            seen, missed = (beats, 0) if beats != seen else (seen, missed + 1)
            if missed * self._tick >= self._limit:
                self._end(f"event loop blocked for {missed * self._tick:.0f} s in {self._where()}")
                return

    def _where(self) -> str:
        """Return what the loop is doing: the innermost frames, newest first."""
        frame = sys._current_frames().get(self._loop_thread)
        calls = traceback.extract_stack(frame)[-4:] if frame else []
        return " < ".join(
            f"{c.name} ({c.filename.rpartition('/')[2]}:{c.lineno})" for c in calls[::-1]
        )
