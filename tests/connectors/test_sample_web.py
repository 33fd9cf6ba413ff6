"""The connectors fetch the whole sample web: every format, charset and obstacle it has."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.canonical import canonical_url
from connectors.options import ConnectorOptions, make_fetcher
from connectors.service import run_once
from connectors.sources import Source
from connectors.state import State
from desk.sample_web.outlets import Listing
from desk.sample_web.server import SampleWeb
from tests.connectors.fakes import FakeMetrics, FakePublisher
from tests.paths import DEV_CORPUS, require

KINDS = {Listing.SITEMAP: "sitemap", Listing.LIST_PAGE: "list"}


def sources_of(web: SampleWeb) -> list[Source]:
    """Return the outlets as sources."""
    return [
        Source(
            id=served.outlet.outlet_id,
            name=served.outlet.name,
            country=served.outlet.country,
            kind=KINDS.get(served.outlet.listing, "rss"),  # type: ignore[arg-type]
            url=served.listing_url,
        )
        for served in web.outlets
    ]


async def test_every_article_of_the_sample_web_is_produced_once() -> None:
    """RSS, Atom, RDF, JSON Feed, sitemap and list page; redirects, tracking and a wall; then nothing new."""
    async with SampleWeb(require(DEV_CORPUS)) as web:
        sources = sources_of(web)
        options = ConnectorOptions(
            allow_hosts=frozenset(urlsplit(s.url).netloc for s in sources), min_gap_seconds=0.0
        )
        publisher, metrics = FakePublisher(), FakeMetrics()
        with State(":memory:") as state:
            async with make_fetcher(options) as fetcher:
                arguments = (options, sources, publisher, state, fetcher)
                first = await run_once(*arguments, metrics=metrics)
                second = await run_once(*arguments, metrics=metrics)
        expected = {
            canonical_url(served.url_of(article))
            for served in web.outlets
            for article in served.articles
        }
        assert set(publisher.urls) == expected
        assert len(publisher.urls) == web.article_count
    assert {s.id: sum(first[s.id].values()) for s in sources} == {
        served.outlet.outlet_id: len(served.articles) for served in web.outlets
    }
    assert sum(counts.get("partial", 0) for counts in first.values()) == 1
    assert all(counts == {} for counts in second.values())
    assert sum(metrics.outcomes.values()) == web.article_count
