"""What is fuzzed: each reader of foreign bytes as a function that must take all of them.

A target returns when the bytes were read or refused with one of our own errors; it asserts what the code after
it relies on (only web links, aware times, no NUL, records that can be encoded).
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from connectors.articles import fit, from_entry, from_page
from connectors.canonical import canonical_url
from connectors.entries import DateBounds, Entry, web_url
from connectors.feed_dates import read_date
from connectors.feeds import Document, read_fully
from connectors.fetch import Fetched, content_type, max_age, retry_after
from connectors.files import read_line
from connectors.robots import MAX_ROBOTS_BYTES, Robots, RobotsAnswer
from connectors.sources import Source
from domain.classify.reading import read
from domain.clean import clean
from domain.dates.publication import Candidate, choose
from domain.errors import VigieError
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from domain.model import Watch
from domain.outcome import CleanOutcome
from domain.text.decode import decode_html
from runtime.http_body import gunzip
from runtime.http_guard import GuardPolicy, check_url, parse_url
from schemas import convert
from schemas.indices import article_document
from schemas.records import (
    MAX_VALUE_BYTES,
    ClassifiedArticle,
    CleanedArticle,
    FetchedArticle,
    decode,
    encode,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BOUNDS = DateBounds.around(NOW)
WATCH = Watch("fuzz", "Fuzz", ("MA", "FR"))
SITE = "https://site.example/list"
CHARSETS = ("", "utf-8", "windows-1256", "iso-8859-1", "utf-7", "utf-16", "no such", "\x00")
MAX_UNPACKED = 200_000  # smaller than in production, so that a fuzzer reaches it


@dataclass(frozen=True, slots=True)
class Target:
    """One reader. `kind` names the seeds it starts from; `weight` is its share of the time."""

    name: str
    run: Callable[[bytes], None]
    kind: str
    weight: int = 1


def _choice(data: bytes) -> tuple[int, bytes]:
    """Return a small number and the rest: the first byte chooses among the ways to call a reader."""
    return (data[0] if data else 0), data[1:]


def _listing(kind: str) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        first, body = _choice(data)
        document = Document(
            kind=kind, body=body, bounds=BOUNDS, charset=CHARSETS[first % len(CHARSETS)], url=SITE
        )
        found = read_fully(document)
        for child in found.children:
            assert child.startswith(("http://", "https://")), child
        for entry in found.entries:
            assert entry.url == "" or entry.url.startswith(("http://", "https://")), entry.url
            assert entry.id, "an entry without id"
            assert BOUNDS.keep(entry.published) == entry.published, entry.published
            if entry.url and (entry.fullest or entry.title):
                _pass_on(
                    from_entry(
                        _source(), entry, SITE, fetched_at=NOW, first_seen_at=NOW, partial=False
                    )
                )

    return run


@functools.cache
def _source() -> Source:
    return Source(id="fuzz", name="Fuzz", country="FR", kind="rss", url=SITE)


@functools.cache
def _knowledge() -> Knowledge:
    return Knowledge.load()


def _pass_on(article: FetchedArticle) -> CleanedArticle | None:
    """Check that a fetched article fits into a record and is the same on the other side; clean it there."""
    value = encode(fit(article))
    assert len(value) <= MAX_VALUE_BYTES, len(value)
    there = decode(FetchedArticle, value)
    result = clean(convert.raw_article(there), NOW)
    if isinstance(result, CleanOutcome):
        return None
    assert "\x00" not in result.text + result.title
    cleaned = convert.cleaned_article(there, result)
    return decode(CleanedArticle, encode(cleaned))


def _page(data: bytes) -> FetchedArticle:
    first, body = _choice(data)
    media_type = ("text/html", "text/plain", "text/html", "application/xhtml+xml")[first % 4]
    charset = CHARSETS[(first // 4) % len(CHARSETS)]
    page = Fetched(
        url="https://site.example/a/1", body=body, media_type=media_type, charset=charset
    )
    entry = _entry()
    return from_page(_source(), entry, page, SITE, fetched_at=NOW, first_seen_at=NOW)


@functools.cache
def _entry() -> Entry:
    found = read_fully(
        Document(
            kind="rss",
            body=b"<rss version='2.0'><channel><item><title>A title of four words</title>"
            b"<link>https://site.example/a/1</link></item></channel></rss>",
            bounds=BOUNDS,
            url=SITE,
        )
    )
    return found.entries[0]


def run_page(data: bytes) -> None:
    """From the bytes of a page to the cleaned record."""
    _pass_on(_page(data))


def run_pipeline(data: bytes) -> None:
    """From the bytes of a page to the document of its verdict, as the agents do it."""
    cleaned = _pass_on(_page(data))
    if cleaned is None:
        return
    article = convert.article(cleaned)
    reading = read(article, WATCH, _knowledge())
    info = convert.reading_info(reading)
    classified = ClassifiedArticle(watch_id=WATCH.watch_id, article=cleaned, reading=info)
    there = decode(ClassifiedArticle, encode(classified))
    judgement, _ = judge(Book.empty(WATCH.watch_id), article, convert.reading(there.reading), WATCH)
    judged = convert.judged_article(WATCH.watch_id, cleaned, there.reading, judgement)
    encode(judged)
    for reason in judged.reasons:
        for span in reason.spans:
            whole = cleaned.title if span.field == "title" else cleaned.text
            assert 0 <= span.start <= span.end <= len(whole), (reason.rule, span)
    assert article_document(judged)["article_id"] == cleaned.article_id


def run_decode(data: bytes) -> None:
    """Bytes under any declared charset to text without NUL."""
    first, body = _choice(data)
    text = decode_html(body, CHARSETS[first % len(CHARSETS)])
    assert "\x00" not in text
    text.encode("utf-8", "surrogatepass")


def run_url(data: bytes) -> None:
    """Any text as an address: one canonical form, and nothing but http(s) passes the door."""
    text = data.decode("utf-8", "replace")
    for url in (text, "https://" + text, "https://site.example/" + text):
        once = canonical_url(url)
        assert canonical_url(once) == once, (url, once)
        joined = web_url(url, SITE)
        assert joined == "" or joined.startswith(("http://", "https://")), joined
        try:
            parsed = parse_url(url)
            check_url(parsed, GuardPolicy())
        except VigieError:
            continue
        assert parsed.scheme in {"http", "https"}
        assert parsed.host
        assert not parsed.userinfo


def run_dates(data: bytes) -> None:
    """Any text as a date of a feed and as a stamp of a page."""
    text = data.decode("utf-8", "replace")
    found = read_date(text)
    assert found is None or found.tzinfo is not None
    chosen = choose([Candidate(text, "feed"), Candidate(text, "meta")], NOW)
    assert chosen is None or chosen.at.tzinfo is not None


def run_headers(data: bytes) -> None:
    """Any bytes as the headers that are read, and as a packed body."""
    text = data.decode("latin-1")
    seconds = retry_after(text, NOW)
    assert seconds is None or seconds >= 0
    assert 0 <= max_age(text) <= 86_400
    media_type, charset = content_type(text)
    assert len(media_type) <= 100
    assert len(charset) <= 40
    for body in (data, b"\x1f\x8b\x08\x00" + data):
        try:
            assert len(gunzip(body, MAX_UNPACKED, "fuzz")) <= MAX_UNPACKED
        except VigieError:
            continue


def run_robots(data: bytes) -> None:
    """Any bytes as a robots.txt: an answer for each path, and a delay that is a number or none."""
    answer = RobotsAnswer(200, data[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace"))

    async def get(_: str) -> RobotsAnswer:
        return answer

    async def ask() -> None:
        robots = Robots(get, "vigie/0.1")
        for path in ("/", "/a?b=c", "/%D8%A7", "/private/x"):
            assert await robots.allowed(httpx.URL("https://site.example" + path)) in {True, False}
        delay = await robots.crawl_delay(httpx.URL("https://site.example/"))
        assert delay is None or delay >= 0, delay

    _runner().run(ask())


@functools.cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def run_row(data: bytes) -> None:
    """Any bytes as one line of a JSON lines file, cleaned as far as it goes."""
    found = read_line(data, "fuzz:1", "fuzz.jsonl", NOW)
    if isinstance(found, FetchedArticle):
        _pass_on(found)


TARGETS = (
    Target("feed", _listing("rss"), "feed", 3),
    Target("sitemap", _listing("sitemap"), "sitemap", 2),
    Target("list", _listing("list"), "list", 2),
    Target("page", run_page, "page", 4),
    Target("pipeline", run_pipeline, "page", 4),
    Target("decode", run_decode, "page", 1),
    Target("url", run_url, "url", 1),
    Target("dates", run_dates, "date", 1),
    Target("headers", run_headers, "header", 1),
    Target("robots", run_robots, "robots", 1),
    Target("row", run_row, "row", 1),
)
BY_NAME = {target.name: target for target in TARGETS}
