"""Whatever bytes come in, a reader answers with entries or a ParseError, soon."""

from __future__ import annotations

import contextlib
import random
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.canonical import canonical_url
from connectors.entries import DateBounds, ParsedFeed, web_url
from connectors.feed_dates import read_date
from connectors.feed_fast import Unusual
from connectors.feeds import INLINE_BYTES, Document, read_fully, read_here
from domain.errors import FetchError, ParseError
from runtime.http_body import gunzip
from tests.connectors.feeds_made import atom, rdf, rss

BOUNDS = DateBounds.around(datetime(2026, 11, 22, tzinfo=UTC))
KINDS = ("rss", "sitemap", "list")
PARTS = [
    b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<link>",
    b"https://a.example/1", b"javascript:x", b"<![CDATA[", b"]]>", b"<!DOCTYPE x>", b"<!ENTITY a 'b'>",
    b"&nbsp;", b"&#x0;", b"&#99999999;", b"\x00", b"\xff\xfe", b"<feed xmlns='http://www.w3.org/2005/Atom'>",
    b"<entry>", b"<urlset>", b"<url>", b"<loc>", b"<sitemapindex>", b"<a href='", b"'>", b"<time datetime='x'>",
    b"{", b'"items":', b"[", b"]", b"}", b"null", b"1e999", b'"\\ud800"', b"<?xml version='1.0' encoding='utf-7'?>",
    b"<pubDate>", b"99 Xxx 9999 99:99:99 +9999", "٩٩ أبريل ٩٩٩٩".encode(), b"<base href='//'>", b"<html>",
]  # fmt: skip


def read(kind: str, body: bytes) -> ParsedFeed | None:
    """Return the listing, None for a ParseError; anything else raised fails the test."""
    try:
        return read_fully(
            Document(kind=kind, body=body, bounds=BOUNDS, url="https://site.example/x")
        )
    except ParseError:
        return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS), st.lists(st.sampled_from(PARTS) | st.binary(max_size=8), max_size=25)
)
def test_any_pieces_of_a_listing_are_entries_or_an_error(kind: str, pieces: list[bytes]) -> None:
    """Pieces of feeds, sitemaps and pages in any order."""
    found = read(kind, b"".join(pieces))
    for entry in found.entries if found else ():
        assert entry.url == "" or entry.url.startswith(("http://", "https://"))
        assert entry.id
        assert BOUNDS.keep(entry.published) == entry.published


@pytest.mark.parametrize("seed", range(40))
def test_damaged_feeds_are_entries_or_an_error(seed: int) -> None:
    """Bytes changed, cut out and doubled in a good feed."""
    rng = random.Random(seed)
    body = bytearray(rng.choice([rss, atom, rdf])(seed, 5))
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(body))
        body[at : at + rng.randint(0, 20)] = rng.choice(
            [b"", b"<", b"&", b"\xff", bytes(body[:30])]
        )
    read("rss", bytes(body))


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """In UTC when it is one."""
    found = read_date(text)
    assert found is None or found.tzinfo is UTC


@given(st.text(max_size=120))
def test_any_text_has_one_canonical_form(text: str) -> None:
    """Any text as an address: no exception, and doing it twice changes nothing."""
    for url in (text, "https://a.example/" + text, "http://" + text):
        once = canonical_url(url)
        assert canonical_url(once) == once
        assert web_url(url) in {"", web_url(url)}


@given(st.binary(max_size=200))
def test_any_bytes_are_gzip_or_an_error(data: bytes) -> None:
    """Nothing but FetchError comes out of the unpacker."""
    for body in (data, b"\x1f\x8b\x08" + data):
        reason = ""
        try:
            gunzip(body, 1000, "x")
        except FetchError as e:
            reason = e.reason
        assert reason in {"", "encoding", "too_large", "bomb"}


SIZE = max(INLINE_BYTES.values()) - 100
SHAPES = {
    "open tags": b"<a " * (SIZE // 3),
    "nested": b"<rss><channel>" + b"<item>" * (SIZE // 7),
    "links": b"<a href='/2024/01/02/a-b-c-d'>four words are here</a>" * (SIZE // 55),
    "cards": b"<div>" + b"<a href='/1234'>four words are here now</a><time datetime='x'>" * (SIZE // 70),
    "urls": b"<urlset>" + b"<url><loc>/a</loc></url>" * (SIZE // 24) + b"</urlset>",
    "amps": b"<rss><channel><item><title>" + b"&a" * (SIZE // 2 - 50) + b"</title></item></channel></rss>",
    "declarations": b"<?xml " * (SIZE // 6),
    "doctypes": b"<!DOCTYPE " * (SIZE // 10),
    "json": b"[" * SIZE,
    "spaces": b" " * SIZE + b"<rss>",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_document_read_in_place_costs_little_whatever_its_shape(shape: str, kind: str) -> None:
    """Nothing up to the in-place limit holds the event loop: no pattern or walk is worse than linear."""
    body = SHAPES[shape][: INLINE_BYTES[kind]]
    document = Document(kind=kind, body=body, bounds=BOUNDS, url="https://site.example/x")
    started = time.process_time()
    with contextlib.suppress(ParseError, Unusual):
        read_here(document)
    assert time.process_time() - started < 1.5
