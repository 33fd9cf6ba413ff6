"""Processes frozen for longer than their session, while others take over: what they do when they wake harms nothing."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.faults import ledger
from tests.faults.conftest import Spine, is_working
from tests.faults.ledger import assert_each_told_once, assert_no_stale_event, assert_whole
from tests.harness.reliability import SCALE, Reliability
from tests.servers import Worker, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(200 + 200 * SCALE)]

FROZEN_SECONDS = 25.0  # at least; the session is 10 s
TAKEN_OVER_SECONDS = 90.0  # on a busy machine; they stay frozen until then
ROLES = ("detect", "index", "deliver")


def test_a_frozen_worker_that_wakes_after_its_successor_took_over_overwrites_nothing(
    spine: Spine, reliability: Reliability
) -> None:
    """Of each of three roles the process at work is frozen in mid-flow; the other goes on with its partitions."""
    made = spine.world
    repeated = made.hook.repeated
    batch = spine.batch("frozen", 400 * SCALE, every=6 * SCALE)
    pairs = {role: (made.workers[role], spine.second(role)) for role in ROLES}
    sending = asyncio.run_coroutine_threadsafe(ledger.send(made, batch, 0.1), made.thread._loop)
    frozen, awake = {}, {}
    for role in ROLES:
        frozen[role], awake[role] = by_work(*pairs[role])
    for worker in frozen.values():
        worker.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        before = {role: awake[role].counts().total() for role in ROLES}
        wait_until(
            lambda: all(is_working(awake[r], before[r]) for r in ("detect", "index")),
            TAKEN_OVER_SECONDS,
            "the others have taken over",
            awake["detect"].log,
        )
        # The time of the freeze is the fault itself.
        time.sleep(max(0.0, began + FROZEN_SECONDS - time.monotonic()))
        slept = time.monotonic() - began
    finally:
        for worker in frozen.values():
            worker.process.send_signal(signal.SIGCONT)
    assert sending.result(200 * SCALE) == batch.size
    found = spine.ledger(batch)
    assert_whole(found, batch)
    assert_no_stale_event(made)
    assert_each_told_once(made)
    assert [w.process.poll() for w in frozen.values()] == [None] * len(ROLES)
    again = made.hook.repeated - repeated
    assert again <= 1  # sent before the freeze, noted after it
    reliability.seen(
        5,
        f"{', '.join(ROLES)} frozen {slept:.0f} s among {batch.size} articles, a second "
        f"process of each took over: 0 lost, no revision of an event told in two forms, the index "
        f"has the newest of each, each alert told once, {again} came again under its key",
        runs=len(ROLES),
    )


def by_work(one: Worker, other: Worker) -> tuple[Worker, Worker]:
    """Return two processes of a role, the one at work first."""
    if one.role == "deliver":  # both wait for alerts; either may be frozen
        return one, other
    before = {w.port: w.counts().total() for w in (one, other)}
    at_work: list[Worker] = []

    def found() -> bool:
        at_work[:] = [w for w in (one, other) if is_working(w, before[w.port] + 2)]
        return bool(at_work)

    wait_until(found, 60, f"{one.role} at work", one.log)
    return at_work[0], other if at_work[0] is one else one
