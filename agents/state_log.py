"""The log of watch state on Kafka: claim a partition, read it to its end, append to it."""

from __future__ import annotations

import asyncio
import uuid
from typing import Protocol

from agents.state import CLAIM_KEY, LogRecord
from domain.errors import SinkUnavailable
from runtime.kafka import Producer, client_arguments
from runtime.settings import KafkaSettings
from schemas.topics import WATCH_STATE

EPOCH_HEADER = "epoch"
POLL_MS = 500
READ_SECONDS = 20.0


class StateLog(Protocol):
    """Where the state of each partition is kept."""

    async def claim(self, partition: int) -> int:
        """Append a claim and return its offset, the epoch of the new owner."""

    async def read(self, partition: int, up_to: int) -> list[LogRecord]:
        """Return every record up to and with the given offset."""

    async def append(self, partition: int, key: bytes, value: bytes, epoch: int) -> int:
        """Append one record and return its offset once it is acknowledged."""


class KafkaStateLog:
    """StateLog on the compacted topic."""

    def __init__(self, settings: KafkaSettings, producer: Producer) -> None:
        self._settings, self._producer = settings, producer
        self._owner = uuid.uuid4().hex.encode()

    async def claim(self, partition: int) -> int:
        """Append a claim of this process."""
        sent = await self._producer.send(
            WATCH_STATE.name, CLAIM_KEY, self._owner, partition=partition
        )
        return sent.offset

    async def append(self, partition: int, key: bytes, value: bytes, epoch: int) -> int:
        """Append one entry under the epoch of this owner."""
        sent = await self._producer.send(
            WATCH_STATE.name,
            key,
            value,
            headers=[(EPOCH_HEADER, str(epoch).encode())],
            partition=partition,
        )
        return sent.offset

    async def read(self, partition: int, up_to: int) -> list[LogRecord]:
        """Read the partition from its start, with no group: nobody's offsets move."""
        from aiokafka import AIOKafkaConsumer, TopicPartition
        from aiokafka.errors import KafkaError

        where = TopicPartition(WATCH_STATE.name, partition)
        consumer = AIOKafkaConsumer(
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **client_arguments(self._settings),
        )
        records: list[LogRecord] = []
        try:
            await consumer.start()
            consumer.assign([where])
            await consumer.seek_to_beginning(where)
            async with asyncio.timeout(READ_SECONDS):
                while await consumer.position(where) <= up_to:
                    batch = await consumer.getmany(where, timeout_ms=POLL_MS)
                    records += [_log_record(r) for r in batch.get(where, ())]
        except (KafkaError, OSError, TimeoutError) as e:
            raise SinkUnavailable(
                "read watch state", f"partition {partition}", f"{type(e).__name__}: {e}"
            ) from e
        finally:
            await consumer.stop()
        return [r for r in records if r.offset <= up_to]


def _log_record(record: object) -> LogRecord:
    headers = dict(getattr(record, "headers", ()) or ())
    epoch = headers.get(EPOCH_HEADER, b"-1")
    return LogRecord(
        offset=record.offset,  # type: ignore[attr-defined]
        key=record.key or b"",  # type: ignore[attr-defined]
        value=record.value,  # type: ignore[attr-defined]
        epoch=int(epoch) if epoch.lstrip(b"-").isdigit() else -1,
    )
