"""The guard lets nothing reach an address that is not public, however it is spelled."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from domain.errors import FetchError
from runtime.http_guard import (
    FetchReason,
    GuardedBackend,
    GuardPolicy,
    guarded_client,
    is_public,
    parse_url,
)
from tests.harness.web import ScriptedServer, Site, redirect, reply

NOT_PUBLIC = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.1.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1",
    "2001:db8::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "3fff::1",
    "5f00::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "193.0.6.139", "2606:4700:4700::1111", "2a00:1450:4007:80e::200e"]

SPELLINGS = [
    "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "2130706433", "0x7f000001",
    "0x7f.0x0.0x0.0x1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]", "0", "0.0.0.0", "[::]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    """Private, local, reserved, multicast and tunnelling addresses are not dialled."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_let_through(address: str) -> None:
    """The guard does not stand in the way of the web."""
    assert is_public(ipaddress.ip_address(address))


@pytest_asyncio.fixture
async def trap(server: ScriptedServer) -> AsyncIterator[Site]:
    """A listener on loopback that must never be reached."""
    site = await server.site()
    yield site
    assert site.requests == []
    assert site.open_most == 0


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_loopback_reaches_the_trap(host: str, trap: Site) -> None:
    """Decimal, hexadecimal, octal, mapped, full-width: all of them end at the check of the address."""
    policy = GuardPolicy(allow_hosts=frozenset({f"elsewhere.test:{trap.port}"}))
    async with guarded_client(policy) as client:
        url = f"http://{host}:{trap.port}/"
        with pytest.raises((FetchError, httpx.InvalidURL)):
            await client.get(url)


@pytest.mark.parametrize("host", SPELLINGS)
async def test_address_check_holds_where_ports_are_open(host: str, trap: Site) -> None:
    """The check of the address does not lean on the check of the port."""
    backend = GuardedBackend(GuardPolicy())
    with pytest.raises(FetchError) as caught:
        await backend.connect_tcp(host.strip("[]"), trap.port, timeout=2.0)
    assert caught.value.reason in {FetchReason.ADDRESS, FetchReason.DNS}


async def test_one_bad_answer_among_good_ones_refuses_the_name(trap: Site) -> None:
    """A name with a public and a private address is refused, not filtered."""

    async def mixed(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    backend = GuardedBackend(GuardPolicy(), mixed)
    with pytest.raises(FetchError) as caught:
        await backend.connect_tcp("mixed.test", trap.port, timeout=1.0)
    assert caught.value.reason == FetchReason.ADDRESS


async def test_rebinding_name_is_resolved_once_and_dialled_as_checked(trap: Site) -> None:
    """The second answer of a rebinding name, loopback, is never asked for nor dialled."""
    asked = 0

    async def rebinding(host: str, port: int) -> list[str]:
        nonlocal asked
        asked += 1
        # 198.51.100.0/24 would be refused; a public address that answers nothing stands in.
        return ["192.0.32.10"] if asked == 1 else ["127.0.0.1"]

    dialled: list[str] = []

    class Recording(GuardedBackend):
        async def _dial(self, answers, *arguments):  # type: ignore[no-untyped-def]
            dialled.extend(answers)
            raise OSError("no network here")

    backend = Recording(GuardPolicy(), rebinding)
    with pytest.raises(OSError, match="no network"):
        await backend.connect_tcp("rebind.test", trap.port, timeout=1.0)
    assert (asked, dialled) == (1, ["192.0.32.10"])
    with pytest.raises(FetchError) as caught:
        await backend.connect_tcp("rebind.test", trap.port, timeout=1.0)
    assert caught.value.reason == FetchReason.ADDRESS
    assert dialled == ["192.0.32.10"]


@pytest.mark.parametrize(
    ("reason", "url"),
    [
        (FetchReason.SCHEME, "file:///etc/passwd"),
        (FetchReason.SCHEME, "ftp://example.org/"),
        (FetchReason.SCHEME, "gopher://example.org/"),
        (FetchReason.PORT, "http://example.org:22/"),
        (FetchReason.PORT, "https://example.org:8443/"),
        (FetchReason.BAD_URL, "http://user:secret@example.org/"),
    ],
)
async def test_request_is_refused_before_any_connection(reason: FetchReason, url: str) -> None:
    """Scheme, port and credentials are judged by the URL alone."""
    async with guarded_client(GuardPolicy()) as client:
        with pytest.raises(FetchError) as caught:
            await client.get(url)
    assert caught.value.reason == reason
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1\\@127.0.0.1/",
        "http://a b/",
        "http://a\n.test/",
        "http://a.test/" + "x" * 3000,
    ],
)
def test_url_that_parsers_read_differently_is_refused(url: str) -> None:
    """Backslashes, blanks and endless URLs never reach a parser that might see another host."""
    with pytest.raises(FetchError) as caught:
        parse_url(url)
    assert caught.value.reason == FetchReason.BAD_URL


async def test_listed_host_is_reached_and_only_on_its_port(server: ScriptedServer) -> None:
    """The allow-list opens one host and port, not the neighbour's."""
    site, neighbour = await server.site(), await server.site()
    site.scripts["/"] = reply(b"hello")
    async with guarded_client(GuardPolicy(allow_hosts=frozenset({site.netloc}))) as client:
        assert (await client.get(site.url("/"))).text == "hello"
        with pytest.raises(FetchError) as caught:
            await client.get(neighbour.url("/"))
    assert caught.value.reason == FetchReason.PORT
    assert neighbour.requests == []


async def test_client_keeps_no_cookie_follows_no_redirect_and_ignores_proxies(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one answer sets is not sent with the next request, and the environment is not read."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    site.scripts["/"] = reply(b"x", Set_Cookie="id=1; Path=/")
    site.scripts["/away"] = redirect("/")
    async with guarded_client(GuardPolicy(allow_hosts=frozenset({site.netloc}))) as client:
        await client.get(site.url("/"))
        answer = await client.get(site.url("/away"))
    assert answer.status_code == 302
    assert [r.path for r in site.requests] == ["/", "/away"]
    assert all("cookie" not in r.headers and "referer" not in r.headers for r in site.requests)


async def test_connect_gives_up_in_time() -> None:
    """A resolver that hangs is cut by the connect timeout."""

    async def hanging(host: str, port: int) -> list[str]:
        await asyncio.sleep(30)
        return []

    policy = GuardPolicy(connect_seconds=0.05)
    async with guarded_client(policy, hanging) as client:
        with pytest.raises(httpx.ConnectTimeout):
            await client.get("http://slow.test/")
