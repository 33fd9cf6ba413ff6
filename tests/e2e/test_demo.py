"""The demo as a person runs it: it ends well, and stopped at any moment it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.demo.workspace import free_ports
from tests.paths import REPO

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
DEMO = [sys.executable, "-m", "desk.cli", "demo", "--width", "160"]
BACKGROUND = [sys.executable, "-m", "desk.demo.background"]


def environment(tmp_path: Path) -> dict[str, str]:
    """Return our environment with temporary files under tmp_path, by which every child is known."""
    return {**os.environ, "TMPDIR": str(tmp_path), "NO_COLOR": "1"}


def processes_of(tmp_path: Path) -> list[str]:
    """Return the command lines of processes that have tmp_path in their environment or command line."""
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            command = (proc / "cmdline").read_bytes()
            told = command + (proc / "environ").read_bytes()
        except OSError:
            continue
        if str(tmp_path).encode() in told and int(proc.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture
def clean_after(tmp_path: Path) -> Iterator[Path]:
    """Give tmp_path, and fail the test if a process or a folder of the run is left at its end."""
    yield tmp_path
    assert processes_of(tmp_path) == []
    assert list(tmp_path.glob("vigie-demo-*")) == []


def test_demo_accounts_for_every_article_and_shows_events(clean_after: Path) -> None:
    """Exit 0, all 79 articles accounted for, events with day, place and languages, each alert sent three ways."""
    done = subprocess.run(
        DEMO, cwd=REPO, env=environment(clean_after), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (
        "79 articles sent = 79 judged + 0 empty + 0 dead-lettered: all accounted for" in done.stdout
    )
    assert re.search(r"^ 2024-04-22 .*\n Rabat ", done.stdout, re.M)
    told = re.search(
        r"(\d+) events, (\d+) alerts, (\d+) deliveries: webhook (\d+) .*e-mail (\d+), console (\d+)",
        done.stdout,
    )
    assert told is not None
    events, alerts, deliveries, *by_channel = map(int, told.groups())
    assert alerts >= events >= 10
    assert by_channel == [alerts] * 3
    assert deliveries == 3 * alerts


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("starting the embedded", signal.SIGINT),
        ("starting the agents", signal.SIGTERM),
        pytest.param("fetching 79", signal.SIGINT, marks=pytest.mark.real),  # slow
    ],
    ids=["servers", "agents", "fetch"],
)
def test_demo_stopped_at_any_moment_leaves_nothing(
    clean_after: Path, moment: str, number: signal.Signals
) -> None:
    """Ctrl-C or SIGTERM ends it with 130, without a traceback, a process or a folder left."""
    run = subprocess.Popen(
        DEMO,
        cwd=REPO,
        env=environment(clean_after) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert run.stdout is not None
    said = ""
    while moment not in said:
        line = run.stdout.readline()
        assert line, said
        said += line
    run.send_signal(number)
    said += run.communicate()[0]
    assert run.returncode == 130, said
    assert "Traceback" not in said


@pytest.mark.real  # no real server, but as slow: it belongs to the full run
def test_killed_demo_takes_its_processes_with_it(tmp_path: Path) -> None:
    """After `kill -9` of the demo itself, the kernel ends servers and roles."""
    run = subprocess.Popen(
        DEMO,
        cwd=REPO,
        env=environment(tmp_path) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert run.stdout is not None
    while "fetching" not in (line := run.stdout.readline()):
        assert line
    assert len(processes_of(tmp_path)) > 5
    run.kill()
    run.wait()
    run.stdout.close()
    while processes_of(tmp_path):
        time.sleep(0.1)
    assert processes_of(tmp_path) == []


def background(command: str, tmp_path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `up` or `down` with its state under tmp_path and no source enabled."""
    sources = tmp_path / "sources.toml"
    sources.write_text("")
    return subprocess.run(
        [*BACKGROUND, command, "--state", str(tmp_path / "up"), *more],
        cwd=REPO,
        env=environment(tmp_path) | {"VIGIE_CONNECTORS__SOURCES_PATH": str(sources)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.real  # no real server, but as slow: it belongs to the full run
def test_up_runs_every_role_and_down_ends_exactly_those(tmp_path: Path) -> None:
    """`up` returns when all roles are ready, a second `up` is refused, `down` leaves nothing, twice is fine."""
    kafka, index = free_ports(2)
    ports = ("--kafka-port", str(kafka), "--elasticsearch-port", str(index), "--any-metrics-ports")
    started = background("up", tmp_path, *ports)
    try:
        assert started.returncode == 0, started.stderr
        running = " ".join(processes_of(tmp_path))
        for role in ("connectors", "clean", "classify", "detect", "index", "deliver"):
            assert f"run {role}" in running
        assert background("up", tmp_path, *ports).returncode == 2
    finally:
        stopped = background("down", tmp_path)
    assert stopped.returncode == 0, stopped.stderr
    assert processes_of(tmp_path) == []
    assert "nothing is running" in background("down", tmp_path).stdout


def test_up_on_a_taken_port_says_which_and_leaves_nothing(tmp_path: Path) -> None:
    """The message names the port; no process stays."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        kafka, index = taken.getsockname()[1], free_ports(1)[0]
        ports = ("--kafka-port", str(kafka), "--elasticsearch-port", str(index))
        refused = background("up", tmp_path, *ports)
    assert refused.returncode == 2
    assert f"port {kafka}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert processes_of(tmp_path) == []
