"""Children are started with a log, watched, and never outlive their owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from desk.demo.children import ChildError, Children

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
# Ignores SIGTERM and starts a child of its own.
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(p.pid, flush=True); time.sleep(60)",
]


def log_line(path: Path) -> str:
    """Return the first line of a log once it is there."""
    while not (path.exists() and path.read_text().endswith("\n")):
        time.sleep(0.02)
    return path.read_text().splitlines()[0]


def is_gone(pid: int) -> bool:
    """Return whether the process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_stop_ends_a_stubborn_child_and_what_it_started(tmp_path) -> None:
    """SIGTERM first, then SIGKILL for the whole group."""
    children = Children(tmp_path)
    child = children.start("stubborn", STUBBORN)
    grandchild = int(log_line(child.log))
    children.stop(grace_seconds=0.2)
    assert child.process.returncode == -signal.SIGKILL
    while not is_gone(grandchild):
        time.sleep(0.02)
    assert children.running == []


def test_a_child_that_ends_badly_is_told_with_the_end_of_its_log(tmp_path) -> None:
    """The error has the name, the exit code and the last words."""
    children = Children(tmp_path)
    child = children.start("clean", [sys.executable, "-c", "raise SystemExit('no broker here')"])
    assert children.wait(child, 30) == 1
    with pytest.raises(ChildError, match=r"clean: it ended with 1.*\n?.*no broker here"):
        children.check()


def test_a_missing_program_is_a_clear_error(tmp_path) -> None:
    """The error names the program."""
    with pytest.raises(ChildError, match="no-such-program: No such file"):
        Children(tmp_path).start("broker", ["no-such-program"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux's")
def test_children_end_when_their_owner_is_killed(tmp_path) -> None:
    """`kill -9` of the owner leaves no process behind."""
    owner_code = textwrap.dedent(
        f"""
        import pathlib, time
        from desk.demo.children import Children
        child = Children(pathlib.Path({str(tmp_path)!r})).start("sleeper", {SLEEPER!r})
        print(child.process.pid, flush=True)
        time.sleep(60)
        """
    )
    owner = subprocess.Popen([sys.executable, "-c", owner_code], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    assert log_line(tmp_path / "sleeper.log") == "up"
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    while not is_gone(pid):
        time.sleep(0.02)
    assert is_gone(pid)
