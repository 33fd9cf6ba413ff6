"""Records that cannot be handled: all of them in the dead letters, none in the way; and a dead letter that cannot be written."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from runtime.dead_letters import EX_SOFTWARE, SUFFIX
from runtime.embedded import free_port
from runtime.kafka import KafkaProducer, client_arguments
from schemas.records import FetchedArticle, encode
from schemas.topics import ARTICLE_FETCHED, STREAM_TOPICS
from tests.e2e.pipeline import AGENTS
from tests.faults import ledger
from tests.faults.articles import Batch, key_of
from tests.faults.conftest import Spine
from tests.faults.ledger import (
    STORED,
    assert_each_told_once,
    assert_no_stale_event,
    committed_of,
    read_ledger,
)
from tests.faults.poisoned import mark_of
from tests.harness.reliability import SCALE, Reliability
from tests.paths import REPO
from tests.servers import Worker, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(300 + 120 * SCALE)]

# What each reader falls over, one in a hundred records of its own: those of the last two are events.
OTHERS = ("clean", "classify", "detect", "index-articles")
TELLING = ("index-events", "deliver")
HUNDREDS = 2 * SCALE
NOT_A_RECORD = b"{not a record"


def articles(batch: Batch) -> Iterator[FetchedArticle]:
    """Yield some hundreds, in each of which every reader finds one that it falls over."""
    for hundred in range(HUNDREDS):
        for n in range(100):
            number = 100 * hundred + n
            if n % 10 == 0 and n // 10 < len(OTHERS):
                yield batch.marked(mark_of(OTHERS[n // 10]), number, tells=False)
            elif n % 10 == 5 and n // 10 < len(TELLING):
                event = len(TELLING) * hundred + n // 10
                yield batch.marked(mark_of(TELLING[n // 10]), event, tells=True)
            else:
                yield batch.other(number)


def start_broken(spine: Spine, role: str) -> Worker:
    """Start a role with a defect, in place of the sound one."""
    pipeline, port = spine.world.pipeline, free_port()
    log = pipeline.folder / f"broken-{role}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.poisoned", role],
            cwd=REPO,
            env={**os.environ, **pipeline.env, "VIGIE_METRICS__PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    worker = Worker(role, port, process, log)
    pipeline.workers.append(worker)
    spine.others.append(worker)
    return worker


async def send_garbage(spine: Spine) -> None:
    """Write one record to every topic that no stage can decode."""
    producer = await KafkaProducer(spine.world.pipeline.settings.kafka, "test").start()
    try:
        for topic in STREAM_TOPICS:
            await producer.send(topic.name, b"k", NOT_A_RECORD)
    finally:
        await producer.stop()


def letters(spine: Spine) -> Counter[str]:
    """Return how many dead letters were ever written, by the topic they were meant for."""
    return Counter({t.name: len(spine.world.records(t.dead_letter)) for t in STREAM_TOPICS})


def values(spine: Spine) -> dict[str, set[bytes]]:
    """Return what lies in the dead letters, by the topic it was meant for."""
    return {t.name: {r.value for r in spine.world.records(t.dead_letter)} for t in STREAM_TOPICS}


def buried(spine: Spine, known: dict[str, set[bytes]]) -> Counter[str]:
    """Return how many different records were buried since."""
    return Counter({name: len(found - known[name]) for name, found in values(spine).items()})


def test_one_record_in_a_hundred_breaks_each_stage_and_after_the_mend_retry_brings_them_all_home(
    spine: Spine, reliability: Reliability
) -> None:
    """Each broken record is one dead letter, nothing else is held up or restarted; retried, they end as the rest."""
    made, batch = spine.world, spine.batch("poison", 100 * HUNDREDS)
    sent = list(articles(batch))
    before, known = letters(spine), values(spine)
    for role in AGENTS:
        assert made.workers[role].stop() == 0
    broken = {role: start_broken(spine, role) for role in AGENTS}
    for worker in broken.values():
        wait_until(worker.is_ready, 60, f"{worker.role} ready", worker.log)
    asyncio.run(ledger.send(made, sent))
    asyncio.run(send_garbage(spine))
    made.workers |= broken
    expected = Counter(dict.fromkeys((t.name for t in STREAM_TOPICS), HUNDREDS + 1))
    ledger.await_through(made)
    wait_until(lambda: buried(spine, known) >= expected, 90, "all dead letters", None)
    # Redelivered, a record may be buried twice; nothing else may lie beside it.
    assert buried(spine, known) == expected
    assert letters(spine) - before >= expected
    assert [w.process.poll() for w in broken.values()] == [None] * len(AGENTS)
    assert not any("Restarting" in w.log.read_text() for w in broken.values())
    # An article of which only the event or the alert broke is stored itself.
    found = read_ledger(made, (a.canonical_url for a in sent))
    assert found.counts[STORED] == len(sent) - len(OTHERS) * HUNDREDS
    assert all(len(states) == 1 for states in found.states.values())
    assert [w.stop() for w in broken.values()] == [0] * len(AGENTS)

    made.start(*AGENTS)
    listed = made.pipeline.vigie("dead-letters", "list", check=False)
    assert listed.returncode == 1
    assert "defect" in listed.stdout
    made.pipeline.vigie("dead-letters", "retry", "--all")
    ledger.settle(made)
    found = read_ledger(made, (a.canonical_url for a in sent))
    assert found.counts == Counter({STORED: len(sent)})
    assert_no_stale_event(made)
    assert_each_told_once(made)
    # What is no record at all came back, one of each topic, and can be dropped.
    assert buried(spine, known) == expected
    assert letters(spine) - before >= expected + Counter(t.name for t in STREAM_TOPICS)
    made.pipeline.vigie("dead-letters", "drop", "--all")
    assert made.pipeline.vigie("dead-letters", "list").returncode == 0
    count = expected.total()
    reliability.seen(
        10,
        f"{count} of {len(sent)} articles and their events and alerts broken, over all six readers: {count} "
        f"dead letters, 0 restarts, 0 others held up; after the mend retried: every article stored, "
        f"every alert told once, list empty",
        runs=count,
    )


POISON = b"{no record either"
POISON_AT, AFTER = 10, 10  # how many sound records lie before the poison, and after it


def test_a_dead_letter_that_cannot_be_written_ends_the_process_with_70_and_the_record_comes_again(
    spine: Spine, reliability: Reliability
) -> None:
    """The offset stays at the poison; with room for dead letters again, it and all behind it are handled."""
    made, batch = spine.world, spine.batch("unwritable", POISON_AT + AFTER)
    before, known = letters(spine), values(spine)
    sound = [batch.other(n) for n in range(1, batch.size + 1)]
    asyncio.run(set_largest_record(spine, ARTICLE_FETCHED.name + SUFFIX, 1))
    worker = made.workers["clean"]
    try:
        poison = asyncio.run(send_around_poison(spine, sound))
        wait_until(lambda: worker.process.poll() is not None, 120, "clean ends", worker.log)
        assert worker.process.returncode == EX_SOFTWARE
        assert "cannot write dead letters" in worker.log.read_text()
        group = f"{made.pipeline.settings.kafka.group_prefix}-clean"
        committed = asyncio.run(committed_of(made, group))[ARTICLE_FETCHED.name, 0]
        assert committed <= poison
        assert letters(spine) == before
    finally:
        asyncio.run(set_largest_record(spine, ARTICLE_FETCHED.name + SUFFIX, 1_048_576))
    spine.restart("clean")
    ledger.settle(made)
    assert buried(spine, known) == Counter({ARTICLE_FETCHED.name: 1})
    found = read_ledger(made, (a.canonical_url for a in sound))
    assert found.counts == Counter({STORED: len(sound)})
    made.pipeline.vigie("dead-letters", "drop", "--all")
    reliability.seen(
        11,
        f"exit {EX_SOFTWARE}, the group stood at offset {committed} with the record at {poison}; after the "
        f"mend one dead letter, and the {AFTER} records behind it handled, 0 lost",
    )


async def set_largest_record(spine: Spine, topic: str, size: int) -> None:
    """Have the broker refuse records of a topic that are larger."""
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    admin = AIOKafkaAdminClient(**client_arguments(spine.world.pipeline.settings.kafka))
    await admin.start()
    try:
        config = ConfigResource(
            ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": str(size)}
        )
        for answer in await admin.alter_configs([config]):
            assert all(code == 0 for code, *_ in answer.resources), answer
    finally:
        await admin.close()


async def send_around_poison(spine: Spine, sound: list[FetchedArticle]) -> int:
    """Write sound records to one partition with one in their midst that is none; return its offset."""
    producer = await KafkaProducer(spine.world.pipeline.settings.kafka, "test").start()
    poison = -1
    try:
        for n, article in enumerate(sound):
            if n == POISON_AT:
                found = await producer.send(ARTICLE_FETCHED.name, b"k", POISON, partition=0)
                poison = found.offset
            await producer.send(
                ARTICLE_FETCHED.name, key_of(article.canonical_url), encode(article), partition=0
            )
    finally:
        await producer.stop()
    return poison
