"""What every way of telling the watch team has in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from schemas.records import AlertRaised


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert for one recipient of one channel. `key` is the same at every attempt."""

    alert: AlertRaised
    channel: str
    recipient: str

    @property
    def key(self) -> str:
        """Return the idempotency key: this state of this event, this channel, this recipient."""
        event = self.alert.event
        told = f"{event.event_id}|{event.version}|{self.channel}|{self.recipient}"
        return hashlib.sha256(told.encode()).hexdigest()


class HeldAlert(msgspec.Struct, frozen=True, kw_only=True):
    """What a digest tells of one alert that was held back. `key` is the alert's own, for this recipient."""

    key: str
    alert_id: str
    watch_id: str
    verdict: str
    headline: str
    event_id: str
    event_version: int
    first_seen_at: datetime
    raised_at: datetime
    changed: list[str] = []
    title: str = ""
    lang: str = ""
    url: str = ""
    source_name: str = ""


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """One message for the alerts that were held back from one recipient, oldest first.

    `held_at` is when the first of them is told at the latest, as its claim has it: with that alert's key it makes
    the digest's own key, so a digest made again after a crash is the same one.
    """

    channel: str
    recipient: str
    held_at: str
    raised_at: datetime
    alerts: list[HeldAlert]

    @property
    def key(self) -> str:
        """Return the idempotency key."""
        told = f"digest|{self.channel}|{self.recipient}|{self.alerts[0].key}|{self.held_at}"
        return hashlib.sha256(told.encode()).hexdigest()


Message = Delivery | Digest


class Channel(Protocol):
    """A way of telling: console, webhook, e-mail."""

    @property
    def name(self) -> str:
        """The name a watch uses for it; a metric label."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who is told; each gets a delivery of its own."""

    async def send(self, delivery: Message) -> None:
        """Tell one recipient an alert or a digest; return once the other side has taken it.

        Raises SinkUnavailable (try again later) or SinkRejected (this alert will never be taken).
        """

    async def close(self) -> None:
        """Let go of connections; safe to call twice."""
