"""`vigie events`: the known events, from Elasticsearch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from desk.tables import events_table, why_of
from runtime.settings import ElasticsearchSettings
from runtime.settings_file import load_settings
from schemas.indices import ARTICLES_ALIAS, EVENTS_ALIAS
from sinks.elasticsearch import ElasticsearchSink

MAX_EVENTS = 1000


def run(
    watch: Annotated[str, typer.Option(help="only of this watch")] = "",
    since: Annotated[str, typer.Option(help="only on or after this day, YYYY-MM-DD")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MAX_EVENTS, help="how many at most")] = 100,
) -> None:
    """Show the known events: date, place, act, actors, themes, articles, sources, first seen, why."""
    settings = load_settings()
    events, why = asyncio.run(_find(settings.elasticsearch, watch, since, limit))
    Console().print(events_table(events, why))


async def _find(
    settings: ElasticsearchSettings, watch: str, since: str, limit: int
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    sink = ElasticsearchSink(settings)
    try:
        await sink.refresh(EVENTS_ALIAS)
        filters: list[dict[str, Any]] = [{"term": {"is_merged": False}}]
        if watch:
            filters.append({"term": {"watch_id": watch}})
        if since:
            filters.append({"range": {"event_date": {"gte": since}}})
        found = await sink.search(
            EVENTS_ALIAS,
            {"bool": {"filter": filters}},
            size=limit,
            sort=[{"@timestamp": "desc"}],
        )
        events = [f.source for f in found]
        return events, await reasons_of(sink, [e["event_id"] for e in events])
    finally:
        await sink.close()


async def reasons_of(sink: ElasticsearchSink, event_ids: Sequence[str]) -> dict[str, str]:
    """Return why each event was announced: the reasons of its first article."""
    if not event_ids:
        return {}
    query = {
        "bool": {"filter": [{"terms": {"event_id": list(event_ids)}}, {"term": {"verdict": "NEW"}}]}
    }
    found = await sink.search(
        ARTICLES_ALIAS, query, size=MAX_EVENTS, fields=["event_id", "reasons"]
    )
    return {f.source["event_id"]: why_of(f.source.get("reasons", ())) for f in found}
