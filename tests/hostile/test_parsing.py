"""Entity bombs, quadratic and endless documents, deep markup, charsets: the pool refuses or cuts, the loop stays free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from agents.base import in_thread
from connectors.entries import MAX_ENTRIES, DateBounds, ParsedFeed
from connectors.feeds import Document
from connectors.parser_pool import WALL_SECONDS, ParserPool
from domain.clean import CleanResult, RawArticle, clean
from domain.errors import ParseError, VigieError
from domain.outcome import CleanOutcome
from schemas import convert
from schemas.records import CleanedArticle, FetchedArticle, SourceRef, decode, encode
from tests.harness.web import Lag, Peak, Trap
from tests.hostile.conftest import Tally

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BOUNDS = DateBounds.around(NOW)
# The promises are 1 s, 5 s and 100 ms on a quiet machine; what was seen is recorded.
SLACK_SECONDS, LAG_SECONDS = 30.0, 5.0


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[ParserPool]:
    """A pool with the limits of production and a child that is up."""
    async with ParserPool(size=1) as made:
        await made.parse_apart(Document(kind="rss", body=feed(b"<item/>"), bounds=BOUNDS))
        yield made


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Load the models of languages first: they take seconds, once a process."""
    clean(RawArticle(body=page(ARABIC).encode()), NOW)


def feed(items: bytes, head: bytes = b"") -> bytes:
    """Return an RSS document."""
    return head + b"<rss version='2.0'><channel><title>T</title>" + items + b"</channel></rss>"


def item(title: bytes = b"Four words are here", more: bytes = b"") -> bytes:
    """Return one item."""
    return (
        b"<item><title>" + title + b"</title><link>https://a.example/1</link>" + more + b"</item>"
    )


async def parse(pool: ParserPool, body: bytes, kind: str = "rss", charset: str = "") -> ParsedFeed:
    """Return what the pool reads."""
    return await pool.parse(
        Document(kind=kind, body=body, bounds=BOUNDS, charset=charset, url="https://a.example/feed")
    )


def laughs(levels: int = 10) -> bytes:
    """Return the document type of a billion laughs."""
    rows = b"".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">'.encode() for n in range(1, levels))
    return b'<!DOCTYPE x [<!ENTITY l0 "lol">' + rows + b"]>"


def entities(trap: int) -> dict[str, bytes]:
    """Return feeds that declare or use entities; some of them point at a listener of ours."""
    use = item(b"&x;")
    return {
        "billion laughs": feed(item(b"&l9;"), laughs()),
        "quadratic blow-up": feed(item(b"&x;" * 20_000), b'<!DOCTYPE x [<!ENTITY x "' + b"A" * 50_000 + b'">]>'),
        "a file": feed(use, b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "an address inside": feed(use, f'<!DOCTYPE x [<!ENTITY x SYSTEM "http://127.0.0.1:{trap}/">]>'.encode()),
        "a parameter entity": feed(use, f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:{trap}/e.dtd"> %p;]>'.encode()),
        "an outside document type": feed(use, f'<!DOCTYPE rss SYSTEM "http://127.0.0.1:{trap}/x.dtd">'.encode()),
        "a public document type": feed(use, f'<!DOCTYPE rss PUBLIC "-//N//DTD" "http://127.0.0.1:{trap}/x.dtd">'.encode()),
        "an inclusion": feed(item(b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>")),
        "a style sheet": feed(item(), f"<?xml-stylesheet href='http://127.0.0.1:{trap}/x.xsl'?>".encode()),
        "hidden by a comment": feed(use, b'<!-- x --><!DOCTYPE x [<!-- y --><!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "in utf-16": feed(use, b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>').decode().encode("utf-16"),
        "behind a byte order mark": b"\xef\xbb\xbf" + feed(use, laughs()),
        "after much white space": feed(use, b" " * 100_000 + laughs()),
    }  # fmt: skip


ENTITIES = tuple(entities(0))


@pytest.mark.parametrize("kind", ["rss", "sitemap"])
@pytest.mark.parametrize("name", ENTITIES)
async def test_entities_are_refused_or_stay_words(
    name: str, kind: str, pool: ParserPool, tally: Tally
) -> None:
    """No entity expands, no file is read, nothing is fetched, whether the feed is refused or read without them."""
    async with Trap() as trap:
        body = entities(trap.port)[name]
        started = time.monotonic()
        outcome, shown = "refused", ""
        with Peak() as peak:
            try:
                found = await parse(pool, body, kind)
            except ParseError as e:
                shown = str(e)
            else:
                outcome = "read without it"
                shown = "".join(e.title + e.summary + e.content for e in found.entries)
        seconds = time.monotonic() - started
        assert "root:" not in shown
        assert shown.count("lol") <= 1
        assert shown.count("A" * 1000) == 0
        assert len(shown) < 100_000
        assert trap.connects == 0
        assert peak.megabytes < 64
        assert seconds < 1.0 + SLACK_SECONDS
        tally.seen(22, "0 files read, 0 connects", f"{kind}: {name}", outcome, seconds, "s")


COSTLY = {
    "author of 64 kB": feed(item(more=b"<author>" + b"a@b " * 16_000 + b"</author>") + b"<b>"),
    "author of 1 MB": feed(item(more=b"<author>" + b"(" * 1_000_000 + b"</author>") + b"<b>"),
    "managing editor": feed(b"<managingEditor>" + b"a " * 40_000 + b"</managingEditor>" + item() + b"<b>"),
    "50,000 items": feed(item() * 50_000),
    "50,000 broken items": feed(item() * 50_000 + b"<b>"),
    "200,000 tags deep": feed(b"<a>" * 200_000),
    "200,000 tags deep and closed": feed(b"<a>" * 200_000 + b"</a>" * 200_000),
    "an item 200,000 tags deep": feed(item(more=b"<description>" + b"<a>" * 200_000 + b"</description>")),
    "a million attributes": feed(b"<item " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b"/>"),
    "a million name spaces": feed(b"<item " + b" ".join(b"xmlns:n%d='u'" % n for n in range(100_000)) + b"/>"),
    "a title of 4 MB": feed(item(b"word " * 800_000)),
    "a name of 4 MB": b"<" + b"a" * 4_000_000 + b">",
    "open brackets": b"<" * 4_000_000,
    "ampersands": feed(item(b"&a" * 2_000_000)),
    "comments": feed(b"<!--" * 500_000),
    "sections": feed(item(b"<![CDATA[" * 300_000)),
    "dates": feed(item(more=b"<pubDate>" + b"1 " * 500_000 + b"</pubDate>")),
    "JSON 4 MB deep": b"[" * 4_000_000,
    "JSON of a million items": b'{"items": [' + b"{}," * 1_000_000 + b"{}]}",
    "HTML in place of a feed": b"<html>" + b"<div><p>" * 300_000,
    "over 5 MB": feed(item() * 100_000) + b" " * 2_000_000,
}  # fmt: skip


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@pytest.mark.parametrize("name", COSTLY)
async def test_a_costly_feed_is_cut_or_killed_and_the_loop_stays_free(
    name: str, pool: ParserPool, tally: Tally
) -> None:
    """It ends with entries or an error in the wall time; other tasks run meanwhile; the next feed is read."""
    started = time.monotonic()
    outcome = "read"
    async with Lag() as lag:
        try:
            found = await parse(pool, COSTLY[name])
        except ParseError as e:
            outcome = str(e.reason)
        else:
            assert len(found.entries) <= MAX_ENTRIES
    seconds = time.monotonic() - started
    assert outcome in {"read", "timeout", "crashed", "too_large", "not_a_feed", "entities"}
    assert seconds < WALL_SECONDS + SLACK_SECONDS
    assert lag.seconds < LAG_SECONDS
    assert len((await parse(pool, feed(item()) + b" ")).entries) == 1
    tally.seen(
        23, "feeds, loop free meanwhile", name, outcome, lag.seconds * 1000, "ms of loop lag"
    )


PAGES = {
    "200,000 tags deep": b"<html><body>" + b"<div>" * 200_000 + b"some words here",
    "deep and closed": b"<html><body>" + b"<b>" * 150_000 + b"x" + b"</b>" * 150_000,
    "tables in tables": b"<table><tr><td>" * 60_000,
    "lists in lists": b"<ul><li>" * 100_000,
    "a million paragraphs": b"<p>some words here" * 250_000,
    "attributes": b"<p " + b"a='1' " * 600_000 + b">",
    "scripts": b"<script>" * 400_000,
    "a script that never ends": b"<script>" + b"var a = 1;" * 400_000,
    "structured data 100,000 deep": b"<script type='application/ld+json'>" + b'{"@graph":[' * 100_000 + b"</script>",
    "a word of 4 MB": b"<p>" + b"a" * 4_000_000,
    "one line of 4 MB": b"<p>" + b"a. " * 1_300_000,
    "entities": b"<p>" + b"&amp;" * 800_000,
    "unclosed comments": b"<!--" * 1_000_000,
    "forms": b"<form><input>" * 300_000,
}  # fmt: skip


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@pytest.mark.parametrize("name", PAGES)
async def test_a_costly_page_is_cleaned_or_refused_beside_the_loop(name: str, tally: Tally) -> None:
    """`clean` ends in the time a stage gives it, with an article, without one, or as a dead letter."""
    outcome = "cleaned"
    async with Lag() as lag:
        try:
            found = await in_thread(clean, RawArticle(body=PAGES[name]), NOW)
        except VigieError as e:
            outcome = str(e.reason)
        else:
            if found is CleanOutcome.EMPTY:
                outcome = "empty"
    assert outcome in {"cleaned", "empty", "too_large", "parse", "too_slow"}
    assert lag.seconds < LAG_SECONDS
    tally.seen(
        23, "pages, loop free meanwhile", name, outcome, lag.seconds * 1000, "ms of loop lag"
    )


ARABIC = "استقبل وزير الداخلية المغربي نظيره الفرنسي في الرباط لبحث التعاون الأمني بين البلدين"
FRENCH = "Le ministre français de l’Intérieur a été reçu à Rabat où il a salué la coopération « exemplaire »"


def page(text: str, meta: str = "") -> str:
    """Return a page of one paragraph said thrice, so that it is an article."""
    head = f"<meta charset='{meta}'>" if meta else ""
    return f"<html><head>{head}<title>{text[:40]}</title></head><body><article><p>{text}.</p><p>{text}.</p></article></body></html>"


# text, how it is written, what the header says, what the page says
CHARSETS: dict[str, tuple[str, str, str, str]] = {
    "cp1256 declared utf-8": (ARABIC, "cp1256", "utf-8", "utf-8"),
    "cp1256 declared latin-1": (ARABIC, "cp1256", "iso-8859-1", ""),
    "cp1256 declared cp1252 in the page": (ARABIC, "cp1256", "", "windows-1252"),
    "cp1256 undeclared": (ARABIC, "cp1256", "", ""),
    "cp1256 declared right": (ARABIC, "cp1256", "windows-1256", ""),
    "iso-8859-6 undeclared": (ARABIC, "iso8859-6", "", ""),
    "utf-8 declared cp1256": (ARABIC, "utf-8", "windows-1256", "windows-1256"),
    "utf-8 declared latin-1": (FRENCH, "utf-8", "iso-8859-1", ""),
    "cp1252 declared utf-8": (FRENCH, "cp1252", "utf-8", "utf-8"),
    "cp1252 declared iso-8859-1": (FRENCH, "cp1252", "iso-8859-1", ""),
    "cp1252 declared cp1256": (FRENCH, "cp1252", "windows-1256", ""),
    "utf-16 with a mark, declared utf-8": (ARABIC, "utf-16", "utf-8", ""),
    "utf-16 without a mark": (FRENCH, "utf-16-le", "utf-16le", ""),
    "utf-8 declared utf-7": (FRENCH, "utf-8", "utf-7", "utf-7"),
    "utf-8 declared as nothing known": (ARABIC, "utf-8", "x-no-such", "\x00"),
    "utf-8 behind a mark": ("\ufeff" + ARABIC, "utf-8", "", ""),
}


def carried(found: CleanResult, body: bytes) -> CleanedArticle:
    """Return the article as the next stage reads it."""
    fetched = FetchedArticle(
        url="https://a.example/1", canonical_url="https://a.example/1", source=SourceRef(source_id="s"),
        body=body, media_type="text/html", fetched_at=NOW, first_seen_at=NOW,
    )  # fmt: skip
    return decode(CleanedArticle, encode(convert.cleaned_article(fetched, found)))


@pytest.mark.parametrize("name", CHARSETS)
def test_the_words_of_a_page_survive_a_wrong_charset(name: str, tally: Tally) -> None:
    """The article reads right whatever header and page say of it."""
    text, codec, header, meta = CHARSETS[name]
    body = page(text, meta).encode(codec, "replace")
    found = clean(RawArticle(body=body, charset=header), NOW)
    assert isinstance(found, CleanResult)
    assert text.lstrip("\ufeff").split(" « ")[0] in carried(found, body).text
    tally.seen(24, "pages read right", name)


@pytest.mark.parametrize("name", CHARSETS)
async def test_the_words_of_a_feed_survive_a_wrong_charset(
    name: str, pool: ParserPool, tally: Tally
) -> None:
    """The same in a feed; where the charset cannot be known, it is an entry or an error, never a crash."""
    text, codec, header, meta = CHARSETS[name]
    encoding = meta if meta and "\x00" not in meta else "utf-8"
    body = f'<?xml version="1.0" encoding="{encoding}"?>{feed(item(b"TITLE")).decode().replace("TITLE", text)}'
    found = await parse(pool, body.encode(codec, "replace"), charset=header)
    assert text.lstrip("\ufeff").split(" « ")[0] in found.entries[0].title
    tally.seen(24, "feeds read right", name)


SIGNS = {
    "NUL": "\x00", "other controls": "\x01\x08\x1b[31m\x7f", "right to left override": "\u202e", "isolates": "\u2066\u2069",
    "marks": "\u200e\u200f\u061c", "joiners": "\u200c\u200d", "a byte order mark inside": "\ufeff", "not characters": "\ufffe\uffff",
    "private use": "\ue000", "far planes": "\U0010ffff\U000e0041", "combining": "a" + "\u0301" * 500, "tatweel": "\u0640" * 200,
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNS)
async def test_odd_signs_among_the_words_do_no_harm(
    name: str, pool: ParserPool, tally: Tally
) -> None:
    """An article with them has its words, can be encoded, and holds no NUL; a feed with them gives its entry."""
    text = f"{ARABIC[:40]}{SIGNS[name]}{ARABIC[40:]}"
    body = page(text).encode("utf-8")
    found = clean(RawArticle(body=body, charset="utf-8"), NOW)
    assert isinstance(found, CleanResult)
    article = carried(found, body)
    assert "\x00" not in article.text + article.title
    assert "التعاون الأمني" in article.text
    entry = (await parse(pool, feed(item(text.encode())))).entries[0]
    assert "التعاون الأمني" in entry.title
    assert "\x00" not in entry.title
    tally.seen(24, "articles and feeds with odd signs read", name)


@pytest.mark.parametrize("seed", range(8))
def test_bytes_in_no_charset_are_text_or_a_dead_letter(seed: int, tally: Tally) -> None:
    """Random high bytes under every label: words, nothing, or an error of ours."""
    import random

    rng = random.Random(seed)
    body = b"<p>" + bytes(
        rng.randrange(128, 256) if rng.random() < 0.8 else 32 for _ in range(5000)
    )
    for charset in (
        "",
        "utf-8",
        "utf-16",
        "utf-7",
        "windows-1256",
        "iso-2022-jp",
        "idna",
        "unicode_escape",
        "zlib",
        "rot13",
    ):
        try:
            found = clean(RawArticle(body=body, charset=charset), NOW)
        except VigieError:
            continue
        if isinstance(found, CleanResult):
            carried(found, body)
    tally.seen(24, "bytes in no charset, under ten labels", str(seed))


async def test_no_child_is_left_after_all_that(tally: Tally) -> None:
    """Killing children again and again leaves none, and the pool goes on."""
    async with ParserPool(size=2, wall_seconds=0.3) as pool:
        endless = b"<a href='/" + b"a" * 60 + b"!'>four words are here now</a>"
        hang = Document(
            kind="list",
            body=endless,
            bounds=BOUNDS,
            url="https://a.example/",
            link_pattern=r"(a|aa)+$",
        )
        for _ in range(3):
            both = await asyncio.gather(
                pool.parse_apart(hang), pool.parse_apart(hang), return_exceptions=True
            )
            assert all(isinstance(e, ParseError) for e in both)
        assert pool._idle == []
        assert not children_of(Path("/proc/self/task"))
    tally.seen(23, "6 hung parsers killed, 0 left", "hang")


def children_of(tasks: Path) -> list[str]:
    """Return the pids of this process's children."""
    return [pid for t in tasks.iterdir() for pid in (t / "children").read_text().split()]
