"""`python -m bench.fuzz --minutes 10`: fuzz everything that reads foreign bytes, show progress, save what is found.

Exit codes: 0 nothing found and memory flat, 1 something found or memory grew, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import selectors
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.fuzz.attempt import in_hand, replay, save

OUT = Path(".vigie/fuzz")
SILENT_SECONDS = 90.0  # without a report: the input in hand hangs
GROWTH_KB = 64_000  # between the second and the last quarter of a run; caches fill in the first
GROWTH_SHARE = 0.10


@dataclass(slots=True)
class Result:
    """What a whole run came to; processes that died of an input are counted in."""

    folder: Path
    runs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    rss_kb: list[int] = field(default_factory=list)

    def add(self, report: dict[str, Any]) -> None:
        """Take in the last report of a process."""
        self.runs.update(report["runs"])
        self.refused.update(report["refused"])
        self.findings.update(report["findings"])
        for name, seconds in report["slowest"].items():
            self.slowest[name] = max(seconds, self.slowest.get(name, 0.0))

    @property
    def growth_kb(self) -> float:
        """How much more memory the last quarter of the run held than its second quarter."""
        quarter = len(self.rss_kb) // 4
        if quarter < 2:
            return 0.0
        return median(self.rss_kb[-quarter:]) - median(self.rss_kb[quarter : 2 * quarter])

    @property
    def is_flat(self) -> bool:
        """Whether memory stayed where it was once the caches were full."""
        allowed = max(GROWTH_KB, GROWTH_SHARE * max(self.rss_kb, default=0))
        return self.growth_kb <= allowed


Shown = Callable[[Result, float], None]


def fuzz(
    seconds: float, seed: int, folder: Path, *, engine: str = "own", targets: str = "",
    show: Shown = lambda *_: None,
) -> Result:  # fmt: skip
    """Fuzz for so long and return what was found; a process that dies is replaced, and its input is a finding."""
    folder.mkdir(parents=True, exist_ok=True)
    result = Result(folder)
    ends = time.monotonic() + seconds
    number = 0
    while (left := ends - time.monotonic()) > 1 or number == 0:
        command = [
            *(
                sys.executable,
                "-m",
                "bench.fuzz.worker",
                "--engine",
                engine,
                "--folder",
                str(folder),
            ),
            *(
                "--seed",
                str(seed * 1000 + number),
                "--seconds",
                f"{left:.0f}",
                "--targets",
                targets,
            ),
        ]
        number += 1
        log = (folder / "worker.log").open("ab")
        with log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process:
            last, how = _follow(process, result, ends, show)
        result.add(last) if last else None
        if how:
            name, data = in_hand(folder / "in-hand")
            save(folder, result.findings, name, data, how, "the process did not survive it")
        elif not last:
            raise RuntimeError(f"the fuzzing process did not start: see {folder / 'worker.log'}")
    return result


def _follow(
    process: subprocess.Popen[bytes], result: Result, ends: float, show: Shown
) -> tuple[dict[str, Any], str]:
    """Read a process's reports to its end; return the last one, and how it died if it did."""
    last: dict[str, Any] = {}
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(SILENT_SECONDS):
                process.kill()
                process.wait()
                return last, "hang"
            line = process.stdout.readline()
            if not line:
                break
            with contextlib.suppress(ValueError):
                last = json.loads(line)
                result.rss_kb.append(last["rss_kb"])
                show(_sum(result, last), ends - time.monotonic())
    code = process.wait()
    return last, f"exit {code}" if code else ""


def _sum(result: Result, last: dict[str, Any]) -> Result:
    total = Result(
        result.folder, Counter(result.runs), Counter(result.refused), Counter(result.findings)
    )
    total.slowest, total.rss_kb = dict(result.slowest), result.rss_kb
    total.add(last)
    return total


def table(result: Result) -> Table:
    """Return the run as a table."""
    shown = Table(title="fuzzing")
    for name in ("target", "runs", "refused", "slowest (s)"):
        shown.add_column(name, justify="left" if name == "target" else "right")
    for name, runs in sorted(result.runs.items()):
        slowest = f"{result.slowest.get(name, 0.0):.2f}"
        shown.add_row(name, f"{runs:,}", f"{result.refused[name]:,}", slowest)
    return shown


def report(result: Result, console: Console) -> int:
    """Print what was found; return the exit code."""
    console.print(table(result))
    for what, count in sorted(result.findings.items()):
        console.print(f"FOUND {what}: {count} times", style="red", markup=False)
    top = max(result.rss_kb, default=0) / 1024
    flat = "flat" if result.is_flat else "GREW"
    console.print(
        f"{result.runs.total():,} runs, {len(result.findings)} findings (in {result.folder}); memory {flat}: "
        f"at most {top:.0f} MB, {result.growth_kb / 1024:+.0f} MB from the second to the last quarter",
        markup=False,
    )
    return 0 if result.is_flat and not result.findings else 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    parser.add_argument("--targets", default="", help="comma-separated; all of them if not given")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--replay", type=Path, help="run one saved input again")
    arguments = parser.parse_args(argv)
    console = Console()
    if arguments.replay:
        replay(arguments.replay)
        console.print("the input does no harm now")
        return 0
    seconds = arguments.minutes * 60
    columns = (
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[told]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(f"fuzz ({arguments.engine})", total=seconds, told="")

        def show(result: Result, left: float) -> None:
            told = f"{result.runs.total():,} runs, {len(result.findings)} findings, {result.rss_kb[-1] // 1024} MB"
            progress.update(task, completed=seconds - max(left, 0.0), told=told)

        result = fuzz(
            seconds, arguments.seed, arguments.out,
            engine=arguments.engine, targets=arguments.targets, show=show,
        )  # fmt: skip
    return report(result, console)


if __name__ == "__main__":
    sys.exit(main())
