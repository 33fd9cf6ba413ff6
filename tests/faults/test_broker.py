"""Brokers that die: alone for ten seconds, or one of three, the leader."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from domain.errors import SinkUnavailable
from runtime.kafka import KafkaProducer, client_arguments
from runtime.provision import provision_topics
from runtime.settings import Settings
from runtime.settings_file import load_settings
from schemas.topics import ARTICLE_FETCHED
from tests.faults import ledger
from tests.faults.conftest import Spine, wait_for_more, wait_for_work
from tests.faults.ledger import assert_each_told_once, assert_no_stale_event, assert_whole
from tests.harness.kafka_cluster import KafkaCluster
from tests.harness.process import RunFolder
from tests.harness.reliability import SCALE, Reliability
from tests.paths import REPO

pytestmark = [pytest.mark.real, pytest.mark.timeout(300 * SCALE)]

DOWN_SECONDS, BACK_SECONDS = 10.0, 30.0  # the fault, and the promise
RECORDS = 1500 * SCALE


def test_after_ten_seconds_without_a_broker_records_flow_again_and_none_is_lost(
    spine: Spine, reliability: Reliability
) -> None:
    """The only broker is killed while every role works, and comes back on the same data."""
    made = spine.world
    back, writing, pids = [], [], {r: w.process.pid for r, w in made.workers.items()}
    for _ in range(SCALE):
        batch = spine.batch("broker", 300)
        sending = asyncio.run_coroutine_threadsafe(
            ledger.send(made, batch, 0.05), made.thread._loop
        )
        wait_for_work(made.workers["clean"])
        wait_for_work(made.workers["index"])
        made.kafka.kill()
        time.sleep(DOWN_SECONDS)  # the fault itself
        made.kafka.start()
        started = time.monotonic()
        counts = {r: made.workers[r].counts().total() for r in ("clean", "index")}
        for role, before in counts.items():
            worker = made.workers[role]
            wait_for_more(worker, before, 2 * BACK_SECONDS)
        back.append(time.monotonic() - started)
        assert sending.result(200) == batch.size
        found = spine.ledger(batch)
        writing.append(found.repeated)
        assert_whole(found, batch)
    assert max(back) <= BACK_SECONDS
    assert_no_stale_event(made)
    assert_each_told_once(made)
    assert {r: w.process.pid for r, w in made.workers.items()} == pids
    assert [w.process.poll() for w in made.workers.values()] == [None] * len(pids)
    reliability.seen(
        4,
        f"broker killed and {DOWN_SECONDS:g} s away: clean and index at work again {max(back):.1f} s "
        f"after its start, 0 lost of {batch.size * SCALE} articles, {max(writing):.1f} % of the records "
        f"of the middle written again, no process restarted",
        runs=SCALE,
    )


@pytest.fixture
def cluster(run_folder: RunFolder) -> Iterator[tuple[KafkaCluster, Settings]]:
    """Give three brokers that have our topics, each record on three of them and acknowledged by two."""
    made = KafkaCluster(run_folder).start()
    settings = load_settings(
        {
            "VIGIE_KAFKA__BOOTSTRAP": made.bootstrap,
            "VIGIE_TOPICS__REPLICATION": "3",
            "VIGIE_TOPICS__MIN_INSYNC": "2",
        },
        REPO,
    )
    asyncio.run(provision_topics(settings))
    yield made, settings
    made.stop()


def test_of_three_brokers_the_leader_is_killed_and_every_acknowledged_record_is_there(
    cluster: tuple[KafkaCluster, Settings], reliability: Reliability
) -> None:
    """Records are written all the while with acks=all; each that was acknowledged can be read afterwards."""
    brokers, settings = cluster
    acked, gap = asyncio.run(write_through(brokers, settings))
    stored = asyncio.run(values_of(settings))
    assert len(acked) == RECORDS
    lost = acked - stored.keys()
    assert not lost
    again = sum(stored.values()) - len(stored)
    assert again <= 64  # those under way when the leader died may have been sent anew
    reliability.seen(
        4,
        f"the leader of three brokers killed while {RECORDS} records were written: 0 acknowledged "
        f"records lost, {again} there twice, longest wait for an acknowledgement {gap:.1f} s",
        runs=1,
    )


async def write_through(brokers: KafkaCluster, settings: Settings) -> tuple[set[bytes], float]:
    """Write records, kill the leader of a partition half-way; return the acknowledged ones and the longest wait."""
    producer = await KafkaProducer(settings.kafka, "test").start()
    acked: set[bytes] = set()
    longest = 0.0

    async def write(n: int) -> None:
        nonlocal longest
        value = f"record {n}".encode()
        started = time.monotonic()
        while True:
            try:
                await producer.send(ARTICLE_FETCHED.name, value, value, partition=n % 4)
                break
            except SinkUnavailable:
                await asyncio.sleep(0.2)
        longest = max(longest, time.monotonic() - started)
        acked.add(value)

    try:
        victim = await leader_of(settings, ARTICLE_FETCHED.name, 0)
        for start in range(0, RECORDS, 64):
            writes = [asyncio.create_task(write(n)) for n in range(start, min(start + 64, RECORDS))]
            if start <= RECORDS // 2 < start + 64:
                await asyncio.to_thread(brokers.kill, victim)
            await asyncio.gather(*writes)
    finally:
        await producer.stop()
    return acked, longest


async def leader_of(settings: Settings, topic: str, partition: int) -> int:
    """Return the node that leads a partition."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    found = {p["partition"]: p["leader"] for p in described["partitions"]}
    return int(found[partition])


async def values_of(settings: Settings) -> Counter[bytes]:
    """Return every value in the first topic, and how often it is there."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    consumer = AIOKafkaConsumer(enable_auto_commit=False, **client_arguments(settings.kafka))
    await consumer.start()
    found: Counter[bytes] = Counter()
    try:
        partitions = [TopicPartition(ARTICLE_FETCHED.name, n) for n in range(4)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        while sum(found.values()) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=300)).values():
                found.update(r.value for r in records)
    finally:
        await consumer.stop()
    return found
