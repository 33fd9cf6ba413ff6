"""The one loop that every stage runs: decode and decide, send or store, count, dead-letter, retry in place.

What leaves this loop as an exception would be acknowledged by faust and so lost (decision 0001). Nothing does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from domain.errors import ContractError, SinkUnavailable, VigieError
from domain.outcome import Stage
from runtime.clock import Clock, utc_now
from runtime.dead_letters import DeadLetters, Incoming
from runtime.kafka import Producer
from runtime.logs import get_logger
from runtime.metrics import DEAD_LETTER, Metrics

T = TypeVar("T")
Handler = Callable[[Incoming], Awaitable[Sequence[str]]]

DEFECT_ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 15.0
# One article took 0.05 s at most on the corpus; a domain call this long will not come back.
DOMAIN_SECONDS = 20.0

_log = get_logger("stage")


@dataclass(slots=True)
class Stopping:
    """Told to every loop of a process: a record that waits for a sink is then left for the next start."""

    requested: asyncio.Event = field(default_factory=asyncio.Event)
    held_up: int = 0  # records that a sink did not take and that are not settled since
    held: int = 0  # of these, those left for the next start: faust would wait for them without end


@dataclass(slots=True)
class Services:
    """What every stage needs of the outside."""

    producer: Producer
    metrics: Metrics
    dead_letters: DeadLetters
    stopping: Stopping = field(default_factory=Stopping)
    clock: Clock = utc_now


class StageLoop:
    """Runs one handler over a stream of records.

    The handler returns the outcomes of the record, one for most stages. `weight` is how many outcomes a
    dead letter stands for: `classify` owes one for each watch.
    """

    def __init__(self, stage: Stage, handle: Handler, services: Services, weight: int = 1) -> None:
        self.stage, self._handle, self._services, self._weight = stage, handle, services, weight

    async def run(self, events: AsyncIterator[Any]) -> None:
        """Take every event of a faust stream, in order."""
        async for event in events:
            await self.take(incoming(event.message))

    async def take(self, record: Incoming) -> Sequence[str]:
        """Bring one record to its outcome and return it; never raises an expected or unexpected error."""
        started = time.perf_counter()
        outcomes, error = await self._settle(record)
        seconds = time.perf_counter() - started
        self._services.metrics.taken.labels(self.stage.value).inc()
        for outcome in outcomes:
            self._services.metrics.finished(self.stage, outcome, seconds / len(outcomes))
        told = {"error": error} if error else {}
        _log.info(
            "record",
            stage=self.stage.value,
            outcome=",".join(outcomes) or "taken",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            seconds=round(seconds, 4),
            **told,
        )
        return outcomes

    async def _settle(self, record: Incoming) -> tuple[Sequence[str], Exception | None]:
        """Return the outcomes, and the error that made it a dead letter."""
        stopping = self._services.stopping
        defects, waits = 0, 0
        try:
            while True:
                try:
                    return await self._handle(record), None
                except SinkUnavailable as e:
                    waits += 1
                    stopping.held_up += waits == 1
                    await self._wait(e, waits, record)
                except VigieError as e:
                    return await self._bury(record, e, defects + 1), e
                except Exception as e:
                    defects += 1
                    if defects >= DEFECT_ATTEMPTS:
                        _log.exception("defect", stage=self.stage.value, offset=record.offset)
                        return await self._bury(record, e, defects), e
        finally:
            stopping.held_up -= waits > 0

    async def _bury(self, record: Incoming, error: Exception, attempts: int) -> Sequence[str]:
        await self._services.dead_letters.put(self.stage, record, error, attempts)
        return [DEAD_LETTER] * self._weight

    async def _wait(self, error: SinkUnavailable, waits: int, record: Incoming) -> None:
        """Wait before the next try; once the process stops, leave the record where it is."""
        seconds = max(FIRST_WAIT_SECONDS * 2 ** min(waits - 1, 6), error.retry_after_seconds)
        if waits in {1, 5} or waits % 20 == 0:
            _log.warning("waiting for a sink", stage=self.stage.value, tries=waits, error=error)
        stopping = self._services.stopping
        try:
            async with asyncio.timeout(min(seconds, MAX_WAIT_SECONDS)):
                await stopping.requested.wait()
            # Returning would acknowledge the record, so it is held until the process ends.
            stopping.held += 1
            _log.warning("left for the next start", stage=self.stage.value, offset=record.offset)
            await asyncio.get_running_loop().create_future()
        except TimeoutError:
            return


def incoming(message: Any) -> Incoming:
    """Return what faust read, as it came."""
    headers = message.headers or ()
    if isinstance(headers, dict):
        headers = tuple(headers.items())
    return Incoming(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=tuple(headers),
    )


async def in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Run a domain call beside the event loop, so that heartbeats and health go on; ends what takes too long.

    A thread cannot be stopped: one that never ends is left behind, and its record is a dead letter.
    """
    try:
        async with asyncio.timeout(DOMAIN_SECONDS):
            return await asyncio.to_thread(call, *arguments)
    except TimeoutError as e:
        name = getattr(call, "__name__", "call")
        raise ContractError(
            name, "", f"no result in {DOMAIN_SECONDS:g} s", reason="too_slow"
        ) from e
