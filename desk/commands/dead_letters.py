"""`vigie dead-letters`: what could not be handled, and what to do with it."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console

from desk.dead_letters import Letter, LetterBox
from desk.tables import dead_letters_table
from domain.errors import ConfigError
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of
from sinks.wording import one_line

app = typer.Typer(no_args_is_help=True, help="What could not be handled: list, show, retry, drop.")

Topic = Annotated[str, typer.Option(help="only of this topic")]
Reason = Annotated[str, typer.Option(help="only with this reason")]
Ids = Annotated[list[str] | None, typer.Argument(help="ids as `list` shows them")]
All = Annotated[bool, typer.Option("--all", help="every one that the options leave")]
SHOWN_BYTES = 4_000


@app.command("list")
def list_letters(topic: Topic = "", reason: Reason = "") -> None:
    """Show the letters that are not settled; exit 1 if there are any."""
    letters = asyncio.run(_open(_settings(), topic, reason))
    if not letters:
        Console().print("no dead letters")
        return
    Console().print(dead_letters_table(x.told() for x in letters))
    raise typer.Exit(1)


@app.command("show")
def show(letter_id: Annotated[str, typer.Argument(help="id as `list` shows it")]) -> None:
    """Show one letter: why it is here, and the start of what it holds."""
    letter = _chosen(asyncio.run(_open(_settings(), "", "")), [letter_id], every=False)[0]
    console = Console()
    for name, told in letter.told().items():
        console.print(f"[bold]{name:<12}[/]", end=" ")
        console.print(one_line(told, 400), markup=False, highlight=False)
    value = letter.value or b""
    console.print(f"[bold]{'bytes':<12}[/] {len(value)}")
    # Printable only: what is in here was written by strangers, and a terminal obeys some bytes.
    text = value[:SHOWN_BYTES].decode("utf-8", "replace")
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else "·" for c in text) + "\n")


@app.command("retry")
def retry(ids: Ids = None, every: All = False, topic: Topic = "", reason: Reason = "") -> None:
    """Send letters again to the topics they were meant for, after the cause is mended."""
    count = asyncio.run(_settle(_settings(), ids, every, topic, reason, again=True))
    Console().print(f"{count} sent again")


@app.command("drop")
def drop(ids: Ids = None, every: All = False, topic: Topic = "", reason: Reason = "") -> None:
    """Settle letters without sending them again; they stay in the topic until it expires."""
    count = asyncio.run(_settle(_settings(), ids, every, topic, reason, again=False))
    Console().print(f"{count} dropped")


def _settings() -> Settings:
    settings = load_settings()
    setup_logs(settings.log, "dead-letters", secrets_of(settings))
    return settings


async def _open(settings: Settings, topic: str, reason: str) -> list[Letter]:
    async with LetterBox(settings) as box:
        return await box.open_letters(topic, reason)


async def _settle(
    settings: Settings, ids: list[str] | None, every: bool, topic: str, reason: str, *, again: bool
) -> int:
    async with LetterBox(settings) as box:
        chosen = _chosen(await box.open_letters(topic, reason), ids or [], every=every)
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
    return [known[i] for i in ids]
