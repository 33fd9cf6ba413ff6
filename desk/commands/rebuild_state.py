"""`vigie rebuild-state`: what `detect` knows, made again from the classified articles, and compared."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from desk.pipeline import configured_watches
from desk.rebuild_state import Rebuilt, rebuild, write
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of
from sinks.index_admin import sample


def run(
    put: Annotated[
        bool, typer.Option("--write", help="put it in the place of the state that is there")
    ] = False,
    onto_existing: Annotated[
        bool, typer.Option("--onto-existing", help="begin with what can be read of that state")
    ] = False,
) -> None:
    """Judge again every classified article that Kafka holds, and compare what comes out with the state.

    Without --write nothing is changed. Exit codes: 0 the same (or written), 1 different.
    """
    settings = load_settings()
    setup_logs(settings.log, "rebuild-state", secrets_of(settings))
    found = asyncio.run(_run(settings, onto_existing))
    _print(found)
    if put:
        count = asyncio.run(write(settings, found))
        Console().print(f"{count} values written")
    elif not found.comparison.is_same:
        raise typer.Exit(1)


async def _run(settings: Settings, onto_existing: bool) -> Rebuilt:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("judge", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return await rebuild(
            settings, configured_watches(settings), onto_existing=onto_existing, tell=tell
        )


def _print(found: Rebuilt) -> None:
    console, seen = Console(), found.comparison
    console.print(f"{found.judged} articles judged again, {found.expired} have expired")
    if found.unreadable:
        told = f"{len(found.unreadable)} records not readable: {sample(found.unreadable)}"
        console.print(told, style="yellow", markup=False)
    console.print(
        f"events: {seen.same} the same, {len(seen.different)} different, {len(seen.only_old)} only in the "
        f"state that is there, {len(seen.only_new)} only in the rebuilt one",
        markup=False,
    )
    for title, names in (
        ("different", seen.different),
        ("only there", seen.only_old),
        ("only rebuilt", seen.only_new),
    ):
        if names:
            console.print(f"{title}: {sample(names, 5)}", markup=False)
