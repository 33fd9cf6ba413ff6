"""Posts alerts to webhooks: JSON, signed with HMAC-SHA256, through the guarded client (docs/alerts.md)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from domain.errors import FetchError, SinkRejected, SinkUnavailable
from runtime.clock import Clock, utc_now
from runtime.http_guard import GuardPolicy, guarded_client
from runtime.settings import WebhookSettings
from sinks.channel import Digest, Message
from sinks.digest import digest_bytes
from sinks.wording import payload_bytes

SIGNATURE_HEADER = "Vigie-Signature"
KEY_HEADER = "Idempotency-Key"
DEADLINE_SECONDS = 15.0
SAID_SECONDS = 2.0
MAX_ANSWER_BYTES = 4_096
MAX_RETRY_AFTER_SECONDS = 3_600.0
# The alert itself is at fault; every other refusal may end when somebody mends an address or a right.
REFUSED = frozenset({400, 410, 413, 415, 422})


class WebhookChannel:
    """One POST for each alert and webhook."""

    name = "webhook"

    def __init__(
        self,
        webhooks: tuple[WebhookSettings, ...],
        policy: GuardPolicy,
        clock: Clock = utc_now,
    ) -> None:
        self._webhooks = {w.name: w for w in webhooks}
        self._policy, self._clock = policy, clock
        self._client: httpx.AsyncClient | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """The names of the webhooks."""
        return tuple(self._webhooks)

    async def send(self, delivery: Message) -> None:
        """Post the alert; a 2xx answer is a delivery."""
        hook = self._webhooks.get(delivery.recipient)
        if hook is None:
            raise SinkRejected(
                "post alert", delivery.recipient, "no webhook of that name in the settings"
            )
        body = (
            digest_bytes(delivery)
            if isinstance(delivery, Digest)
            else payload_bytes(delivery.alert, delivery.key)
        )
        headers = {
            "Content-Type": "application/json",
            KEY_HEADER: delivery.key,
            SIGNATURE_HEADER: signature(hook.secret, body, self._clock()),
        }
        status, answer, said = await self._post(hook, body, headers)
        if 200 <= status < 300:
            return
        detail = f"{status}: {said}"
        if status in REFUSED:
            raise SinkRejected("post alert", hook.name, detail)
        wait = retry_after(answer.get("Retry-After", ""), self._clock())
        raise SinkUnavailable("post alert", hook.name, detail, retry_after_seconds=wait)

    async def _post(
        self, hook: WebhookSettings, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, httpx.Headers, str]:
        """Return status, headers and the start of the answer."""
        self._client = self._client or guarded_client(self._policy)
        try:
            async with (
                asyncio.timeout(DEADLINE_SECONDS),
                self._client.stream(
                    "POST", hook.url, content=body, headers=dict(headers)
                ) as answer,
            ):
                return answer.status_code, answer.headers, await _said(answer)
        except TimeoutError as e:
            raise SinkUnavailable(
                "post alert", hook.name, f"no answer in {DEADLINE_SECONDS:g} s"
            ) from e
        except FetchError as e:
            raise SinkUnavailable("post alert", hook.name, f"refused by the guard: {e}") from e
        except (httpx.HTTPError, httpx.InvalidURL) as e:
            # Not str(e): it may quote the address, which is a secret of chat services.
            raise SinkUnavailable("post alert", hook.name, type(e).__name__) from e

    async def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


async def _said(answer: httpx.Response) -> str:
    """Return the start of the answer's words; the status alone decides, so words that never end are cut off.

    An alert that was taken with 200 and an endless or broken body would otherwise be sent again and again.
    """
    try:
        async with asyncio.timeout(SAID_SECONDS):
            return await _start_of(answer)
    except (TimeoutError, httpx.HTTPError) as e:
        return f"(words cut off: {type(e).__name__})"


async def _start_of(answer: httpx.Response) -> str:
    """Return the start of what was answered, for the log; the rest is left unread."""
    data = b""
    async for chunk in answer.aiter_raw():
        data += chunk[: MAX_ANSWER_BYTES - len(data)]
        if len(data) >= MAX_ANSWER_BYTES:
            break
    return " ".join(data.decode("utf-8", "replace").split())[:120]


def signature(secret: str, body: bytes, at: datetime) -> str:
    """Return `t=<seconds>,v1=<hex>`: HMAC-SHA256 over the time, a full stop and the body."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def retry_after(value: str, now: datetime) -> float:
    """Return how long a server asks to be left alone, in seconds or by a date; 1 if it does not say."""
    value = value.strip()
    if value.isdigit():
        return min(max(float(value[:9]), 1.0), MAX_RETRY_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return 1.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 1.0), MAX_RETRY_AFTER_SECONDS)
