"""Sends the canary: an article of our own, read from a feed as any other and handed to Kafka on a schedule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

import structlog

from connectors.articles import from_entry
from connectors.entries import DateBounds
from connectors.feeds import Document
from connectors.parser_pool import ParserPool
from connectors.poll import stopped_within
from connectors.publisher import Publisher
from connectors.sources import Source
from domain.errors import SinkUnavailable, VigieError
from schemas.canary import CANARY, text_of, title_of
from schemas.records import FetchedArticle

log = structlog.get_logger("connectors")

HOST = "https://canary.invalid"  # a name that the standard keeps from ever existing (RFC 2606)
FEED_URL = f"{HOST}/feed"
FIRST_AFTER_SECONDS = 2.0
RETRY_SECONDS = 5.0

Clock = Callable[[], datetime]

SOURCE = Source(
    id=CANARY, name="Canary", country="SE", kind="rss", url=FEED_URL, language="en", page=False
)


def feed_of(at: datetime) -> bytes:
    """Return the feed with the one entry that is made now."""
    link = f"{HOST}/{at:%Y%m%dT%H%M%S%f}"
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Canary</title>'
        f"<link>{HOST}/</link><language>en</language><item><title>{escape(title_of(at))}</title>"
        f"<link>{link}</link><guid>{link}</guid><pubDate>{format_datetime(at)}</pubDate>"
        f"<description>{escape(text_of(at))}</description></item></channel></rss>"
    ).encode()


async def make(parser: ParserPool, at: datetime) -> FetchedArticle:
    """Return the canary's record, made the way every entry of a feed is; raises ParseError if that fails."""
    document = Document(
        kind=SOURCE.kind, body=feed_of(at), bounds=DateBounds.around(at), url=FEED_URL, name=CANARY
    )
    feed = await parser.parse(document)
    return from_entry(
        SOURCE, feed.entries[0], FEED_URL, fetched_at=at, first_seen_at=at, partial=False
    )


async def keep_sending(
    interval_seconds: float,
    publisher: Publisher,
    clock: Clock,
    stop: asyncio.Event,
    sent: Callable[[], None],
) -> None:
    """Send a canary soon and then at the interval until told to stop; while Kafka is away, wait for it.

    One that fails is logged and the next one is tried: its absence is what raises the alarm.
    """
    async with ParserPool(1) as parser:
        wait = min(FIRST_AFTER_SECONDS, interval_seconds)
        while not await stopped_within(stop, wait):
            wait = interval_seconds
            try:
                await publisher.publish(await make(parser, clock()))
            except SinkUnavailable as e:
                log.warning("canary waits for Kafka", error=str(e))
                wait = min(RETRY_SECONDS, interval_seconds)
            except (VigieError, IndexError) as e:
                log.exception("canary could not be sent", error=str(e))
            else:
                sent()
                log.info("canary sent")
