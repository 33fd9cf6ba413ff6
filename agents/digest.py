"""Holds back alerts beyond what one recipient is to get in an hour, and gathers them in digests (docs/alerts.md).

All of it stands in the claims: an alert that is held back is one in state `held`, a digest is one of its own that
lists them. A digest is claimed before its alerts are marked `digested`, the oldest last, and sent after: whoever
comes after a crash finds either the digest or the same alerts, which make the same digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from domain.errors import ContractError
from domain.outcome import IndexOutcome
from runtime.clock import Clock
from runtime.logs import get_logger
from schemas.canary import CANARY
from schemas.indices import ALERTS_INDEX, Document
from schemas.records import AlertRaised, decode
from sinks.channel import Delivery, Digest
from sinks.digest import digest_subject, held_alert
from sinks.elasticsearch import Found

DIGEST = "DIGEST"  # where other claims have the verdict of their alert
HOUR = timedelta(hours=1)
# A terminal wakes nobody, and the canary comes by the clock.
UNLIMITED = frozenset({"console", CANARY})
MAX_ALERTS = 100
MARK_TRIES = 5

_log = get_logger("digest")


class Claims(Protocol):
    """Where claims are kept."""

    async def create(self, index: str, document_id: str, document: Document) -> IndexOutcome:
        """Make a claim, or learn that there is one."""

    async def get(self, index: str, document_id: str) -> Found | None:
        """Return a claim as it is now."""

    async def replace(self, index: str, found: Found, document: Document) -> Found | None:
        """Change a claim unless somebody else did; return it as it is then."""

    async def search(
        self,
        index: str,
        query: Document,
        *,
        size: int = 100,
        sort: Sequence[Document] = (),
        fields: Sequence[str] | None = None,
    ) -> list[Found]:
        """Return claims, as they were about a second ago."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many alerts a recipient gets in an hour (0: any number), and how long the others wait for company."""

    per_hour: int = 10
    digest_after: timedelta = timedelta(minutes=15)


@dataclass(slots=True)
class HeldBack:
    """Says which alerts are too many now, and makes digests of them."""

    claims: Claims
    clock: Clock
    limit: Limit
    lease: timedelta
    # Sent from here in the last hour, or about to be: the index shows a claim a second late.
    _own: dict[tuple[str, str], dict[str, datetime]] = field(default_factory=dict)

    async def has_room(self, delivery: Delivery) -> bool:
        """Return whether the recipient may be told now; if so a place is taken until `release`."""
        if not self.limit.per_hour or delivery.channel in UNLIMITED:
            return True
        since = self.clock() - HOUR
        told = await self.claims.search(
            ALERTS_INDEX,
            _all_of(
                *_of(delivery.channel, delivery.recipient),
                {"term": {"state": "sent"}},
                {"range": {"sent_at": {"gte": _iso(since)}}},
                but={"term": {"verdict": DIGEST}},
            ),
            size=self.limit.per_hour,
            fields=["sent_at"],
        )
        # From here to the end nothing is awaited: of two that ask at once one sees the other's place taken.
        own = self._own.setdefault((delivery.channel, delivery.recipient), {})
        for key in [k for k, at in own.items() if at < since]:
            del own[key]
        if delivery.key in own:
            return True
        if len(own.keys() | {found.id for found in told}) >= self.limit.per_hour:
            return False
        own[delivery.key] = self.clock()
        return True

    def release(self, delivery: Delivery) -> None:
        """Give back the place of an alert that could not be sent."""
        self._own.get((delivery.channel, delivery.recipient), {}).pop(delivery.key, None)

    async def hold(self, delivery: Delivery, found: Found) -> None:
        """Put an alert aside for the next digest."""
        change = {
            "state": "held",
            "next_attempt_at": self.clock() + self.limit.digest_after,
            "last_error": f"held back: more than {self.limit.per_hour} alerts in an hour",
        }
        await self.claims.replace(ALERTS_INDEX, found, {**found.source, **change})
        _log.info(
            "alert held back",
            channel=delivery.channel,
            event_id=delivery.alert.event.event_id,
            version=delivery.alert.event.version,
            key=delivery.key[:16],
        )

    async def due(self) -> list[Digest]:
        """Return new digests for every recipient whose oldest held alert has waited long enough, claimed."""
        now = _iso(self.clock())
        found = await self.claims.search(
            ALERTS_INDEX,
            _all_of({"term": {"state": "held"}}, {"range": {"next_attempt_at": {"lte": now}}}),
            sort=[{"next_attempt_at": "asc"}],
            fields=["channel", "recipient"],
        )
        recipients = dict.fromkeys((f.source["channel"], f.source["recipient"]) for f in found)
        made = [await self._make(*recipient) for recipient in recipients]
        return [digest for digest in made if digest is not None]

    async def _make(self, channel: str, recipient: str) -> Digest | None:
        listed = await self.claims.search(
            ALERTS_INDEX,
            _all_of(*_of(channel, recipient), {"term": {"state": "held"}}),
            size=MAX_ALERTS,
            sort=[{"next_attempt_at": "asc"}],
            fields=["state"],
        )
        # What the search shows may be a second old; asked one by one, claims answer as they are.
        now = [await self.claims.get(ALERTS_INDEX, found.id) for found in listed]
        held = [f for f in now if f is not None and f.source.get("state") == "held"]
        digest = self._digest(channel, recipient, held)
        if digest is None:
            return None
        made = await self.claims.create(ALERTS_INDEX, digest.key, self._document(digest))
        if made is IndexOutcome.ALREADY:
            return await self._found_made(digest.key)
        await self.settle(digest)
        return digest

    def _digest(self, channel: str, recipient: str, held: list[Found]) -> Digest | None:
        alerts = [(f, alert) for f in held if (alert := alert_of(f)) is not None]
        if not alerts:
            return None
        return Digest(
            channel=channel,
            recipient=recipient,
            held_at=str(alerts[0][0].source["next_attempt_at"]),
            raised_at=self.clock(),
            alerts=[held_alert(alert, found.id) for found, alert in alerts],
        )

    async def _found_made(self, key: str) -> None:
        """Mark the alerts of a digest whose maker was killed before it could; it is sent when its lease is over."""
        found = await self.claims.get(ALERTS_INDEX, key)
        digest = digest_of(found) if found is not None else None
        if digest is not None:
            await self.settle(digest)

    async def settle(self, digest: Digest) -> None:
        """Mark the alerts of a digest as told by it, the oldest last; what is marked stays so."""
        note = f"told in digest {digest.key[:16]}"
        for alert in reversed(digest.alerts):
            await self.change(alert.key, {"state": "digested", "last_error": note}, only="held")

    async def change(self, key: str, change: Document, only: str) -> bool:
        """Change a claim that is in one state; return whether it was."""
        for _ in range(MARK_TRIES):
            found = await self.claims.get(ALERTS_INDEX, key)
            if found is None or found.source.get("state") != only:
                return False
            if await self.claims.replace(ALERTS_INDEX, found, {**found.source, **change}):
                return True
        return False

    def _document(self, digest: Digest) -> Document:
        return {
            "@timestamp": digest.raised_at,
            "alert_id": digest.key,
            "verdict": DIGEST,
            "headline": digest_subject(digest),
            "raised_at": digest.raised_at,
            "channel": digest.channel,
            "recipient": digest.recipient,
            "state": "pending",
            "attempts": 0,
            "next_attempt_at": self.clock() + self.lease,
            "alert": msgspec.to_builtins(digest),
        }


def alert_of(found: Found) -> AlertRaised | None:
    """Return the alert of a claim, None with a log line if it cannot be read."""
    try:
        return decode(AlertRaised, msgspec.json.encode(found.source.get("alert")))
    except ContractError as e:
        _log.error("claimed alert cannot be read", key=found.id, error=e)
        return None


def digest_of(found: Found) -> Digest | None:
    """Return the digest that a claim is of, None if it is of an alert."""
    if found.source.get("verdict") != DIGEST:
        return None
    try:
        return msgspec.convert(found.source.get("alert"), Digest, strict=False)
    except msgspec.ValidationError as e:
        _log.error("claimed digest cannot be read", key=found.id, error=e)
        return None


def _of(channel: str, recipient: str) -> tuple[Document, Document]:
    return {"term": {"channel": channel}}, {"term": {"recipient": recipient}}


def _all_of(*filters: Document, but: Document | None = None) -> Document:
    query: dict[str, Any] = {"filter": list(filters)}
    if but is not None:
        query["must_not"] = [but]
    return {"bool": query}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
