"""A small news site on loopback for connectors that are killed while they read it: feeds of neutral articles."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from email.utils import format_datetime

from aiohttp import web

from tests.faults.articles import Batch

FEEDS = 3
ANSWER_SECONDS = 0.05  # so that a kill finds fetches under way


class FeedSite:
    """Feeds with `size` articles together; counts how often each page was asked for."""

    def __init__(self, size: int) -> None:
        self._batch = Batch("site", size)
        self._size = size
        self._runner: web.AppRunner | None = None
        self.host = ""
        self.asked: Counter[int] = Counter()

    @property
    def urls(self) -> list[str]:
        """The address of every article."""
        return [f"http://{self.host}/article/{n}" for n in range(self._size)]

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_get("/feed/{k}", self._feed)
        app.router.add_get("/article/{n}", self._article)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.host = f"127.0.0.1:{port}"

    async def stop(self) -> None:
        """Close it."""
        if self._runner is not None:
            await self._runner.cleanup()

    def sources_toml(self) -> str:
        """Return the text of a sources file for this site, read as often as is allowed."""
        tables = []
        for k in range(FEEDS):
            told = {
                "id": f"site-{k}",
                "name": f"Site {k}",
                "country": "FR",
                "kind": "rss",
                "url": f"http://{self.host}/feed/{k}",
                "language": "en",
                "interval_seconds": 30.0,
            }
            lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
            tables.append("\n".join(["[[source]]", *lines]))
        return "\n\n".join(tables) + "\n"

    async def _feed(self, request: web.Request) -> web.Response:
        items = []
        for n in range(int(request.match_info["k"]), self._size, FEEDS):
            article = self._batch.other(n)
            items.append(
                f"<item><title>{article.title} {n}</title><link>{self.urls[n]}</link>"
                f"<pubDate>{format_datetime(article.fetched_at)}</pubDate></item>"
            )
        text = f'<rss version="2.0"><channel><title>Site</title>{"".join(items)}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")

    async def _article(self, request: web.Request) -> web.Response:
        n = int(request.match_info["n"])
        self.asked[n] += 1
        await asyncio.sleep(ANSWER_SECONDS)
        article = self._batch.other(n)
        body = "".join(f"<p>{s}.</p>" for s in article.body.decode().rstrip(".").split(". "))
        return web.Response(
            text=f'<html lang="en"><head><title>{article.title}</title></head><body><article>'
            f"<h1>{article.title} {n}</h1>{body}</article></body></html>",
            content_type="text/html",
        )
