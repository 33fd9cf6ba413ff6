"""Starts a process again when it ended because it was stuck or fell over: what a container's restart policy does, without one."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.logs import get_logger

# Stopped as asked, or wrong in a way that another start cannot mend.
FINAL_CODES = frozenset({0, 2})
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 1.0, 60.0
WELL_AFTER_SECONDS = (
    120.0  # a process that ran so long was well: the next wait is a short one again
)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_log = get_logger("respawn")


@dataclass(slots=True)
class Keeper:
    """Keeps one process running; SIGTERM and SIGINT are handed on to it and end the keeping."""

    command: Sequence[str]
    first_wait_seconds: float = FIRST_WAIT_SECONDS
    asked_to_stop: bool = False
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def run(self) -> int:
        """Return the last exit code once the process ended for good."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hand_on)
        wait = self.first_wait_seconds
        while True:
            started = time.monotonic()
            code = self._once()
            if self.asked_to_stop or code in FINAL_CODES:
                return code
            if time.monotonic() - started >= WELL_AFTER_SECONDS:
                wait = self.first_wait_seconds
            _log.warning("starting again", exit_code=code, wait_seconds=wait, starts=self.starts)
            if self._stopped_within(wait):
                return code
            wait = min(wait * 2, MAX_WAIT_SECONDS)

    def _once(self) -> int:
        self.starts += 1
        self._process = subprocess.Popen(list(self.command), preexec_fn=_dies_with_parent())
        if self.asked_to_stop:  # the signal came while it started
            self._process.terminate()
        return self._process.wait()

    def _stopped_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self.asked_to_stop and time.monotonic() < until:
            time.sleep(min(0.2, seconds))
        return self.asked_to_stop

    def _hand_on(self, number: int, _frame: Any) -> None:
        self.asked_to_stop = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def _dies_with_parent() -> Callable[[], None] | None:
    """Return what makes Linux stop the child when its keeper is killed: two of one role would share its work."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask
