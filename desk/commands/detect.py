"""`vigie detect IN.jsonl --out OUT.jsonl`: the whole detection over a file, without any server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from desk.commands.score import read_jsonl
from desk.offline import detect_rows
from desk.progress import bar
from desk.watches import find_watch
from domain.errors import ConfigError
from domain.knowledge import Knowledge


def run(
    source: Annotated[Path, typer.Argument(help="articles, one JSON object a line")],
    out: Annotated[Path, typer.Option(help="where the results go, one line an article")],
    watch: Annotated[str, typer.Option(help="name of a watch")] = "morocco-france",
) -> None:
    """Judge every article of a file: relevance, verdict, event, date, place, act, actors, themes, reasons."""
    rows = read_jsonl(source)
    for number, row in enumerate(rows, 1):
        if "id" not in row:
            raise ConfigError("read article", f"{source}:{number}", "no id")
    with bar("judging", len(rows)) as advance:
        lines = detect_rows(rows, find_watch(watch), Knowledge.load(), advance)
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    # Written beside and renamed, so that an interrupted run leaves no half file.
    part = out.with_name(out.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(out)
