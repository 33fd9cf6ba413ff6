"""`vigie ingest PATH...`: text, HTML, JSONL and WARC files, and folders of them, into the running pipeline."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from desk.commands.events import reasons_of
from desk.ingest import STAGES, Sent, check_paths, send_paths, wait_through
from desk.tables import articles_table, events_table
from desk.textfile import add_counts
from domain.errors import SinkUnavailable
from domain.outcome import FetchOutcome
from runtime.inert import inert
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of
from schemas.indices import ARTICLES_ALIAS, EVENTS_ALIAS
from sinks.elasticsearch import ElasticsearchSink

URLS_AT_ONCE = 500
MAX_FOUND = 5000


def run(
    paths: Annotated[list[Path], typer.Argument(help="files and folders")],
    wait: Annotated[
        bool, typer.Option("--wait", help="until all are judged; show verdicts")
    ] = False,
    timeout: Annotated[float, typer.Option(min=1, help="seconds to wait for one stage")] = 120.0,
) -> None:
    """Send articles of files into the pipeline. With --wait, show what became of each.

    Exit codes: 0 all sent (and judged), 1 a file could not be read or a stage is not through.
    """
    check_paths(paths)
    settings = load_settings()
    setup_logs(settings.log, "ingest", secrets_of(settings))
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        sent, behind = asyncio.run(_run(settings, paths, wait, timeout, progress))
    if folder := settings.metrics.textfile_dir:
        failed = len(sent.problems) + len(sent.refused)
        counts = {FetchOutcome.PRODUCED: len(sent.urls), FetchOutcome.FAILED: failed}
        add_counts(Path(folder), counts, time.time())
    for problem in sent.problems:
        console.print(inert(str(problem)), style="yellow", markup=False)
    for refused in sent.refused:
        console.print(inert(f"not sent: {refused}"), style="yellow", markup=False)
    console.print(f"{len(sent.urls)} articles sent to {settings.kafka.bootstrap}", markup=False)
    if behind:
        raise SinkUnavailable(
            "wait for the pipeline",
            behind,
            f"not through after {timeout:g} s; is `vigie run {behind}` up?",
        )
    if wait:
        asyncio.run(_report(settings, sent))
    if sent.problems or sent.refused:
        raise typer.Exit(1)


async def _run(
    settings: Settings, paths: list[Path], wait: bool, seconds: float, progress: Progress
) -> tuple[Sent, str]:
    task = progress.add_task("send", total=None)
    sent = await send_paths(settings, paths, lambda: progress.advance(task))
    progress.update(task, total=len(sent.urls))
    if not wait or not sent.urls:
        return sent, ""
    tasks = {stage: progress.add_task(stage, total=None) for stage, _ in STAGES}

    def show(stage: str, done: int, total: int) -> None:
        progress.update(tasks[stage], completed=done, total=total)

    return sent, await wait_through(settings, sent.ends, seconds, show)


async def _report(settings: Settings, sent: Sent) -> None:
    """Print the verdicts of what was sent and the events they belong to."""
    sink = ElasticsearchSink(settings.elasticsearch)
    try:
        await sink.refresh(ARTICLES_ALIAS)
        await sink.refresh(EVENTS_ALIAS)
        articles = await _articles(sink, sorted(set(sent.urls)))
        ids = sorted({a["event_id"] for a in articles if "event_id" in a})
        query = {"bool": {"filter": [{"terms": {"event_id": ids}}, {"term": {"is_merged": False}}]}}
        found = await sink.search(EVENTS_ALIAS, query, size=1000) if ids else []
        why = await reasons_of(sink, ids)
    finally:
        await sink.close()
    console = Console()
    console.print(articles_table([a for a in articles if a["verdict"] != "OFF"]))
    console.print(events_table([f.source for f in found], why))
    verdicts = Counter(a["verdict"] for a in articles)
    told = ", ".join(f"{name} {n}" for name, n in sorted(verdicts.items()))
    judged = len({a["canonical_url"] for a in articles})
    missing = len(set(sent.urls)) - judged
    console.print(f"verdicts: {told or 'none'}; articles without a verdict: {missing}")
    if missing:
        console.print("no text on the page, or a dead letter: see `vigie dead-letters list`")


async def _articles(sink: ElasticsearchSink, urls: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    fields = [
        "canonical_url", "article_id", "verdict", "lang", "title", "published_at", "event_id",
    ]  # fmt: skip
    for n in range(0, len(urls), URLS_AT_ONCE):
        query = {"bool": {"filter": [{"terms": {"canonical_url": urls[n : n + URLS_AT_ONCE]}}]}}
        hits = await sink.search(ARTICLES_ALIAS, query, size=MAX_FOUND, fields=fields)
        found += [h.source for h in hits]
    return found
