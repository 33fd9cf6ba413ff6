"""SIGTERM while records are being handled: exit 0 within the promise, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.e2e.pipeline import AGENTS
from tests.faults import ledger
from tests.faults.conftest import Spine, wait_for_work
from tests.faults.ledger import assert_each_told_once, assert_no_stale_event, assert_whole
from tests.harness.reliability import Reliability
from tests.servers import Worker, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

STOP_SECONDS = 30.0  # the promise


def stopped(workers: list[Worker]) -> dict[str, tuple[int, float]]:
    """Ask processes to end, all at once; return the exit code of each and how long it took."""
    started = time.monotonic()
    for worker in workers:
        worker.process.send_signal(signal.SIGTERM)
    ended: dict[str, tuple[int, float]] = {}

    def all_ended() -> bool:
        for worker in workers:
            if worker.role not in ended and worker.process.poll() is not None:
                ended[worker.role] = (worker.process.returncode, time.monotonic() - started)
        return len(ended) == len(workers)

    wait_until(all_ended, 2 * STOP_SECONDS, "all ended", workers[0].log)
    return ended


def test_every_role_asked_to_stop_at_work_exits_0_and_what_it_had_begun_is_not_lost(
    spine: Spine, reliability: Reliability
) -> None:
    """All five are stopped with hundreds of records waiting, and started again."""
    made = spine.world
    batch = spine.batch("stop", 400)
    asyncio.run(ledger.send(made, batch))
    for role in ("clean", "classify", "detect", "index"):
        wait_for_work(made.workers[role])
    ended = stopped([made.workers[role] for role in AGENTS])
    assert {role: code for role, (code, _) in ended.items()} == dict.fromkeys(AGENTS, 0)
    slowest = max(seconds for _, seconds in ended.values())
    assert slowest <= STOP_SECONDS
    spine.restart(*AGENTS)
    found = spine.ledger(batch)
    assert_whole(found, batch)
    assert_no_stale_event(made)
    assert_each_told_once(made)
    reliability.seen(
        2,
        f"five roles stopped among {batch.size} waiting articles: all exit 0, the slowest after "
        f"{slowest:.1f} s; 0 lost; {found.repeated:.1f} % of the records of the middle written again",
        runs=len(AGENTS),
    )


def test_deliver_stops_in_time_though_a_receiver_keeps_it_waiting(
    spine: Spine, reliability: Reliability
) -> None:
    """The receiver took the alert and does not answer: exit 0 all the same; afterwards each alert is told."""
    made = spine.world
    batch = spine.batch("wait", 3, every=1)
    repeated = made.hook.repeated
    told = len(made.hook.received)
    made.thread.run(made.hook.hold(True))
    try:
        asyncio.run(ledger.send(made, batch))
        wait_until(lambda: len(made.hook.received) > told, 60, "an alert is on its way")
        [(code, seconds)] = stopped([made.workers["deliver"]]).values()
    finally:
        made.thread.run(made.hook.hold(False))
    assert code == 0
    assert seconds <= STOP_SECONDS
    spine.restart("deliver")
    ledger.settle(made)
    assert_each_told_once(made)
    again = made.hook.repeated - repeated
    assert again <= 2  # of the two alerts that were on their way, under their keys
    reliability.seen(
        2, f"deliver stopped while a receiver does not answer: exit 0 after {seconds:.1f} s, "
        f"every alert told, {again} came again under their key"
    )  # fmt: skip
