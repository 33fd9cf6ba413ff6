"""What every way of telling the watch team has in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

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


class Channel(Protocol):
    """A way of telling: console, webhook, e-mail."""

    @property
    def name(self) -> str:
        """The name a watch uses for it; a metric label."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who is told; each gets a delivery of its own."""

    async def send(self, delivery: Delivery) -> None:
        """Tell one recipient; return once the other side has taken it.

        Raises SinkUnavailable (try again later) or SinkRejected (this alert will never be taken).
        """

    async def close(self) -> None:
        """Let go of connections; safe to call twice."""
