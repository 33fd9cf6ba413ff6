"""Runs one process: signals, event-loop lag, the stall watchdog, exit codes.

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

EX_TEMPFAIL = 75
STALL_SECONDS = 120.0
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
        """Measure how late the loop wakes a sleeper."""
        while not self.ended.is_set():
            before = time.monotonic()
            await asyncio.sleep(LOOP_LAG_EVERY)
            self.metrics.loop_lag.set(max(0.0, time.monotonic() - before - LOOP_LAG_EVERY))


@dataclass(slots=True)
class StallWatch:
    """Says when there is work, the sinks are up, and nothing has moved for too long."""

    limit_seconds: float = STALL_SECONDS
    _seen: dict[tuple[str, int], int] = field(default_factory=dict)
    _since: float | None = None

    def stalled(self, lags: dict[tuple[str, int], int], is_held_up: bool, now: float) -> bool:
        """Return True when the lags stayed as they are, above zero, for the limit.

        `is_held_up` tells that a record waits for a sink: that is an outage outside, and restarting
        would not help.
        """
        waiting = any(lags.values())
        if not waiting or is_held_up or lags != self._seen:
            self._seen, self._since = dict(lags), now
            return False
        return self._since is not None and now - self._since >= self.limit_seconds


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
