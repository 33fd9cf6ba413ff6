"""Runs one process: signals, event-loop lag, exit codes; `runtime.watchdog` says when it is stuck.

Exit codes: 0 stopped as asked, 2 a setting or server is wrong, 70 a dead letter could not be written,
75 the worker stalled or fell over and should be started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from runtime.health import Health
from runtime.logs import get_logger
from runtime.metrics import Metrics
from runtime.watchdog import LoopGuard

EX_TEMPFAIL = 75
STOP_SECONDS = 25.0
# With a record that waits for a sink there is nothing to wait for: it is read again at the next start.
STOP_WAITING_SECONDS = 2.0
LOOP_LAG_EVERY = 0.5

_log = get_logger("supervise")


@dataclass(slots=True)
class Supervisor:
    """What ends a process: a signal, a crash, a stall."""

    metrics: Metrics
    health: Health
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    exit_code: int = 0
    beats: int = 0  # how often the event loop came round; `LoopGuard` watches it from outside

    def end(self, exit_code: int, why: str) -> None:
        """Ask the process to end; the first reason counts."""
        if not self.ended.is_set():
            _log.info("stopping", why=why, exit_code=exit_code)
            self.exit_code = exit_code
            self.health.stopping = True
            self.ended.set()

    def on_signals(self) -> None:
        """End in order at SIGTERM and SIGINT; at once at the second one."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self.ended.is_set():
            end_now(self.exit_code)
        self.end(0, signal.Signals(number).name)

    async def watch_loop_lag(self) -> None:
        """Measure how late the loop wakes a sleeper, to the very end of the process."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOP_LAG_EVERY)
            self.beats += 1
            self.metrics.loop_lag.set(max(0.0, time.monotonic() - before - LOOP_LAG_EVERY))

    def guard_loop(self, limit_seconds: float) -> LoopGuard:
        """Begin to watch this loop from a thread that ends the process with 75 when it is blocked."""

        def end(why: str) -> None:
            _log.critical("stopping", why=why, exit_code=EX_TEMPFAIL)
            end_now(EX_TEMPFAIL)

        return LoopGuard(limit_seconds, lambda: self.beats, end).start()


async def stop_within(stop: Callable[[], Awaitable[object]], seconds: float, what: str) -> bool:
    """Run a stop function; return False when it takes too long or fails."""
    try:
        async with asyncio.timeout(seconds):
            await stop()
    except TimeoutError:
        _log.warning("did not stop in time", what=what, seconds=seconds)
        return False
    except Exception:
        _log.exception("stop failed", what=what)
        return False
    return True


def end_now(exit_code: int) -> None:
    """End the process without waiting for threads: a domain call that never ends must not keep it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(exit_code)
