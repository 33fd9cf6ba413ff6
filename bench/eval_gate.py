"""The quality gate: scores every corpus split, beside two baselines, and fails below the floors.

`python -m bench.eval_gate` prints one table and exits 1 when a figure is under its floor in
bench/floors.json. `--raise` lifts floors to what was reached (never lowers one); `--lower NAME`
is the explicit flag for lowering a floor (`tune2:place`, or all of a run: `tune2`), to be used with a
reason in the changelog.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.baselines import keyword_rows, vector_rows
from bench.scorer import Scores, score
from desk.commands.score import figures
from desk.offline import detect_rows
from desk.watches import find_watch
from domain.knowledge import Knowledge

Rows = list[dict[str, Any]]
CORPUS = Path("bench/corpus")
FLOORS = Path("bench/floors.json")
# All are trained on by now; what unseen articles would see is what `python -m bench.held_out` prints.
SPLITS = ("dev", "tune", "tune2", "check", "check2", "check3", "check4")
SHOWN = (
    "relevance_f1", "bcubed_f1", "announced_once", "false_new", "date", "place", "act",
    "actors_recall", "themes_f1",
)  # fmt: skip
LOWER_IS_BETTER = {"false_new", "date_wrong"}
# Figures move by single articles; a floor stands this much under what was reached.
SLACK = 0.02


def load(split: str, noisy: bool) -> Rows:
    """Return a split's articles; `noisy` puts the page-noise variant in place where there is one."""
    rows: Rows = []
    for path in sorted((CORPUS / split).glob("*.jsonl")):
        if path.name != "events.jsonl":
            rows += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if noisy:
        rows = [{**r, "text": r["text_noisy"]} if r.get("text_noisy") else r for r in rows]
    return rows


def blind(rows: Rows) -> Rows:
    """Return what the detector may see of the articles."""
    return [
        {k: r.get(k) for k in ("id", "title", "text", "url", "lang", "published")} for r in rows
    ]


def run_vigie(rows: Rows) -> Rows:
    """Return the detector's output lines."""
    return detect_rows(blind(rows), find_watch("morocco-france"), Knowledge.load())


def evaluate(splits: tuple[str, ...]) -> tuple[dict[str, dict[str, float]], Table]:
    """Return the figures by `<split>` and `<split>.noisy`, and the table that shows them."""
    table = Table("run", *SHOWN, "articles/s", title="detection", title_justify="left")
    reached: dict[str, dict[str, float]] = {}
    for split in splits:
        if not (CORPUS / split).is_dir():
            continue
        for noisy in (False, True):
            rows = load(split, noisy)
            name = f"{split}.noisy" if noisy else split
            reached[name], line = _measure(name, rows, run_vigie)
            table.add_row(*line)
        rows = load(split, False)
        for title, baseline in (("keyword rule", keyword_rows), ("vectors", vector_rows)):
            _, line = _measure(f"  {title}", rows, baseline)
            table.add_row(*line, style="dim")
    return reached, table


def _measure(
    name: str, rows: Rows, detector: Callable[[Rows], Rows]
) -> tuple[dict[str, float], list[str]]:
    started = time.perf_counter()
    out = detector(rows)
    rate = len(rows) / (time.perf_counter() - started)
    scores: Scores = score(rows, out)
    found = figures(scores)
    return found, [name, *(f"{found[k]:.3f}" for k in SHOWN), f"{rate:.0f}"]


def compare(reached: dict[str, dict[str, float]], floors: dict[str, dict[str, float]]) -> list[str]:
    """Return a sentence for each figure that is worse than its floor."""
    worse = []
    for name, wanted in floors.items():
        for figure, floor in wanted.items():
            seen = reached.get(name, {}).get(figure)
            if seen is None:
                worse.append(f"{name} {figure}: not measured, floor {floor}")
            elif (seen > floor) if figure in LOWER_IS_BETTER else (seen < floor):
                worse.append(f"{name} {figure}: {seen}, floor {floor}")
    return worse


def raised(
    reached: dict[str, dict[str, float]], floors: dict[str, dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Return floors lifted to just under what was reached; none is ever lowered."""
    lifted: dict[str, dict[str, float]] = {}
    for name, found in reached.items():
        lifted[name] = {}
        for figure in SHOWN:
            sign = 1 if figure in LOWER_IS_BETTER else -1
            new = round(found[figure] + sign * SLACK, 3)
            old = floors.get(name, {}).get(figure, new)
            lifted[name][figure] = min(new, old) if sign > 0 else max(new, old)
    return lifted


def main() -> int:
    """Measure, print, compare with the floors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors")
    parser.add_argument(
        "--lower", nargs="+", default=[], metavar="RUN[:FIGURE]", help="floors to forget first"
    )
    options = parser.parse_args()
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.is_file() else {}
    for name in options.lower:
        run, _, figure = name.partition(":")
        if figure:
            floors.get(run, {}).pop(figure, None)
        else:
            floors.pop(run, None)
    reached, table = evaluate(SPLITS)
    Console(width=150).print(table)
    worse = compare(reached, floors)
    for line in worse:
        sys.stderr.write(f"below the floor: {line}\n")
    if options.lift:
        lifted = raised(reached, floors)
        FLOORS.write_text(json.dumps(lifted, indent=1) + "\n", encoding="utf-8")
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
