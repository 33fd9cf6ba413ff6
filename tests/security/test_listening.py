"""Whatever Vigie starts by default listens on loopback alone: metrics, health, the desk's demo and its servers."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from runtime.settings import MetricsSettings, Settings
from tests.paths import REPO
from tests.security.listening import family, listening

ROLES = ("connectors", "clean", "classify", "detect", "index", "deliver")


def test_the_address_of_metrics_and_health_is_loopback_unless_set() -> None:
    """Nobody who sets nothing opens a port to the network."""
    assert Settings().metrics.host == MetricsSettings().host == "127.0.0.1"


def commands(pid: int) -> str:
    """Return the command lines of a process and of all below it."""
    found = []
    for one in family(pid):
        path = Path(f"/proc/{one}/cmdline")
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has just ended
    return "\n".join(found)


@pytest.mark.embedded
@pytest.mark.real  # no real server, but as slow: it belongs to the full run
@pytest.mark.timeout(240)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_demo_with_every_role_listens_on_loopback_alone(tmp_path: Path) -> None:
    """Sample web, broker, index, collectors of alerts and six roles: no socket of theirs can be reached from outside."""
    run = subprocess.Popen(
        [sys.executable, "-m", "desk.cli", "demo", "--width", "160"],
        cwd=REPO,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert run.stdout is not None
    reader = threading.Thread(target=run.stdout.read, daemon=True)  # a full pipe would stop it
    reader.start()
    seen: set[tuple[str, int]] = set()
    told = ""
    try:
        until = time.monotonic() + 180
        while run.poll() is None and time.monotonic() < until:
            seen |= listening(run.pid)
            if not all(f"run {role}" in told for role in ROLES):
                told += commands(run.pid)
            elif len(seen) >= 2 + len(ROLES):
                break
            time.sleep(0.2)
    finally:
        if run.poll() is None:
            run.send_signal(signal.SIGINT)
        run.wait(60)
        reader.join()
        run.stdout.close()
    assert [role for role in ROLES if f"run {role}" not in told] == []
    assert len(seen) >= 2 + len(ROLES), "broker, index, and one port for each role at least"
    assert [address for address, _ in seen if not ipaddress.ip_address(address).is_loopback] == []
