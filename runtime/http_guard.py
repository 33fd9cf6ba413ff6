"""The one way out to the web: an httpx transport that refuses every address that is not public.

The name is resolved once, every answer is checked, and the checked address itself is dialled, so a
name that answers differently a moment later (DNS rebinding) gains nothing. Redirects pass the same
door, because each hop is a request of its own. Connectors fetch through it, webhooks post through it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore
import httpx

from domain.errors import FetchError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]

WEB_PORTS = frozenset({80, 443})
MAX_URL_CHARS = 2048
MAX_ADDRESSES = 4  # dialled of one name; the others add waiting, not reach

# Not covered by `is_global` in every Python of ours, or global by registry and still a way inside:
# NAT64 and 6to4 wrap a private v4 address, 168.63.129.16 is a cloud host's own service.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
    )
)
_GLOBAL_UNICAST_V6 = ipaddress.ip_network("2000::/3")


class FetchReason(StrEnum):
    """Why bytes could not be had: the closed set behind `FetchError.reason` (a metric label)."""

    BAD_URL = "bad_url"
    SCHEME = "scheme"
    PORT = "port"
    ADDRESS = "address"  # the name leads to an address that is not public
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    HEADERS = "headers"
    REDIRECT = "redirect"
    ENCODING = "encoding"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    CONTENT_TYPE = "content_type"
    ROBOTS = "robots"
    BACK_OFF = "back_off"
    THROTTLED = "throttled"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What may be reached. `allow_hosts` lists `host` or `host:port` (any port, any address if listed).

    The list is matched against the host as the URL writes it, never against what it resolves to.
    """

    allow_hosts: frozenset[str] = frozenset()
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    user_agent: str = "vigie/0.1"
    max_connections: int = 64
    ca_file: str | None = None

    def is_listed(self, host: str, port: int) -> bool:
        """Return whether the operator named this host, or this host and port."""
        shown = f"[{host}]" if ":" in host else host
        return host in self.allow_hosts or f"{shown}:{port}" in self.allow_hosts


def is_public(address: IPAddress) -> bool:
    """Return whether an address may be dialled: global unicast and no tunnel to something else."""
    if isinstance(address, ipaddress.IPv6Address):
        # Mapped v4 (::ffff:10.0.0.1) lies outside 2000::/3, and so do loopback, link-local and NAT64.
        if address not in _GLOBAL_UNICAST_V6:
            return False
    elif address.is_multicast or address.is_reserved:
        return False
    return address.is_global and not any(
        address in net for net in _REFUSED if net.version == address.version
    )


def parse_url(url: str) -> httpx.URL:
    """Return the URL, or raise FetchError for one that two parsers could read differently."""
    if len(url) > MAX_URL_CHARS:
        raise FetchError(
            "read URL",
            url[:80],
            f"{len(url)} characters, expected at most {MAX_URL_CHARS}",
            reason=FetchReason.BAD_URL,
        )
    if "\\" in url or any(c <= " " or c == "\x7f" for c in url):
        raise FetchError(
            "read URL",
            url[:80],
            "backslash, space or control character in it",
            reason=FetchReason.BAD_URL,
        )
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, UnicodeError) as e:
        raise FetchError("read URL", url[:80], str(e), reason=FetchReason.BAD_URL) from e
    return parsed


def subject_of(url: httpx.URL) -> str:
    """Return the URL as it may stand in a log line: no query, no fragment, no credentials."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}"[:200]


def port_of(url: httpx.URL) -> int:
    """Return the port a URL leads to."""
    return url.port or (443 if url.scheme == "https" else 80)


def check_url(url: httpx.URL, policy: GuardPolicy) -> None:
    """Raise FetchError unless scheme, host and port may be asked for at all."""
    if url.scheme not in {"http", "https"}:
        raise FetchError(
            "fetch",
            str(url)[:80],
            f"scheme {url.scheme!r}, expected http or https",
            reason=FetchReason.SCHEME,
        )
    if not url.host or url.userinfo:
        raise FetchError(
            "fetch",
            f"{url.scheme}://{url.host}",
            "no host, or credentials in the URL",
            reason=FetchReason.BAD_URL,
        )
    port = port_of(url)
    if port not in WEB_PORTS and not policy.is_listed(url.host, port):
        raise FetchError(
            "fetch",
            subject_of(url),
            f"port {port}, expected 80 or 443, or a host in allow_hosts",
            reason=FetchReason.PORT,
        )


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name from the system's resolver, in its order, without repeats."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def check_addresses(host: str, answers: list[str]) -> list[str]:
    """Return the answers, or raise FetchError if a single one of them is not public."""
    for answer in answers:
        try:
            public = is_public(ipaddress.ip_address(answer))
        except ValueError:  # a scoped address, fe80::1%eth0
            public = False
        if not public:
            raise FetchError(
                "fetch",
                host,
                f"leads to {answer}, expected a public address",
                reason=FetchReason.ADDRESS,
            )
    return answers


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections for httpcore: resolve once, check every answer, dial the checked address."""

    def __init__(self, policy: GuardPolicy, resolver: Resolver = resolve) -> None:
        self._policy, self._resolver = policy, resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a stream to one of the host's checked addresses."""
        seconds = timeout or self._policy.connect_seconds
        try:
            async with asyncio.timeout(seconds):
                answers = await self._answers(host, port)
                return await self._dial(answers, port, seconds, local_address, socket_options)
        except TimeoutError as e:
            raise httpcore.ConnectTimeout(f"{host}: no connection in {seconds:g} s") from e

    async def _answers(self, host: str, port: int) -> list[str]:
        try:
            answers = await self._resolver(host, port)
        except (OSError, UnicodeError) as e:
            raise FetchError("resolve", host, str(e), reason=FetchReason.DNS) from e
        if not answers:
            raise FetchError("resolve", host, "no address", reason=FetchReason.DNS)
        return answers if self._policy.is_listed(host, port) else check_addresses(host, answers)

    async def _dial(
        self,
        answers: list[str],
        port: int,
        seconds: float,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        answers = answers[:MAX_ADDRESSES]
        for address in answers[:-1]:
            try:
                # A share of the time each, so that a dead first address does not use it all up.
                return await self._inner.connect_tcp(
                    address, port, seconds / len(answers), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(
            answers[-1], port, seconds, local_address, socket_options
        )

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: nothing of ours speaks over a socket file."""
        raise FetchError(
            "fetch", path, "a socket file, expected a host", reason=FetchReason.ADDRESS
        )

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's own retries (unused: retries are 0)."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx transport that checks each request's URL and dials through GuardedBackend. HTTP/1.1 only."""

    def __init__(self, policy: GuardPolicy, resolver: Resolver = resolve) -> None:
        self._policy = policy
        context = ssl.create_default_context(cafile=policy.ca_file) if policy.ca_file else None
        context = context or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False, retries=0)
        # httpx has no argument for a network backend; the pool is the seam it leaves.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=policy.max_connections,
            max_keepalive_connections=policy.max_connections // 2,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(policy, resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, after checking where it goes."""
        check_url(request.url, self._policy)
        return await super().handle_async_request(request)


def guarded_client(policy: GuardPolicy, resolver: Resolver = resolve) -> httpx.AsyncClient:
    """Return a client that reaches public web addresses and listed hosts only.

    It follows no redirect by itself, keeps no cookie and reads neither proxies nor credentials from the environment.
    A refusal is a FetchError with a FetchReason; a sink turns it into its own error.
    """
    return httpx.AsyncClient(
        transport=GuardedTransport(policy, resolver),
        timeout=httpx.Timeout(
            policy.read_seconds, connect=policy.connect_seconds, pool=policy.read_seconds
        ),
        headers={"User-Agent": policy.user_agent},
        # A jar that takes from no domain: nothing one site sets is ever sent back.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )
