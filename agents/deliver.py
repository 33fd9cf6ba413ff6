"""deliver: tells the watch team, once for each alert, channel and recipient.

A delivery is claimed in Elasticsearch before it is tried (`create` on its key), and is pending until it is sent or
failed. One that a channel does not take now is parked there and tried again by `Courier.retry_parked`, so the
record does not wait and a dead channel holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from agents.base import Services
from domain.errors import ContractError, SinkError, SinkRejected, SinkUnavailable, VigieError
from domain.outcome import DeliverOutcome, IndexOutcome, Stage
from runtime.dead_letters import Incoming
from runtime.logs import get_logger
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.canary import CANARY, alerts_index
from schemas.indices import ALERTS_INDEX, Document, alert_document
from schemas.records import AlertRaised, decode, encode
from schemas.topics import ALERT_RAISED
from sinks.channel import Channel, Delivery
from sinks.elasticsearch import ElasticsearchSink, Found

SOURCE = ALERT_RAISED
RETRY_HEADER = "retry"  # set by `vigie dead-letters retry`
# Longer than any channel takes to answer: whoever finds an older claim may take it over.
LEASE_SECONDS = 30.0
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 1.0, 900.0
RETRY_EVERY_SECONDS = 1.0
RETRY_BATCH = 50
MARK_TRIES = 5

_log = get_logger("deliver")


class Outbox(Protocol):
    """Where claims are kept."""

    async def create(self, index: str, document_id: str, document: Document) -> IndexOutcome:
        """Make a claim, or learn that there is one."""

    async def get(self, index: str, document_id: str) -> Found | None:
        """Return a claim."""

    async def replace(self, index: str, found: Found, document: Document) -> Found | None:
        """Change a claim unless somebody else did; return it as it is then."""

    async def search(
        self, index: str, query: Document, *, size: int = 100, sort: Sequence[Document] = ()
    ) -> list[Found]:
        """Return claims."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try at a delivery came to; `error` is None when it was sent."""

    delivery: Delivery
    error: SinkError | None
    seconds: float = 0.0


class Courier:
    """Claims, sends, marks; parks what cannot be sent now."""

    def __init__(
        self,
        services: Services,
        outbox: Outbox,
        channels: Iterable[Channel],
        give_up_after: timedelta = timedelta(hours=24),
    ) -> None:
        self._services, self._outbox = services, outbox
        self._channels = {c.name: c for c in channels}
        self._give_up_after = give_up_after
        self._claimed: set[str] = set()  # claimed here and not tried yet
        self._tried: dict[str, Attempt] = {}  # tried here and not marked yet
        self._retrying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to retry what is parked."""
        self._services.metrics.use_channels(self._channels)
        if isinstance(self._outbox, ElasticsearchSink):
            await self._outbox.watch_health()
        self._retrying = asyncio.create_task(self._retry_always())

    async def stop(self) -> None:
        """Stop retrying and close the channels."""
        if self._retrying is not None:
            self._retrying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._retrying
        for channel in self._channels.values():
            await channel.close()
        if isinstance(self._outbox, ElasticsearchSink):
            await self._outbox.close()

    async def handle(self, record: Incoming) -> Sequence[str]:
        """Claim and try every delivery of an alert; outcomes are counted as each delivery ends."""
        alert = decode(AlertRaised, record.value)
        deliveries = self.deliveries_of(alert)
        if not deliveries:
            _log.warning("nobody to tell", watch=alert.watch_id, channels=alert.channels)
        again = any(name == RETRY_HEADER for name, _ in record.headers)
        mine = [d for d in deliveries if await self._claim(d, again)]
        done = await asyncio.gather(*(self._try_and_mark(d) for d in mine), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error  # the claim store is away: the whole record is taken again
        return []

    def deliveries_of(self, alert: AlertRaised) -> list[Delivery]:
        """Return who is to be told: every recipient of the watch's channels that are configured."""
        channels = [self._channels[name] for name in alert.channels if name in self._channels]
        return [Delivery(alert, c.name, r) for c in channels for r in c.recipients]

    async def _claim(self, delivery: Delivery, again: bool) -> bool:
        """Return whether this process may try the delivery now; `again`: a person retries what failed."""
        key = delivery.key
        if key in self._claimed or key in self._tried:
            return True  # the record is taken again after an outage of the claim store
        document = self._document(delivery)
        if await self._outbox.create(_index(delivery), key, document) is IndexOutcome.ALREADY:
            # Sent, failed, or pending: then `retry_parked` sees to it once its lease has run out.
            if again and await self._reopen(delivery, document):
                self._claimed.add(key)
                return True
            self._count(delivery, DeliverOutcome.ALREADY)
            return False
        self._claimed.add(key)
        return True

    async def _reopen(self, delivery: Delivery, document: Document) -> bool:
        index = _index(delivery)
        found = await self._outbox.get(index, delivery.key)
        if found is None or found.source.get("state") != "failed":
            return False
        return await self._outbox.replace(index, found, document) is not None

    def _document(self, delivery: Delivery) -> Document:
        now = self._services.clock()
        return {
            **alert_document(delivery.alert),
            "channel": delivery.channel,
            "recipient": delivery.recipient,
            "state": "pending",
            "attempts": 0,
            "next_attempt_at": now + timedelta(seconds=LEASE_SECONDS),
            "alert": msgspec.to_builtins(delivery.alert),
        }

    async def _try_and_mark(self, delivery: Delivery) -> None:
        key = delivery.key
        if key not in self._tried:
            self._tried[key] = await self._try(delivery)
            self._claimed.discard(key)
        found = await self._outbox.get(_index(delivery), key)
        if found is not None:
            await self._mark(self._tried[key], found)
        self._tried.pop(key, None)

    async def _try(self, delivery: Delivery) -> Attempt:
        started = time.perf_counter()
        error = await self._error_of(delivery)
        self._services.metrics.sink_up.labels(delivery.channel).set(
            0 if isinstance(error, SinkUnavailable) else 1
        )
        return Attempt(delivery, error, time.perf_counter() - started)

    async def _error_of(self, delivery: Delivery) -> SinkError | None:
        """Try one delivery; return what went wrong, or None when it was taken."""
        try:
            async with asyncio.timeout(LEASE_SECONDS - 5):
                await self._channels[delivery.channel].send(delivery)
        except SinkError as e:
            return e
        except TimeoutError:
            return SinkUnavailable("send alert", delivery.channel, "too slow")
        except Exception as e:
            _log.exception("defect", channel=delivery.channel)
            return SinkRejected("send alert", delivery.channel, repr(e), reason="defect")
        return None

    async def _mark(self, attempt: Attempt, found: Found) -> None:
        """Write what the attempt came to into the claim, dead-letter and count what has ended."""
        delivery, now = attempt.delivery, self._services.clock()
        attempts = int(found.source.get("attempts", 0)) + 1
        change: Document = {"attempts": attempts}
        ended: DeliverOutcome | None = None
        if attempt.error is None:
            change |= {"state": "sent", "sent_at": now}
            ended = DeliverOutcome.SENT
        elif failure := self._failure(attempt, now):
            await self._bury(delivery, failure, attempts)
            change |= {"state": "failed", "last_error": str(failure)}
            ended = DeliverOutcome.DEAD_LETTER
        else:
            wait = wait_seconds(attempts, attempt.error)
            change |= {
                "next_attempt_at": now + timedelta(seconds=wait),
                "last_error": str(attempt.error),
            }
        await self._write(_index(delivery), found, change)
        if ended is not None:
            self._count(delivery, ended, attempt.seconds)
        self._tell(attempt, attempts, ended)

    def _failure(self, attempt: Attempt, now: datetime) -> SinkError | None:
        """Return why a delivery is given up, or None to try again."""
        error = attempt.error
        if isinstance(error, SinkRejected):
            return error
        age = now - attempt.delivery.alert.raised_at
        if age <= self._give_up_after:
            return None
        return SinkRejected(
            "deliver alert",
            attempt.delivery.channel,
            f"not taken in {self._give_up_after}: {error}",
            reason="expired",
        )

    async def _write(self, index: str, found: Found, change: Document) -> None:
        for _ in range(MARK_TRIES):
            if await self._outbox.replace(index, found, {**found.source, **change}):
                return
            newer = await self._outbox.get(index, found.id)
            if newer is None or newer.source.get("state") == "sent":
                return
            found = newer

    async def _bury(self, delivery: Delivery, error: VigieError, attempts: int) -> None:
        alert = delivery.alert
        record = Incoming(
            topic=ALERT_RAISED.name,
            partition=-1,
            offset=-1,
            key=alert.event.event_id.encode(),
            value=encode(alert),
            headers=[
                ("channel", delivery.channel.encode()),
                ("recipient", delivery.recipient.encode()),
            ],
        )
        await self._services.dead_letters.put(Stage.DELIVER, record, error, attempts)

    async def _retry_always(self) -> None:
        while True:
            await asyncio.sleep(RETRY_EVERY_SECONDS)
            try:
                await self.retry_parked()
            except SinkUnavailable:
                continue  # sink_up shows it; the claims are where they were
            except Exception:
                _log.exception("retry of parked alerts failed")

    async def retry_parked(self) -> int:
        """Try every parked delivery whose time has come; return how many were tried."""
        now = self._services.clock()
        query = {
            "bool": {
                "filter": [
                    {"term": {"state": "pending"}},
                    {"range": {"next_attempt_at": {"lte": now.astimezone(UTC).isoformat()}}},
                ]
            }
        }
        due = await self._outbox.search(
            ALERTS_INDEX, query, size=RETRY_BATCH, sort=[{"next_attempt_at": "asc"}]
        )
        tried = await asyncio.gather(*(self._retry(found, now) for found in due))
        return sum(tried)

    async def _retry(self, found: Found, now: datetime) -> bool:
        delivery = self._parked(found)
        if delivery is None or found.id in self._claimed or found.id in self._tried:
            return False
        lease = {"next_attempt_at": now + timedelta(seconds=LEASE_SECONDS)}
        taken = await self._outbox.replace(ALERTS_INDEX, found, {**found.source, **lease})
        if taken is None:
            return False  # another process was quicker
        await self._mark(await self._try(delivery), taken)
        return True

    def _parked(self, found: Found) -> Delivery | None:
        """Return the delivery of a claim, None if its channel or recipient is configured no more."""
        try:
            alert = decode(AlertRaised, msgspec.json.encode(found.source.get("alert")))
        except ContractError as e:
            _log.error("parked alert cannot be read", key=found.id, error=e)
            return None
        delivery = Delivery(alert, str(found.source["channel"]), str(found.source["recipient"]))
        channel = self._channels.get(delivery.channel)
        return delivery if channel and delivery.recipient in channel.recipients else None

    def _count(self, delivery: Delivery, outcome: DeliverOutcome, seconds: float = 0.0) -> None:
        metrics, alert = self._services.metrics, delivery.alert
        metrics.alerts.labels(delivery.channel, outcome.value).inc()
        metrics.finished(Stage.DELIVER, outcome.value, seconds)
        if outcome is DeliverOutcome.SENT and alert.watch_id != CANARY:  # it has metrics of its own
            latency = (self._services.clock() - alert.first_seen_at).total_seconds()
            metrics.alert_latency.observe(max(0.0, latency))

    def _tell(self, attempt: Attempt, attempts: int, ended: DeliverOutcome | None) -> None:
        delivery = attempt.delivery
        told: dict[str, Any] = {"error": attempt.error} if attempt.error else {}
        _log.info(
            "alert",
            channel=delivery.channel,
            event_id=delivery.alert.event.event_id,
            version=delivery.alert.event.version,
            key=delivery.key[:16],
            outcome=ended.value if ended else "parked",
            attempts=attempts,
            **told,
        )


def _index(delivery: Delivery) -> str:
    """Return where the delivery is claimed; the canary's claims are kept out of the analysts' sight."""
    return alerts_index(delivery.alert.watch_id)


def wait_seconds(attempts: int, error: SinkError | None) -> float:
    """Return how long to leave a channel alone: 1 s doubling to 15 minutes, longer if it asks for it."""
    backoff: float = min(FIRST_WAIT_SECONDS * 2.0 ** min(attempts - 1, 20), MAX_WAIT_SECONDS)
    asked = error.retry_after_seconds if isinstance(error, SinkUnavailable) else 0.0
    return max(backoff, asked)


def build_channels(settings: Settings, metrics: Metrics) -> list[Channel]:
    """Return the channels that the settings give an address; only those are imported."""
    from runtime.http_guard import GuardPolicy

    alerts = settings.alerts
    channels: list[Channel] = []
    if settings.canary.interval_seconds:
        from sinks.canary import CanaryChannel

        channels.append(CanaryChannel(metrics))
    if alerts.console:
        from sinks.console import ConsoleChannel

        channels.append(ConsoleChannel())
    if alerts.webhooks:
        from sinks.webhook import WebhookChannel

        policy = GuardPolicy(
            allow_hosts=frozenset(settings.connectors.allow_hosts),
            user_agent=settings.connectors.user_agent,
        )
        channels.append(WebhookChannel(alerts.webhooks, policy))
    if alerts.smtp.host:
        from sinks.email import EmailChannel

        channels.append(EmailChannel(alerts.smtp))
    return channels


def build(settings: Settings, services: Services) -> Courier:
    """Return the courier of the configured channels."""
    outbox = ElasticsearchSink(settings.elasticsearch, services.metrics)
    give_up = timedelta(hours=settings.alerts.give_up_after_hours)
    return Courier(services, outbox, build_channels(settings, services.metrics), give_up)
