"""Hosts are asked one thing at a time, with pauses, by what their robots.txt allows."""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest

from connectors.fetch import Fetcher, FetchOptions
from connectors.politeness import Politeness, PolitenessOptions
from connectors.robots import Robots, RobotsAnswer
from domain.errors import FetchError
from tests.harness.web import Script, Site, drip, gzipped, redirect, reply


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.now += seconds


def made(time: Time, **options: float) -> Politeness:
    """Return politeness on a clock of ours."""
    return Politeness(
        PolitenessOptions(**options),  # type: ignore[arg-type]
        monotonic=time,
        sleep=time.sleep,
        rng=random.Random(1),
    )


async def test_gap_between_requests_to_one_host_is_kept() -> None:
    """The second turn waits the gap and its jitter; another host does not."""
    time = Time()
    politeness = made(time, min_gap_seconds=2.0, jitter=0.25)
    for host in ("a", "b", "a"):
        async with politeness.turn(host):
            pass
    assert len(time.slept) == 1
    assert 2.0 <= time.slept[0] <= 2.5


async def test_one_host_is_held_by_one_at_a_time() -> None:
    """Turns at a host do not overlap."""
    politeness = made(Time(), min_gap_seconds=0.0)
    inside, most = 0, 0

    async def use() -> None:
        nonlocal inside, most
        async with politeness.turn("a"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(use() for _ in range(20)))
    assert most == 1


async def test_back_off_doubles_up_to_a_day_and_ends_with_success() -> None:
    """Failures in a row from the third on quieten a host for 60 s, 120 s, ... 24 h."""
    time = Time()
    politeness = made(time, min_gap_seconds=0.0)
    politeness.failed("a")
    politeness.failed("a")
    async with politeness.turn("a"):
        pass
    waits = []
    for _ in range(14):
        politeness.failed("a")
        with pytest.raises(FetchError):
            async with politeness.turn("a"):
                pass
        waits.append(politeness._host("a").quiet_until - time.now)
        time.now = politeness._host("a").quiet_until
    assert waits[:3] == [60.0, 120.0, 240.0]
    assert waits[-1] == 86_400.0
    politeness.succeeded("a")
    async with politeness.turn("a"):
        pass


async def test_crawl_delay_is_honoured_up_to_the_limit() -> None:
    """Ten seconds are kept, an hour is cut to thirty."""
    time = Time()
    politeness = made(time, min_gap_seconds=0.0, jitter=0.0)
    politeness.set_crawl_delay("a", 10.0)
    politeness.set_crawl_delay("b", 3600.0)
    for host in ("a", "a", "b", "b"):
        async with politeness.turn(host):
            pass
    assert time.slept == [10.0, 30.0]


async def test_fetcher_opens_one_connection_a_host(fetcher: Fetcher, site: Site) -> None:
    """Ten fetches at once reach the host one after the other."""
    site.scripts["/a"] = reply(b"a")
    await asyncio.gather(*(fetcher.get(site.url("/a")) for _ in range(10)))
    assert site.open_most == 1
    assert site.hits == {"/robots.txt": 1, "/a": 10}


RULES = b"User-agent: vigie\nDisallow: /private\nCrawl-delay: 7\n\nUser-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("allowed", "script"),
    [
        (True, reply(RULES, content_type="text/plain")),
        (True, reply(status="404 Not Found")),
        (True, reply(status="403 Forbidden")),
        (True, reply(b"<html>no robots here</html>")),
        (True, reply(b"User-agent: *\nAllow: /\n" + b"#" * 700_000 + b"\n")),
        (False, reply(status="500 Oops")),
        (False, reply(status="503 Busy")),
        (False, reply(status="429 Slow down")),
        (False, redirect("/robots.txt")),
        (False, gzipped(b"\0" * 50_000_000)),
        (False, drip(0.05, 1000)),
    ],
    ids=["rules", "404", "403", "html", "long", "500", "503", "429", "loop", "bomb", "drip"],
)
async def test_robots_answer_decides(allowed: bool, script: Script, site: Site) -> None:
    """4xx allows, 5xx and what cannot be read do not, for now; then the page is never asked for."""
    site.scripts |= {"/robots.txt": script, "/a": reply(b"a")}
    options = FetchOptions(
        allow_hosts=frozenset({site.netloc}), total_seconds=2.0, read_seconds=1.0
    )
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as fetcher:
        if allowed:
            assert (await fetcher.get(site.url("/a"))).body == b"a"
        else:
            with pytest.raises(FetchError):
                await fetcher.get(site.url("/a"))
    assert site.hits["/a"] == int(allowed)


async def test_disallowed_path_is_never_asked_for(fetcher: Fetcher, site: Site) -> None:
    """Our own name's rules win over those for everybody, behind a redirect too."""
    site.scripts |= {
        "/robots.txt": reply(RULES, content_type="text/plain"),
        "/private/a": reply(b"secret"),
        "/open": redirect("/private/a"),
    }
    for path in ("/private/a", "/open"):
        with pytest.raises(FetchError) as caught:
            await fetcher.get(site.url(path))
        assert caught.value.reason == "robots"
    assert site.hits["/private/a"] == 0


async def test_rules_are_kept_a_day_and_refusals_fifteen_minutes() -> None:
    """robots.txt is not asked for again before its time."""
    time, asked = Time(), 0
    answers = [
        RobotsAnswer(500),
        RobotsAnswer(200, "User-agent: *\nDisallow: /x"),
        RobotsAnswer(404),
    ]

    async def get(url: str) -> RobotsAnswer:
        nonlocal asked
        asked += 1
        return answers[asked - 1]

    robots = Robots(get, "vigie/0.1 (x)", monotonic=time)
    url = httpx.URL("https://a.example/x")
    seen = []
    for step in (0.0, 899.0, 2.0, 86_000.0, 1000.0):
        time.now += step
        seen.append((await robots.allowed(url), asked))
    assert seen == [(False, 1), (False, 1), (False, 2), (False, 2), (True, 3)]
