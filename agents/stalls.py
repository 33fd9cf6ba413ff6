"""Watches the roles of one process: exports their lags, and ends the process when one crashed or is stuck."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.base import Services
from agents.sensor import lags
from domain.errors import SinkUnavailable
from runtime.logs import get_logger
from runtime.settings import WatchdogSettings
from runtime.supervise import EX_TEMPFAIL, Supervisor
from runtime.watchdog import GroupPositions, MemberWatch, StallWatch, Standing, Where

LAG_EVERY_SECONDS = 1.0
ASK_EVERY_SECONDS = 10.0
ASK_SECONDS = 10.0  # longest wait for the broker's answer

_log = get_logger("watchdog")


class Watched(Protocol):
    """One role with its faust application."""

    name: str
    app: Any
    sensor: Any


@dataclass(slots=True)
class Stalls:
    """What is known of how the roles of a process move."""

    settings: WatchdogSettings
    positions: GroupPositions
    running: list[Any]
    services: Services
    supervisor: Supervisor
    _topics: dict[tuple[str, str], StallWatch] = field(default_factory=dict)  # by role and topic
    _members: dict[str, MemberWatch] = field(default_factory=dict)
    _standings: dict[Where, Standing] = field(default_factory=dict)

    async def watch(self) -> None:
        """Look once a second, ask the broker more rarely, until the process is to end."""
        asked_at = 0.0
        every = min(ASK_EVERY_SECONDS, self.settings.stall_seconds / 6)
        try:
            while not self.supervisor.ended.is_set():
                await asyncio.sleep(min(LAG_EVERY_SECONDS, every))
                self._end_if(self._crashed())
                now = time.monotonic()
                if now - asked_at >= every:
                    asked_at = now
                    self._end_if(await self._stuck())
                self._export()
        finally:
            await self.positions.stop()

    def _end_if(self, why: str) -> None:
        if why:
            self.supervisor.end(EX_TEMPFAIL, why)

    def _crashed(self) -> str:
        for one in self.running:
            if one.app.crashed or one.app.should_stop:
                return f"{one.name}: {one.app.crash_reason!r}"
        return ""

    async def _stuck(self) -> str:
        """Return '' or which role is stuck, and how."""
        self._standings = {}
        for one in self.running:
            found, is_away = await self._ask(one)
            self._standings |= found
            if why := self._judge(one, found, is_away):
                return f"{one.name} is stuck: {why}"
        return ""

    async def _ask(self, one: Watched) -> tuple[dict[Where, Standing], bool]:
        """Return where a role stands in its partitions, and whether the broker did not say."""
        wheres = [(tp.topic, tp.partition) for tp in one.app.consumer.assignment()]
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self.positions.read(one.app.conf.id, wheres), False
        except (SinkUnavailable, TimeoutError) as e:
            _log.warning("offsets are not known", role=one.name, error=str(e))
            await self.positions.stop()  # the next question goes over a new connection
            return {}, True

    def _judge(self, one: Watched, found: dict[Where, Standing], is_away: bool) -> str:
        now, limit = time.monotonic(), self.settings.stall_seconds
        member = self._members.setdefault(one.name, MemberWatch(limit))
        why = member.judge(bool(one.app.rebalancing), is_away, now)
        held_up = is_away or self.services.stopping.held_up > 0
        known = {topic for role, topic in self._topics if role == one.name}
        for topic in sorted(known | {topic for topic, _ in found}):
            mine = {where: s for where, s in found.items() if where[0] == topic}
            watch = self._topics.setdefault((one.name, topic), StallWatch(limit))
            why = why or watch.judge(mine, held_up, now)
        return why

    def _export(self) -> None:
        metrics = self.services.metrics
        stalled = max((w.stalled_seconds for w in self._topics.values()), default=0.0)
        metrics.stalled.set(stalled)
        found: dict[Where, int] = {}
        for one in self.running:
            with contextlib.suppress(RuntimeError, AttributeError):  # between two assignments
                found |= lags(one.app, one.sensor)
        if stalled:  # who fetches no more does not know what waits; the broker does
            for where, standing in self._standings.items():
                found[where] = max(found.get(where, 0), standing.end - standing.position)
        metrics.lag.clear()  # a partition that moved away is counted by its new owner
        for (topic, partition), lag in found.items():
            metrics.lag.labels(topic, str(partition)).set(lag)
