"""`vigie demo`: the whole pipeline on this machine alone, on a sample web, with what it found."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from desk.demo.run import DemoOptions, run_demo


def run(
    keep: Annotated[
        bool,
        typer.Option("--keep", help="leave everything running, print the addresses, until Ctrl-C"),
    ] = False,
    seed: Annotated[int, typer.Option(help="which sample outlet has which article")] = 0,
    svg: Annotated[
        str, typer.Option(help="also write the result as a picture to this file (SVG)")
    ] = "",
    width: Annotated[int, typer.Option(help="columns of the picture or of a log")] = 0,
) -> None:
    """Show the pipeline at work: sample web, connectors, Kafka, agents, Elasticsearch, alerts.

    Exit codes: 0 every article is accounted for, 1 not all are, 130 stopped by Ctrl-C.
    """
    console = Console(record=bool(svg), width=width or None)
    exit_code = asyncio.run(run_demo(console, DemoOptions(keep=keep, seed=seed)))
    if svg:
        Path(svg).write_text(picture(console), encoding="utf-8")
    raise typer.Exit(exit_code)


def picture(console: Console) -> str:
    """Return what the console showed as SVG, without the fonts that rich would have the reader's browser fetch."""
    drawn = console.export_svg(title="vigie demo")
    return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.S)
