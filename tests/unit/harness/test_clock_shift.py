"""The shifted clock jumps in a process that runs, and the monotonic one does not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.clock_shift import make_clock_shift
from tests.harness.plugin import absent
from tests.harness.process import MissingToolError

_PROGRAM = """
import sys, time, datetime
for _ in sys.stdin:
    print(time.time(), datetime.datetime.now(datetime.UTC).timestamp(), time.monotonic(), flush=True)
"""


def test_the_clock_of_a_running_process_jumps_and_its_monotonic_clock_does_not(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """An hour forwards, an hour back, and the true time again, in one process."""
    try:
        shift = make_clock_shift(tmp_path)
    except MissingToolError as e:
        absent(request.config, str(e))
        raise
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, **shift.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for seconds in (0, 3600, -3600, 0):
            shift.set(seconds)
            process.stdin.write("\n")
            process.stdin.flush()
            wall, day, monotonic = map(float, process.stdout.readline().split())
            assert wall - time.time() == pytest.approx(seconds, abs=30)
            assert day - time.time() == pytest.approx(seconds, abs=30)
            assert monotonic == pytest.approx(time.monotonic(), abs=30)
        process.stdin.close()
