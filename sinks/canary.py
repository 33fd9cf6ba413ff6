"""The canary's channel: where its alert ends, seen by nobody but a metric and the log."""

from __future__ import annotations

from domain.errors import SinkRejected
from runtime.clock import Clock, utc_now
from runtime.logs import get_logger
from runtime.metrics import Metrics
from schemas.canary import CANARY
from sinks.channel import Digest, Message

_log = get_logger("canary")


class CanaryChannel:
    """Notes when the canary arrived and how long it took. Any other alert is refused: nobody would see it."""

    name = CANARY
    recipients: tuple[str, ...] = (CANARY,)

    def __init__(self, metrics: Metrics, clock: Clock = utc_now) -> None:
        self._metrics, self._clock = metrics, clock
        # A process that has just started has missed none yet.
        metrics.canary_arrival.set(clock().timestamp())

    async def send(self, delivery: Message) -> None:
        """Take the canary's alert."""
        if isinstance(delivery, Digest):
            raise SinkRejected("send digest", CANARY, "the canary is never held back")
        alert = delivery.alert
        if alert.watch_id != CANARY:
            raise SinkRejected("send alert", CANARY, f"seen {alert.watch_id}, expected the canary")
        now = self._clock()
        seconds = max(0.0, (now - alert.first_seen_at).total_seconds())
        self._metrics.canary_arrival.set(now.timestamp())
        self._metrics.canary_latency.set(seconds)
        _log.info("canary arrived", event_id=alert.event.event_id, seconds=round(seconds, 3))

    async def close(self) -> None:
        """Nothing is kept open."""
