"""What is a stall and what is not; a blocked loop ends the process, a frozen process does not."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from runtime.health import Health
from runtime.metrics import Metrics
from runtime.supervise import Supervisor
from runtime.watchdog import LoopGuard, MemberWatch, StallWatch, Standing, Where
from tests.paths import REPO

HERE: Where = ("t", 0)
THERE: Where = ("t", 1)
STUCK = {HERE: Standing(5, 9)}


def test_records_that_wait_while_nothing_moves_are_a_stall() -> None:
    """Only the whole limit counts, and the reason says how long it was."""
    watch = StallWatch(limit_seconds=10)
    assert watch.judge(STUCK, False, 0) == ""
    assert watch.judge(STUCK, False, 9) == ""
    assert watch.stalled_seconds == 9
    assert watch.judge(STUCK, False, 10) == "1 partitions wait and none moved for 10 s"


def test_new_records_are_no_progress() -> None:
    """A stuck stage is found while articles keep coming, which is when it matters."""
    watch = StallWatch(limit_seconds=10)
    said = [watch.judge({HERE: Standing(5, 9 + now)}, False, now) for now in range(12)]
    assert said[:10] == [""] * 10
    assert "none moved" in said[10]


@pytest.mark.parametrize(
    ("found", "held_up"),
    [({HERE: Standing(9, 9)}, False), ({}, False), (STUCK, True), ({HERE: Standing(6, 9)}, False)],
    ids=["nothing waits", "no partition", "a sink is down", "it moves"],
)
def test_what_is_no_stall_starts_the_clock_anew(
    found: dict[Where, Standing], held_up: bool
) -> None:
    """An idle process, a spare one, an outage outside, and slow progress are not stalls."""
    watch = StallWatch(limit_seconds=10)
    watch.judge(STUCK, False, 0)
    assert watch.judge(found, held_up, 10) == ""
    assert watch.judge(STUCK, False, 11) == ""
    assert watch.stalled_seconds <= 1


def test_a_partition_left_behind_is_told_after_a_longer_time() -> None:
    """Its neighbour moves on and on, so it may only be waiting for its turn; after five limits it is not."""
    watch = StallWatch(limit_seconds=10)
    said = ""
    for now in range(52):
        assert said == ""
        said = watch.judge({HERE: Standing(5, 9), THERE: Standing(now, 99)}, False, now)
        if said:
            break
    assert said == "t/0 waits and was left behind for 50 s"


def test_a_member_without_a_place_is_told_after_the_limit() -> None:
    """Getting a place, or a broker that is away, starts the clock anew."""
    watch = MemberWatch(limit_seconds=10)
    assert watch.judge(True, False, 0) == ""
    assert watch.judge(True, True, 9) == ""
    assert watch.judge(True, False, 10) == ""
    assert watch.judge(True, False, 19) == ""
    assert watch.judge(True, False, 20) == "no place in the group for 10 s"
    assert watch.judge(False, False, 21) == ""


async def test_a_loop_that_runs_is_left_alone() -> None:
    """The guard says nothing while the loop comes round, late or not."""
    supervisor = Supervisor(Metrics("clean"), Health())
    said: list[str] = []
    task = asyncio.create_task(supervisor.watch_loop_lag())
    guard = LoopGuard(2.0, lambda: supervisor.beats, said.append, 0.05).start()
    await asyncio.sleep(2.5)
    guard.stop()
    task.cancel()
    assert said == []
    assert supervisor.beats >= 2


def test_a_blocked_loop_is_told_with_the_call_that_blocks_it() -> None:
    """The reason names the function that the loop's thread is in."""
    said: list[str] = []
    told = threading.Event()

    def end(why: str) -> None:
        said.append(why)
        told.set()

    guard = LoopGuard(0.2, lambda: 1, end, 0.05).start()
    assert told.wait(10)
    guard.stop()
    assert "event loop blocked" in said[0]
    assert "wait (threading.py" in said[0]


BLOCKED = """
    import asyncio, sys, time
    from runtime.health import Health
    from runtime.metrics import Metrics
    from runtime.supervise import Supervisor

    async def main(limit):
        supervisor = Supervisor(Metrics("clean"), Health())
        task = asyncio.create_task(supervisor.watch_loop_lag())
        guard = supervisor.guard_loop(limit)
        await asyncio.sleep(0.6)
        print("ready", flush=True)
        {work}

    asyncio.run(main({limit}))
    print("done", flush=True)
"""


def start(work: str, limit: float) -> subprocess.Popen[str]:
    """Start a process whose loop does some work under the guard."""
    code = textwrap.dedent(BLOCKED).format(work=work, limit=limit)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def test_a_process_with_a_blocked_loop_exits_75_and_says_why() -> None:
    """A call that never returns ends the process in the limit, with a log line."""
    with start("time.sleep(600)", 1.0) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 75
    assert "event loop blocked for 1 s in main (<string>" in out + err
    assert "done" not in out


def test_a_library_that_holds_every_thread_is_ended_too() -> None:
    """Where not even the guard's thread runs, the process ends after twice the limit, with a traceback."""
    work = "import ctypes; ctypes.PyDLL(None).sleep(600)"  # PyDLL keeps the interpreter's lock
    with start(work, 1.0) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == "ready\n"
    assert "Timeout" in err


def test_a_frozen_process_goes_on_when_it_is_let_go() -> None:
    """A stop of the whole process longer than the limit is no blocked loop: it did not tick either."""
    with start("await asyncio.sleep(3)", 2.0) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "done\n"), err
