"""Tables of `vigie watch` for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.scorer import F1
from desk.tables import VERDICT_STYLE, foreign
from desk.watch_check import Point
from desk.watch_trial import Trial, Tried
from domain.gazetteer.countries import country_names
from domain.model import Watch
from sinks.wording import one_line

_FAULT_CHARS = 240
_TITLE_CHARS = 90


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_style="bold", box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _plain(text: str) -> Text:
    """Return text that came from a file: no control characters, and brackets are no markup."""
    return Text(one_line(text))


def watches_table(watches: Mapping[str, Watch], folder: Path) -> Table:
    """Return the watches of a folder, one line each."""
    names = country_names()
    table = _table(
        escape(f"Watches in {folder}"), "watch", "parties", "threshold", "alerts", "labelled set"
    )
    for stem, watch in watches.items():
        sides = " and ".join(names.get(code, code) for code in watch.parties)
        has_set = any((folder / f"{stem}.test{end}").exists() for end in (".jsonl", ""))
        table.add_row(
            Text(one_line(stem), style="bold"),
            _plain(sides),
            f"{watch.relevance_threshold:g}",
            _plain(", ".join(watch.channels)),
            Text("yes", style="green") if has_set else Text("no", style="yellow"),
        )
    return table


def points_table(points: Iterable[Point]) -> Table:
    """Return what `vigie watch check` saw."""
    table = _table("", "", "watch", "what", "seen", "to do")
    for point in points:
        mark = Text("✓", style="green") if not point.to_do else Text("!", style="yellow")
        if point.is_wrong:
            mark = Text("✗", style="bold red")
        table.add_row(
            mark,
            _plain(point.watch),
            _plain(point.what),
            _plain(point.seen),
            Text(point.to_do, style="yellow"),
        )
    return table


def trial_table(trial: Trial) -> Table:
    """Return each labelled article: what was wanted, what was said, what is wrong."""
    table = Table(
        title=f"{escape(trial.watch.watch_id)}: {len(trial.tried)} labelled articles",
        title_style="bold", box=box.SIMPLE_HEAD, expand=True, pad_edge=False,
    )  # fmt: skip
    # Only the last column gives way on a narrow terminal.
    for name in ("", "id", "lang", "wanted", "verdict", "score"):
        table.add_column(name, no_wrap=True)
    table.add_column("title, and what is wrong", ratio=1, overflow="fold")
    for one in trial.tried:
        verdict = str(one.line["verdict"] or one.line["outcome"])
        title = Text(foreign(str(one.row.get("title") or ""), _TITLE_CHARS), style="dim")
        told = _told(one)
        table.add_row(
            _mark(one),
            _plain(str(one.row["id"])),
            _plain(str(one.row.get("lang") or one.line["lang"])),
            _wanted(one),
            Text(verdict, style=VERDICT_STYLE.get(verdict, "")),
            f"{one.line['score']:.2f}",
            Text.assemble(title, "\n", told) if told else title,
        )
    return table


def _mark(one: Tried) -> Text:
    if one.fails:
        return Text("✗", style="bold red")
    return Text("!", style="yellow") if one.known else Text("✓", style="green")


def _wanted(one: Tried) -> str:
    if not one.row["relevant"]:
        return "OFF"
    told = one.row.get("verdict") or "relevant"
    return told if isinstance(told, str) else "/".join(told)


def _told(one: Tried) -> Text:
    faults = one_line("; ".join(one.faults), _FAULT_CHARS)
    if not one.known:
        return Text(faults, style="red")
    if not faults:
        return Text(
            f"no fault now, take its known_fault away: {one_line(one.known)}", style="yellow"
        )
    return Text(f"known ({one_line(one.known)}): {faults}", style="yellow")


def figures_table(trial: Trial) -> Table:
    """Return the figures of a trial in a few lines."""
    table = _table("", "measure", "value", "of")
    scores = trial.scores

    def f1(name: str, value: F1) -> None:
        told = f"{value.value:.3f} (P {value.precision:.3f}, R {value.recall:.3f})"
        table.add_row(name, told, str(value.support))

    f1("relevance F1", scores.relevance)
    f1("same event, BCubed F1", scores.bcubed)
    for name, ratio in (
        ("events announced exactly once", scores.announced_once),
        ("false NEW", scores.false_new),
        ("event date", scores.dates),
        ("place", scores.places),
        ("act", scores.acts),
    ):
        table.add_row(name, f"{ratio.value:.3f}", f"{ratio.total:g}")
    f1("actors F1", scores.actors)
    f1("themes F1", scores.themes)
    return table


def closing_line(trial: Trial) -> str:
    """Return the result in one line."""
    failing = sum(one.fails for one in trial.tried)
    known = sum(bool(one.known and one.faults) for one in trial.tried)
    beside = f", {known} with a known fault" if known else ""
    if failing:
        return f"[bold red]{failing} of {len(trial.tried)} articles fail[/]{beside}"
    return f"[bold green]{len(trial.tried) - known} of {len(trial.tried)} articles pass[/]{beside}"
