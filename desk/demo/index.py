"""What the demo asks the index: how much is in it, which events, and which alerts were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from desk.tables import why_of
from domain.outcome import Verdict
from schemas.indices import ALERTS_ALIAS, ARTICLES_ALIAS, EVENTS_ALIAS, Document

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
    async with _session(url) as session:
        await _ask(session, "/news-*/_refresh")
        articles = await _ask(session, f"/{ARTICLES_ALIAS}/_count")
        events = await _ask(session, f"/{EVENTS_ALIAS}/_count")
        alerts = await _documents(session, ALERTS_ALIAS, {"term": {"state": SENT}})
    sent: dict[str, list[str]] = {}
    for alert in alerts:
        sent.setdefault(alert["alert_id"], []).append(alert["channel"])
    return IndexState(articles.get("count", 0), events.get("count", 0), sent)


async def indexed_events(url: str) -> tuple[list[Document], dict[str, str]]:
    """Return the events as they stand, and by event why its first report was taken for new."""
    async with _session(url) as session:
        events = await _documents(session, EVENTS_ALIAS, {"term": {"is_merged": False}})
        first = await _documents(session, ARTICLES_ALIAS, {"term": {"verdict": Verdict.NEW.value}})
    why = {a["event_id"]: why_of(a.get("reasons", ())) for a in first if "event_id" in a}
    return events, why


def _session(url: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))


async def _documents(
    session: aiohttp.ClientSession, alias: str, query: Mapping[str, Any]
) -> list[Document]:
    found = await _ask(session, f"/{alias}/_search", {"size": MOST, "query": dict(query)})
    return [hit["_source"] for hit in found.get("hits", {}).get("hits", [])]


async def _ask(
    session: aiohttp.ClientSession, path: str, body: Mapping[str, Any] | None = None
) -> Document:
    async with session.post(path, json=body or {}) as answer:
        if answer.status != 200:
            return {}
        told: Document = await answer.json()
        return told
