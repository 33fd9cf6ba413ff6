"""Reads listings without risk: usual ones in place, the others in child processes that are killed when they take too long.

Children start when first needed and stay, so a broken feed costs a few milliseconds, not a start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass

import msgspec

from connectors.entries import ParsedFeed, ParseReason
from connectors.feed_fast import Unusual
from connectors.feeds import Document, read_here
from connectors.parse_worker import LENGTH, READY, Answer
from domain.errors import ParseError

# feedparser and lxml take about 120 MB of address space before the first document.
MEMORY_BYTES = 512 * 1024 * 1024
WALL_SECONDS = 5.0
START_SECONDS = 30.0
DOCUMENTS_A_CHILD = 1_000
_MAX_REPLY_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class _Child:
    process: asyncio.subprocess.Process
    documents: int = 0


class ParserPool:
    """Reads Documents; `size` children at most. Close it with `aclose` or use it in `async with`."""

    def __init__(
        self,
        size: int = 2,
        wall_seconds: float = WALL_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._wall_seconds, self._memory_bytes = wall_seconds, memory_bytes
        self._places = asyncio.Semaphore(size)
        self._idle: list[_Child] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Answer)
        self._closed = False

    async def __aenter__(self) -> ParserPool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the children; calling it again does nothing."""
        self._closed = True
        idle, self._idle = self._idle, []
        for child in idle:
            await _end(child)

    async def parse(self, document: Document) -> ParsedFeed:
        """Return the listing in the document, or raise ParseError."""
        try:
            return read_here(document)
        except Unusual:
            return await self.parse_apart(document)

    async def parse_apart(self, document: Document) -> ParsedFeed:
        """Return the listing as read by a child, whatever it is."""
        async with self._places:
            child = self._idle.pop() if self._idle else await self._start()
            reply = await self._exchange(child, document)
        if reply.feed is None:
            raise ParseError("read feed", document.subject, reply.detail, reason=reply.reason)
        return reply.feed

    async def _start(self) -> _Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # Isolated: neither the environment nor the working directory adds to the path.
            "-I",
            "-c",
            f"import sys; sys.path[:0] = {_import_paths()!r}; "
            "from connectors.parse_worker import main; main(sys.argv[1:])",
            str(self._memory_bytes),
            str(int(self._wall_seconds) + 2),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            limit=_MAX_REPLY_BYTES,
        )
        child = _Child(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                ready = await _output(process).readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError) as e:
            await _end(child)
            raise ParseError(
                "start parser", "child process", "it did not come up", reason=ParseReason.CRASHED
            ) from e
        except BaseException:
            await _end(child)
            raise
        if ready != READY:
            await _end(child)
            raise ParseError(
                "start parser", "child process", f"said {ready!r}", reason=ParseReason.CRASHED
            )
        return child

    async def _exchange(self, child: _Child, document: Document) -> Answer:
        try:
            async with asyncio.timeout(self._wall_seconds):
                reply = await self._ask(child.process, document)
        except TimeoutError:
            await _end(child)
            return Answer(
                detail=f"not read in {self._wall_seconds:g} s", reason=ParseReason.TIMEOUT
            )
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
            await _end(child)
            return Answer(detail="the parser died on it", reason=ParseReason.CRASHED)
        except BaseException:
            await _end(child)
            raise
        child.documents += 1
        if self._closed or child.documents >= DOCUMENTS_A_CHILD:
            await _end(child)
        else:
            self._idle.append(child)
        return reply

    async def _ask(self, process: asyncio.subprocess.Process, document: Document) -> Answer:
        assert process.stdin is not None
        body = self._encoder.encode(document)
        process.stdin.write(LENGTH.pack(len(body)) + body)
        await process.stdin.drain()
        output = _output(process)
        (size,) = LENGTH.unpack(await output.readexactly(LENGTH.size))
        if size > _MAX_REPLY_BYTES:
            raise msgspec.DecodeError("reply too large")
        return self._decoder.decode(await output.readexactly(size))


def _import_paths() -> list[str]:
    """Return where the project's packages and their dependencies were found, for the isolated child."""
    return [os.path.abspath(path) for path in sys.path if path and os.path.isdir(path)] or ["."]


def _output(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    assert process.stdout is not None
    return process.stdout


async def _end(child: _Child) -> None:
    """Kill the child and wait for it, so that no process is left and no pipe stays open."""
    process = child.process
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
