"""What the demo asks the index: how much is in it, and which alerts were sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp

from schemas.indices import ALERTS_ALIAS, ARTICLES_ALIAS, EVENTS_ALIAS

MOST = 1000
ANSWER_SECONDS = 10.0
SENT = "sent"


@dataclass(frozen=True, slots=True)
class IndexState:
    """The index at one moment."""

    articles: int = 0
    events: int = 0
    sent: dict[str, list[str]] = field(default_factory=dict)  # alert_id -> channels it was sent by

    @property
    def deliveries(self) -> int:
        """How many alerts were sent, counting each channel."""
        return sum(len(channels) for channels in self.sent.values())


async def index_state(url: str) -> IndexState:
    """Return the state of the index; one that is not there yet counts as empty."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(url, timeout=timeout) as session:
        await _ask(session, "/news-*/_refresh")
        articles = await _ask(session, f"/{ARTICLES_ALIAS}/_count")
        events = await _ask(session, f"/{EVENTS_ALIAS}/_count")
        alerts = await _ask(session, f"/{ALERTS_ALIAS}/_search", {"size": MOST})
    sent: dict[str, list[str]] = {}
    for hit in alerts.get("hits", {}).get("hits", []):
        source = hit["_source"]
        if source.get("state") == SENT:
            sent.setdefault(source["alert_id"], []).append(source["channel"])
    return IndexState(articles.get("count", 0), events.get("count", 0), sent)


async def _ask(
    session: aiohttp.ClientSession, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    async with session.post(path, json=body or {}) as answer:
        if answer.status != 200:
            return {}
        told: dict[str, Any] = await answer.json()
        return told
