"""The outlets of the soak: one address of loopback each, whose feeds grow as the run goes on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

from bench.soak.stories import Story
from desk.demo.webhook import WebhookCollector

OUTLETS = 24
FEED_ITEMS = 120  # several polls' worth, so that a late poll misses nothing
POLL_SECONDS = 30.0  # the shortest interval that sources may have
_OUTLET = web.AppKey("outlet", int)


class SoakWeb:
    """Publishes each story at its time at one of the outlets, and says when it did."""

    def __init__(self, stories: Sequence[Story]) -> None:
        self._mine = [[s for s in stories if s.number % OUTLETS == n] for n in range(OUTLETS)]
        self._runners: list[web.AppRunner] = []
        self.bases: list[str] = []
        self.started_at = 0.0  # wall clock; 0: nothing is published yet

    async def start(self) -> SoakWeb:
        """Listen on 127.0.1.1 and the addresses after it, at free ports."""
        for n in range(OUTLETS):
            host = f"127.0.1.{n + 1}"
            app = web.Application()
            app[_OUTLET] = n
            app.router.add_get("/feed", self._feed)
            app.router.add_get("/a/{name}", self._page)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            self._runners.append(runner)
            await web.TCPSite(runner, host, 0).start()
            self.bases.append(f"http://{host}:{runner.addresses[0][1]}")
        return self

    async def stop(self) -> None:
        """Stop every outlet."""
        runners, self._runners = self._runners, []
        for runner in runners:
            await runner.cleanup()

    def begin(self) -> None:
        """Begin to publish."""
        self.started_at = time.time()

    def url_of(self, story: Story) -> str:
        """Return the address of a story."""
        return self.bases[story.number % OUTLETS] + story.path

    def published(self) -> dict[str, float]:
        """Return when each story that is out was published, by address."""
        now = time.time()
        return {
            self.url_of(s): self.started_at + s.due_seconds
            for mine in self._mine
            for s in mine
            if self._is_out(s, now)
        }

    def _is_out(self, story: Story, now: float) -> bool:
        return bool(self.started_at) and self.started_at + story.due_seconds <= now

    async def _feed(self, request: web.Request) -> web.Response:
        n, now = request.app[_OUTLET], time.time()
        out = [s for s in self._mine[n] if self._is_out(s, now)][-FEED_ITEMS:]
        items = "".join(
            f"<item><title>{escape(s.title)}</title><link>{self.url_of(s)}</link>"
            f"<guid>{self.url_of(s)}</guid><pubDate>{format_datetime(s.published)}</pubDate></item>"
            for s in reversed(out)
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>Outlet {n}</title><link>{self.bases[n]}/</link>{items}</channel></rss>"
        ).encode()
        tag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(
            body=text, headers={"ETag": tag, "Content-Type": "application/rss+xml; charset=utf-8"}
        )

    async def _page(self, request: web.Request) -> web.Response:
        number = request.match_info["name"].removesuffix(".html")
        for story in self._mine[request.app[_OUTLET]]:
            if str(story.number) == number and self._is_out(story, time.time()):
                return web.Response(body=story.page(), content_type="text/html", charset="utf-8")
        return web.Response(status=404, text="not out")

    def sources_toml(self) -> str:
        """Return the sources file of the outlets."""
        return "\n".join(
            f'[[source]]\nid = "outlet-{n}"\nname = "Outlet {n}"\ncountry = "MA"\nkind = "rss"\n'
            f'url = "{base}/feed"\ninterval_seconds = {POLL_SECONDS}\n'
            for n, base in enumerate(self.bases)
        )


class TimedCollector(WebhookCollector):
    """The receiver of the alerts: notes when each came, and of which article it tells."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.came: dict[str, tuple[float, str]] = {}  # idempotency key -> (wall clock, address)

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        key = request.headers.get("Idempotency-Key", "")
        if key in self.received and key not in self.came:
            url = json.loads(self.received[key]).get("article", {}).get("url", "")
            self.came[key] = (time.time(), url)
        return answer
