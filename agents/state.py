"""The state of `detect`: what one partition's log of watch state says, and how it is written (decision 0003).

Every owner of a partition first appends a claim; the claim's offset is its epoch and goes into each later entry.
An entry with an epoch below the last claim before it was written by an owner that did not know it was one no
more: it does not count. Entries carry the outputs they explain, so that a crash between the two loses neither.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from domain.errors import ContractError

CLAIM_KEY = b"claim"
# Under this key `vigie rebuild-state` says that nothing before it counts, readable or not. Its value is an entry
# without shards, which a release that does not know the key passes over.
RESET_KEY = b"reset"
# Of the entry as a whole. Grows when an older release could read an entry and misunderstand it; a new field with a
# default does not need it. Entries of before it was written down are of format 1.
STATE_FORMAT = 2
MAX_UNPACKED_BYTES = 64_000_000


class Output(msgspec.Struct, frozen=True):
    """One record that `detect` sends: the bytes as they will lie in the topic."""

    topic: str
    key: bytes
    value: bytes


class ShardValue(msgspec.Struct, frozen=True):
    """One shard of a watch's book, and when each of its events was first seen."""

    book: bytes
    first_seen: dict[str, datetime] = {}


class Source(msgspec.Struct, frozen=True):
    """The classified record that an entry is the result of; the offset alone is not one for ever."""

    offset: int
    article_id: str


class StateEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the state topic, under the key of the first of its shards."""

    watch_id: str
    source: Source
    outcome: str
    shards: dict[str, ShardValue]
    outputs: list[Output] = []
    format: int = STATE_FORMAT


class _Head(msgspec.Struct, frozen=True):
    """What is read first of an entry: the rest may be of a kind that we do not know."""

    format: int = 1


# How an entry, as plain values, is lifted from a format to the next one.
Migrations = Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]
# 2: facts may be bare, records archived. What format 1 says is still said the same way.
MIGRATIONS: Migrations = {1: lambda plain: plain}


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record of the state log, `epoch` from its header (-1 if none)."""

    offset: int
    key: bytes
    value: bytes | None
    epoch: int


@dataclass(slots=True)
class Replayed:
    """What the log of one partition says: the newest valid value of each shard, by watch and shard."""

    shards: dict[tuple[str, str], ShardValue] = field(default_factory=dict)
    last: StateEntry | None = None
    overwritten: set[tuple[str, str]] = field(default_factory=set)

    def of_watch(self, watch_id: str) -> dict[str, ShardValue]:
        """Return the shards of one watch."""
        return {shard: value for (w, shard), value in self.shards.items() if w == watch_id}


_encoder = msgspec.msgpack.Encoder()
_head_decoder = msgspec.msgpack.Decoder(_Head)
_decoder = msgspec.msgpack.Decoder(StateEntry)


def pack(entry: StateEntry) -> bytes:
    """Return the entry as compressed MessagePack: books are repetitive, a tenth is usual."""
    return zlib.compress(_encoder.encode(entry), 6)


def unpack(
    value: bytes, where: str, known: int = STATE_FORMAT, migrations: Migrations = MIGRATIONS
) -> StateEntry:
    """Return the entry, lifted to today's format; raises ContractError: state must never be guessed."""
    try:
        inflater = zlib.decompressobj()
        data = inflater.decompress(value, MAX_UNPACKED_BYTES)
        if not inflater.eof:
            raise ContractError("read watch state", where, "cut short, or larger than it may be")
        written = _head_decoder.decode(data).format
        if written > known:
            raise ContractError(
                "read watch state", where, f"format {written}, expected at most {known}"
            )
        if written < known:
            return _lifted(msgspec.msgpack.decode(data), written, known, migrations, where)
        return _decoder.decode(data)
    except (zlib.error, msgspec.DecodeError) as e:
        raise ContractError("read watch state", where, str(e)) from e


def _lifted(
    plain: dict[str, Any], written: int, known: int, migrations: Migrations, where: str
) -> StateEntry:
    for step in range(written, known):
        if step not in migrations:
            raise ContractError("read watch state", where, f"format {step} is no longer read")
        plain = migrations[step](plain)
    return msgspec.convert(plain | {"format": known}, StateEntry)


def state_key(watch_id: str, shard: str) -> bytes:
    """Return the key that compaction goes by."""
    return f"{watch_id}/{shard}".encode()


def since_reset(records: Iterable[LogRecord]) -> list[LogRecord]:
    """Return the records after the last reset: all, if there is none."""
    kept: list[LogRecord] = []
    for record in records:
        if record.key == RESET_KEY:
            kept.clear()
        else:
            kept.append(record)
    return kept


def reset_value() -> bytes:
    """Return the value of a reset."""
    return pack(StateEntry(watch_id="", source=Source(-1, ""), outcome="", shards={}))


def replay(records: Iterable[LogRecord]) -> Replayed:
    """Return what the records, in the order of their offsets, say together."""
    found = Replayed()
    fallback: dict[tuple[str, str], ShardValue] = {}
    current = -1
    for record in since_reset(records):
        if record.key == CLAIM_KEY:
            current = record.offset
            continue
        if record.value is None:
            continue
        entry = unpack(record.value, f"offset {record.offset}")
        names = [(entry.watch_id, shard) for shard in entry.shards]
        if record.epoch < current:
            fallback.update(zip(names, entry.shards.values(), strict=True))
            found.overwritten.update(names)
            continue
        found.shards.update(zip(names, entry.shards.values(), strict=True))
        found.overwritten.difference_update(names)
        found.last = entry
    # Compaction took the valid value and left the other: better than knowing nothing.
    for name, value in fallback.items():
        found.shards.setdefault(name, value)
    return found
