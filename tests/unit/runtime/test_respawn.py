"""A process that fell over is started again, one that ended for good is not, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.paths import REPO

# The child writes a line at each start and ends with the next code of its list.
CHILD = """
import pathlib, sys, time
log = pathlib.Path(sys.argv[1])
number = len(log.read_text().splitlines()) if log.exists() else 0
import os
with log.open("a") as file:
    file.write(f"{os.getpid()}\\n")
codes = sys.argv[2].split(",")
if codes[number] == "wait":
    time.sleep(600)
sys.exit(int(codes[number]))
"""
KEEPER = """
import sys
from runtime.respawn import Keeper
sys.exit(Keeper([sys.executable, "-c", sys.argv[1], *sys.argv[2:]], first_wait_seconds=0.05).run())
"""


def keep(log: Path, codes: str) -> subprocess.Popen[bytes]:
    """Start a keeper whose child ends with these codes, one a start."""
    command = [sys.executable, "-c", KEEPER, CHILD, str(log), codes]
    return subprocess.Popen(command, cwd=REPO, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def started(log: Path) -> list[int]:
    """Return the pids of the children so far."""
    return [int(pid) for pid in log.read_text().split()] if log.exists() else []


def is_alive(pid: int) -> bool:
    """Return whether a process runs (a zombie does not)."""
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def wait_for(log: Path, starts: int) -> None:
    """Return once the child was started so often."""
    ends = time.monotonic() + 30
    while len(started(log)) < starts:
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("starts", "code", "codes"),
    [(3, 0, "75,70,0"), (1, 2, "2,0"), (2, 2, "1,2"), (1, 0, "0,75")],
    ids=["stuck, then no dead letter, then asked", "a wrong setting", "falls over", "asked"],
)
def test_only_what_another_start_may_mend_is_started_again(
    starts: int, code: int, codes: str, tmp_path: Path
) -> None:
    """75, 70 and a crash are; 0 and 2 are not, and become the keeper's own code."""
    with keep(tmp_path / "log", codes) as keeper:
        assert keeper.wait(60) == code
    assert len(started(tmp_path / "log")) == starts


def test_a_stop_ends_both_and_starts_nothing(tmp_path: Path) -> None:
    """SIGTERM goes to the child, and its end is not mistaken for a fall."""
    log = tmp_path / "log"
    with keep(log, "75,wait,75") as keeper:
        wait_for(log, 2)
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(60)
    assert len(started(log)) == 2
    assert not is_alive(started(log)[-1])


def test_a_killed_keeper_leaves_no_child(tmp_path: Path) -> None:
    """Two processes of one role would share its partitions."""
    log = tmp_path / "log"
    with keep(log, "wait") as keeper:
        wait_for(log, 1)
        os.kill(keeper.pid, signal.SIGKILL)
        keeper.wait(60)
    ends = time.monotonic() + 30
    while is_alive(started(log)[0]):
        assert time.monotonic() < ends
        time.sleep(0.02)
    assert len(started(log)) == 1
