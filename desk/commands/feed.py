"""`vigie feed [FILES... | -]`: feed files or standard input to normalised entries, one JSON object a line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.entries import DateBounds, Entry, ParsedFeed
from connectors.feed_text import MAX_FEED_BYTES
from connectors.feeds import Document
from connectors.parser_pool import ParserPool
from domain.errors import ConfigError, ParseError, VigieError
from runtime.inert import inert

PARSED_AT_ONCE = 8  # files; the pool's children are fewer, so that reading goes on while they work

_encoder = msgspec.json.Encoder()


def run(
    files: Annotated[list[str] | None, typer.Argument(help="feed files, or - for stdin")] = None,
    url: Annotated[str, typer.Option(help="where relative links start")] = "",
    kind: Annotated[str, typer.Option(help="rss (any feed), sitemap or list")] = "rss",
    now: Annotated[str, typer.Option(help="ISO 8601; dates over an hour later are dropped")] = "",
) -> None:
    """Print the entries of feeds as JSON lines; a file that is no feed is told on stderr (exit status 1)."""
    if kind not in {"rss", "sitemap", "list"}:
        raise ConfigError("feed", "--kind", f"{kind!r}, expected rss, sitemap or list")
    bounds = DateBounds.around(_moment(now), years_back=None)
    failed = asyncio.run(_print_all(files or ["-"], bounds, url, kind))
    if failed:
        raise typer.Exit(1)


def _moment(now: str) -> datetime:
    if not now:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(now)
    except ValueError as e:
        raise ConfigError("feed", "--now", f"{now!r}, expected ISO 8601") from e
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _print_all(names: list[str], bounds: DateBounds, url: str, kind: str) -> int:
    failed = 0
    async with ParserPool() as pool:
        async for name, result in _in_order(pool, names, bounds, url, kind):
            if isinstance(result, ParsedFeed):
                _print(result)
            else:
                failed += 1
                sys.stdout.flush()
                sys.stderr.write(inert(f"vigie: {name}: {result}") + "\n")
    sys.stdout.flush()
    return failed


async def _in_order(
    pool: ParserPool, names: list[str], bounds: DateBounds, url: str, kind: str
) -> AsyncIterator[tuple[str, ParsedFeed | VigieError]]:
    """Yield each file's result in the order given, with a few files read ahead."""
    waiting: list[tuple[str, asyncio.Task[ParsedFeed | VigieError]]] = []
    try:
        for name in names:
            task = asyncio.create_task(_parse(pool, name, bounds, url, kind))
            waiting.append((name, task))
            if len(waiting) >= PARSED_AT_ONCE:
                first, task = waiting.pop(0)
                yield first, await task
        while waiting:
            first, task = waiting.pop(0)
            yield first, await task
    finally:
        for _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


async def _parse(
    pool: ParserPool, name: str, bounds: DateBounds, url: str, kind: str
) -> ParsedFeed | VigieError:
    try:
        body = _read(name)
        document = Document(kind=kind, body=body, bounds=bounds, url=url, name="feed")
        return await pool.parse(document)
    except OSError as e:
        return ParseError("cannot be read", "", e.strerror or str(e))
    except VigieError as e:
        return e


def _read(name: str) -> bytes:
    """Return the bytes, one more than the limit at most, so that the reader can say what is wrong."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_FEED_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_FEED_BYTES + 1)


def _print(feed: ParsedFeed) -> None:
    lines = [_encoder.encode(row(feed, entry)) for entry in feed.entries]
    sys.stdout.buffer.write(b"".join(line + b"\n" for line in lines))


def row(feed: ParsedFeed, entry: Entry) -> dict[str, str | None]:
    """Return the entry as the command prints it."""
    return {
        "feed_title": feed.title,
        "feed_lang": feed.lang,
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary or entry.content,
        "published": entry.published.isoformat().replace("+00:00", "Z")
        if entry.published
        else None,
        "published_raw": entry.published_raw,
        "lang": entry.lang,
    }
