"""Reads a listing from its bytes: RSS 0.9x, 1.0, 2.0, Atom, JSON Feed, sitemap or list page.

`read_here` is for small, usual documents; what it raises Unusual for belongs in the ParserPool, whose
children call `read_fully`.
"""

from __future__ import annotations

import msgspec

from connectors.entries import DateBounds, ParsedFeed, ParseReason
from connectors.feed_fast import Unusual, read_json, read_xml
from connectors.feed_text import check_prolog, check_size, decode, without_declaration
from connectors.listing import read_list_page
from connectors.sitemaps import read_sitemap
from domain.errors import ParseError
from domain.text.decode import decode_html

# Up to here reading in place holds the event loop for less than 100 ms whatever the document's shape
# (tests/connectors/test_hostile.py; on the 2-core machine of November 2026), and a usual feed for 2 ms.
INLINE_BYTES = {"rss": 256_000, "sitemap": 100_000, "list": 64_000}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A listing to read. `kind` is that of its source; `url` is where relative links start."""

    kind: str  # rss, sitemap or list
    body: bytes
    bounds: DateBounds
    charset: str = ""
    url: str = ""
    name: str = ""  # how errors call it
    link_pattern: str = ""

    @property
    def subject(self) -> str:
        """Return what to call it in an error."""
        return self.name or self.url or "feed"


def read_here(document: Document) -> ParsedFeed:
    """Return a small, usual listing; raises Unusual for what needs a child, ParseError for what is refused."""
    if len(document.body) > INLINE_BYTES.get(document.kind, 0):
        check_size(document.body, document.subject)
        raise Unusual
    return _read(document)


def read_fully(document: Document) -> ParsedFeed:
    """Return the listing by whatever reader fits, feedparser last. Only for a process that may be killed."""
    check_size(document.body, document.subject)
    try:
        return _read(document)
    except Unusual:
        if document.kind != "rss":
            raise ParseError(
                "read listing",
                document.subject,
                f"no {document.kind} in it",
                reason=ParseReason.NOT_A_FEED,
            ) from None
    from connectors.feed_slow import read_loose  # imports feedparser, 60 ms, only where it is used

    text = decode(document.body, document.charset)
    return read_loose(text, document.url, document.bounds, document.subject)


def _read(document: Document) -> ParsedFeed:
    if document.kind == "list":
        page = decode_html(document.body, document.charset)
        return read_list_page(page, document.url, document.bounds, document.link_pattern)
    text = decode(document.body, document.charset)
    if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} or "<" not in text:
        return read_json(text, document.url, document.bounds, document.subject)
    text = without_declaration(text)
    has_doctype = check_prolog(text, document.subject)
    if document.kind == "sitemap":
        return read_sitemap(text, document.url, document.bounds)
    if has_doctype:
        raise Unusual
    return read_xml(text, document.url, document.bounds)
