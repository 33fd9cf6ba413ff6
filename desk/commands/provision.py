"""`vigie provision`: makes the topics, the index templates and the first indices."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from runtime.logs import setup_logs
from runtime.provision import provision_topics
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of


def run(
    topics: Annotated[bool, typer.Option(help="make the topics")] = True,
    index: Annotated[bool, typer.Option(help="make templates and indices")] = True,
) -> None:
    """Make the topics, index templates and first indices that are missing; safe to repeat."""
    settings = load_settings()
    setup_logs(settings.log, "provision", secrets_of(settings))
    asyncio.run(_provision(settings, topics, index))


async def _provision(settings: Settings, topics: bool, index: bool) -> None:
    console = Console()
    if topics:
        states = await provision_topics(settings)
        console.print(f"[green]✓[/] {len(states)} topics on {settings.kafka.bootstrap}")
    if index:
        from sinks.elasticsearch import ElasticsearchSink

        sink = ElasticsearchSink(settings.elasticsearch)
        try:
            await sink.provision()
        finally:
            await sink.close()
        console.print(
            f"[green]✓[/] templates and indices on {', '.join(settings.elasticsearch.urls)}"
        )
