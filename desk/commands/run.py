"""`vigie run ROLE`: one process of the pipeline, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from desk.pipeline import configured_watches
from domain.errors import ConfigError
from runtime.logs import setup_logs
from runtime.settings import DEFAULT_PORTS
from runtime.settings_file import load_settings, secrets_of
from runtime.supervise import end_now


def run(
    role: Annotated[
        str, typer.Argument(help="connectors, clean, classify, detect, index, deliver or all")
    ],
    once: Annotated[
        bool, typer.Option("--once", help="connectors only: poll every source once and end")
    ] = False,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart", help="start it again when it ends by itself (without a container)"
        ),
    ] = False,
) -> None:
    """Run one role of the pipeline, or all agents in one process, until Ctrl-C or SIGTERM.

    Exit codes: 0 stopped as asked; 2 a setting or a server is wrong; 70 a dead letter could not be
    written; 75 the worker is stuck or fell over, start it again: a container's restart policy
    does it, or `--restart`.
    """
    if role not in DEFAULT_PORTS:
        raise ConfigError("run a role", role, f"expected one of {', '.join(DEFAULT_PORTS)}")
    settings = load_settings()
    setup_logs(settings.log, role, secrets_of(settings))
    if restart:
        from runtime.respawn import Keeper

        raise typer.Exit(Keeper([sys.executable, "-m", "desk.cli", "run", role]).run())
    if role == "connectors":
        from desk.connect import run_connectors

        end_now(asyncio.run(run_connectors(settings, once=once)))
    from agents.worker import run_worker

    end_now(asyncio.run(run_worker(settings, role, configured_watches(settings))))
