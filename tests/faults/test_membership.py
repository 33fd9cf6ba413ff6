"""Workers join and leave a stage while it works: nothing is lost, and the pause is short."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from schemas.topics import ARTICLE_CLEANED
from tests.faults import ledger
from tests.faults.conftest import Spine, wait_for_work
from tests.faults.ledger import assert_whole, url_of
from tests.harness.reliability import SCALE, Reliability
from tests.servers import Worker

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

PAUSE_SECONDS = 15.0  # the promise
CHANGES = ["join", "join", "leave", "join", "leave", "leave", "join"] * SCALE
EACH_SECONDS = 0.05


def test_seven_joins_and_leaves_lose_nothing_and_hold_the_stage_up_for_seconds(
    spine: Spine, reliability: Reliability
) -> None:
    """Up to three processes of `clean` share four partitions, while an article arrives every 50 ms."""
    made = spine.world
    batch = spine.batch("join", 2000 * SCALE, every=100)
    sending = asyncio.run_coroutine_threadsafe(
        ledger.send(made, batch, EACH_SECONDS), made.thread._loop
    )
    wait_for_work(made.workers["clean"])
    extra: list[Worker] = []
    codes = []
    for change in CHANGES:
        if change == "join":
            extra.append(spine.second("clean"))
            wait_for_work(extra[-1])
        else:
            codes.append(extra.pop(0).stop())
    sent_by_now = len(list(ledger.urls_in(made, ARTICLE_CLEANED.name)))
    codes += [worker.stop() for worker in extra]
    assert sending.result(400) == batch.size
    found = spine.ledger(batch)
    assert_whole(found, batch)
    assert set(codes) == {0}
    assert sent_by_now > 0
    pause = longest_pause(spine, batch.prefix)
    assert pause <= PAUSE_SECONDS
    reliability.seen(
        3,
        f"{len(CHANGES)} changes while {batch.size} articles arrived: 0 lost, longest pause of the "
        f"stage {pause:.1f} s, {found.repeated:.1f} % of its records written again",
        runs=len(CHANGES),
    )


def longest_pause(spine: Spine, prefix: str) -> float:
    """Return the longest time in which `clean` wrote nothing of a batch, in seconds."""
    at = sorted(
        r.at_ms
        for r in spine.world.records(ARTICLE_CLEANED.name)
        if url_of(r.value).startswith(prefix)
    )
    return max(later - earlier for earlier, later in itertools.pairwise(at)) / 1000
