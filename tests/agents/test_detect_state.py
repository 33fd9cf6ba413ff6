"""detect's state: nothing lost or doubled by a crash at any write, a rebalance, an owner that is one no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agents.base import Services
from agents.detect import DetectAgent
from agents.state import LogRecord, ShardValue, Source, StateEntry, pack, replay, unpack
from domain.errors import ContractError, SinkUnavailable
from domain.model import Watch
from runtime.dead_letters import Incoming
from schemas import convert
from schemas.records import (
    AlertRaised,
    ClassifiedArticle,
    EventChanged,
    JudgedArticle,
    PublishedInfo,
    ReadingInfo,
    decode,
    encode,
)
from schemas.topics import ALERT_RAISED, ARTICLE_CLASSIFIED, ARTICLE_JUDGED, EVENT_CHANGED
from tests.fakes import NOW, FakeProducer, FakeStateLog, cleaned, services
from tests.unit.events.builders import HOST, guest, reading

WATCH = Watch(
    "morocco-france", "Morocco–France", ("MA", "FR"), alert_max_age_hours=0, channels=("console",)
)
WATCHES = {WATCH.watch_id: WATCH}
OFF = ReadingInfo(relevant=False, score=0.1)
MARCH = PublishedInfo(at=datetime(2025, 3, 11, tzinfo=UTC), source="meta", confidence=0.9)


def record(offset: int, article_id: str, info: ReadingInfo, **changes: object) -> Incoming:
    """Return a classified article as it comes."""
    article = cleaned(article_id, **changes)
    value = ClassifiedArticle(watch_id=WATCH.watch_id, article=article, reading=info)
    return Incoming(ARTICLE_CLASSIFIED.name, 0, offset, b"morocco-france", encode(value))


def told(name: str = "Bruno Retailleau", day: str = "2025-04-14") -> ReadingInfo:
    """Return the reading of a meeting with a guest on a day."""
    return convert.reading_info(reading(day, HOST, guest(name)))


STORY = [
    record(0, "a", told()),
    record(1, "b", OFF),
    record(2, "c", told(), lang="ar"),
    record(3, "d", told("Gérald Darmanin", "2025-03-10"), published=MARCH),
    record(4, "e", told(), lang="nl"),
]


def agent(producer: FakeProducer, log: FakeStateLog) -> DetectAgent:
    """Return a new owner of the partition."""
    return DetectAgent(services("detect", producer), WATCHES, log)


async def run(records: list[Incoming], producer: FakeProducer, log: FakeStateLog) -> list[str]:
    """Judge the records with one owner and return the verdicts."""
    owner = agent(producer, log)
    return [(await owner.handle(r))[0] for r in records]


def first_of_each(producer: FakeProducer, topic: str) -> dict[bytes | None, bytes | None]:
    """Return the first record of each key: what an index that refuses repeats keeps."""
    kept: dict[bytes | None, bytes | None] = {}
    for sent in producer.of(topic):
        kept.setdefault(sent.key, sent.value)
    return kept


def newest_revision(producer: FakeProducer) -> dict[str, bytes]:
    """Return each event as an index with external versions keeps it."""
    kept: dict[str, EventChanged] = {}
    for sent in producer.of(EVENT_CHANGED.name):
        change = decode(EventChanged, sent.value)
        known = kept.get(change.event.event_id)
        if known is None or change.event.revision > known.event.revision:
            kept[change.event.event_id] = change
    return {event_id: encode(change) for event_id, change in kept.items()}


def alert_ids(producer: FakeProducer) -> set[str]:
    """Return the alerts raised, each once, as `deliver` tells them."""
    return {decode(AlertRaised, r.value).alert_id for r in producer.of(ALERT_RAISED.name)}


async def test_outputs_are_one_verdict_each_and_an_alert_for_what_is_new() -> None:
    """Every article gets its verdict, every change of an event is told, every new event alerts once."""
    producer, log = FakeProducer(), FakeStateLog()
    verdicts = await run(STORY, producer, log)
    assert verdicts == ["NEW", "OFF", "REPEAT", "NEW", "REPEAT"]
    assert len(producer.of(ARTICLE_JUDGED.name)) == 5
    assert len(producer.of(EVENT_CHANGED.name)) == 4
    assert len(alert_ids(producer)) == 2


async def test_a_new_owner_goes_on_where_the_last_one_stood() -> None:
    """The book is read back from the log, so the second article of an event is a REPEAT for it too."""
    producer, log = FakeProducer(), FakeStateLog()
    first = await run(STORY[:2], producer, log)
    second = await run(STORY[2:], producer, log)
    assert first + second == ["NEW", "OFF", "REPEAT", "NEW", "REPEAT"]


async def test_compaction_loses_nothing() -> None:
    """Only the newest record of each key is left, and it is enough."""
    producer, log = FakeProducer(), FakeStateLog()
    await run(STORY[:4], producer, log)
    log.compacted()
    assert await run(STORY[4:], producer, log) == ["REPEAT"]


async def test_redelivery_repeats_the_verdicts_and_changes_no_state() -> None:
    """All records again to a new owner: same verdicts, same alerts, no entry added to the log."""
    producer, log = FakeProducer(), FakeStateLog()
    first = await run(STORY, producer, log)
    entries = [r for r in log.records if r.key != b"claim"]
    again = FakeProducer()
    assert await run(STORY, again, log) == first
    assert [r for r in log.records if r.key != b"claim"] == entries
    assert alert_ids(again) == alert_ids(producer)


def crash_points() -> list[tuple[str, int]]:
    """Return every write of the story: each may be the last one before a power cut."""
    return [("send", n) for n in range(1, 12)] + [("append", n) for n in range(1, 5)]


@pytest.mark.parametrize(("kind", "number"), crash_points())
async def test_a_crash_at_any_write_leaves_the_same_documents(kind: str, number: int) -> None:
    """Killed at its n-th write and replayed from the last committed offset, the pipeline ends the same."""
    whole, whole_log = FakeProducer(), FakeStateLog()
    await run(STORY, whole, whole_log)

    producer, log = FakeProducer(), FakeStateLog()
    (producer if kind == "send" else log).fail_on.add(number)
    with pytest.raises(SinkUnavailable):
        await run(STORY, producer, log)
    producer.fail_on.clear()
    log.fail_on.clear()
    await run(STORY, producer, log)  # a new process, nothing was committed

    judged = ARTICLE_JUDGED.name
    assert first_of_each(producer, judged) == first_of_each(whole, judged)
    assert newest_revision(producer) == newest_revision(whole)
    assert alert_ids(producer) == alert_ids(whole)


async def test_outputs_of_the_last_entry_are_sent_again_as_they_were() -> None:
    """State written, outputs not: the new owner sends the very bytes that the entry promised."""
    producer, log = FakeProducer(fail_on={1}), FakeStateLog()
    owner = agent(producer, log)
    with pytest.raises(SinkUnavailable):
        await owner.handle(STORY[0])
    promised = unpack(log.records[-1].value or b"", "").outputs
    assert promised
    after = FakeProducer()
    await run([STORY[0]], after, log)
    assert [(r.topic, r.key, r.value) for r in after.records] == [
        (o.topic, o.key, o.value) for o in promised
    ]


async def test_an_overtaken_owner_writes_nothing_that_counts() -> None:
    """An owner that slept through a rebalance must not put its old book over the new one."""
    log, sleeper_sends, owner_sends = FakeStateLog(), FakeProducer(), FakeProducer()
    sleeper = agent(sleeper_sends, log)
    await sleeper.handle(STORY[0])
    owner = agent(owner_sends, log)  # the group gave the partition away
    assert (await owner.handle(STORY[2]))[0] == "REPEAT"
    # The sleeper wakes with a record that its own book has never seen told.
    assert (await sleeper.handle(record(9, "f", told(), lang="es")))[0] == "REPEAT"
    assert (await owner.handle(STORY[4]))[0] == "REPEAT"
    members = [
        len(decode(EventChanged, r.value).event.members)
        for r in [*sleeper_sends.of(EVENT_CHANGED.name), *owner_sends.of(EVENT_CHANGED.name)]
    ]
    assert max(members) == 4


async def test_a_stale_entry_is_passed_over_and_healed() -> None:
    """An entry under an older epoch than the last claim does not count, and the right value is written anew."""
    log, producer = FakeStateLog(), FakeProducer()
    await run(STORY[:1], producer, log)
    old_entry = log.records[-1]
    await run(STORY[2:3], producer, log)
    log.records.append(LogRecord(len(log.records), old_entry.key, old_entry.value, old_entry.epoch))
    found = replay(log.records)
    assert ("morocco-france", "2025-04") in found.overwritten
    assert await run(STORY[4:], producer, log) == ["REPEAT"]
    last = decode(EventChanged, producer.of(EVENT_CHANGED.name)[-1].value)
    assert len(last.event.members) == 3
    assert replay(log.records).overwritten == set()


async def test_revoked_partitions_are_read_again() -> None:
    """After a rebalance nothing in memory is believed."""
    log, producer = FakeStateLog(), FakeProducer()
    owner = agent(producer, log)
    await owner.handle(STORY[0])
    owner.forget()
    await owner.handle(STORY[2])
    assert [r.key for r in log.records].count(b"claim") == 2


async def test_first_seen_is_the_earliest_fetch_of_the_event() -> None:
    """A later article that was fetched earlier moves the event's first sighting, a later one does not."""
    log, producer = FakeStateLog(), FakeProducer()
    early = NOW - timedelta(hours=3)
    records = [
        record(0, "a", told()),
        record(1, "b", told(), first_seen_at=early),
        record(2, "c", told(), first_seen_at=NOW + timedelta(hours=1)),
    ]
    await run(records, producer, log)
    seen = [decode(EventChanged, r.value).first_seen_at for r in producer.of(EVENT_CHANGED.name)]
    assert seen == [NOW, early, early]


async def test_an_unknown_watch_is_a_dead_letter() -> None:
    """A record of a watch that was taken away is kept, not judged by another."""
    given: Services = services("detect")
    value = ClassifiedArticle(watch_id="gone", article=cleaned("a"), reading=OFF)
    with pytest.raises(ContractError, match="gone"):
        await DetectAgent(given, WATCHES, FakeStateLog()).handle(
            Incoming(ARTICLE_CLASSIFIED.name, 0, 0, b"gone", encode(value))
        )


async def test_a_judged_record_names_its_event_and_reasons() -> None:
    """The verdict carries what analysts see: event, version, what it was compared with, why."""
    producer = FakeProducer()
    await run(STORY[:3], producer, FakeStateLog())
    judged = [decode(JudgedArticle, r.value) for r in producer.of(ARTICLE_JUDGED.name)]
    assert judged[0].event_id == judged[2].event_id
    assert judged[0].event_version == 1
    assert judged[1].event_id is None
    assert judged[2].reasons[0].rule == "verdict.repeat"
    assert judged[2].compared[0][0] == judged[0].event_id


def test_state_that_cannot_be_read_is_refused() -> None:
    """State is never guessed: torn bytes are an error that names the place."""
    entry = pack(StateEntry(watch_id="w", source=_source(), outcome="NEW", shards={}))
    with pytest.raises(ContractError, match="offset 7"):
        replay([LogRecord(7, b"w/2025-04", entry[:-6], 0)])


def test_an_entry_torn_from_its_fellows_is_whole() -> None:
    """A merge changes two shards; the first entry holds both, so a crash before the second tears nothing."""
    shards = {"2025-03": ShardValue(b"one"), "2025-04": ShardValue(b"two")}
    entry = StateEntry(watch_id="w", source=_source(), outcome="UPDATE", shards=shards)
    found = replay([LogRecord(0, b"claim", b"", -1), LogRecord(1, b"w/2025-03", pack(entry), 0)])
    assert found.of_watch("w") == shards


def _source() -> Source:
    return Source(0, "a")
