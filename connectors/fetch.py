"""Fetches one URL the way a careful guest does: guarded, polite, conditional, within limits.

url -> [robots] -> [turn at the host] -> request -> up to 5 redirects, each through the same door -> body
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

import httpx

from connectors.politeness import Politeness
from connectors.robots import MAX_ROBOTS_BYTES, Robots, RobotsAnswer
from domain.errors import FetchError
from runtime.http_body import MAX_BODY_BYTES, Body, read_body
from runtime.http_guard import (
    FetchReason,
    GuardPolicy,
    Resolver,
    check_url,
    guarded_client,
    parse_url,
    resolve,
    subject_of,
)

MAX_HOPS = 5
MAX_VALIDATOR_CHARS = 1024
MAX_AGE_LIMIT_SECONDS = 86_400.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
_CREDENTIALS = ("authorization", "cookie", "if-none-match", "if-modified-since")


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How to fetch; the settings of the connectors end here."""

    user_agent: str = "vigie/0.1 (news monitoring)"
    allow_hosts: frozenset[str] = frozenset()
    total_seconds: float = 30.0
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    max_body_bytes: int = MAX_BODY_BYTES
    max_connections: int = 64
    ca_file: str | None = None
    obey_robots: bool = True

    @property
    def policy(self) -> GuardPolicy:
        """Return what the guard needs of it."""
        return GuardPolicy(
            allow_hosts=self.allow_hosts,
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            user_agent=self.user_agent,
            max_connections=self.max_connections,
            ca_file=self.ca_file,
        )


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave to ask later whether anything changed; opaque, sent back as they came."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer worth reading: 200, or 304 with an empty body."""

    url: str  # where it was found, after redirects
    body: bytes
    status: int = 200
    media_type: str = ""
    charset: str = ""
    validators: Validators = field(default_factory=Validators)
    moved_to: str = ""  # set when every hop so far was permanent: the address to use from now on
    max_age_seconds: float = 0.0
    wire_bytes: int = 0
    unpacked: bool = False  # one layer of gzip was taken off

    @property
    def not_modified(self) -> bool:
        """Return whether the server said that nothing changed."""
        return self.status == 304


class StatusError(FetchError):
    """The server answered with a status that has no body for us; `retry_after_seconds` if it said when to return."""

    default_reason = FetchReason.CLIENT_ERROR

    def __init__(
        self,
        subject: str,
        status: int,
        reason: FetchReason,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__("fetch", subject, f"status {status}, expected 200 or 304", reason=reason)
        self.status, self.retry_after_seconds = status, retry_after_seconds


def reason_of_status(status: int) -> FetchReason:
    """Return the reason behind a status that is not a success."""
    known = {
        401: FetchReason.FORBIDDEN,
        402: FetchReason.FORBIDDEN,
        403: FetchReason.FORBIDDEN,
        451: FetchReason.FORBIDDEN,
        404: FetchReason.NOT_FOUND,
        410: FetchReason.GONE,
        429: FetchReason.THROTTLED,
        503: FetchReason.THROTTLED,
    }
    if status in known:
        return known[status]
    return FetchReason.SERVER_ERROR if status >= 500 else FetchReason.CLIENT_ERROR


def retry_after(value: str, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (a number or a date), None if it says nothing usable."""
    value = value.strip()
    if value.isdigit():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def max_age(cache_control: str) -> float:
    """Return Cache-Control's max-age in seconds, at most a day; 0 when absent or storing is forbidden."""
    if re.search(r"\bno-(?:cache|store)\b", cache_control, re.IGNORECASE):
        return 0.0
    found = re.search(r"\bmax-age\s*=\s*\"?(\d{1,12})", cache_control, re.IGNORECASE)
    return min(float(found[1]), MAX_AGE_LIMIT_SECONDS) if found else 0.0


def content_type(value: str) -> tuple[str, str]:
    """Return (media type, charset) of a Content-Type header, lower case, '' for what it does not say."""
    message = Message()
    message["Content-Type"] = value[:200]
    try:
        charset = message.get_content_charset("") or ""
    except (LookupError, UnicodeError):
        charset = ""
    media_type = value.split(";")[0].strip().lower()[:100]
    return media_type, charset.strip().lower()[:40]


class Fetcher:
    """Fetches URLs for all connectors of a process; close it with `aclose` or use it in `async with`."""

    def __init__(
        self,
        options: FetchOptions,
        politeness: Politeness | None = None,
        *,
        resolver: Resolver = resolve,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.options = options
        self.politeness = politeness or Politeness()
        self.robots = Robots(self._get_robots, options.user_agent)
        self._client = guarded_client(options.policy, resolver)
        self._clock = clock

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        accept: str = "*/*",
        max_bytes: int | None = None,
    ) -> Fetched:
        """Return what the URL answers, or raise FetchError saying why not.

        With validators, an unchanged document comes back as 304 with an empty body. Waiting for the
        host's turn does not count against the total time; the network does.
        """
        return await self._follow(url, self._headers(accept, validators), max_bytes, robots=True)

    def _headers(self, accept: str, validators: Validators | None) -> dict[str, str]:
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        if validators and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        return headers

    async def _follow(
        self, url: str, headers: dict[str, str], max_bytes: int | None, *, robots: bool
    ) -> Fetched:
        target, moved_to, permanent = parse_url(url), "", True
        left = self.options.total_seconds
        for _ in range(MAX_HOPS + 1):
            # Before robots.txt: what will not be fetched gives no reason to ask its host for anything.
            check_url(target, self.options.policy)
            if robots and self.options.obey_robots:
                await self._check_robots(target)
            started = asyncio.get_running_loop().time()
            answer = await self._ask(target, headers, left, max_bytes)
            left -= asyncio.get_running_loop().time() - started
            if isinstance(answer, Fetched):
                return _with_move(answer, moved_to)
            status, location = answer
            permanent = permanent and status in PERMANENT
            following = self._next(target, location)
            if _origin(following) != _origin(target):
                headers = {k: v for k, v in headers.items() if k.lower() not in _CREDENTIALS}
            target = following
            if permanent:
                moved_to = str(target)
        raise FetchError(
            "fetch",
            subject_of(parse_url(url)),
            f"over {MAX_HOPS} redirects",
            reason=FetchReason.REDIRECT,
        )

    def _next(self, target: httpx.URL, location: str) -> httpx.URL:
        if not location:
            raise FetchError(
                "fetch",
                subject_of(target),
                "redirect without Location",
                reason=FetchReason.REDIRECT,
            )
        # Header bytes beyond ASCII are UTF-8 in practice; httpx reads them as latin-1.
        return parse_url(str(target.join(location.replace(" ", "%20"))))

    async def _check_robots(self, url: httpx.URL) -> None:
        if not await self.robots.allowed(url):
            raise FetchError(
                "fetch", subject_of(url), "robots.txt does not allow it", reason=FetchReason.ROBOTS
            )
        delay = await self.robots.crawl_delay(url)
        if delay is not None:
            self.politeness.set_crawl_delay(url.netloc.decode("ascii"), delay)

    async def _get_robots(self, url: str) -> RobotsAnswer:
        headers = self._headers("text/plain,*/*;q=0.1", None)
        try:
            answer = await self._follow(url, headers, MAX_ROBOTS_BYTES * 4, robots=False)
        except StatusError as e:
            return RobotsAnswer(e.status)
        return RobotsAnswer(200, answer.body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace"))

    async def _ask(
        self, url: httpx.URL, headers: dict[str, str], seconds: float, max_bytes: int | None
    ) -> Fetched | tuple[int, str]:
        """Make one request in the host's turn; returns the answer, or (status, Location) of a redirect."""
        if seconds <= 0:
            raise self._timeout(url)
        host = url.netloc.decode("ascii")
        async with self.politeness.turn(host):
            try:
                async with asyncio.timeout(seconds):
                    answer = await self._request(url, headers, max_bytes)
            except (TimeoutError, httpx.TimeoutException) as e:
                self.politeness.failed(host)
                raise self._timeout(url) from e
            except httpx.TransportError as e:
                self.politeness.failed(host)
                raise _transport_error(url, e) from e
            except httpx.InvalidURL as e:
                raise FetchError(
                    "fetch", subject_of(url), str(e), reason=FetchReason.BAD_URL
                ) from e
            except StatusError as e:
                self._note_status(host, e)
                raise
            self.politeness.succeeded(host)
            return answer

    def _note_status(self, host: str, error: StatusError) -> None:
        if error.reason == FetchReason.THROTTLED:
            self.politeness.throttled(host, error.retry_after_seconds)
        else:
            self.politeness.succeeded(host)

    def _timeout(self, url: httpx.URL) -> FetchError:
        limit = self.options.total_seconds
        return FetchError(
            "fetch", subject_of(url), f"not done in {limit:g} s", reason=FetchReason.TIMEOUT
        )

    async def _request(
        self, url: httpx.URL, headers: dict[str, str], max_bytes: int | None
    ) -> Fetched | tuple[int, str]:
        request = self._client.build_request("GET", url, headers=headers)
        response = await self._client.send(request, stream=True)
        try:
            status = response.status_code
            if status in REDIRECTS:
                return status, _location(response)
            if status not in {200, 304}:
                after = retry_after(response.headers.get("retry-after", ""), self._clock())
                raise StatusError(subject_of(url), status, reason_of_status(status), after)
            body = Body(b"", 0, unpacked=False)
            if status == 200:
                body = await read_body(response, max_bytes or self.options.max_body_bytes)
            return _fetched(url, response, body)
        finally:
            await response.aclose()


def _location(response: httpx.Response) -> str:
    raw = next((v for k, v in response.headers.raw if k.lower() == b"location"), b"")
    return raw[:4096].decode("utf-8", "replace").strip()


def _fetched(url: httpx.URL, response: httpx.Response, body: Body) -> Fetched:
    media_type, charset = content_type(response.headers.get("content-type", ""))
    etag = response.headers.get("etag", "")
    modified = response.headers.get("last-modified", "")
    return Fetched(
        url=str(url),
        body=body.content,
        status=response.status_code,
        media_type=media_type,
        charset=charset,
        validators=Validators(
            etag if len(etag) <= MAX_VALIDATOR_CHARS else "",
            modified if len(modified) <= MAX_VALIDATOR_CHARS else "",
        ),
        max_age_seconds=max_age(response.headers.get("cache-control", "")),
        wire_bytes=body.wire_bytes,
        unpacked=body.unpacked,
    )


def _with_move(answer: Fetched, moved_to: str) -> Fetched:
    return replace(answer, moved_to=moved_to) if moved_to else answer


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _transport_error(url: httpx.URL, error: httpx.TransportError) -> FetchError:
    text = str(error) or type(error).__name__
    reason = FetchReason.PROTOCOL
    if isinstance(error, httpx.ConnectError):
        is_tls = "ssl" in text.lower() or "certificate" in text.lower()
        reason = FetchReason.TLS if is_tls else FetchReason.CONNECT
    elif isinstance(error, httpx.NetworkError):
        reason = FetchReason.CONNECT
    elif isinstance(error, httpx.UnsupportedProtocol):
        reason = FetchReason.SCHEME
    return FetchError("fetch", subject_of(url), text[:200], reason=reason)
