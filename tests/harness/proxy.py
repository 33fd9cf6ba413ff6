"""A TCP proxy on loopback that does to a connection what bad networks do; switched while connections are open.

    with FaultProxy(port_of_the_server) as proxy:
        client = connect("127.0.0.1", proxy.port)
        proxy.set(Faults(latency_seconds=1.0))     # every chunk a second late, both ways
        proxy.set(Faults(swallow_up=True))         # half open: taken, never passed on
        proxy.refuse()                             # nobody listens, open connections are reset
        proxy.restore()

It runs in a thread of its own, so that a test that blocks does not hold it up. What is corrupted is drawn from the
seed and the number of the connection, so a run can be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

HOST = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
CALL_SECONDS = 10.0
TICK_SECONDS = 0.05
# Closing with this sends RST at once, as a crashed host or a firewall does.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the network now; the default is nothing. Up is client to server."""

    latency_seconds: float = 0.0  # each chunk is held this long, in order
    jitter_seconds: float = 0.0  # and up to this much longer
    bytes_per_second: float = 0.0  # drip; 0: no limit
    corrupt_rate: float = 0.0  # how many of a million bytes have one bit turned
    swallow_up: bool = False  # read and thrown away; the connection is reset when this ends
    swallow_down: bool = False
    cut_after_bytes: int = 0  # reset a connection once it has passed so much down; 0: never


HEALTHY = Faults()
HALF_OPEN = Faults(swallow_up=True, swallow_down=True)


@dataclass(eq=False, slots=True)
class _Link:
    """One client's connection and ours to the server."""

    number: int
    random: random.Random
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    passed_down: int = 0
    has_gap: bool = False  # something was swallowed: going on would be a stream no network makes

    def reset(self) -> None:
        """Drop both sides without a goodbye."""
        for writer in self.writers:
            sock = writer.get_extra_info("socket")
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class FaultProxy:
    """Listens on a port of its own, which it keeps through `refuse` and `restore`, and passes on to a server's."""

    def __init__(self, target_port: int, *, target_host: str = HOST, seed: int = 0) -> None:
        self._target, self._seed = (target_host, target_port), seed
        self._faults = HEALTHY
        self._links: dict[_Link, asyncio.Task[Any]] = {}
        self._server: asyncio.Server | None = None
        self._accepted = 0
        self.bytes_up = self.bytes_down = 0  # passed on, after the faults
        # Bound before it listens: clients and brokers can be told the port.
        self._socket: socket.socket | None = _bound(0)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=f"proxy-{self.port}", daemon=True
        )

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    @property
    def accepted(self) -> int:
        """How many connections were taken so far."""
        return self._accepted

    @property
    def open(self) -> int:
        """How many are open now."""
        return len(self._links)

    def aim(self, target_port: int) -> None:
        """Pass new connections on to another port."""
        self._target = (self._target[0], target_port)

    def start(self) -> FaultProxy:
        """Begin to listen."""
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        """Drop everything and let go of the port; safe to call twice."""
        if not self._thread.is_alive():
            return
        self._run(self._deafen())
        self._run(self._drop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()
        if self._socket is not None:
            self._socket.close()

    def __enter__(self) -> FaultProxy:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def set(self, faults: Faults) -> None:
        """Do this from the next chunk on, to open connections as to new ones."""
        self._faults = faults

    def cut(self) -> None:
        """Reset every open connection; new ones are taken as before."""
        self._run(self._drop())

    def refuse(self) -> None:
        """Reset every open connection and refuse new ones."""
        self._run(self._deafen())
        self._run(self._drop())

    def restore(self) -> None:
        """Be a good network again; connections of which something was swallowed are reset."""
        self._faults = HEALTHY
        self._run(self._drop(lambda link: link.has_gap))
        if self._server is None:
            self._run(self._listen())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)

    async def _listen(self) -> None:
        listening = self._socket or _bound(self.port)
        self._socket = None
        self._server = await asyncio.start_server(self._serve, sock=listening)

    async def _deafen(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
            self._socket = _bound(self.port)  # held, not listened on: refused, and nobody else's

    async def _drop(self, which: Callable[[_Link], bool] = lambda _: True) -> None:
        tasks = [task for link, task in list(self._links.items()) if which(link)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._accepted += 1
        link = _Link(self._accepted, random.Random(f"{self._seed}/{self._accepted}"), [writer])
        me = asyncio.current_task()
        assert me is not None
        self._links[link] = me
        try:
            await self._join(link, reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # an end of the connection, whoever made it
        finally:
            link.reset()
            self._links.pop(link)

    async def _join(
        self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while self._faults.swallow_up and self._faults.swallow_down:
            # Half open from the start: the client is connected to nobody.
            data = await _within_a_tick(reader)
            if data == b"":
                return
            link.has_gap |= data is not None
        if link.has_gap:
            return
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        link.writers.append(server_writer)
        up = asyncio.create_task(self._pump(link, reader, server_writer, is_up=True))
        down = asyncio.create_task(self._pump(link, server_reader, writer, is_up=False))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(
        self,
        link: _Link,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_up: bool,
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            faults = self._faults
            if faults.swallow_up if is_up else faults.swallow_down:
                link.has_gap = True
                continue
            if link.has_gap:
                return
            if faults.latency_seconds or faults.jitter_seconds:
                await asyncio.sleep(
                    faults.latency_seconds + link.random.random() * faults.jitter_seconds
                )
            if faults.corrupt_rate:
                data = corrupted(data, faults.corrupt_rate, link.random)
            self._count(link, len(data), is_up=is_up)
            await self._write(writer, data, faults)
            if not is_up and 0 < faults.cut_after_bytes <= link.passed_down:
                return
        # Half of a connection that is closed closes the whole: no client of ours uses it otherwise.

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, faults: Faults) -> None:
        if not faults.bytes_per_second:
            writer.write(data)
            await writer.drain()
            return
        step = max(1, int(faults.bytes_per_second * TICK_SECONDS))
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(len(piece) / faults.bytes_per_second)

    def _count(self, link: _Link, size: int, *, is_up: bool) -> None:
        if is_up:
            self.bytes_up += size
        else:
            self.bytes_down += size
            link.passed_down += size


def corrupted(data: bytes, rate: float, source: random.Random) -> bytes:
    """Return the bytes with single bits turned in about `rate` of a million of them."""
    changed = bytearray(data)
    for at in range(len(changed)):
        if source.random() * 1e6 < rate:
            changed[at] ^= 1 << source.randrange(8)
    return bytes(changed)


async def _within_a_tick(reader: asyncio.StreamReader) -> bytes | None:
    """Return what comes within a tick, None for nothing, b"" at the end of the connection."""
    try:
        async with asyncio.timeout(TICK_SECONDS):
            return await reader.read(CHUNK_BYTES)
    except TimeoutError:
        return None


def _bound(port: int) -> socket.socket:
    """Return a socket that holds a port and does not listen yet."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    return made
