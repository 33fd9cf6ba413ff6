"""`vigie config`: every setting with its value, where it came from, and what it is for."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runtime.settings_file import load, shown


def run(
    changed: Annotated[bool, typer.Option(help="only those that differ from the default")] = False,
) -> None:
    """Show the settings as this machine would use them; secrets only as set or not set."""
    loaded = load()
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("setting", style="bold", no_wrap=True)
    for name, ratio in (("value", 3), ("from", 3), ("what it is", 5)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for one in shown(loaded.settings):
        origin = loaded.origins.get(one.name, "")
        if changed and not origin:
            continue
        table.add_row(
            one.name,
            Text(one.value, style="green" if origin else ""),
            Text(origin or "default", style="" if origin else "dim"),
            Text(one.doc, style="dim"),
        )
    Console().print(table)
