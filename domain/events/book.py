"""The book of known NewsEvents of one watch: an immutable value, cut into shards for a compacted topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from domain.events.fact import EventRecord, Fact, principals, suspects
from domain.events.fuse import fuse
from domain.model import DateRange, NewsEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """One known event: its record, the event its facts tell, how its day is known, its names.

    `names` holds the skeletons of every fact by whether its script is Arabic; `places` the cities
    and sites any of them names; `span` the days its facts tell when it lasted several; `people`
    the names, and skeletons of suspects' names, without one of which it is never found years later.
    """

    record: EventRecord
    event: NewsEvent
    date_basis: str
    weekday: int | None
    names: Mapping[bool, frozenset[str]]
    places: frozenset[str]
    span: DateRange | None
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Book:
    """Known events by id, and the event of each article already judged."""

    watch_id: str
    entries: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))
    event_of: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def empty(cls, watch_id: str) -> Book:
        """Return a book that knows nothing."""
        return cls(watch_id)

    @classmethod
    def of(cls, watch_id: str, records: Iterable[EventRecord]) -> Book:
        """Return the book of the given records."""
        return cls(watch_id).with_records(records)

    def with_records(self, records: Iterable[EventRecord]) -> Book:
        """Return a book in which the given records replace or join the known ones."""
        entries, event_of = dict(self.entries), dict(self.event_of)
        for record in records:
            entries[record.event_id] = _entry(record)
            for fact in record.facts:
                event_of[fact.article_id] = record.event_id
        return Book(self.watch_id, MappingProxyType(entries), MappingProxyType(event_of))

    def without(self, event_ids: Iterable[str]) -> Book:
        """Return a book that has forgotten the given events and their articles."""
        gone = set(event_ids)
        entries = {i: e for i, e in self.entries.items() if i not in gone}
        event_of = {a: i for a, i in self.event_of.items() if i not in gone}
        return Book(self.watch_id, MappingProxyType(entries), MappingProxyType(event_of))

    def open_entries(self) -> list[Entry]:
        """Return the events that articles may still join: all but those merged into another."""
        return [e for e in self.entries.values() if e.record.merged_into is None]

    def find(self, article_id: str) -> tuple[Entry, Fact] | None:
        """Return the event and fact of an article judged before, or None."""
        event_id = self.event_of.get(article_id)
        if event_id is None:
            return None
        entry = self.entries[event_id]
        fact = next(f for f in entry.record.facts if f.article_id == article_id)
        return entry, fact

    def resolve(self, event_id: str) -> str:
        """Return the id an event goes by now, following merges."""
        seen = set()
        while event_id not in seen and event_id in self.entries:
            seen.add(event_id)
            merged = self.entries[event_id].record.merged_into
            if merged is None:
                return event_id
            event_id = merged
        return event_id

    def shards(self) -> dict[str, tuple[EventRecord, ...]]:
        """Return the records by shard, in a fixed order."""
        grouped: dict[str, list[EventRecord]] = {}
        for event_id in sorted(self.entries):
            record = self.entries[event_id].record
            grouped.setdefault(record.shard, []).append(record)
        return {shard: tuple(records) for shard, records in sorted(grouped.items())}


def _entry(record: EventRecord) -> Entry:
    event, facts = fuse(record), record.evidence
    supporting = [f for f in facts if f.event_date and f.event_date == event.event_date]
    basis = "told" if any(f.date_basis == "told" for f in supporting) else ""
    if supporting and not basis:
        basis = supporting[0].date_basis
    weekdays = {f.weekday for f in facts if f.weekday is not None}
    names = {
        arabic: frozenset(n for f in facts if (f.lang == "ar") is arabic for n in f.names)
        for arabic in (True, False)
    }
    spans = [f.event_date_range for f in facts if f.event_date_range and f.event_date]
    weekday = weekdays.pop() if len(weekdays) == 1 else None
    places = frozenset(p for f in facts for p in f.places)
    people = frozenset(principals(event.actors)) | suspects(event.mentioned).keys()
    span = spans[0] if spans else None
    return Entry(record, event, basis, weekday, names, places, span, people)
