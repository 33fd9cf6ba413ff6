"""Bombs, drips, loops and addresses inside: each fetch ends soon, small, and nowhere it must not be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise

import httpcore
import httpx
import pytest
import pytest_asyncio

from connectors.fetch import MAX_HOPS, Fetcher, FetchOptions
from connectors.politeness import Politeness, PolitenessOptions
from domain.errors import FetchError
from runtime.http_guard import FetchReason, is_public
from tests.harness.web import (
    Peak,
    Script,
    ScriptedServer,
    Site,
    Trap,
    bomb,
    drip,
    drip_headers,
    endless_body,
    endless_headers,
    raw,
    redirect,
    reply,
    silent,
)
from tests.hostile.conftest import TOTAL_SECONDS, Tally

MB = 1_000_000
ROOM_MB = 64
# The promise is the limit of time itself; the rest is for a busy machine.
SLACK_SECONDS = 30.0


def packed(body: bytes, coding: str = "gzip") -> Script:
    """Return a script that sends a body as if it were packed so."""
    return reply(body, content_type="text/html", Content_Encoding=coding)


BOMBS = {
    "400 MB in 400 kB": lambda: packed(bomb(400 * MB)),
    "nested once": lambda: packed(bomb(200 * MB, 2)),
    "nested twice": lambda: packed(bomb(200 * MB, 3)),
    "nested, both named": lambda: packed(bomb(200 * MB, 2), "gzip, gzip"),
    "another coding": lambda: packed(b"x" * 1000, "br"),
    "thousands of members": lambda: packed(bomb(0) * 100_000),
    "member after member of 1 MB": lambda: packed(bomb(1 << 20) * 200),
    "endless body": lambda: endless_body(),
    "a length of petabytes": lambda: raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n", b"x" * 1000
    ),
}


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_within_64_mb(
    name: str, site: Site, fetcher: Fetcher, tally: Tally
) -> None:
    """Whatever it unpacks to, memory stays near the limit of one page, and nothing larger comes out."""
    site.scripts |= {"/bomb": BOMBS[name](), "/warm": reply(b"x" * 1000)}
    await fetcher.get(site.url("/warm"))
    outcome = "read"
    with Peak() as peak:
        try:
            fetched = await fetcher.get(site.url("/bomb"))
        except FetchError as e:
            outcome = str(e.reason)
        else:
            # One layer at most was taken off: what is inside is still packed, and small.
            assert len(fetched.body) <= fetcher.options.max_body_bytes
            assert name.startswith(("nested", "thousands"))
    assert outcome in {"read", "bomb", "too_large", "encoding"}
    assert peak.megabytes < ROOM_MB
    tally.seen(18, "bombs", name, outcome, peak.megabytes, "MB more memory")


SLOW: dict[str, Script] = {
    "drip body": drip(0.1, 1000),
    "drip headers": drip_headers(0.1, 1000),
    "endless headers": endless_headers(),
    "silence": silent(),
    "half a status line": raw(b"HTTP/1.1 2", b"", seconds=60),
    "chunks that never end": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", seconds=0.1, count=1000
    ),
    "interim answers without end": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", seconds=0.01, count=10_000),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
async def test_a_server_that_never_ends_is_cut(
    name: str, site: Site, fetcher: Fetcher, tally: Tally
) -> None:
    """The total time holds however often a byte comes; the error says what it was."""
    site.scripts["/slow"] = SLOW[name]
    started = time.monotonic()
    with pytest.raises(FetchError) as caught:
        await fetcher.get(site.url("/slow"))
    seconds = time.monotonic() - started
    assert caught.value.reason in {"timeout", "headers", "protocol"}
    assert seconds < TOTAL_SECONDS + SLACK_SECONDS
    tally.seen(
        19, f"cut at a limit of {TOTAL_SECONDS:g} s", name, str(caught.value.reason), seconds, "s"
    )


INSIDE = {
    "decimal": "2130706433", "octal": "0177.0.0.1", "octal in three": "0177.0.1", "hex": "0x7f000001",
    "hex in parts": "0x7f.0.0.1", "short": "127.1", "zero": "0", "mapped": "[::ffff:127.0.0.1]",
    "mapped in hex": "[::ffff:7f00:1]", "compatible": "[::127.0.0.1]", "loopback 6": "[::1]",
    "NAT64": "[64:ff9b::7f00:1]", "NAT64 of the metadata service": "[64:ff9b::a9fe:a9fe]",
    "local NAT64": "[64:ff9b:1::a9fe:a9fe]", "6to4": "[2002:7f00:1::]", "6to4 of the metadata service": "[2002:a9fe:a9fe::]",
    "Teredo": "[2001:0:7f00:1::]", "metadata": "169.254.169.254", "metadata in decimal": "2852039166",
    "metadata of another cloud": "100.100.100.200", "site": "10.0.0.1", "unique local": "[fd00:ec2::254]",
    "full width": "１２７.０.０.１", "circled": "①②⑦.⓪.⓪.①", "trailing dot": "127.0.0.1.", "name": "localhost",
    "wildcard name": "127.0.0.1.nip.test", "link local with a zone": "[fe80::1%25eth0]",
}  # fmt: skip
CONFUSING = {
    "backslash": "http://93.184.216.34\\@{inside}/", "credentials": "http://93.184.216.34@{inside}/",
    "password": "http://a:b@{inside}/", "tab": "http://{inside}\t/", "line end": "http://{inside}\r\nHost: a/",
    "no scheme": "//{inside}/", "one slash": "http:/{inside}/", "three slashes": "http:///{inside}/",
    "capitals": "HTTP://LOCALHOST/", "fragment": "http://{inside}#@93.184.216.34/", "file": "file:///etc/passwd",
    "socket": "unix:///var/run/docker.sock", "gopher": "gopher://{inside}/_x", "data": "data:text/html,x",
    "dict": "dict://{inside}/x", "port": "http://{inside}:22/", "port by name": "http://{inside}:ssh/",
}  # fmt: skip


@dataclass
class Dialled(httpcore.AsyncNetworkBackend):
    """The network under the guard: notes which addresses are dialled and answers as a web server would."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    addresses: list[str] = field(default_factory=list)

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # type: ignore[no-untyped-def]  # noqa: ASYNC109
        """Note the address, and give a stream with the answer in it."""
        self.addresses.append(host)
        return httpcore.AsyncMockStream([self.answer])


@dataclass
class Rebinding:
    """A resolver whose answers change: the first ones, then the last for ever."""

    answers: list[list[str]]
    asked: int = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        """Answer as the owner of the name likes."""
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def on_network(fetcher: Fetcher, network: Dialled) -> Fetcher:
    """Return the fetcher with another network under its guard: nothing of these tests leaves the machine."""
    transport = fetcher._client._transport
    transport._pool._network_backend._inner = network  # type: ignore[attr-defined]
    return fetcher


@pytest_asyncio.fixture
async def network() -> AsyncIterator[Dialled]:
    """Give the network."""
    yield Dialled()


@pytest.mark.parametrize("name", INSIDE)
async def test_no_spelling_of_an_address_inside_is_dialled(
    name: str, network: Dialled, tally: Tally
) -> None:
    """As a URL, and as the target of a redirect from a public site: no connection is opened."""
    host = INSIDE[name]
    resolver = {"wildcard name": Rebinding([["127.0.0.1"]])}.get(name)
    options = FetchOptions(obey_robots=False, total_seconds=5.0)
    made = Fetcher(options, **({"resolver": resolver} if resolver else {}))
    async with on_network(made, network) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.get(f"http://{host}/latest/meta-data/")
    assert caught.value.reason in {"address", "bad_url", "dns", "connect"}
    assert network.addresses == []
    tally.seen(20, "0 connects, addresses inside", name, str(caught.value.reason))


@pytest.mark.parametrize("name", CONFUSING)
async def test_no_confusing_url_is_dialled(name: str, network: Dialled, tally: Tally) -> None:
    """What two parsers could read differently, and every scheme but http and https, ends before a connection."""
    url = CONFUSING[name].format(inside="127.0.0.1")
    async with on_network(Fetcher(FetchOptions(obey_robots=False)), network) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.get(url)
    assert caught.value.reason in {"address", "bad_url", "scheme", "port"}
    assert network.addresses == []
    tally.seen(20, "0 connects, confusing URLs", name, str(caught.value.reason))


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe"]
)
async def test_a_rebinding_name_is_dialled_only_where_it_was_checked(
    inside: str, network: Dialled, tally: Tally
) -> None:
    """Public for robots.txt, private for the page; public for the page, private for the redirect; both at once."""
    public = "93.184.216.34"
    network.answer = (
        b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    dialled = 0
    for answers, obey in (([[public], [inside]], True), ([[public], [inside]], False), ([[public, inside]], False)):  # fmt: skip
        resolver = Rebinding(answers)
        made = Fetcher(FetchOptions(obey_robots=obey), Politeness(PolitenessOptions(min_gap_seconds=0.0)), resolver=resolver)  # fmt: skip
        async with on_network(made, network) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.get("http://rebind.test/")
        assert caught.value.reason == FetchReason.ADDRESS
        assert set(network.addresses) <= {public}
        dialled += len(network.addresses)
        network.addresses.clear()
    assert dialled == 2
    tally.seen(20, "0 connects inside, names that rebind in three ways", inside)


async def test_nothing_on_loopback_is_reached_by_a_redirect_or_a_neighbours_port(
    site: Site, fetcher: Fetcher, tally: Tally
) -> None:
    """A listed site that redirects to another port of the same machine gains nothing."""
    async with Trap() as trap:
        assert await trap.is_open()
        targets = [
            f"http://{h}:{trap.port}/"
            for h in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0")
        ]
        for n, target in enumerate(targets):
            site.scripts[f"/{n}"] = redirect(target)
            with pytest.raises(FetchError):
                await fetcher.get(site.url(f"/{n}"))
        assert trap.connects == 0
        tally.seen(20, "0 connects, redirects to an open port of the same machine", "redirect")


@pytest.mark.parametrize(
    ("reason", "location"),
    [
        ("redirect", "/loop"),
        ("redirect", "/loop?{n}"),
        ("scheme", "file:///etc/passwd"),
        ("scheme", "ftp://127.0.0.1/x"),
        ("bad_url", "javascript:alert(1)"),
        ("address", "http://169.254.169.254/latest/meta-data/"),
        ("port", "http://127.0.0.1:1/"),
        ("bad_url", "http://user:secret@example.org/"),
        ("bad_url", "http://a.example\\@127.0.0.1/"),
        ("protocol", "http://[::1/"),
        ("redirect", ""),
        ("bad_url", "/" + "x" * 5000),
    ],
)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_ends_after_five_hops_or_at_the_door(
    reason: str, location: str, status: str, site: Site, fetcher: Fetcher, tally: Tally
) -> None:
    """Loops are left after five hops; anywhere else a redirect must not lead is refused at once."""

    async def answer(request: object, writer: asyncio.StreamWriter) -> None:
        target = location.replace("{n}", str(len(site.requests)))
        await redirect(target, status)(request, writer)  # type: ignore[arg-type]

    site.scripts["/loop"] = answer
    for n in range(12):
        site.scripts[f"/loop?{n}"] = answer
    with pytest.raises(FetchError) as caught:
        await fetcher.get(site.url("/loop"))
    assert caught.value.reason == reason
    asked = [r for r in site.requests if r.path != "/robots.txt"]
    assert len(asked) <= MAX_HOPS + 1
    assert "secret" not in str(caught.value)
    tally.seen(21, "ended", f"{status[:3]} to {location}", reason, len(asked), "requests")


async def test_secrets_of_one_origin_do_not_follow_to_another(server: ScriptedServer) -> None:
    """Validators stay with the host that gave them."""
    first, second = await server.site(), await server.site()
    first.scripts["/a"] = redirect(second.url("/b"))
    second.scripts["/b"] = reply(b"ok")
    options = FetchOptions(allow_hosts=frozenset({first.netloc, second.netloc}))
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as fetcher:
        from connectors.fetch import Validators

        await fetcher.get(first.url("/a"), validators=Validators(etag='"secret"'))
    assert [r.headers.get("if-none-match") for r in first.requests if r.path == "/a"] == [
        '"secret"'
    ]
    assert all("if-none-match" not in r.headers for r in second.requests)


GAP_SECONDS = 0.3
FORBIDDING: dict[str, Script] = {
    "disallow": reply(b"User-agent: *\nDisallow: /\n", content_type="text/plain"),
    "500": reply(status="500 Oops"),
    "429": reply(status="429 Slow", Retry_After="3600"),
    "503": reply(status="503 Busy", Retry_After="Mon, 01 Jan 2199 00:00:00 GMT"),
    "loop": redirect("/robots.txt"),
    "redirect inside": redirect("http://169.254.169.254/robots.txt"),
    "bomb": packed(bomb(50 * MB)),
    "endless": endless_body(content_type="text/plain"),
    "drip": drip(0.1, 1000),
    "silence": silent(),
    "nonsense": raw(b"\x00\x01\x02 not HTTP at all\r\n\r\n", b""),
}  # fmt: skip
ODD: dict[str, Script] = {
    "huge": reply(b"User-agent: *\nAllow: /\n" + b"# " + b"x" * 1_900_000, content_type="text/plain"),
    "binary": reply(bytes(range(256)) * 1000, content_type="application/octet-stream"),
    "a million rules": reply(b"User-agent: *\n" + b"Disallow: /x\n" * 40_000, content_type="text/plain"),
    "wildcards": reply(
        b"User-agent: *\nDisallow: /" + b"*a" * 2000 + b"b$\n" + b"Disallow: /" + b"%" * 5000, content_type="text/plain"
    ),
    "delay of ages": reply(b"User-agent: *\nCrawl-delay: 1e308\n", content_type="text/plain"),
    "delay that is no number": reply(b"User-agent: *\nCrawl-delay: nan\n", content_type="text/plain"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDING)
async def test_a_robots_file_that_forbids_or_cannot_be_read_keeps_us_out(
    name: str, site: Site, fetcher: Fetcher, tally: Tally
) -> None:
    """No page of the site is asked for, now or at the next try; memory and time stay within limits."""
    site.scripts |= {"/robots.txt": FORBIDDING[name], "/page": reply(b"page")}
    with Peak() as peak:
        for _ in range(2):
            with pytest.raises(FetchError):
                await fetcher.get(site.url("/page"))
    assert site.hits["/page"] == 0
    assert peak.megabytes < ROOM_MB
    tally.seen(26, "0 forbidden hits, robots.txt", name)


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_robots_file_costs_little(
    name: str, site: Site, server: ScriptedServer, tally: Tally
) -> None:
    """Huge, binary and tricky ones are read for what they are worth; the page is had, the wait is bounded."""
    site.scripts |= {
        "/robots.txt": ODD[name],
        "/page": reply(b"page"),
        "/" + "a" * 1500: reply(b"a"),
    }
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    politeness = Politeness(PolitenessOptions(min_gap_seconds=0.0), sleep=sleep)
    started = time.process_time()
    options = FetchOptions(allow_hosts=frozenset({site.netloc}))
    async with Fetcher(options, politeness) as fetcher:
        assert (await fetcher.get(site.url("/page"))).body == b"page"
        assert (await fetcher.get(site.url("/" + "a" * 1500))).body == b"a"
    seconds = time.process_time() - started
    assert seconds < 5.0
    assert all(0 <= wait <= 40 for wait in waits)
    tally.seen(26, "odd robots.txt", name, "", seconds, "s of processor time")


async def test_the_gap_between_requests_is_kept_whatever_the_site_answers(
    site: Site, tally: Tally
) -> None:
    """Redirects, errors and answers alike come one after the other with the pause between."""
    at: list[float] = []

    def noted(script: Script) -> Script:
        async def answer(request, writer):  # type: ignore[no-untyped-def]
            at.append(time.monotonic())
            await script(request, writer)

        return answer

    site.scripts |= {
        "/robots.txt": noted(reply(b"User-agent: *\nDisallow:\n")),
        "/a": noted(redirect("/b")),
        "/b": noted(reply(b"b")),
        "/c": noted(reply(status="404 No")),
    }
    options = FetchOptions(allow_hosts=frozenset({site.netloc}))
    async with Fetcher(
        options, Politeness(PolitenessOptions(min_gap_seconds=GAP_SECONDS))
    ) as fetcher:
        await asyncio.gather(
            *(fetcher.get(site.url(p)) for p in ("/a", "/b", "/c")), return_exceptions=True
        )
    gaps = [after - before for before, after in pairwise(at)]
    assert len(at) == 5
    assert min(gaps) >= GAP_SECONDS * 0.9
    tally.seen(
        26, f"gap of {GAP_SECONDS:g} s asked, {min(gaps):.2f} s the least of {len(gaps)}", "site"
    )


async def test_after_429_nothing_is_asked_until_the_time_the_host_named(
    site: Site, tally: Tally
) -> None:
    """Retry-After is honoured for the whole host, as seconds, up to a day."""
    clock = [1000.0]

    async def sleep(seconds: float) -> None:
        clock[0] += seconds

    politeness = Politeness(
        PolitenessOptions(min_gap_seconds=0.0), monotonic=lambda: clock[0], sleep=sleep
    )
    site.scripts |= {"/a": reply(status="429 Slow", Retry_After="120"), "/b": reply(b"b")}
    options = FetchOptions(allow_hosts=frozenset({site.netloc}))
    async with Fetcher(options, politeness) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(site.url("/a"))
        clock[0] += 119
        with pytest.raises(FetchError) as caught:
            await fetcher.get(site.url("/b"))
        assert caught.value.reason == FetchReason.BACK_OFF
        assert site.hits["/b"] == 0
        clock[0] += 2
        assert (await fetcher.get(site.url("/b"))).body == b"b"
    tally.seen(26, "429 with Retry-After 120: 0 hits in 119 s, served after 121 s", "host")


def test_the_guard_knows_a_public_address() -> None:
    """The tests above would pass for a guard that refuses everything."""
    import ipaddress

    assert is_public(ipaddress.ip_address("93.184.216.34"))
    assert httpx.URL("http://93.184.216.34/").host == "93.184.216.34"
