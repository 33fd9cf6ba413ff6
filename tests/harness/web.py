"""A hostile web on loopback, scripted path by path down to the bytes on the wire, and what measures the harm it does.

`ScriptedServer` starts sites on free ports; each `Site` answers a path by its script and notes what it was asked.
The scripts below send bombs, drips, endless headers and bodies, loops; `Trap` counts connections that must never
come; `Peak` and `Lag` measure memory and the event loop meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import threading
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

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


def bomb(size: int, times: int = 1) -> bytes:
    """Return so many zero bytes packed so many times, made in steps: a bomb costs its maker little."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    step = bytes(1 << 20)
    body = b"".join(packer.compress(step) for _ in range(size >> 20)) + packer.flush()
    for _ in range(times - 1):
        body = gzip.compress(body, mtime=0)
    return body


def raw(*parts: bytes, seconds: float = 0.0, count: int = 1) -> Script:
    """Return a script that sends these bytes as they are, the last part `count` times with pauses between."""

    async def script(_: Request, writer: Writer) -> None:
        for part in parts[:-1]:
            writer.write(part)
        for _n in range(count):
            writer.write(parts[-1])
            await writer.drain()
            await asyncio.sleep(seconds)

    return script


def silent(seconds: float = 600.0) -> Script:
    """Return a script that takes the request and says nothing."""

    async def script(_: Request, __: Writer) -> None:
        await asyncio.sleep(seconds)

    return script


def drip_headers(seconds: float, count: int) -> Script:
    """Return a script whose headers come one by one, each soon enough for a read timeout, and never end."""
    return raw(b"HTTP/1.1 200 OK\r\n", b"X-Header: y\r\n", seconds=seconds, count=count)


def endless_body(status: str = "200 OK", content_type: str = "text/html") -> Script:
    """Return a script that sends as much as is taken, without end."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n"
    return raw(head.encode(), b"x" * 65_536, count=1_000_000)


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


class Trap:
    """A listener on loopback that no guarded client may ever reach; counts who does."""

    def __init__(self) -> None:
        self.connects = 0
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Trap:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _take(self, _: asyncio.StreamReader, writer: Writer) -> None:
        self.connects += 1
        writer.close()

    async def is_open(self) -> bool:
        """Return whether it can be reached at all, so that no connection means that none was tried."""
        before = self.connects
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.close()
        while self.connects == before:  # noqa: ASYNC110  (a counter of a server; it has no event)
            await asyncio.sleep(0.01)
        self.connects = before
        return True


def rss_bytes() -> int:
    """Return the memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """Measures how far the process's memory rises inside a `with`; a thread looks every few milliseconds."""

    def __init__(self) -> None:
        self._start = self._most = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peak:
        self._start = self._most = rss_bytes()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._most = max(self._most, rss_bytes())

    def _look(self) -> None:
        while not self._stop.wait(0.002):
            self._most = max(self._most, rss_bytes())

    @property
    def megabytes(self) -> float:
        """The rise, in MB."""
        return (self._most - self._start) / 1e6


class Lag:
    """Measures how late the event loop wakes a sleeper inside an `async with`, at the worst.

    What other processes took of the machine meanwhile is left out: more than the processor time that this one used
    between two turns, it cannot have been late by its own doing.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Lag:
        self._task = asyncio.create_task(self._look())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _look(self) -> None:
        while True:
            before, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(0.005)
            late = time.perf_counter() - before - 0.005
            self.seconds = max(self.seconds, min(late, time.process_time() - used))
