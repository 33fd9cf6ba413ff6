"""The webhook against a true server: signed, keyed, guarded, its answers sorted."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web

from domain.errors import SinkRejected, SinkUnavailable
from runtime.http_guard import GuardPolicy
from runtime.settings import WebhookSettings
from sinks.webhook import WebhookChannel, retry_after, signature
from tests.fakes import FakeClock
from tests.unit.sinks.samples import delivery

SECRET = "0123456789abcdef"


@dataclass
class Collector:
    """A server that keeps what it is posted and answers as told."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep one post."""
        self.posts.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    """Give a collector on loopback."""
    made = Collector()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


def channel(port: int, *, listed: bool = True) -> WebhookChannel:
    """Return a channel to the collector."""
    hook = WebhookSettings("desk", f"http://127.0.0.1:{port}/hook", SECRET)
    hosts = frozenset({f"127.0.0.1:{port}"}) if listed else frozenset()
    return WebhookChannel((hook,), GuardPolicy(allow_hosts=hosts), FakeClock())


async def send(collector: Collector) -> None:
    """Post one alert."""
    made = channel(collector.port)
    try:
        await made.send(delivery())
    finally:
        await made.close()


async def test_a_post_is_signed_over_time_and_body(collector: Collector) -> None:
    """The receiver of docs/alerts.md finds it genuine, and a changed body not."""
    await send(collector)
    [(headers, body)] = collector.posts
    parts = dict(p.split("=", 1) for p in headers["Vigie-Signature"].split(","))
    told = f"{parts['t']}.".encode()
    expected = hmac.new(SECRET.encode(), told + body, hashlib.sha256).hexdigest()
    forged = hmac.new(SECRET.encode(), told + body + b" ", hashlib.sha256).hexdigest()
    assert parts["v1"] == expected != forged
    assert headers["Idempotency-Key"] == delivery().key == json.loads(body)["key"]


async def test_a_retry_carries_the_same_key_and_body(collector: Collector) -> None:
    """A receiver that keeps keys sees a copy as one."""
    await send(collector)
    await send(collector)
    (first, body), (second, again) = collector.posts
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert body == again


@pytest.mark.parametrize("status", [400, 410, 422])
async def test_refused_for_good(status: int, collector: Collector) -> None:
    """The alert itself is at fault: trying again would change nothing."""
    collector.status = status
    with pytest.raises(SinkRejected, match=str(status)):
        await send(collector)


@pytest.mark.parametrize("status", [302, 401, 404, 408, 429, 500, 503])
async def test_refused_for_now(status: int, collector: Collector) -> None:
    """An overload, a wrong address or a missing right may be mended: wait. Redirects are not followed."""
    collector.status, collector.headers = status, {"Retry-After": "7", "Location": "/hook"}
    with pytest.raises(SinkUnavailable) as caught:
        await send(collector)
    assert caught.value.retry_after_seconds == 7.0
    assert len(collector.posts) == 1


async def test_an_endless_answer_is_not_read_to_its_end(collector: Collector) -> None:
    """What is said of a failure is cut short."""
    collector.status, collector.body = 500, b"x" * 1_000_000
    with pytest.raises(SinkUnavailable) as caught:
        await send(collector)
    assert len(str(caught.value)) < 200


async def test_an_address_inside_is_refused_unless_listed(collector: Collector) -> None:
    """The guard of the connectors stands before webhooks too, and the error does not show the address."""
    made = channel(collector.port, listed=False)
    with pytest.raises(SinkUnavailable, match="guard"):
        await made.send(delivery())
    await made.close()
    assert collector.posts == []


async def test_nobody_there_is_an_outage() -> None:
    """A connection refused is tried again later; the secret part of the address is not told."""
    made = channel(1)
    with pytest.raises(SinkUnavailable) as caught:
        await made.send(delivery())
    await made.close()
    assert "/hook" not in str(caught.value)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (120.0, "120"),
        (1.0, ""),
        (1.0, "soon"),
        (3600.0, "99999999999"),
        (60.0, "Tue, 15 Apr 2025 09:01:00 GMT"),
        (1.0, "Tue, 15 Apr 2025 08:00:00 GMT"),
    ],
)
def test_retry_after_is_read_in_both_forms(expected: float, value: str) -> None:
    """Seconds or a date, bounded, and one second where it says nothing of use."""
    assert retry_after(value, datetime(2025, 4, 15, 9, 0, tzinfo=UTC)) == expected


def test_the_signature_depends_on_secret_time_and_body() -> None:
    """Changing any of the three changes it."""
    at = datetime(2025, 4, 15, tzinfo=UTC)
    base = signature("a" * 16, b"x", at)
    assert base != signature("b" * 16, b"x", at)
    assert base != signature("a" * 16, b"y", at)
    assert base != signature("a" * 16, b"x", at.replace(hour=1))
