"""Workers join and leave a stage while it works: nothing is lost, and the pause is short."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import threading

import pytest

from runtime.kafka import client_arguments
from schemas.topics import ARTICLE_CLEANED, ARTICLE_JUDGED, EVENT_CHANGED
from tests.faults import ledger
from tests.faults.conftest import Spine
from tests.faults.ledger import assert_whole, url_of
from tests.harness.reliability import SCALE, Reliability
from tests.servers import Worker, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

PAUSE_SECONDS = 15.0  # the promise
CHANGES = ["join", "join", "leave", "join", "leave", "leave", "join"] * SCALE
EACH_SECONDS = 0.05
# Of a topic's four partitions, by how many processes share them: docs/production.md says so too.
INDEXED = (ARTICLE_JUDGED.name, EVENT_CHANGED.name)  # the one stage that reads two topics
# A third takes nothing over; three of what were four have 2, 1 and 1, which is no faster.
SHARES = {1: [[4]], 2: [[2, 2]], 3: [[0, 2, 2], [1, 1, 2]], 4: [[1, 1, 1, 1]]}


def test_seven_joins_and_leaves_lose_nothing_and_hold_the_stage_up_for_seconds(
    spine: Spine, reliability: Reliability
) -> None:
    """Up to three processes of `clean` share four partitions, while an article arrives every 50 ms."""
    made = spine.world
    endless, done = spine.batch("join", 100_000, every=200), threading.Event()
    sending = asyncio.run_coroutine_threadsafe(
        ledger.send(made, endless, EACH_SECONDS, done.is_set), made.thread._loop
    )
    try:
        codes = join_and_leave(spine)
    finally:
        done.set()
    batch = dataclasses.replace(endless, size=sending.result(60))
    found = spine.ledger(batch)
    assert_whole(found, batch)
    assert set(codes) == {0}
    pause = longest_pause(spine, batch.prefix)
    assert pause <= PAUSE_SECONDS
    reliability.seen(
        3,
        f"{len(CHANGES)} changes while {batch.size} articles arrived: 0 lost, longest pause of the "
        f"stage {pause:.1f} s, {found.repeated:.1f} % of its records written again",
        runs=len(CHANGES),
    )


def test_four_partitions_are_shared_by_one_to_four_processes_as_the_docs_say(
    spine: Spine,
) -> None:
    """The broker itself is asked; a third process makes nothing faster."""
    assert spine.world.pipeline.settings.topics.partitions == 4
    for count, expected in SHARES.items():
        if count > 1:
            spine.second("index")
        wait_until(
            lambda e=expected: shares(spine, "index") in [dict.fromkeys(INDEXED, one) for one in e],  # type: ignore[misc]
            90,
            f"{count} processes of index share {expected}",
            spine.world.workers["index"].log,
        )
    assert len(spine.others) == len(SHARES) - 1


def shares(spine: Spine, role: str) -> dict[str, list[int]]:
    """Return how many partitions of each topic each member of a role's group has, as the broker says."""
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

    settings = spine.world.pipeline.settings

    async def ask() -> list[dict[str, int]]:
        admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
        await admin.start()
        try:
            [answer] = await admin.describe_consumer_groups(
                [f"{settings.kafka.group_prefix}-{role}"]
            )
        finally:
            await admin.close()
        members = [m[4] for m in answer.groups[0][5]]  # (id, client, host, metadata, assignment)
        if not all(members):
            return []  # a change is under way
        decoded = (ConsumerProtocolMemberAssignment.decode(m).assignment for m in members)
        return [{topic: len(numbers) for topic, numbers in one} for one in decoded]

    found = asyncio.run(ask())
    return {t: sorted(one.get(t, 0) for one in found) for t in INDEXED}


def join_and_leave(spine: Spine) -> list[int]:
    """Let workers come and go, each once the last change has settled into work; return the exit codes."""
    extra: list[Worker] = []
    codes = []
    for change in CHANGES:
        if change == "join":
            extra.append(spine.second("clean"))
        else:
            codes.append(extra.pop(0).stop())
        wait_for_stage(spine)
    codes += [worker.stop() for worker in extra]
    wait_for_stage(spine)
    return codes


def wait_for_stage(spine: Spine) -> None:
    """Return once the stage has written more: of three workers on four partitions one is a spare."""
    before = ledger.end_of(spine.world, ARTICLE_CLEANED.name)
    wait_until(
        lambda: ledger.end_of(spine.world, ARTICLE_CLEANED.name) >= before + 10,
        90,
        "clean at work",
        spine.world.workers["clean"].log,
    )


def longest_pause(spine: Spine, prefix: str) -> float:
    """Return the longest time in which `clean` wrote nothing of a batch, in seconds."""
    at = sorted(
        r.at_ms
        for r in spine.world.records(ARTICLE_CLEANED.name)
        if url_of(r.value).startswith(prefix)
    )
    return max(later - earlier for earlier, later in itertools.pairwise(at)) / 1000
