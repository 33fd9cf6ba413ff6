"""Workers join and leave a stage while it works: nothing is lost, and the pause is short."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import threading

import pytest

from schemas.topics import ARTICLE_CLEANED
from tests.faults import ledger
from tests.faults.conftest import Spine
from tests.faults.ledger import assert_whole, url_of
from tests.harness.reliability import SCALE, Reliability
from tests.servers import Worker, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

PAUSE_SECONDS = 15.0  # the promise
CHANGES = ["join", "join", "leave", "join", "leave", "leave", "join"] * SCALE
EACH_SECONDS = 0.05


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
