"""`vigie reindex`: the index built anew beside the live one, from Kafka, and put in its place (docs/evolution.md)."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from desk.reindex import Account, Plan, Reindexer, abort, drop_old, make_plan
from domain.errors import ConfigError
from runtime.clock import utc_now
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of
from sinks.index_admin import IndexAdmin, sample


def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done")] = False,
    fill: Annotated[
        bool,
        typer.Option(
            "--fill-from-index", help="take over from the live indices what Kafka no longer has"
        ),
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop-old", help="delete what the finished rebuild replaced, and end")
    ] = False,
    stop: Annotated[
        bool, typer.Option("--abort", help="delete what an unfinished rebuild has built, and end")
    ] = False,
) -> None:
    """Build articles and events anew from Kafka and put them in place; searches and roles go on.

    Run it again after it was stopped or killed: it goes on where it was. The claims of alerts
    are not rebuilt: they are the only record of what was sent.
    """
    if sum((dry_run, drop, stop)) > 1 or (fill and (drop or stop)):
        raise ConfigError("reindex", "options", "expected one of --dry-run, --drop-old, --abort")
    settings = load_settings()
    setup_logs(settings.log, "reindex", secrets_of(settings))
    asyncio.run(_run(settings, dry_run, fill, drop, stop))


async def _run(settings: Settings, dry_run: bool, fill: bool, drop: bool, stop: bool) -> None:
    console = Console()
    admin = IndexAdmin(settings.elasticsearch)
    try:
        if drop or stop:
            gone = await (drop_old(admin, utc_now()) if drop else abort(admin))
            console.print(f"deleted: {', '.join(gone) or 'nothing'}", markup=False)
            return
        plan = await make_plan(settings, admin, utc_now())
        _print_plan(console, plan)
        if dry_run:
            return
        if plan.older and not fill and (plan.state is None or plan.state.phase == "done"):
            raise ConfigError(
                "rebuild the index",
                f"{plan.older} documents",
                "are older than what Kafka still holds: add --fill-from-index to take them over as they are",
            )
        account = await _rebuild(settings, admin, fill)
        _print_account(console, account)
    finally:
        await admin.close()


async def _rebuild(settings: Settings, admin: IndexAdmin, fill: bool) -> Account:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, int] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        return await Reindexer(settings, admin, fill=fill, tell=tell).run()


def _print_plan(console: Console, plan: Plan) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("index", "documents", "older than Kafka", "rebuilt as"):
        table.add_column(name)
    for s in plan.sources:
        table.add_row(s.index, str(s.documents), str(s.older), s.target)
    console.print(table)
    for name, reach in sorted(plan.reach.items()):
        since = f" since {reach.since:%Y-%m-%d %H:%M} UTC" if reach.since else ""
        gone = f", {reach.begin} expired" if reach.begin else ""
        console.print(f"{name}: {reach.end - reach.begin} records{since}{gone}", markup=False)
    if plan.state is not None and plan.state.phase != "done":
        begun = f"{plan.state.begun_at:%Y-%m-%d %H:%M} UTC"
        console.print(f"goes on with the rebuild begun {begun} ({plan.state.phase})", markup=False)
    if plan.older:
        console.print(
            f"{plan.older} documents are older than what Kafka still holds: only --fill-from-index keeps them",
            style="yellow",
            markup=False,
        )


def _print_account(console: Console, account: Account) -> None:
    console.print(
        f"{account.written} documents from Kafka, {account.filled} taken over from the index, "
        f"{account.unreadable} records not readable, {len(account.refused)} documents refused",
        markup=False,
    )
    if account.refused:
        console.print(f"refused: {sample(account.refused)}", style="yellow", markup=False)
    for name, target in sorted(account.targets.items()):
        console.print(f"{name} is now {target}", markup=False)
    if account.old:
        console.print(
            f"kept: {', '.join(account.old)}; when all is well: vigie reindex --drop-old",
            markup=False,
        )
