"""Reads broken and old feeds with feedparser. Runs only inside a child process that can be killed.

feedparser opens files and URLs when handed a name, prefers whatever XML driver is installed, and has a
pattern that takes seconds on a long author: it gets bytes in memory, its own driver, and tamed text.
"""

from __future__ import annotations

import io
from typing import Any

import feedparser
import feedparser.api

from connectors.entries import (
    MAX_ENTRIES,
    DateBounds,
    Entry,
    ParsedFeed,
    ParseReason,
    language_tag,
    plain,
    web_url,
)
from connectors.feed_fast import build
from connectors.feed_text import tame
from domain.errors import ParseError

feedparser.api.PREFERRED_XML_PARSERS = []


def read_loose(text: str, base: str, bounds: DateBounds, subject: str) -> ParsedFeed:
    """Return what feedparser finds in the text; raises ParseError when that is no feed at all."""
    found = _parse(tame(text, subject).encode("utf-8", "replace"), subject)
    feed = found.feed
    if not found.entries and not found.version:
        raise ParseError("read feed", subject, "no feed in it", reason=ParseReason.NOT_A_FEED)
    lang = _text(feed, "language")
    base = base or web_url(_text(feed, "link"))
    is_atom = found.version.startswith("atom")
    return ParsedFeed(
        title=_title(feed, is_atom),
        lang=language_tag(lang),
        entries=[_entry(e, lang, base, bounds, is_atom) for e in found.entries[:MAX_ENTRIES]],
        how="feedparser",
    )


def _parse(body: bytes, subject: str) -> Any:
    try:
        return feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as e:  # on damaged input feedparser raises whatever it stumbles over
        detail = f"feedparser: {type(e).__name__}: {e}"[:200]
        raise ParseError("read feed", subject, detail, reason=ParseReason.CRASHED) from e


def _text(table: Any, key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _title(table: Any, is_atom: bool) -> str:
    detail = table.get("title_detail") or {}
    is_html = not is_atom or "html" in (detail.get("type") or "")
    return plain(_text(table, "title"), is_html=is_html)


def _entry(found: Any, lang: str, base: str, bounds: DateBounds, is_atom: bool) -> Entry:
    contents = found.get("content") or []
    content = max((c.get("value") or "" for c in contents), key=len, default="")
    detail = found.get("title_detail") or {}
    summary = _text(found, "summary")
    ident = _text(found, "id").strip()
    url = web_url(_text(found, "feedburner_origlink")) or web_url(_text(found, "link"), base)
    return build(
        ident=ident,
        url=url or web_url(ident),
        title=_title(found, is_atom),
        # feedparser copies content into an absent summary
        summary="" if summary == content else summary,
        content=content,
        raw_date=_text(found, "published") or _text(found, "created") or _text(found, "updated"),
        author=_text(found, "author"),
        lang=_text(found, "language") or detail.get("language") or lang,
        bounds=bounds,
    )
