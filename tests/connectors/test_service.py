"""The service polls, publishes and remembers; its memory moves only after the acknowledgement."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from connectors.fetch import Fetcher
from connectors.metrics import REQUEST_OUTCOMES
from connectors.options import ConnectorOptions, make_fetcher
from connectors.poll import PollResult
from connectors.service import next_state, run_connectors, run_once
from connectors.sources import Source
from connectors.state import SourceState, State
from domain.errors import SinkUnavailable
from domain.outcome import FetchOutcome
from tests.connectors.fakes import FakeClock, FakeMetrics, FakePublisher, until
from tests.harness.web import ScriptedServer, Site, drip, gzipped, redirect, reply

PAGE = b"<html><body><p>Le ministre est venu.</p></body></html>"


def feed(*entries: tuple[str, str], summary: str = "teaser") -> bytes:
    """Return an RSS feed of (id, title) entries, newest first, whose pages are /p/<id>."""
    rows = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{ident}</guid><link>/p/{ident}</link>"
        f"<description>{summary}</description></item>"
        for ident, title in entries
    )
    return f"<rss version='2.0'><channel><title>T</title>{rows}</channel></rss>".encode()


@dataclass(slots=True)
class Bench:
    """A site and everything needed to poll it."""

    site: Site
    options: ConnectorOptions
    state_path: Path
    publisher: FakePublisher = field(default_factory=FakePublisher)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    clock: FakeClock = field(default_factory=FakeClock)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def source(self, **changes: object) -> Source:
        """Return the source at /feed."""
        source = Source(id="src", name="S", country="MA", kind="rss", url=self.site.url("/feed"))
        return msgspec.structs.replace(source, **changes)

    def serve(self, *entries: tuple[str, str], summary: str = "teaser", **headers: str) -> None:
        """Serve a feed and its pages."""
        self.site.scripts["/feed"] = reply(
            feed(*entries, summary=summary), content_type="application/rss+xml", **headers
        )
        for ident, _ in entries:
            self.site.scripts.setdefault(f"/p/{ident}", reply(PAGE))

    def fetcher(self) -> Fetcher:
        """Return a fresh fetcher, as after a restart."""
        return make_fetcher(self.options, clock=self.clock)

    async def once(self, *sources: Source) -> dict[str, dict[str, int]]:
        """Open the state, poll once, close: one life of the process."""
        with State(self.state_path) as state:
            async with self.fetcher() as fetcher:
                return await run_once(
                    self.options,
                    sources or (self.source(),),
                    self.publisher,
                    state,
                    fetcher,
                    self.clock,
                    self.metrics,
                    self.stop,
                )


@pytest_asyncio.fixture
async def bench(site: Site, tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench on the site, with short limits."""
    options = ConnectorOptions(
        allow_hosts=frozenset({site.netloc}),
        min_gap_seconds=0.0,
        total_seconds=1.0,
        read_seconds=0.3,
        parser_children=1,
        start_spread_seconds=0.0,
        poll_jitter=0.0,
    )
    yield Bench(site, options, tmp_path / "var" / "state.sqlite")


async def test_new_entries_are_produced_with_page_and_entry_oldest_first(bench: Bench) -> None:
    """The record holds the page's bytes, what the feed said, and where it came from."""
    bench.serve(("2", "Second"), ("1", "First"))
    assert await bench.once() == {"src": {"produced": 2}}
    first = bench.publisher.articles[0]
    assert bench.publisher.urls == [bench.site.url("/p/1"), bench.site.url("/p/2")]
    assert (first.body, first.media_type, first.charset) == (PAGE, "text/html", "utf-8")
    assert first.source.source_id == "src"
    assert first.source.kind == "rss"
    assert first.entry is not None
    assert (first.entry.title, first.entry.summary) == ("First", "teaser")
    assert first.entry.feed_url == bench.site.url("/feed")
    assert first.fetched_at == first.first_seen_at == bench.clock.now
    assert not first.partial


async def test_unchanged_feed_is_one_conditional_request(bench: Bench) -> None:
    """With the validators of an acknowledged poll the next one costs a 304, also after a restart."""
    bench.serve(("1", "First"), ETag='"v1"', Last_Modified="Mon, 22 Apr 2024 10:00:00 GMT")
    await bench.once()
    bench.site.scripts["/feed"] = reply(status="304 Not Modified")
    assert await bench.once() == {"src": {}}
    asked = bench.site.requests[-1].headers
    assert asked["if-none-match"] == '"v1"'
    assert asked["if-modified-since"] == "Mon, 22 Apr 2024 10:00:00 GMT"
    assert bench.metrics.requests["src", "not_modified"] == 1


async def test_entry_seen_before_is_not_produced_again_whatever_its_date(bench: Bench) -> None:
    """Entries are known by id: an old one that appears late is new, a known one with a new date is not."""
    bench.serve(("2", "Second"))
    await bench.once()
    bench.serve(("2", "Second"), ("1", "Older but unseen"))
    assert await bench.once() == {"src": {"seen": 1, "produced": 1}}


async def test_edited_entry_is_produced_again(bench: Bench) -> None:
    """Changed words are a new version of the article; first_seen_at stays that of the first."""
    bench.serve(("1", "Sept arrestations"))
    await bench.once()
    first = bench.clock.now
    bench.clock.move(600)
    bench.serve(("1", "Huit arrestations"))
    assert await bench.once() == {"src": {"produced": 1}}
    again = bench.publisher.articles[1]
    assert (again.first_seen_at, again.fetched_at) == (first, bench.clock.now)
    assert await bench.once() == {"src": {"seen": 1}}


async def test_nothing_moves_before_the_acknowledgement(bench: Bench) -> None:
    """A publisher that is down at a stop leaves the entry, and the validators, for the next life."""
    bench.serve(("3", "c"), ("2", "b"), ("1", "a"), ETag='"v1"')
    bench.publisher = FakePublisher(down=set(range(2, 1000)))
    running = asyncio.create_task(bench.once())
    await until(lambda: bench.publisher.calls >= 3)
    bench.stop.set()
    assert await running == {"src": {"produced": 1, "failed": 2}}
    bench.stop.clear()
    taken = bench.publisher.urls
    bench.publisher = FakePublisher()
    assert await bench.once() == {"src": {"seen": 1, "produced": 2}}
    assert "if-none-match" not in bench.site.requests[-3].headers
    assert sorted(taken + bench.publisher.urls) == [bench.site.url(f"/p/{n}") for n in (1, 2, 3)]


async def test_kafka_that_is_down_is_waited_for(bench: Bench) -> None:
    """An outage costs time, not articles."""
    bench.serve(("2", "b"), ("1", "a"))
    bench.publisher = FakePublisher(down={1, 3})
    assert await bench.once() == {"src": {"produced": 2}}
    assert bench.publisher.calls == 4


async def test_article_refused_for_good_is_given_up_after_three_polls(bench: Bench) -> None:
    """It is counted each time, and holds up nothing."""
    bench.serve(("2", "b"), ("1", "a"))
    bench.publisher = FakePublisher(refused={1, 3, 4})
    outcomes = [(await bench.once())["src"] for _ in range(4)]
    assert outcomes == [
        {"failed": 1, "produced": 1},
        {"failed": 1, "seen": 1},
        {"skipped": 1, "seen": 1},
        {"seen": 2},
    ]


@pytest.mark.parametrize(
    "script",
    [
        reply(status="403 Forbidden"),
        reply(status="404 Not Found"),
        reply(status="410 Gone"),
        drip(0.05, 1000),
        redirect("http://169.254.169.254/"),
        redirect("/"),
        reply(b"%PDF-1.7", content_type="application/pdf"),
        gzipped(b"x" * 100, times=2, coding="gzip, gzip"),
    ],
    ids=["403", "404", "410", "slow", "metadata", "front-page", "pdf", "nested-gzip"],
)
async def test_page_that_cannot_be_had_leaves_the_feeds_own_text(
    bench: Bench, script: object
) -> None:
    """The article is produced as partial, with the teaser as its body."""
    bench.serve(("1", "Un accord"), summary="&lt;p&gt;Le teaser.&lt;/p&gt;")
    bench.site.scripts["/p/1"] = script  # type: ignore[assignment]
    bench.site.scripts["/"] = reply(PAGE)
    assert await bench.once() == {"src": {"partial": 1}}
    (article,) = bench.publisher.articles
    assert (article.body, article.media_type, article.partial) == (
        b"<p>Le teaser.</p>",
        "text/html",
        True,
    )
    assert article.canonical_url == bench.site.url("/p/1")
    assert await bench.once() == {"src": {"seen": 1}}


async def test_passing_failure_is_tried_again_then_taken_as_it_is(bench: Bench) -> None:
    """A 500 is tried at three polls; a 304 must not hide the entry meanwhile."""
    bench.serve(("1", "Un accord"), ETag='"v1"')
    bench.site.scripts["/p/1"] = reply(status="500 Oops")
    assert [(await bench.once())["src"] for _ in range(3)] == [
        {"failed": 1},
        {"failed": 1},
        {"partial": 1},
    ]
    feeds = [r for r in bench.site.requests if r.path == "/feed"]
    assert all("if-none-match" not in r.headers for r in feeds)
    await bench.once()
    assert bench.site.requests[-1].headers["if-none-match"] == '"v1"'


async def test_page_that_recovers_is_produced_whole(bench: Bench) -> None:
    """The second try finds it."""
    bench.serve(("1", "Un accord"))
    bench.site.scripts["/p/1"] = reply(status="502 Oops")
    await bench.once()
    bench.site.scripts["/p/1"] = reply(PAGE)
    assert await bench.once() == {"src": {"produced": 1}}


async def test_feed_text_is_the_article_where_the_source_says_so(bench: Bench) -> None:
    """With page = false no page is asked for, and the record is not partial."""
    bench.serve(("1", "Un accord"))
    assert await bench.once(bench.source(page=False)) == {"src": {"produced": 1}}
    assert bench.site.hits["/p/1"] == 0
    assert bench.publisher.articles[0].body == b"teaser"


async def test_each_entry_ends_in_one_outcome(bench: Bench) -> None:
    """Filtered, linkless, doubled, too old and produced entries add up to the entries of the feed."""
    rows = (
        "<item><title>Sport</title><link>/p/1</link></item>"
        "<item><title>No link</title></item>"
        "<item><title>Twice</title><guid isPermaLink='false'>x</guid><link>/p/2</link></item>"
        "<item><title>Twice</title><guid isPermaLink='false'>x</guid><link>/p/2</link></item>"
        "<item><title>Same id</title><guid isPermaLink='false'>x</guid><link>/p/3</link></item>"
        "<item><title>Old</title><link>/p/4</link><pubDate>Mon, 22 Apr 2024 10:00:00 GMT</pubDate></item>"
    )
    for n in range(1, 5):
        bench.site.scripts[f"/p/{n}"] = reply(PAGE)
    bench.site.scripts["/feed"] = reply(
        f"<rss version='2.0'><channel>{rows}</channel></rss>".encode()
    )
    source = bench.source(exclude="sport", max_age_hours=48.0)
    assert await bench.once(source) == {"src": {"skipped": 3, "produced": 2, "seen": 1}}
    assert sum(bench.metrics.outcomes.values()) == 6
    assert bench.publisher.urls == [bench.site.url("/p/3"), bench.site.url("/p/2")]


async def test_sitemap_index_leads_to_its_children_one_level_down(bench: Bench) -> None:
    """An index is read each time; its children are asked for conditionally, packed or not."""
    index = "<sitemapindex><sitemap><loc>/news.xml.gz</loc></sitemap></sitemapindex>"
    bench.site.scripts["/feed"] = reply(index.encode(), ETag='"i"')
    news = b"<urlset><url><loc>/p/1</loc></url></urlset>"
    bench.site.scripts["/news.xml.gz"] = reply(
        gzip.compress(news), content_type="application/gzip", ETag='"n"'
    )
    bench.site.scripts["/p/1"] = reply(PAGE)
    source = bench.source(kind="sitemap")
    assert await bench.once(source) == {"src": {"produced": 1}}
    assert bench.publisher.articles[0].source.kind == "scraper"
    bench.site.scripts["/news.xml.gz"] = reply(status="304 Not Modified")
    assert await bench.once(source) == {"src": {}}
    assert [r.headers.get("if-none-match") for r in bench.site.requests[-2:]] == [None, '"n"']


async def test_list_page_without_feed_is_scraped(bench: Bench) -> None:
    """The links of a plain page become articles."""
    bench.site.scripts["/feed"] = reply(
        b"<a href='/p/20240422'>Paris et Rabat signent un accord</a>"
    )
    bench.site.scripts["/p/20240422"] = reply(PAGE)
    assert await bench.once(bench.source(kind="list")) == {"src": {"produced": 1}}


@pytest.mark.parametrize(
    ("reason", "script"),
    [
        ("not_a_feed", reply(b"<html>moved</html>")),
        ("entities", reply(b"<!DOCTYPE r [<!ENTITY a 'b'>]><rss/>")),
        ("server_error", reply(status="500 Oops")),
        ("encoding", gzipped(b"x", times=2)),
    ],
)
async def test_listing_that_cannot_be_read_touches_no_other_source(
    bench: Bench, server: ScriptedServer, reason: str, script: object
) -> None:
    """One bad source is one failed poll."""
    bench.serve(("1", "a"))
    bench.site.scripts["/bad"] = script  # type: ignore[assignment]
    bad = bench.source(id="bad", url=bench.site.url("/bad"))
    assert await bench.once(bad, bench.source()) == {
        "bad": {"listing_failed": 1},
        "src": {"produced": 1},
    }
    with State(bench.state_path) as state:
        assert state.source("bad", bad.url).failures == 1


async def test_moved_feed_is_asked_for_at_its_new_address(bench: Bench) -> None:
    """A permanent redirect of the feed is remembered over a restart."""
    bench.serve(("1", "a"))
    bench.site.scripts["/new"] = bench.site.scripts["/feed"]
    bench.site.scripts["/feed"] = redirect("/new", "301 Moved")
    await bench.once()
    await bench.once()
    assert bench.site.hits["/feed"] == 1
    assert bench.site.hits["/new"] == 2


async def test_restart_never_polls_early(bench: Bench) -> None:
    """A source that is due in five minutes is not asked before, whoever restarts."""
    bench.serve(("1", "a"))
    await bench.once()
    asked = bench.site.hits["/feed"]
    with State(bench.state_path) as state:
        due = state.source("src", bench.source().url).next_poll_at
        assert due == bench.clock.now.timestamp() + 300
        async with bench.fetcher() as fetcher:
            running = asyncio.create_task(
                run_connectors(
                    bench.options, [bench.source()], bench.publisher, state, fetcher,
                    bench.clock, bench.metrics, bench.stop,
                )
            )  # fmt: skip
            await asyncio.sleep(0.2)
            bench.stop.set()
            await running
    assert bench.site.hits["/feed"] == asked


async def test_service_polls_again_and_stops_at_the_gone_feed(bench: Bench) -> None:
    """The loop goes round by the interval; 410 ends it for good, also after a restart."""
    bench.serve(("1", "a"))
    source = bench.source(interval_seconds=0.05)

    async def run_until(hits: int) -> None:
        bench.stop.clear()
        with State(bench.state_path) as state:
            async with bench.fetcher() as fetcher:
                running = asyncio.create_task(
                    run_connectors(
                        bench.options, [source], bench.publisher, state, fetcher,
                        lambda: bench.clock.now, bench.metrics, bench.stop,
                    )
                )  # fmt: skip
                await until(lambda: bench.site.hits["/feed"] >= hits)
                await asyncio.sleep(0.2)
                bench.stop.set()
                await running

    await run_until(2)
    bench.site.scripts["/feed"] = reply(status="410 Gone")
    bench.clock.move(1)
    await run_until(bench.site.hits["/feed"] + 1)
    asked = bench.site.hits["/feed"]
    bench.clock.move(100_000)
    await run_until(asked)
    assert bench.site.hits["/feed"] == asked


async def test_poll_under_way_is_cut_after_its_grace(bench: Bench) -> None:
    """A stop does not wait for a slow page; what was not acknowledged comes again."""
    bench.serve(("1", "a"))
    bench.site.scripts["/p/1"] = drip(0.05, 100_000)
    options = replace(bench.options, total_seconds=60.0, stop_grace_seconds=0.1)
    with State(bench.state_path) as state:
        async with make_fetcher(options) as fetcher:
            running = asyncio.create_task(
                run_connectors(
                    options, [bench.source()], bench.publisher, state, fetcher,
                    bench.clock, bench.metrics, bench.stop,
                )
            )  # fmt: skip
            await until(lambda: bench.site.hits["/p/1"] == 1)
            bench.stop.set()
            await running
    assert bench.publisher.articles == []
    bench.stop.clear()
    bench.site.scripts["/p/1"] = reply(PAGE)
    assert await bench.once() == {"src": {"produced": 1}}


async def test_state_that_cannot_be_written_ends_the_service(bench: Bench) -> None:
    """A full disk stops the process with a clear error, not source by source in silence."""
    bench.serve(("1", "a"))
    with State(bench.state_path) as state:
        state._db.execute("PRAGMA query_only=ON")
        async with bench.fetcher() as fetcher:
            with pytest.raises(SinkUnavailable, match="write connector state"):
                await run_connectors(
                    bench.options, [bench.source()], bench.publisher, state, fetcher,
                    bench.clock, bench.metrics, bench.stop,
                )  # fmt: skip


async def test_metrics_have_closed_labels(bench: Bench) -> None:
    """Source ids and reasons only; success, article and interval are kept for the alerts."""
    bench.serve(("2", "b"), ("1", "a"))
    bench.site.scripts["/p/1"] = reply(status="404 Not Found")
    await bench.once()
    assert {outcome for _, outcome in bench.metrics.requests} <= set(REQUEST_OUTCOMES)
    assert bench.metrics.requests == {("src", "ok"): 2, ("src", "not_found"): 1}
    assert bench.metrics.durations["src"] == 3
    assert bench.metrics.bytes["src"] > len(PAGE)
    now = bench.clock.now.timestamp()
    assert bench.metrics.last_success == bench.metrics.last_article == {"src": now}
    assert bench.metrics.intervals == {"src": 300.0}
    assert bench.metrics.outcomes == {FetchOutcome.PRODUCED: 1, FetchOutcome.PARTIAL: 1}


KNOWN = SourceState("https://a.example/", failures=0)
OPTIONS = ConnectorOptions(poll_jitter=0.1)
SOURCE = Source(id="a", name="A", country="MA", kind="rss", url="https://a.example/")


@pytest.mark.parametrize(
    ("expected", "result", "failures", "wobble"),
    [
        (300.0, PollResult("ok"), 0, 0.0),
        (330.0, PollResult("ok"), 0, 1.0),
        (270.0, PollResult("not_modified"), 3, -1.0),
        (1800.0, PollResult("ok", max_age_seconds=1800.0), 0, 0.0),
        (3600.0, PollResult("ok", max_age_seconds=86_400.0), 0, 0.0),
        (300.0, PollResult("timeout"), 0, 0.0),
        (600.0, PollResult("timeout"), 1, 0.0),
        (4800.0, PollResult("not_a_feed"), 4, 0.0),
        (86_400.0, PollResult("timeout"), 40, 0.0),
        (7200.0, PollResult("throttled", retry_after_seconds=7200.0), 0, 0.0),
        (86_400.0, PollResult("throttled", retry_after_seconds=1e9), 0, 0.0),
    ],
)
def test_next_poll_follows_interval_server_and_failures(
    expected: float, result: PollResult, failures: int, wobble: float
) -> None:
    """The interval with its jitter, max-age as a floor, doubling back-off, never before Retry-After."""
    known = SourceState(KNOWN.url, failures=failures)
    after = next_state(known, result, SOURCE, OPTIONS, 1000.0, wobble)
    assert after.next_poll_at - 1000.0 == pytest.approx(expected)
    assert after.failures == (0 if result.ok else failures + 1)
