"""`vigie score GOLD.jsonl OUT.jsonl`: how good the output of `vigie detect` is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.scorer import F1, Ratio, Scores, score
from domain.errors import ConfigError

MAX_LINE_BYTES = 20_000_000


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON-lines file; raises ConfigError naming file and line."""
    rows = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = _whole_letters(json.loads(line))
        except (ValueError, RecursionError) as e:
            raise ConfigError("read JSON lines", f"{path}:{number}", str(e)[:200]) from e
        if not isinstance(row, dict):
            seen = f"{type(row).__name__}, expected an object"
            raise ConfigError("read JSON lines", f"{path}:{number}", seen)
        rows.append(row)
    return rows


def _whole_letters(value: Any) -> Any:
    """Return a value that can be written again: half a surrogate pair becomes the sign for a lost letter."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_letters(v) for v in value]
    if isinstance(value, dict):
        return {_whole_letters(k): _whole_letters(v) for k, v in value.items()}
    return value


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file; raises ConfigError for one that no article fills, before it fills the memory."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    detail = f"line over {MAX_LINE_BYTES} bytes"
                    raise ConfigError("read JSON lines", f"{path}:{number}", detail)
                yield line
    except OSError as e:
        raise ConfigError("read JSON lines", str(path), e.strerror or str(e)) from e


def run(
    gold: Annotated[list[Path], typer.Argument(help="labelled articles, then the output to score")],
    errors: Annotated[bool, typer.Option(help="list what was wrong")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Score OUT.jsonl (last argument) against one or more gold files."""
    if len(gold) < 2:
        raise ConfigError("score", "arguments", "expected GOLD.jsonl [GOLD.jsonl ...] OUT.jsonl")
    wanted = [row for path in gold[:-1] for row in read_jsonl(path)]
    try:
        scores = score(wanted, read_jsonl(gold[-1]))
    except ValueError as e:
        raise ConfigError("score", str(gold[-1]), str(e)) from e
    console = Console()
    if as_json:
        console.print_json(json.dumps(figures(scores)))
        return
    console.print(table(scores))
    if errors:
        for name, rows in scores.errors.items():
            console.print(f"[bold]{name}[/] ({len(rows)})")
            for row in rows:
                console.print("  " + row, markup=False, highlight=False)


def figures(scores: Scores) -> dict[str, float]:
    """Return the figures by name, rounded to four places."""
    named: dict[str, float] = {
        "relevance_f1": scores.relevance.value,
        "relevance_precision": scores.relevance.precision,
        "relevance_recall": scores.relevance.recall,
        **{f"relevance_f1_{lang}": f.value for lang, f in scores.relevance_by_lang.items()},
        "bcubed_f1": scores.bcubed.value,
        "bcubed_precision": scores.bcubed.precision,
        "bcubed_recall": scores.bcubed.recall,
        "announced_once": scores.announced_once.value,
        "false_new": scores.false_new.value,
        "date": scores.dates.value,
        "date_wrong": scores.wrong_dates.value,
        "place": scores.places.value,
        "act": scores.acts.value,
        "actors_recall": scores.actors.recall,
        "actors_f1": scores.actors.value,
        "themes_f1": scores.themes.value,
    }
    return {name: round(value, 4) for name, value in named.items()}


def table(scores: Scores) -> Table:
    """Return the scores as a table for people."""
    shown = Table(title="vigie score", title_justify="left")
    for column in ("measure", "P", "R", "F1 / share", "of"):
        shown.add_column(column, justify="left" if column == "measure" else "right")

    def f1(name: str, value: F1) -> None:
        shown.add_row(
            name,
            f"{value.precision:.3f}",
            f"{value.recall:.3f}",
            f"[bold]{value.value:.3f}[/]",
            str(value.support),
        )

    def ratio(name: str, value: Ratio) -> None:
        shown.add_row(name, "", "", f"[bold]{value.value:.3f}[/]", f"{value.total:g}")

    f1("relevance", scores.relevance)
    for lang, value in scores.relevance_by_lang.items():
        f1(f"  {lang}", value)
    f1("same NewsEvent (BCubed)", scores.bcubed)
    ratio("announced exactly once", scores.announced_once)
    ratio("false NEW on negatives", scores.false_new)
    ratio("event date within a day", scores.dates)
    ratio("  wrong, of those dated", scores.wrong_dates)
    ratio("place", scores.places)
    ratio("act", scores.acts)
    f1("actors", scores.actors)
    f1("themes", scores.themes)
    return shown
