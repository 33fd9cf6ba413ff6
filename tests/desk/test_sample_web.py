"""The sample web serves the whole corpus, honestly encoded or honestly wrong, and the same each time."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import feedparser
import pytest
import pytest_asyncio

from connectors.sources import parse_sources
from desk.sample_web import SampleWeb
from desk.sample_web.corpus import default_corpus, load_corpus
from desk.sample_web.outlets import OUTLETS, Listing, allot
from desk.sample_web.pages import charset_of, page
from desk.sample_web.sources import allow_hosts, sources, sources_toml
from domain.errors import ConfigError

BASE = "http://127.0.0.1:9"


@pytest_asyncio.fixture
async def web() -> AsyncIterator[SampleWeb]:
    """A sample web on free ports."""
    async with SampleWeb() as started:
        yield started


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that does not undo compression or follow redirects by itself."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


def test_every_article_goes_to_exactly_one_outlet_of_its_language() -> None:
    """No article is lost or served twice, and no outlet writes in a language that is not its own."""
    articles = load_corpus(default_corpus())
    dealt = allot(articles, seed=3)
    assert Counter(a.article_id for mine in dealt.values() for a in mine) == Counter(
        a.article_id for a in articles
    )
    for outlet in OUTLETS:
        assert {a.lang for a in dealt[outlet.outlet_id]} <= set(outlet.langs)


def test_same_seed_gives_the_same_bytes_and_another_seed_another_web() -> None:
    """Pages and allotment depend on the corpus and the seed alone."""
    articles = load_corpus(default_corpus())
    assert allot(articles, seed=1) == allot(articles, seed=1)
    assert allot(articles, seed=1) != allot(articles, seed=2)
    outlet = OUTLETS[0]
    article = next(a for a in articles if a.lang == "ar")
    assert page(outlet, article, BASE, articles, 1) == page(outlet, article, BASE, articles, 1)
    assert page(outlet, article, BASE, articles, 1) != page(outlet, article, BASE, articles, 2)


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda o: o.outlet_id)
def test_each_page_holds_its_article_and_other_headlines(outlet) -> None:
    """The article is whole in the bytes, read by the codec they are in; the furniture names other articles."""
    articles = load_corpus(default_corpus())
    for article in (a for a in articles if a.lang in outlet.langs):
        others = tuple(a for a in articles if a.lang == article.lang)
        body, charset = page(outlet, article, BASE, others, 0)
        text = body.decode(charset.codec)
        assert article.paragraphs[-1][:20].replace("&", "&amp;") in text
        if len(others) > 6:
            assert any(o.title[:25] in text for o in others if o is not article)


def test_charsets_are_declared_right_wrongly_and_not_at_all() -> None:
    """Arabic and French outlets between them show every way a charset is told."""
    articles = load_corpus(default_corpus())
    told = {
        (c.codec, c.header, c.meta)
        for outlet in OUTLETS
        for a in articles
        if a.lang in outlet.langs
        for c in [charset_of(outlet, a)]
    }
    assert ("cp1256", "windows-1256", "windows-1256") in told
    assert ("cp1256", "", "") in told
    assert ("cp1256", "utf-8", "windows-1256") in told
    assert ("cp1252", "ISO-8859-1", "ISO-8859-1") in told


async def test_every_feed_lists_every_article_with_its_date_or_none(web, http) -> None:
    """RSS, Atom and RDF are read by feedparser without loss; undated articles stay undated."""
    for served in web.outlets:
        if served.outlet.listing not in {Listing.RSS, Listing.ATOM, Listing.RDF}:
            continue
        async with http.get(served.listing_url, headers={"Accept-Encoding": "identity"}) as answer:
            body = await answer.read()
        feed = feedparser.parse(
            io.BytesIO(body), response_headers={"content-type": answer.headers["Content-Type"]}
        )
        assert [e.title for e in feed.entries] == [a.title for a in served.articles]
        dated = [e.get("published_parsed") or e.get("updated_parsed") for e in feed.entries]
        assert [d is not None for d in dated] == [a.published is not None for a in served.articles]


async def test_unchanged_documents_answer_304_and_gzip_only_when_asked(web, http) -> None:
    """Validators work by tag and by date, and a reader that takes no gzip gets none."""
    url = web.outlets[0].listing_url
    async with http.get(url, headers={"Accept-Encoding": "gzip"}) as first:
        assert first.headers["Content-Encoding"] == "gzip"
        etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    async with http.get(url, headers={"Accept-Encoding": "identity"}) as plain:
        assert "Content-Encoding" not in plain.headers
    async with http.get(url, headers={"If-None-Match": etag}) as again:
        assert again.status == 304
    async with http.get(url, headers={"If-Modified-Since": modified}) as again:
        assert again.status == 304
    async with http.get(
        url, headers={"If-None-Match": '"other"', "If-Modified-Since": modified}
    ) as changed:
        assert changed.status == 200


async def test_every_article_answers_at_its_address_or_is_behind_the_wall(web, http) -> None:
    """Each article URL gives 200, except the few pages an outlet blocks."""
    statuses: Counter[int] = Counter()
    for served in web.outlets:
        for article in served.articles:
            async with http.get(served.url_of(article)) as answer:
                statuses[answer.status] += 1
        async with http.get(served.base_url + "/robots.txt") as robots:
            assert "Disallow: /print/" in await robots.text()
    blocked = sum(outlet.blocked for outlet in OUTLETS)
    assert statuses == {200: web.article_count - blocked, 403: blocked}


async def test_redirects_and_tracking_lead_to_the_article(web, http) -> None:
    """A feed link behind a redirect, or with tracking parameters, ends at the article's page."""
    by_id = {served.outlet.outlet_id: served for served in web.outlets}
    redirecting = by_id["sample-rocade"]
    article = redirecting.articles[0]
    async with http.get(f"{redirecting.base_url}/r/{article.number}") as answer:
        assert str(answer.url) == redirecting.url_of(article)
        assert answer.status == 200
    tracked = by_id["sample-manara"]
    async with http.get(tracked.url_of(tracked.articles[0]) + "?utm_source=rss") as answer:
        assert answer.status == 200


async def test_a_taken_port_is_a_clear_error_and_leaves_nothing_open(web) -> None:
    """The error names the port and what to do; outlets that had started are stopped again."""
    taken = int(web.outlets[0].base_url.rsplit(":", 1)[1])
    second = SampleWeb(port_base=taken)
    with pytest.raises(ConfigError, match=rf"port {taken}.*--port-base"):
        await second.start()
    assert second.outlets == []


async def test_sources_file_of_the_sample_web_is_read_by_the_connectors(web) -> None:
    """The written file means the same sources, and the guard's list names every outlet."""
    assert parse_sources(sources_toml(web)) == sources(web)
    assert [s.url for s in sources(web)] == [served.listing_url for served in web.outlets]
    assert len(set(allow_hosts(web))) == len(OUTLETS)
