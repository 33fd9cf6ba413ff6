"""Sends what cannot be handled to `<topic>.dead-letter`: the original bytes, and why, where and when."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import VigieError
from domain.outcome import Stage
from runtime.clock import Clock, utc_now
from runtime.kafka import Headers, Producer
from runtime.logs import get_logger
from runtime.metrics import Metrics

EX_SOFTWARE = 70  # sysexits.h: the offset has not moved, a restart reads the record again
ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.5
MAX_MESSAGE_CHARS = 300
SUFFIX = ".dead-letter"

_log = get_logger("dead_letters")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as it came: nothing decoded."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class DeadLetters:
    """Writes dead letters; ends the process when it cannot, because going on would lose the record."""

    def __init__(
        self,
        producer: Producer,
        metrics: Metrics,
        clock: Clock = utc_now,
        end: Callable[[int], object] = os._exit,
        first_wait_seconds: float = FIRST_WAIT_SECONDS,
    ) -> None:
        self._producer, self._metrics, self._clock = producer, metrics, clock
        self._end, self._first_wait = end, first_wait_seconds

    async def put(
        self, stage: Stage, record: Incoming, error: Exception, attempts: int = 1
    ) -> None:
        """Send one record to its dead-letter topic and return once the broker has it."""
        headers = describe(stage, record, error, attempts, self._clock().isoformat())
        reason = reason_of(error)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._producer.send(
                    record.topic + SUFFIX, record.key, record.value, headers=headers
                )
            except VigieError as e:
                _log.error("dead letter not written", topic=record.topic, attempt=attempt, error=e)
                await asyncio.sleep(self._first_wait * 2 ** (attempt - 1))
            else:
                self._metrics.dead_letter(stage, reason)
                return
        _log.critical(
            "cannot write dead letters, ending so that the record is read again",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
        self._end(EX_SOFTWARE)


def reason_of(error: Exception) -> str:
    """Return the metric label of an error; one that nobody expected is a defect of ours."""
    return error.reason if isinstance(error, VigieError) else "defect"


def describe(
    stage: Stage, record: Incoming, error: Exception, attempts: int, at: str
) -> list[tuple[str, bytes]]:
    """Return the headers of a dead letter; those the record had come after, under `original.`."""
    told = {
        "stage": stage.value,
        "error": type(error).__name__,
        "reason": reason_of(error),
        "message": str(error)[:MAX_MESSAGE_CHARS],
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "attempts": str(attempts),
        "at": at,
        "location": location_of(error),
    }
    headers = [(name, value.encode("utf-8", "replace")) for name, value in told.items()]
    headers += [(f"original.{name}", value) for name, value in record.headers]
    return headers


def location_of(error: Exception) -> str:
    """Return the `file:line` the error was raised at, without the machine's folders."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    last = frames[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno}"
