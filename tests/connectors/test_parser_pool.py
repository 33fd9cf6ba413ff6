"""The parser pool survives whatever it is fed, and leaves no process behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from connectors.entries import DateBounds
from connectors.feeds import Document
from connectors.parser_pool import ParserPool
from domain.errors import ParseError

BOUNDS = DateBounds.around(datetime(2026, 11, 22, tzinfo=UTC))
BROKEN = b"<rss version='2.0'><channel><title>T</title><item><title>a</title><link>https://a.example/1</link></item><b></channel></rss>"


def document(body: bytes, kind: str = "rss", link_pattern: str = "") -> Document:
    """Return a document to parse."""
    return Document(
        kind=kind, body=body, bounds=BOUNDS, url="https://s.example/", link_pattern=link_pattern
    )


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[ParserPool]:
    """A pool of one child."""
    async with ParserPool(size=1, wall_seconds=3.0) as made:
        yield made


async def test_usual_feed_needs_no_child(pool: ParserPool) -> None:
    """A child is started only for what the fast reader cannot do."""
    found = await pool.parse(document(BROKEN.replace(b"<b>", b"")))
    assert found.how == "fast"
    assert pool._idle == []


async def test_broken_feed_is_read_by_a_child_that_stays(pool: ParserPool) -> None:
    """The second broken feed finds the first one's child."""
    for _ in range(3):
        assert (await pool.parse(document(BROKEN))).how == "feedparser"
    assert [child.documents for child in pool._idle] == [3]


async def test_child_that_takes_too_long_is_killed_and_replaced(pool: ParserPool) -> None:
    """A pattern that never ends costs one document and its second, not the pool."""
    page = b"<a href='/" + b"a" * 40 + b"!'>four words are here now</a>"
    endless = document(page, "list", link_pattern=r"(a|aa)+$")
    with pytest.raises(ParseError) as caught:
        await pool.parse_apart(endless)
    assert caught.value.reason == "timeout"
    assert pool._idle == []
    assert (await pool.parse(document(BROKEN))).how == "feedparser"


async def test_child_that_needs_too_much_memory_is_an_error_of_one_document() -> None:
    """Without memory for a tree the child is slow or dies: an error for that document only."""
    async with ParserPool(size=1, wall_seconds=2.0, memory_bytes=100_000_000) as pool:
        # Four bytes a tag on the wire, over a hundred in a tree: with 200 MB the fast path sometimes had room.
        huge = b"<rss version='2.0'><channel>" + b"<x/>" * 1_200_000 + b"</channel></rss>"
        with pytest.raises(ParseError) as caught:
            await pool.parse(document(huge))
        assert caught.value.reason in {"crashed", "timeout"}
        assert (await pool.parse(document(BROKEN))).how == "feedparser"


async def test_deeply_nested_document_does_no_harm(pool: ParserPool) -> None:
    """Two hundred thousand tags deep: refused or read, and the next document is fine."""
    deep = b"<rss><channel>" + b"<a>" * 200_000 + b"</channel></rss>"
    with pytest.raises(ParseError):
        await pool.parse(document(deep))
    assert (await pool.parse(document(BROKEN))).how == "feedparser"


async def test_loop_stays_free_while_a_child_works(pool: ParserPool) -> None:
    """Other tasks run while a large feed is read elsewhere."""
    row = b"<item><title>a</title><link>https://a.example/1</link></item>"
    large = b"<rss version='2.0'><channel>" + row * 60_000 + b"</channel></rss>"
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    await pool.parse(document(BROKEN))
    ticker = asyncio.create_task(tick())
    found = await pool.parse(document(large))
    ticker.cancel()
    assert len(found.entries) == 500
    assert ticks > 10


async def test_closing_ends_every_child() -> None:
    """No process outlives the pool, a working one included."""
    pool = ParserPool(size=2, wall_seconds=30.0)
    await pool.parse(document(BROKEN))
    pids = [child.process.pid for child in pool._idle]
    page = b"<a href='/" + b"a" * 60 + b"!'>four words are here now</a>"
    working = asyncio.create_task(pool.parse_apart(document(page, "list", r"(a|aa)+$")))
    await asyncio.sleep(0.3)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await pool.aclose()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
