"""`vigie watch`: make a watch, try it on its own labelled articles, see and check those there are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from desk.progress import bar
from desk.watch_check import check_watch, read_watches
from desk.watch_new import (
    CHANNELS,
    Wanted,
    check_name,
    country_code,
    default_title,
    parties_of,
    write_watch,
)
from desk.watch_tables import (
    closing_line,
    figures_table,
    points_table,
    trial_table,
    watches_table,
)
from desk.watch_trial import labelled_set, read_labelled, try_watch
from desk.watches import own_folder, read_folder
from domain.errors import ConfigError
from domain.knowledge import Knowledge
from runtime.settings_file import load_settings

app = typer.Typer(no_args_is_help=True, help="Watches as data: new, test, list, check.")

Folder = Annotated[
    str, typer.Option(help="folder of watches; default: the setting watches_dir, else ./watches")
]


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="name of the watch, for example belgium-morocco")],
    countries: Annotated[
        list[str] | None, typer.Argument(help="two countries, by ISO code or name")
    ] = None,
    title: Annotated[str, typer.Option(help="what people read in alerts")] = "",
    theme: Annotated[list[str] | None, typer.Option(help="a theme; default: all")] = None,
    channel: Annotated[list[str] | None, typer.Option(help=" or ".join(CHANNELS))] = None,
    threshold: Annotated[float, typer.Option(help="relevance from which it counts, 0 to 1")] = 0.5,
    recap_after_days: Annotated[int, typer.Option(help="an older event is only recalled")] = 14,
    max_age_hours: Annotated[float, typer.Option(help="older news never alerts; 0: no gate")] = 24,
    folder: Folder = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="ask nothing, take defaults")] = False,
) -> None:
    """Write NAME.toml for two countries; asks at a terminal for what is not given, never writes over a file."""
    check_name(name)
    ask = _nothing if yes or not sys.stdin.isatty() else _prompt
    parties = _parties(countries or [], ask)
    wanted = Wanted(
        name=name,
        parties=parties,
        title=title or ask("title", default_title(parties)),
        themes=tuple(theme or _words(ask("themes (comma-separated)", "all"))),
        threshold=threshold,
        recap_after_days=recap_after_days,
        max_age_hours=max_age_hours,
        channels=tuple(channel or _words(ask("channels (comma-separated)", "console"))),
    )
    path, is_new = write_watch(own_folder(folder, load_settings().watches_dir), wanted)
    console = Console()
    if not is_new:
        console.print(f"{path} is there already and says just this: nothing written", markup=False)
        return
    console.print(f"wrote {path}", markup=False)
    points = check_watch(name, read_watches(path.parent, [name])[0][name], path.parent)
    console.print(points_table(points))
    console.print(
        f"next: write {name}.test.jsonl beside it, then `vigie watch test {name}`", markup=False
    )


def _nothing(_: str, default: str) -> str:
    return default


def _prompt(what: str, default: str) -> str:
    return str(typer.prompt(what, default=default or None))


def _parties(told: list[str], ask: Callable[[str, str], str]) -> tuple[str, str]:
    """Return the two countries; asks again for those not given."""
    answers = list(told)
    for number, which in enumerate(("first", "second")):
        if len(answers) <= number and ask is _prompt:
            answers.append(country_code(ask(f"{which} country", "")))
    return parties_of(answers)


def _words(answer: str) -> list[str]:
    """Return the words of an answer; none for "all"."""
    return [w.strip() for w in answer.split(",") if w.strip() and w.strip() != "all"]


@app.command("test")
def run_test(
    name: Annotated[str, typer.Argument(help="name of the watch")],
    facts: Annotated[
        bool, typer.Option("--facts", help="date, place, act, actors and themes must be right too")
    ] = False,
    folder: Folder = "",
) -> None:
    """Run the watch over NAME.test.jsonl (or the folder NAME.test): exit 0 if all is as labelled, else 1."""
    where = read_folder(folder, load_settings().watches_dir)
    watches, wrong = read_watches(where, [name])
    if wrong:
        raise ConfigError("read watch", name, wrong[0].seen)
    rows = read_labelled(labelled_set(where, name))
    with bar("judging", len(rows)) as advance:
        trial = try_watch(watches[name], rows, Knowledge.load(), facts, advance)
    console = Console()
    console.print(trial_table(trial))
    console.print(figures_table(trial))
    console.print(closing_line(trial))
    if not trial.is_passed:
        raise typer.Exit(1)


@app.command("list")
def list_watches(folder: Folder = "") -> None:
    """Show the watches there are; exit 1 if one cannot be read."""
    where = read_folder(folder, load_settings().watches_dir)
    watches, wrong = read_watches(where)
    console = Console()
    console.print(watches_table(watches, where))
    if wrong:
        console.print(points_table(wrong))
        raise typer.Exit(1)


@app.command("check")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="watches; default: all")] = None,
    folder: Folder = "",
) -> None:
    """Say whether the watches can be used and what is known of their countries; exit 1 if one cannot."""
    where = read_folder(folder, load_settings().watches_dir)
    watches, points = read_watches(where, names or [])
    for stem, watch in watches.items():
        points += check_watch(stem, watch, where)
    if not points:
        raise ConfigError("check watches", str(where), "no *.toml file there")
    Console().print(points_table(points))
    if any(point.is_wrong for point in points):
        raise typer.Exit(1)
