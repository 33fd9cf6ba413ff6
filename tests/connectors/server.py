"""A local HTTP server scripted path by path, down to the bytes on the wire."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

ROBOTS_OPEN = b"User-agent: *\nDisallow:\n"


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asked."""

    method: str
    path: str
    headers: dict[str, str]


Writer = asyncio.StreamWriter
Script = Callable[[Request, Writer], Awaitable[None]]


def reply(
    body: bytes = b"",
    status: str = "200 OK",
    content_type: str = "text/html; charset=utf-8",
    **headers: str,
) -> Script:
    """Return a script that answers with one ordinary response."""

    async def script(_: Request, writer: Writer) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        await writer.drain()

    return script


def redirect(location: str, status: str = "302 Found") -> Script:
    """Return a script that sends the client elsewhere."""
    return reply(status=status, Location=location)


def gzipped(
    body: bytes, times: int = 1, coding: str = "gzip", content_type: str = "text/html"
) -> Script:
    """Return a script that answers with a body packed so many times."""
    for _ in range(times):
        body = gzip.compress(body, mtime=0)
    return reply(body, content_type=content_type, Content_Encoding=coding)


def drip(seconds: float, count: int) -> Script:
    """Return a script that sends a byte at a time, each soon enough for a read timeout."""

    async def script(_: Request, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
        for _n in range(count):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(seconds)

    return script


def endless_headers() -> Script:
    """Return a script whose headers never end."""

    async def script(_: Request, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(100_000):
            writer.write(f"X-{n}: {'y' * 100}\r\n".encode())
            await writer.drain()

    return script


@dataclass(slots=True)
class Site:
    """A server while it runs: its scripts, and what was asked of it."""

    port: int
    scripts: dict[str, Script] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0

    @property
    def netloc(self) -> str:
        """Return host and port, as allow_hosts lists them."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.netloc}{path}"

    @property
    def hits(self) -> Counter[str]:
        """Return how often each path was asked for."""
        return Counter(request.path for request in self.requests)


async def _handle(site: Site, reader: asyncio.StreamReader, writer: Writer) -> None:
    site.open_now += 1
    site.open_most = max(site.open_most, site.open_now)
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines if line)}
        request = Request(method, path, headers)
        site.requests.append(request)
        fallback = reply(ROBOTS_OPEN, content_type="text/plain")
        missing = fallback if path == "/robots.txt" else reply(b"no", "404 Not Found")
        await site.scripts.get(path, missing)(request, writer)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        site.open_now -= 1
        writer.close()


class ScriptedServer:
    """Starts sites on random ports of 127.0.0.1; use in `async with`."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> ScriptedServer:
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        # Scripts still sleeping (drips) are cancelled with the loop's other tasks.
        await asyncio.sleep(0)

    async def site(self) -> Site:
        """Start one more site."""
        site = Site(0)
        server = await asyncio.start_server(
            lambda reader, writer: _handle(site, reader, writer), "127.0.0.1", 0
        )
        self._servers.append(server)
        site.port = server.sockets[0].getsockname()[1]
        return site


def noise(size: int) -> bytes:
    """Return bytes that do not pack."""
    return os.urandom(size)
