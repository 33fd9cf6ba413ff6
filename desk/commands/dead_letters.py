"""`vigie dead-letters`: what could not be handled, and what to do with it."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console

from desk.dead_letters import Letter, LetterBox, Wanted
from desk.tables import dead_letters_table
from domain.errors import ConfigError
from domain.outcome import Stage
from runtime.clock import utc_now
from runtime.inert import inert
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of

app = typer.Typer(no_args_is_help=True, help="What could not be handled: list, show, retry, drop.")

Topic = Annotated[str, typer.Option(help="only of this topic")]
Reason = Annotated[str, typer.Option(help="only with this reason")]
StageName = Annotated[str, typer.Option("--stage", help="only of this stage")]
Since = Annotated[
    str, typer.Option(help="only since: 90m, 24h, 7d, or a time as 2026-11-23T10:00Z")
]
Export = Annotated[
    Path | None, typer.Option(help="write them with their bytes (base64), one JSON object a line")
]
Ids = Annotated[list[str] | None, typer.Argument(help="ids as `list` shows them")]
All = Annotated[bool, typer.Option("--all", help="every one that the options leave")]
SHOWN_BYTES = 4_000
SHOWN_CHARS = 400
MAX_ROWS = 200
_SPAN = re.compile(r"^(\d{1,6})([mhd])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@app.command("list")
def list_letters(
    topic: Topic = "",
    reason: Reason = "",
    stage: StageName = "",
    since: Since = "",
    export: Export = None,
) -> None:
    """Show the letters that are not settled; exit 1 if there are any."""
    wanted = _wanted(topic, reason, stage, since)
    letters = asyncio.run(_list(_settings(), wanted, export))
    console = Console()
    if not letters:
        console.print("no dead letters")
        return
    console.print(dead_letters_table(x.told() for x in letters[:MAX_ROWS]))
    if len(letters) > MAX_ROWS:
        console.print(f"and {len(letters) - MAX_ROWS} more: narrow them down, or --export them")
    if export is not None:
        console.print(f"{len(letters)} written to {inert(str(export))}", markup=False)
    raise typer.Exit(1)


@app.command("show")
def show(
    letter_id: Annotated[str, typer.Argument(help="id as `list` shows it")], export: Export = None
) -> None:
    """Show one letter: why it is here, and the start of what it holds."""
    letter = asyncio.run(_one(_settings(), letter_id))
    if export is not None:
        _write([letter], export)
    told = {**letter.told(), "bytes": str(letter.size)}
    for name, text in told.items():
        cut = text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"
        sys.stdout.write(f"{inert(name):<12} {inert(cut)}\n")
    # What is in here was written by strangers, and a terminal obeys some bytes.
    text = (letter.value or b"")[:SHOWN_BYTES].decode("utf-8", "replace")
    sys.stdout.write(inert(text, keep="\n") + "\n")
    if letter.size > SHOWN_BYTES:
        sys.stdout.write(f"({letter.size - SHOWN_BYTES} bytes more: --export FILE has them all)\n")


@app.command("retry")
def retry(
    ids: Ids = None,
    every: All = False,
    topic: Topic = "",
    reason: Reason = "",
    stage: StageName = "",
    since: Since = "",
) -> None:
    """Send letters again to the topics they were meant for, after the cause is mended."""
    wanted = _wanted(topic, reason, stage, since)
    count = asyncio.run(_settle(_settings(), ids, every, wanted, again=True))
    Console().print(f"{count} sent again")


@app.command("drop")
def drop(
    ids: Ids = None,
    every: All = False,
    topic: Topic = "",
    reason: Reason = "",
    stage: StageName = "",
    since: Since = "",
) -> None:
    """Settle letters without sending them again; they stay in the topic until it expires."""
    wanted = _wanted(topic, reason, stage, since)
    count = asyncio.run(_settle(_settings(), ids, every, wanted, again=False))
    Console().print(f"{count} dropped")


def _settings() -> Settings:
    settings = load_settings()
    setup_logs(settings.log, "dead-letters", secrets_of(settings))
    return settings


def _wanted(topic: str, reason: str, stage: str, since: str) -> Wanted:
    stages = [s.value for s in Stage]
    if stage and stage not in stages:
        raise ConfigError("choose dead letters", stage, f"expected one of {', '.join(stages)}")
    return Wanted(topic, reason, stage, since_of(since, utc_now()) if since else None)


def since_of(text: str, now: datetime) -> datetime:
    """Return the moment that a span back from now, or a time with its zone, stands for."""
    if span := _SPAN.match(text):
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError as e:
        raise ConfigError("choose dead letters", text, "expected 90m, 24h, 7d or a time") from e
    if at.tzinfo is None:
        raise ConfigError("choose dead letters", text, "expected a time with its zone, as in ...Z")
    return at


async def _list(settings: Settings, wanted: Wanted, export: Path | None) -> list[Letter]:
    async with LetterBox(settings) as box:
        if export is None:
            return [x async for x in box.each(wanted, values=False)]
        letters = []
        with _opened(export) as out:
            async for letter in box.each(wanted):
                out.write(json.dumps(letter.exported(), ensure_ascii=True) + "\n")
                letters.append(_without_value(letter))
        return letters


def _without_value(letter: Letter) -> Letter:
    """Return a letter without its bytes, so that many can be held."""
    return Letter(letter.topic, letter.offset, letter.key, None, letter.headers, letter.size)


def _write(letters: Sequence[Letter], path: Path) -> None:
    with _opened(path) as out:
        for letter in letters:
            out.write(json.dumps(letter.exported(), ensure_ascii=True) + "\n")


def _opened(path: Path) -> IO[str]:
    """Open a file for what strangers wrote: readable by its owner only, and never over another one."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        return path.open("w", encoding="ascii")
    except OSError as e:
        raise ConfigError("export dead letters", str(path), str(e.strerror)) from e


async def _one(settings: Settings, letter_id: str) -> Letter:
    async with LetterBox(settings) as box:
        found = [x async for x in box.each(Wanted(), values=False) if x.id == letter_id]
        return await box.load(_chosen(found, [letter_id], every=False)[0])


async def _settle(
    settings: Settings, ids: list[str] | None, every: bool, wanted: Wanted, *, again: bool
) -> int:
    async with LetterBox(settings) as box:
        letters = [x async for x in box.each(wanted, values=False)]
        chosen = _chosen(letters, ids or [], every=every)
        if again:
            return await box.retry(chosen)
        await box.settle(chosen)
        return len(chosen)


def _chosen(letters: list[Letter], ids: list[str], *, every: bool) -> list[Letter]:
    """Return the letters named, or all; raises ConfigError for an id that is not there."""
    if every and not ids:
        return letters
    if not ids:
        raise ConfigError("choose dead letters", "", "name ids, or give --all")
    known = {x.id: x for x in letters}
    for wanted in ids:
        if wanted not in known:
            raise ConfigError(
                "choose dead letters",
                wanted,
                "not among those that `vigie dead-letters list` shows",
            )
    return [known[i] for i in dict.fromkeys(ids)]
