"""deliver: tells the watch team, once for each alert, channel and recipient.

A delivery is claimed in Elasticsearch before it is tried (`create` on its key), and is pending until it is sent or
failed. One that a channel does not take now is parked there and tried again by `Courier.retry_parked`, so the
record does not wait and a dead channel holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from agents.base import Services
from agents.digest import Claims, HeldBack, Limit, alert_of, digest_of
from domain.errors import SinkError, SinkRejected, SinkUnavailable, VigieError
from domain.outcome import DeliverOutcome, IndexOutcome, Stage
from runtime.dead_letters import Incoming
from runtime.logs import get_logger
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.canary import CANARY, alerts_index
from schemas.indices import ALERTS_INDEX, Document, alert_document
from schemas.records import AlertRaised, decode, encode
from schemas.topics import ALERT_RAISED
from sinks.channel import Channel, Delivery, Digest, Message
from sinks.elasticsearch import ElasticsearchSink, Found

SOURCE = ALERT_RAISED
MARK = "claim"  # in the alert of a claim, by which its maker knows it again
RETRY_HEADER = "retry"  # set by `vigie dead-letters retry`
# Longer than any channel takes to answer: whoever finds an older claim may take it over.
LEASE_SECONDS = 30.0
ASKED_SECONDS = 60.0  # a record waits 15 s for the index at most, then asks it again
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 1.0, 900.0
RETRY_EVERY_SECONDS = 1.0
RETRY_BATCH = 50
MARK_TRIES = 5

_log = get_logger("deliver")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try at a delivery came to; `error` is None when it was sent."""

    delivery: Message
    error: SinkError | None
    seconds: float = 0.0


class Courier:
    """Claims, sends, marks; parks what cannot be sent now."""

    def __init__(
        self,
        services: Services,
        outbox: Claims,
        channels: Iterable[Channel],
        give_up_after: timedelta = timedelta(hours=24),
        limit: Limit | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services, self._outbox = services, outbox
        lease = timedelta(seconds=LEASE_SECONDS)
        self._held = HeldBack(outbox, services.clock, limit or Limit(), lease)
        self._channels = {c.name: c for c in channels}
        self._give_up_after = give_up_after
        self._claimed: set[str] = set()  # claimed here and not tried yet
        self._tried: dict[str, Attempt] = {}  # tried here and not marked yet
        # Claims of which no answer said whether they were made, and when that was last asked.
        self._asked: dict[str, tuple[Document, float]] = {}
        # As `_tried`, of what was parked: no record brings it again.
        self._unmarked: dict[str, Attempt] = {}
        # When what was parked here is due: a clock that is set back must not stop it.
        self._parked_until: dict[str, float] = {}
        self._monotonic = monotonic
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
        asked, _ = self._asked.get(key, (None, 0.0))
        document = asked or self._document(delivery)
        self._asked[key] = document, self._monotonic()  # stays, if there is no answer
        made = await self._outbox.create(_index(delivery), key, document)
        if made is IndexOutcome.ALREADY and not await self._is_ours(delivery, document):
            self._asked.pop(key)
            # Sent, failed, or pending: then `retry_parked` sees to it once its lease has run out.
            if again and await self._reopen(delivery, document):
                self._claimed.add(key)
                return True
            self._count(delivery, DeliverOutcome.ALREADY)
            return False
        self._asked.pop(key)
        self._claimed.add(key)
        return True

    async def _is_ours(self, delivery: Delivery, asked: Document) -> bool:
        """Return whether a claim is the one that we made and heard nothing of.

        The answer was lost, and the question was asked again: by us, or by the HTTP client, which repeats a PUT
        by itself when its connection breaks.
        """
        found = await self._outbox.get(_index(delivery), delivery.key)
        if found is None or found.source.get("state") != "pending":
            return False
        stored = found.source.get("alert")
        return isinstance(stored, dict) and stored.get(MARK) == asked["alert"][MARK]

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
            "alert": {**msgspec.to_builtins(delivery.alert), MARK: uuid.uuid4().hex},
        }

    async def _try_and_mark(self, delivery: Delivery) -> None:
        key = delivery.key
        if key not in self._tried:
            if not await self._held.has_room(delivery):
                found = await self._outbox.get(_index(delivery), key)
                if found is not None:
                    await self._held.hold(delivery, found)
                self._claimed.discard(key)
                return
            self._tried[key] = await self._try(delivery)
            self._claimed.discard(key)
        found = await self._outbox.get(_index(delivery), key)
        if found is not None:
            await self._mark(self._tried[key], found)
        self._tried.pop(key, None)

    async def _try(self, delivery: Message) -> Attempt:
        started = time.perf_counter()
        error = await self._error_of(delivery)
        if error is not None and isinstance(delivery, Delivery):
            self._held.release(delivery)
        self._services.metrics.sink_up.labels(delivery.channel).set(
            0 if isinstance(error, SinkUnavailable) else 1
        )
        return Attempt(delivery, error, time.perf_counter() - started)

    async def _error_of(self, delivery: Message) -> SinkError | None:
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
        self._parked_until.pop(delivery.key, None)
        if attempt.error is None:
            change |= {"state": "sent", "sent_at": now}
            is_digest = isinstance(delivery, Digest)
            ended = DeliverOutcome.DIGESTED if is_digest else DeliverOutcome.SENT
        elif failure := self._failure(attempt, now):
            await self._bury(delivery, failure, attempts)
            change |= {"state": "failed", "last_error": str(failure)}
            ended = DeliverOutcome.DEAD_LETTER
        else:
            wait = wait_seconds(attempts, attempt.error)
            self._parked_until[delivery.key] = self._monotonic() + wait
            change |= {
                "next_attempt_at": now + timedelta(seconds=wait),
                "last_error": str(attempt.error),
            }
        await self._write(_index(delivery), found, change)
        if ended is not None and isinstance(delivery, Delivery):
            self._count(delivery, ended, attempt.seconds)
        elif ended is DeliverOutcome.DIGESTED and isinstance(delivery, Digest):
            for _ in delivery.alerts:
                self._count_one(delivery.channel, ended)
        self._tell(attempt, attempts, ended)

    def _failure(self, attempt: Attempt, now: datetime) -> SinkError | None:
        """Return why a delivery is given up, or None to try again."""
        error = attempt.error
        if isinstance(error, SinkRejected):
            return error
        sent = attempt.delivery
        age = now - (sent.raised_at if isinstance(sent, Digest) else sent.alert.raised_at)
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

    async def _bury(self, delivery: Message, error: VigieError, attempts: int) -> None:
        if isinstance(delivery, Digest):
            await self._bury_each(delivery, error, attempts)
            return
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

    async def _bury_each(self, digest: Digest, error: VigieError, attempts: int) -> None:
        """Make each alert of a digest a dead letter of its own, so that each can be retried."""
        for held in digest.alerts:
            found = await self._outbox.get(ALERTS_INDEX, held.key)
            alert = alert_of(found) if found is not None else None
            if alert is None:
                continue
            await self._bury(Delivery(alert, digest.channel, digest.recipient), error, attempts)
            failed = {"state": "failed", "last_error": str(error)}
            if await self._held.change(held.key, failed, only="digested"):
                self._count_one(digest.channel, DeliverOutcome.DEAD_LETTER)

    async def _retry_always(self) -> None:
        while True:
            await asyncio.sleep(RETRY_EVERY_SECONDS)
            try:
                await self.retry_parked()
                await self.send_digests()
            except SinkUnavailable:
                continue  # sink_up shows it; the claims are where they were
            except Exception:
                _log.exception("retry of parked alerts failed")

    async def retry_parked(self) -> int:
        """Try every parked delivery whose time has come; return how many were tried."""
        for key in list(self._unmarked):
            await self._mark_now(key)
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
        due += await self._overdue({found.id for found in due})
        turns: dict[tuple[str, str], list[Found]] = {}
        for found in due:
            whom = str(found.source["channel"]), str(found.source["recipient"])
            turns.setdefault(whom, []).append(found)
        return sum(await asyncio.gather(*map(self._retry_in_turn, turns.values())))

    async def _retry_in_turn(self, parked: list[Found]) -> int:
        """Try what waits for one recipient, one by one, until it is not taken; return how many were tried.

        A crash then finds one of them between send and mark, and a dead channel is asked once, not for each.
        """
        tried = 0
        for found in parked:
            attempt = await self._retry(found)
            tried += attempt is not None
            if attempt is not None and isinstance(attempt.error, SinkUnavailable):
                break
        return tried

    async def _overdue(self, known: set[str]) -> list[Found]:
        """Return what was parked here and has waited long enough, though by the clock its time is still to come."""
        now = self._monotonic()
        overdue = [k for k, at in self._parked_until.items() if at <= now and k not in known]
        found = [await self._outbox.get(ALERTS_INDEX, key) for key in overdue[:RETRY_BATCH]]
        for key in overdue[:RETRY_BATCH]:
            self._parked_until.pop(key, None)
        return [f for f in found if f is not None and f.source.get("state") == "pending"]

    async def send_digests(self) -> int:
        """Send what was held back and has waited long enough; return how many digests that made."""
        digests = await self._held.due()
        for digest in digests:
            await self._send_and_mark(digest, digest.key)
        return len(digests)

    async def _retry(self, found: Found) -> Attempt | None:
        if found.id in self._claimed or found.id in self._tried or self._is_asking(found.id):
            return None
        digest = digest_of(found)
        delivery = digest or self._parked(found)
        if delivery is None or not self._is_configured(delivery):
            return None
        lease = {"next_attempt_at": self._services.clock() + timedelta(seconds=LEASE_SECONDS)}
        taken = await self._outbox.replace(ALERTS_INDEX, found, {**found.source, **lease})
        if taken is None:
            return None  # another process was quicker
        if digest is not None:
            await self._held.settle(digest)
        elif isinstance(delivery, Delivery) and not await self._held.has_room(delivery):
            await self._held.hold(delivery, taken)
            return None
        return await self._send_and_mark(delivery, found.id)

    def _is_asking(self, key: str) -> bool:
        """Return whether the record of a claim is about to be taken again here; not so if it went to another process."""
        _, at = self._asked.get(key, (None, -ASKED_SECONDS))
        return self._monotonic() - at < ASKED_SECONDS

    async def _send_and_mark(self, delivery: Message, key: str) -> Attempt:
        """Try what no record will bring again: what cannot be marked now is marked later, not sent again."""
        attempt = self._unmarked[key] = await self._try(delivery)
        await self._mark_now(key)
        return attempt

    async def _mark_now(self, key: str) -> None:
        found = await self._outbox.get(ALERTS_INDEX, key)
        if found is not None:
            await self._mark(self._unmarked[key], found)
        self._unmarked.pop(key)

    def _parked(self, found: Found) -> Delivery | None:
        alert = alert_of(found)
        if alert is None:
            return None
        return Delivery(alert, str(found.source["channel"]), str(found.source["recipient"]))

    def _is_configured(self, delivery: Message) -> bool:
        channel = self._channels.get(delivery.channel)
        return channel is not None and delivery.recipient in channel.recipients

    def _count(self, delivery: Delivery, outcome: DeliverOutcome, seconds: float = 0.0) -> None:
        self._count_one(delivery.channel, outcome, seconds)
        alert = delivery.alert
        if outcome is DeliverOutcome.SENT and alert.watch_id != CANARY:  # it has metrics of its own
            latency = (self._services.clock() - alert.first_seen_at).total_seconds()
            self._services.metrics.alert_latency.observe(max(0.0, latency))

    def _count_one(self, channel: str, outcome: DeliverOutcome, seconds: float = 0.0) -> None:
        self._services.metrics.alerts.labels(channel, outcome.value).inc()
        self._services.metrics.finished(Stage.DELIVER, outcome.value, seconds)

    def _tell(self, attempt: Attempt, attempts: int, ended: DeliverOutcome | None) -> None:
        delivery = attempt.delivery
        told: dict[str, Any] = {"error": attempt.error} if attempt.error else {}
        if isinstance(delivery, Digest):
            told["alerts"] = len(delivery.alerts)
        else:
            told["event_id"] = delivery.alert.event.event_id
            told["version"] = delivery.alert.event.version
        _log.info(
            "digest" if isinstance(delivery, Digest) else "alert",
            channel=delivery.channel,
            key=delivery.key[:16],
            outcome=ended.value if ended else "parked",
            attempts=attempts,
            **told,
        )


def _index(delivery: Message) -> str:
    """Return where the delivery is claimed; the canary's claims are kept out of the analysts' sight."""
    return ALERTS_INDEX if isinstance(delivery, Digest) else alerts_index(delivery.alert.watch_id)


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
    after = timedelta(minutes=settings.alerts.digest_after_minutes)
    limit = Limit(settings.alerts.max_per_hour, after)
    channels = build_channels(settings, services.metrics)
    return Courier(services, outbox, channels, give_up, limit)
