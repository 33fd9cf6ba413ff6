"""One budget per host for all connectors: one connection at a time, a gap between requests, back-off.

A host that fails or asks for quiet is left alone for growing spells, up to a day, whoever asks.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from domain.errors import FetchError
from runtime.http_guard import FetchReason

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class PolitenessOptions:
    """How gently a host is asked. Seconds throughout; the demo sets `min_gap_seconds` to 0."""

    min_gap_seconds: float = 2.0
    jitter: float = 0.25  # share of the gap added at random, so that hosts are not asked in step
    max_crawl_delay_seconds: float = 30.0  # a longer Crawl-delay is cut to this
    back_off_seconds: float = 60.0
    max_back_off_seconds: float = DAY_SECONDS
    failures_before_back_off: int = 3
    max_hosts: int = 10_000


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_at: float = 0.0
    quiet_until: float = 0.0
    failures: int = 0
    crawl_delay: float = 0.0


class Politeness:
    """Gives out turns at hosts. `monotonic`, `sleep` and `rng` are injected so tests need not wait."""

    def __init__(
        self,
        options: PolitenessOptions | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self.options = options or PolitenessOptions()
        self._monotonic, self._sleep = monotonic, sleep
        self._rng = rng or random.Random()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def _host(self, host: str) -> _Host:
        state = self._hosts.setdefault(host, _Host())
        self._hosts.move_to_end(host)
        if len(self._hosts) > self.options.max_hosts:
            idle = next((h for h, s in self._hosts.items() if not s.lock.locked()), None)
            if idle is not None:
                del self._hosts[idle]
        return state

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Hold the host's one connection, after the gap; raises FetchError while the host is left alone."""
        state = self._host(host)
        self._refuse_if_quiet(host, state)
        async with state.lock:
            self._refuse_if_quiet(host, state)
            wait = state.next_at - self._monotonic()
            if wait > 0:
                await self._sleep(wait)
            try:
                yield
            finally:
                gap = max(self.options.min_gap_seconds, state.crawl_delay)
                gap *= 1 + self.options.jitter * self._rng.random()
                state.next_at = self._monotonic() + gap

    def _refuse_if_quiet(self, host: str, state: _Host) -> None:
        left = state.quiet_until - self._monotonic()
        if left > 0:
            raise FetchError(
                "fetch", host, f"host is left alone for {left:.0f} s", reason=FetchReason.BACK_OFF
            )

    def set_crawl_delay(self, host: str, seconds: float) -> None:
        """Honour robots.txt's Crawl-delay, up to the limit."""
        limit = self.options.max_crawl_delay_seconds
        self._host(host).crawl_delay = min(max(seconds, 0.0), limit)

    def succeeded(self, host: str) -> None:
        """Note an answer: the host is well."""
        self._host(host).failures = 0

    def failed(self, host: str) -> None:
        """Note a connection that failed; from the third in a row on, leave the host alone for a while."""
        state = self._host(host)
        state.failures += 1
        beyond = state.failures - self.options.failures_before_back_off
        if beyond >= 0:
            self._quiet(state, self.options.back_off_seconds * 2 ** min(beyond, 20))

    def throttled(self, host: str, retry_after_seconds: float | None) -> None:
        """Note a 429 or 503: leave the host alone as long as it asks, or for a growing while."""
        state = self._host(host)
        state.failures += 1
        own = self.options.back_off_seconds * 2 ** min(state.failures - 1, 20)
        self._quiet(state, own if retry_after_seconds is None else retry_after_seconds)

    def _quiet(self, state: _Host, seconds: float) -> None:
        seconds = min(max(seconds, 0.0), self.options.max_back_off_seconds)
        state.quiet_until = max(state.quiet_until, self._monotonic() + seconds)
