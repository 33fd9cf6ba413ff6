"""The fetcher gets what it asked for, within its limits, and says plainly why not."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime

import pytest

from connectors.fetch import (
    Fetcher,
    FetchOptions,
    StatusError,
    Validators,
    content_type,
    max_age,
    retry_after,
)
from connectors.politeness import Politeness, PolitenessOptions
from domain.errors import FetchError
from runtime.http_guard import FetchReason
from tests.harness.web import (
    ScriptedServer,
    Site,
    drip,
    endless_headers,
    gzipped,
    noise,
    redirect,
    reply,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def reason_of(fetcher: Fetcher, url: str) -> str:
    """Return why a fetch fails."""
    with pytest.raises(FetchError) as caught:
        await fetcher.get(url)
    return str(caught.value.reason)


async def test_page_comes_with_its_type_charset_and_validators(
    fetcher: Fetcher, site: Site
) -> None:
    """What the server says of a page is kept as it said it."""
    site.scripts["/a"] = reply(
        b"<p>x</p>",
        content_type="text/html; charset=Windows-1256",
        ETag='W/"1"',
        Last_Modified="Mon, 22 Apr 2024 10:00:00 GMT",
        Cache_Control="public, max-age=120",
    )
    found = await fetcher.get(site.url("/a"))
    assert (found.body, found.media_type, found.charset) == (
        b"<p>x</p>",
        "text/html",
        "windows-1256",
    )
    assert found.validators == Validators('W/"1"', "Mon, 22 Apr 2024 10:00:00 GMT")
    assert found.max_age_seconds == 120


async def test_request_is_honest_and_says_no_more_than_needed(fetcher: Fetcher, site: Site) -> None:
    """One stable name, gzip only, no cookie, no referrer."""
    site.scripts["/a"] = reply(b"x", Set_Cookie="id=1")
    await fetcher.get(site.url("/a"))
    await fetcher.get(site.url("/a"))
    sent = site.requests[-1].headers
    assert sent["user-agent"] == fetcher.options.user_agent
    assert sent["accept-encoding"] == "gzip"
    assert not {"cookie", "referer", "authorization"} & set(sent)


async def test_validators_go_back_unchanged_and_304_has_no_body(
    fetcher: Fetcher, site: Site
) -> None:
    """An opaque validator, quotes and all, is what the server gets back."""
    site.scripts["/a"] = reply(status="304 Not Modified")
    known = Validators('W/"a,b "', "yesterday, about noon")
    found = await fetcher.get(site.url("/a"), validators=known)
    assert found.not_modified
    assert found.body == b""
    assert site.requests[-1].headers["if-none-match"] == 'W/"a,b "'
    assert site.requests[-1].headers["if-modified-since"] == "yesterday, about noon"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (FetchReason.FORBIDDEN, "403 Forbidden"),
        (FetchReason.FORBIDDEN, "401 Unauthorized"),
        (FetchReason.NOT_FOUND, "404 Not Found"),
        (FetchReason.GONE, "410 Gone"),
        (FetchReason.CLIENT_ERROR, "418 Teapot"),
        (FetchReason.SERVER_ERROR, "500 Oops"),
        (FetchReason.THROTTLED, "503 Busy"),
        (FetchReason.CLIENT_ERROR, "204 No Content"),
    ],
)
async def test_status_becomes_its_reason(
    reason: FetchReason, status: str, fetcher: Fetcher, site: Site
) -> None:
    """Every status but 200 and 304 has a reason from the closed set."""
    site.scripts["/a"] = reply(status=status)
    assert await reason_of(fetcher, site.url("/a")) == reason


async def test_429_tells_when_to_return_and_the_host_is_left_alone(
    fetcher: Fetcher, site: Site
) -> None:
    """After Retry-After: 120 the same host is not asked again, for any path."""
    site.scripts["/a"] = reply(status="429 Slow down", Retry_After="120")
    site.scripts["/b"] = reply(b"b")
    with pytest.raises(StatusError) as caught:
        await fetcher.get(site.url("/a"))
    assert caught.value.retry_after_seconds == 120
    assert await reason_of(fetcher, site.url("/b")) == FetchReason.BACK_OFF
    assert site.hits["/b"] == 0


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (120.0, "120"),
        (3600.0, "Sun, 22 Nov 2026 13:00:00 GMT"),
        (0.0, "Sun, 22 Nov 2026 11:00:00 GMT"),
        (None, "soon"),
        (None, ""),
        (None, "-5"),
    ],
)
def test_retry_after_is_seconds_or_a_date(expected: float | None, value: str) -> None:
    """A date in the past means now; nonsense means nothing."""
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (300.0, "max-age=300"),
        (60.0, 'public, max-age="60", must-revalidate'),
        (0.0, "no-cache, max-age=300"),
        (0.0, "s-maxage=300"),
        (86_400.0, "max-age=31536000"),
        (0.0, ""),
    ],
)
def test_max_age_is_read_within_a_day(expected: float, value: str) -> None:
    """s-maxage is for shared caches, no-cache wins."""
    assert max_age(value) == expected


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (("text/html", "utf-8"), "text/HTML; Charset=UTF-8"),
        (("text/html", ""), "text/html"),
        (("application/rss+xml", "iso-8859-1"), 'application/rss+xml; charset="ISO-8859-1"'),
        (("", ""), ""),
        (("text/html", ""), "text/html; charset="),
    ],
)
def test_content_type_is_split(expected: tuple[str, str], value: str) -> None:
    """Case and quotes do not matter."""
    assert content_type(value) == expected


async def test_drip_feed_is_cut_by_the_total_time(fetcher: Fetcher, site: Site) -> None:
    """Each byte comes in time, the whole never would."""
    site.scripts["/a"] = drip(0.05, 10_000)
    assert await reason_of(fetcher, site.url("/a")) == FetchReason.TIMEOUT


async def test_silent_server_is_cut_by_the_read_time(fetcher: Fetcher, site: Site) -> None:
    """A server that takes the request and says nothing is given up."""

    async def silent(*_: object) -> None:
        await asyncio.sleep(5)

    site.scripts["/a"] = silent
    assert await reason_of(fetcher, site.url("/a")) == FetchReason.TIMEOUT


async def test_endless_headers_are_cut(fetcher: Fetcher, site: Site) -> None:
    """Headers are bounded before they are all read."""
    site.scripts["/a"] = endless_headers()
    assert await reason_of(fetcher, site.url("/a")) == FetchReason.PROTOCOL


async def test_too_many_headers_are_refused(fetcher: Fetcher, site: Site) -> None:
    """Below the parser's bound there is our own."""
    many = {f"X_{n}": "y" * 100 for n in range(300)}
    site.scripts["/a"] = reply(b"x", **many)
    assert await reason_of(fetcher, site.url("/a")) == FetchReason.HEADERS


async def test_declared_and_undeclared_huge_bodies_are_refused(
    fetcher: Fetcher, site: Site
) -> None:
    """A length over the limit is believed; without one the bytes are counted."""
    site.scripts["/declared"] = reply(b"x" * 300_000)
    site.scripts["/undeclared"] = drip(0.0, 300_000)

    async def stream(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _n in range(40):
            writer.write(b"x" * 10_000)
            await writer.drain()

    site.scripts["/undeclared"] = stream
    assert await reason_of(fetcher, site.url("/declared")) == FetchReason.TOO_LARGE
    assert await reason_of(fetcher, site.url("/undeclared")) == FetchReason.TOO_LARGE


async def test_gzip_is_taken_off_once(fetcher: Fetcher, site: Site) -> None:
    """A packed page is unpacked; several members count as one body."""
    site.scripts["/a"] = gzipped(b"<p>hello</p>" * 100)
    two = gzip.compress(b"one ") + gzip.compress(b"two")
    site.scripts["/b"] = reply(two, Content_Encoding="gzip")
    found = await fetcher.get(site.url("/a"))
    assert found.body == b"<p>hello</p>" * 100
    assert found.unpacked
    assert found.wire_bytes < len(found.body)
    assert (await fetcher.get(site.url("/b"))).body == b"one two"


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (FetchReason.TOO_LARGE, "bomb"),
        (FetchReason.ENCODING, "two layers"),
        (FetchReason.ENCODING, "brotli"),
        (FetchReason.ENCODING, "not gzip"),
        (FetchReason.ENCODING, "cut"),
    ],
)
async def test_body_packed_in_a_wrong_way_is_refused(
    reason: FetchReason, name: str, fetcher: Fetcher, site: Site
) -> None:
    """Bombs, nested and foreign codings, broken streams."""
    scripts = {
        "bomb": gzipped(b"\0" * 20_000_000),
        "two layers": gzipped(b"x" * 100, times=2, coding="gzip, gzip"),
        "brotli": reply(b"x", Content_Encoding="br"),
        "not gzip": reply(b"plain text", Content_Encoding="gzip"),
        "cut": reply(gzip.compress(noise(5000))[:-100], Content_Encoding="gzip"),
    }
    site.scripts["/a"] = scripts[name]
    assert await reason_of(fetcher, site.url("/a")) == reason


async def test_bomb_within_the_size_limit_is_told_by_its_ratio(site: Site) -> None:
    """Four megabytes out of four kilobytes is no page."""
    options = FetchOptions(allow_hosts=frozenset({site.netloc}))
    site.scripts["/a"] = gzipped(b"\0" * 4_000_000)
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as fetcher:
        assert await reason_of(fetcher, site.url("/a")) == FetchReason.BOMB


async def test_redirects_are_followed_and_the_permanent_ones_remembered(
    fetcher: Fetcher, site: Site
) -> None:
    """301 and 308 give the new address; after a 302 nothing is permanent."""
    site.scripts |= {
        "/old": redirect("/older", "301 Moved"),
        "/older": redirect("/new", "308 Moved"),
        "/mixed": redirect("/old2", "301 Moved"),
        "/old2": redirect("/new", "302 Found"),
        "/new": reply(b"here"),
    }
    moved = await fetcher.get(site.url("/old"))
    assert (moved.url, moved.moved_to, moved.body) == (site.url("/new"), site.url("/new"), b"here")
    mixed = await fetcher.get(site.url("/mixed"))
    assert (mixed.url, mixed.moved_to) == (site.url("/new"), site.url("/old2"))


@pytest.mark.parametrize(
    ("reason", "location"),
    [
        (FetchReason.REDIRECT, "/loop"),
        (FetchReason.SCHEME, "file:///etc/passwd"),
        (FetchReason.BAD_URL, "javascript:alert(1)"),
        (FetchReason.ADDRESS, "http://169.254.169.254/latest/meta-data/"),
        (FetchReason.ADDRESS, "http://[::ffff:169.254.169.254]/"),
        (FetchReason.ADDRESS, "http://2130706433/"),
        (FetchReason.PORT, "http://127.0.0.1:22/"),
        (FetchReason.REDIRECT, ""),
    ],
)
async def test_redirect_to_where_nothing_may_go_is_refused(
    reason: FetchReason, location: str, fetcher: Fetcher, site: Site
) -> None:
    """Each hop passes the same door as the first request."""
    site.scripts["/loop"] = redirect(location)
    assert await reason_of(fetcher, site.url("/loop")) == reason
    assert site.hits["/loop"] <= 6


async def test_validators_stay_at_the_origin_they_belong_to(server: ScriptedServer) -> None:
    """Another origin gets no conditional header made for the first."""
    first, second = await server.site(), await server.site()
    first.scripts["/a"] = redirect(second.url("/b"))
    second.scripts["/b"] = reply(b"b")
    options = FetchOptions(allow_hosts=frozenset({first.netloc, second.netloc}))
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as fetcher:
        await fetcher.get(first.url("/a"), validators=Validators('"secret"', "x"))
    assert first.requests[-1].headers["if-none-match"] == '"secret"'
    assert not {"if-none-match", "if-modified-since"} & set(second.requests[-1].headers)


async def test_connection_refused_is_told_and_backs_off_after_three(
    fetcher: Fetcher, server: ScriptedServer
) -> None:
    """A dead host is tried three times, then left alone."""
    dead = await server.site()
    server._servers[-1].close()
    await server._servers[-1].wait_closed()
    options = FetchOptions(allow_hosts=frozenset({dead.netloc}), obey_robots=False)
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as own:
        reasons = [await reason_of(own, dead.url("/")) for _ in range(4)]
    assert reasons == ["connect", "connect", "connect", "back_off"]
