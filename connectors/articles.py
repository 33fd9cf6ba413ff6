"""Makes the record of an article from its entry and, if it could be had, its page."""

from __future__ import annotations

import re
from datetime import datetime

from msgspec.structs import replace

from connectors.canonical import canonical_url
from connectors.entries import Entry
from connectors.fetch import Fetched
from connectors.sources import Source
from domain.errors import FetchError
from runtime.http_guard import FetchReason
from schemas.records import MAX_VALUE_BYTES, FeedEntry, FetchedArticle, SourceRef, encode

MAX_ENTRY_SUMMARY_BYTES = 200_000
# Room for everything in the record but the body and the summary.
_ENVELOPE_BYTES = 20_000
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml"})
_TEXT_TYPES = frozenset({"text/plain"})
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>")
# What a page can lose without losing words; the loop below is linear on any input, a pattern is not.
_DROPPED = ((b"<script", b"</script"), (b"<style", b"</style"), (b"<svg", b"</svg"))
_STRUCTURED = b"ld+json"
_OPENING_BYTES = 500


def page_media_type(page: Fetched) -> str:
    """Return how to read a page, or raise FetchError if it is no text (a film, a PDF)."""
    if page.media_type in _HTML_TYPES:
        return "text/html"
    if page.media_type in _TEXT_TYPES:
        return "text/plain"
    head = page.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not page.media_type and head.startswith(b"<"):
        return "text/html"
    raise FetchError(
        "fetch",
        page.url[:200],
        f"content type {page.media_type!r}, expected a page",
        reason=FetchReason.CONTENT_TYPE,
    )


def source_ref(source: Source) -> SourceRef:
    """Return the source as the record names it."""
    return SourceRef(
        source_id=source.id,
        name=source.name,
        country=source.country,
        lang=source.language,
        kind="rss" if source.kind == "rss" else "scraper",
    )


def feed_entry(entry: Entry, feed_url: str) -> FeedEntry:
    """Return what the listing said of the article."""
    return FeedEntry(
        title=entry.title,
        summary=_cut(entry.fullest, MAX_ENTRY_SUMMARY_BYTES),
        published=entry.published_raw,
        lang=entry.lang,
        feed_url=feed_url,
    )


def from_page(
    source: Source,
    entry: Entry,
    page: Fetched,
    feed_url: str,
    *,
    fetched_at: datetime,
    first_seen_at: datetime,
) -> FetchedArticle:
    """Return the record of an article whose page was fetched."""
    return FetchedArticle(
        url=page.url,
        canonical_url=canonical_url(page.url),
        source=source_ref(source),
        body=page.body,
        media_type=page_media_type(page),
        charset=page.charset,
        fetched_at=fetched_at,
        first_seen_at=first_seen_at,
        entry=feed_entry(entry, feed_url),
    )


def from_entry(
    source: Source,
    entry: Entry,
    feed_url: str,
    *,
    fetched_at: datetime,
    first_seen_at: datetime,
    partial: bool,
) -> FetchedArticle:
    """Return the record of an article as its listing carries it; the title stands in for a missing text."""
    text = entry.fullest or entry.title
    return FetchedArticle(
        url=entry.url,
        canonical_url=canonical_url(entry.url),
        source=source_ref(source),
        body=text.encode("utf-8", "replace"),
        media_type="text/html" if _MARKUP.search(text) else "text/plain",
        charset="utf-8",
        fetched_at=fetched_at,
        first_seen_at=first_seen_at,
        entry=feed_entry(entry, feed_url),
        partial=partial,
    )


def _cut(text: str, max_bytes: int) -> str:
    if len(text) * 4 <= max_bytes:
        return text
    return text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")


def without_scripts(body: bytes) -> bytes:
    """Return a page without scripts, styles and drawings; scripts that hold structured data stay."""
    for start_tag, end_tag in _DROPPED:
        lower = body.lower()
        kept, position = bytearray(), 0
        while (start := lower.find(start_tag, position)) >= 0:
            end = lower.find(end_tag, start)
            close = lower.find(b">", end) if end >= 0 else -1
            if close < 0:
                break
            opening = lower[start : min(start + _OPENING_BYTES, end)].split(b">", 1)[0]
            kept += body[position : close + 1 if _STRUCTURED in opening else start]
            position = close + 1
        body = bytes(kept + body[position:])
    return body


def fit(article: FetchedArticle) -> FetchedArticle:
    """Return the article small enough for one record.

    Scripts and drawings go first (structured data stays), then the teaser when there is a body, then
    the end of the body; an article cut in its body is marked `partial`.
    """
    if _size(article) <= MAX_VALUE_BYTES:
        return article
    article = replace(article, body=without_scripts(article.body))
    if _size(article) <= MAX_VALUE_BYTES:
        return article
    if article.entry is not None:
        short = _cut(article.entry.summary, 20_000)
        article = replace(article, entry=replace(article.entry, summary=short))
    room = MAX_VALUE_BYTES - len(encode(replace(article, body=b"")))
    if len(article.body) * 4 // 3 + 4 <= room:
        return article
    return replace(article, body=article.body[: max(0, room - 8) * 3 // 4], partial=True)


def _size(article: FetchedArticle) -> int:
    summary = len(article.entry.summary) * 6 if article.entry else 0
    estimate = len(article.body) * 4 // 3 + summary + _ENVELOPE_BYTES
    # The exact size only where the estimate is near the limit: encoding a large body is not free.
    return estimate if estimate <= MAX_VALUE_BYTES else len(encode(article))
