"""`vigie doctor`: looks at everything the pipeline needs and says what to do."""

from __future__ import annotations

import asyncio
import logging

import typer
from rich.console import Console

from desk.doctor import Finding, examine, is_well
from desk.tables import findings_table
from runtime.settings_file import load_settings


def run() -> None:
    """Check broker, topics, index, sources, watches and channels; exit 1 if anything is to do."""
    # The table says it; the clients would say it again, and some put their level back.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.CRITICAL + 1)
    findings = asyncio.run(_examine())
    Console().print(findings_table(findings))
    if not is_well(findings):
        raise typer.Exit(1)


async def _examine() -> list[Finding]:
    return [finding async for finding in examine(load_settings())]
