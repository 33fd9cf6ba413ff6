"""Turns shards of a book into bytes and back, for the compacted state topic."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from domain.errors import ContractError
from domain.events.book import Book
from domain.events.fact import EventRecord


class _Shard(msgspec.Struct, frozen=True, kw_only=True):
    """One state value: all records of one shard of one watch."""

    watch_id: str
    shard: str
    records: tuple[EventRecord, ...]


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(_Shard)


def dump_shard(book: Book, shard: str) -> bytes:
    """Return one shard as UTF-8 JSON; the same book gives the same bytes."""
    records = book.shards().get(shard, ())
    return _encoder.encode(_Shard(watch_id=book.watch_id, shard=shard, records=records))


def load_shards(watch_id: str, values: Iterable[bytes]) -> Book:
    """Return the book that the given shard values make; shards of other watches are passed over.

    Raises ContractError when a value cannot be read: state must never be guessed.
    """
    records: list[EventRecord] = []
    for value in values:
        try:
            shard = _decoder.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError) as e:
            raise ContractError("read watch state", watch_id, str(e)) from e
        if shard.watch_id == watch_id:
            records.extend(shard.records)
    return Book.of(watch_id, records)


def changed_shards(before: Book, after: Book) -> tuple[str, ...]:
    """Return the names of the shards that differ, sorted; one may have lost its last event."""
    touched = {
        entry.record.shard
        for event_id, entry in after.entries.items()
        if (old := before.entries.get(event_id)) is None or old.record is not entry.record
    }
    forgotten = before.entries.keys() - after.entries.keys()
    touched |= {before.entries[event_id].record.shard for event_id in forgotten}
    return tuple(sorted(touched))
