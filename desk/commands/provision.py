"""`vigie provision`: makes the topics, index templates and first indices; on a secured Kafka accounts and rights."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from domain.errors import ConfigError
from ops.kafka.acls import accounts as accounts_of
from ops.kafka.acls import commands, load_rights
from runtime.kafka_rights import MIN_PASSWORD_CHARS, Right, set_passwords, sync_rights
from runtime.logs import setup_logs
from runtime.provision import provision_topics
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of


def run(
    topics: Annotated[bool, typer.Option(help="make the topics")] = True,
    index: Annotated[bool, typer.Option(help="make templates and indices")] = True,
    accounts: Annotated[
        Path | None,
        typer.Option(
            help="make Kafka's accounts, with the passwords in this folder's kafka_<account>_password"
        ),
    ] = None,
    acls: Annotated[
        bool, typer.Option("--acls", help="bring the rights on Kafka to ops/kafka/acls.toml")
    ] = False,
    print_acls: Annotated[
        bool,
        typer.Option("--print-acls", help="print the rights as kafka-acls.sh commands, and end"),
    ] = False,
) -> None:
    """Make the topics, index templates and first indices that are missing; safe to repeat.

    Accounts and rights need an account that is a super user of the broker.
    """
    settings = load_settings()
    setup_logs(settings.log, "provision", secrets_of(settings))
    rights = load_rights(settings.kafka.group_prefix)
    if print_acls:
        for line in commands(rights, settings.kafka.bootstrap):
            sys.stdout.write(line + "\n")
        return
    passwords = _passwords(accounts, rights) if accounts is not None else {}
    asyncio.run(_provision(settings, topics, index, passwords, rights if acls else ()))


async def _provision(
    settings: Settings,
    topics: bool,
    index: bool,
    passwords: dict[str, str],
    rights: tuple[Right, ...],
) -> None:
    console = Console()
    if passwords:
        await set_passwords(settings, passwords)
        console.print(f"[green]✓[/] {len(passwords)} accounts on {settings.kafka.bootstrap}")
    if rights:
        done = await sync_rights(settings, rights)
        console.print(
            f"[green]✓[/] {len(rights)} rights on {settings.kafka.bootstrap}: {done.given} given, "
            f"{done.taken} taken"
        )
    if topics:
        states = await provision_topics(settings)
        console.print(f"[green]✓[/] {len(states)} topics on {settings.kafka.bootstrap}")
    if index:
        from sinks.elasticsearch import ElasticsearchSink

        sink = ElasticsearchSink(settings.elasticsearch)
        try:
            refused = await sink.provision()
        finally:
            await sink.close()
        for told in refused:
            console.print(
                f"fields not added: {told}: run `vigie reindex`", style="yellow", markup=False
            )
        console.print(
            f"[green]✓[/] templates and indices on {', '.join(settings.elasticsearch.urls)}"
        )


def _passwords(folder: Path, rights: tuple[Right, ...]) -> dict[str, str]:
    """Return each account's password; raises ConfigError for one that is missing or too short."""
    found = {}
    for account in accounts_of(rights):
        file = folder / f"kafka_{account}_password"
        try:
            text = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            why = e.strerror if isinstance(e, OSError) else "not UTF-8"
            raise ConfigError("read secret", str(file), f"{why}, expected a password") from e
        if len(text) < MIN_PASSWORD_CHARS:
            raise ConfigError(
                "read secret",
                str(file),
                f"{len(text)} characters, expected at least {MIN_PASSWORD_CHARS}",
            )
        found[account] = text
    return found
