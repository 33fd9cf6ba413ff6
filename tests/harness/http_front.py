"""An HTTP front before a server on loopback: passes requests on, except those a test wants answered otherwise.

For answers a real server gives only under conditions that a test cannot make at will, as Elasticsearch its 429 for
one document and not for its neighbour.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

HOST = "127.0.0.1"
CALL_SECONDS = 10.0
MAX_BODY_BYTES = 50_000_000
# They belong to one connection, or are made anew.
_HOP_HEADERS = frozenset({"connection", "transfer-encoding", "content-length", "host"})


@dataclass(slots=True)
class Refusal:
    """Answer requests to a path this often with this status, then pass them on."""

    status: int
    times: int
    body: bytes = b"{}"
    retry_after: str = ""


@dataclass
class HttpFront:
    """Listens on a port of its own; `refusals` are by the end of the path."""

    target_port: int
    refusals: dict[str, Refusal] = field(default_factory=dict)
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)  # path and status answered
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _runner: web.AppRunner | None = None
    _client: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> HttpFront:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(CALL_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(CALL_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    async def _open(self) -> None:
        self._client = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=1, auto_decompress=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        assert self._runner is not None
        assert self._client is not None
        await self._runner.cleanup()
        await self._client.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        refusal = self._refusal(request.path)
        if refusal is not None:
            self.seen[request.path, refusal.status] += 1
            headers = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
            if refusal.retry_after:
                headers["Retry-After"] = refusal.retry_after
            return web.Response(status=refusal.status, body=refusal.body, headers=headers)
        assert self._client is not None
        async with self._client.request(
            request.method,
            f"http://{HOST}:{self.target_port}{request.rel_url.raw_path_qs}",
            data=body or None,
            headers={k: v for k, v in request.headers.items() if k.lower() not in _HOP_HEADERS},
        ) as answer:
            data = await answer.read()
            self.seen[request.path, answer.status] += 1
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_HEADERS}
            return web.Response(status=answer.status, body=data, headers=kept)

    def _refusal(self, path: str) -> Refusal | None:
        for end, refusal in self.refusals.items():
            if path.endswith(end) and refusal.times > 0:
                refusal.times -= 1
                return refusal
        return None
