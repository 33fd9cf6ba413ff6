"""What robots.txt lets us fetch (RFC 9309): read once a day per origin, refused for now when it cannot be had."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from protego import Protego

from domain.errors import FetchError
from runtime.http_guard import FetchReason

MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB are read; the rest is not
KEEP_SECONDS = 86_400.0
RETRY_SECONDS = 900.0  # an unreachable robots.txt is asked for again after this
MAX_ORIGINS = 5_000
# The server answered, and what it answered cannot be read as rules. Every other failure would hit
# the page too, so it is passed on with its own reason instead of being called a refusal.
_UNREADABLE = frozenset(
    {
        FetchReason.BOMB,
        FetchReason.ENCODING,
        FetchReason.HEADERS,
        FetchReason.REDIRECT,
        FetchReason.TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """How the server answered: its status, 0 when it could not be reached, and the text."""

    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Rules:
    parser: Protego | None  # None: everything or nothing, as `allowed` says
    allowed: bool
    until: float


RobotsGetter = Callable[[str], Awaitable[RobotsAnswer]]


class Robots:
    """Answers whether a URL may be fetched, keeping each origin's rules for a day."""

    def __init__(
        self,
        get: RobotsGetter,
        user_agent: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._get, self._monotonic = get, monotonic
        # Rules name the product, not the whole header with version and address.
        self._product = user_agent.split("/")[0].split()[0] if user_agent.split() else "*"
        self._rules: OrderedDict[str, _Rules] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def allowed(self, url: httpx.URL) -> bool:
        """Return whether the origin's robots.txt lets us; raises FetchError when the host cannot be reached."""
        rules = await self._of(url)
        if rules.parser is None:
            return rules.allowed
        return bool(rules.parser.can_fetch(str(url), self._product))

    async def crawl_delay(self, url: httpx.URL) -> float | None:
        """Return the Crawl-delay that robots.txt asks of us, None if none."""
        rules = await self._of(url)
        if rules.parser is None:
            return None
        delay = rules.parser.crawl_delay(self._product)
        return float(delay) if delay is not None else None

    async def _of(self, url: httpx.URL) -> _Rules:
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        async with self._asking.setdefault(origin, asyncio.Lock()):
            known = self._rules.get(origin)
            if known is not None and self._monotonic() < known.until:
                return known
            rules = self._read(await self._ask(origin + "/robots.txt"))
            self._rules[origin] = rules
            self._rules.move_to_end(origin)
            if len(self._rules) > MAX_ORIGINS:
                self._asking.pop(self._rules.popitem(last=False)[0], None)
            return rules

    async def _ask(self, robots_url: str) -> RobotsAnswer:
        try:
            return await self._get(robots_url)
        except FetchError as e:
            if e.reason not in _UNREADABLE:
                raise
            return RobotsAnswer(0)

    def _read(self, answer: RobotsAnswer) -> _Rules:
        now = self._monotonic()
        if 200 <= answer.status < 300:
            return _Rules(Protego.parse(answer.text), True, now + KEEP_SECONDS)
        if 400 <= answer.status < 500 and answer.status != 429:
            return _Rules(None, True, now + KEEP_SECONDS)
        return _Rules(None, False, now + RETRY_SECONDS)
