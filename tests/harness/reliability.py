"""Keeps what fault tests saw, and writes it beside what was expected: docs/reliability.md.

A test calls `reliability.seen(case, text, runs)` after its assertions held. The results lie in
`.vigie/reliability/<case>.json`, by test and by scale, so that a long run by hand and a short one stand side by
side. `python -m tests.harness.reliability` makes the page of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.paths import REPO

CASES = Path(__file__).with_name("cases.toml")
HEAD = Path(__file__).with_name("reliability_head.md")
RECORDS = REPO / ".vigie" / "reliability"
PAGE = REPO / "docs" / "reliability.md"

# The tables of the page; the heading of the first stands in the head.
FAULTS, RECOVERY = "faults", "recovery"
RECOVERY_HEAD = """## Evolution and recovery

What changes under way, and what is brought back afterwards; how to do it is [evolution.md](evolution.md) and the [runbook of dead letters](runbooks/dead-letters.md). The same recorder, the same real servers.

"""

# Read when the tests are collected: while they run, no VIGIE_ variable of the caller's is left.
SCALE = max(1, int(os.environ.get("VIGIE_FAULT_RUNS", "1")))


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, hostile input or change of what is running, and the outcome it must have."""

    number: int
    title: str
    expected: str
    table: str = FAULTS


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """What one test saw of one case, `runs` times, at one scale."""

    test: str
    scale: int
    runs: int
    text: str


def read_cases(path: Path = CASES) -> dict[int, Case]:
    """Return every case by its number."""
    told = tomllib.loads(path.read_text("utf-8"))
    tables = {FAULTS: told["case"], RECOVERY: told["recovery"]}
    return {c["number"]: Case(**c, table=name) for name, cases in tables.items() for c in cases}


@dataclass(frozen=True, slots=True)
class Reliability:
    """The recorder that one test has."""

    test: str  # as pytest names it: file::function
    folder: Path = RECORDS
    scale: int = SCALE

    def seen(self, case: int, text: str, runs: int = 1) -> None:
        """Keep what was seen of a case; what the same test saw of it before, at this scale, is replaced."""
        if case not in read_cases():
            raise KeyError(f"no case {case} in {CASES.name}")
        with _locked(self.folder):
            path = self.folder / f"{case}.json"
            kept = [s for s in read_seen(path) if (s.test, s.scale) != (self.test, self.scale)]
            entries = sorted([*kept, Seen(self.test, self.scale, runs, " ".join(text.split()))])
            part = path.with_suffix(".part")
            part.write_text(json.dumps([_plain(e) for e in entries], indent=1, ensure_ascii=False))
            part.replace(path)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change the results: tests run side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _plain(entry: Seen) -> dict[str, Any]:
    return {"test": entry.test, "scale": entry.scale, "runs": entry.runs, "text": entry.text}


def read_seen(path: Path) -> list[Seen]:
    """Return what is kept of one case, in a fixed order."""
    return sorted(Seen(**e) for e in json.loads(path.read_text("utf-8"))) if path.exists() else []


def is_there(seen: Seen, root: Path = REPO) -> bool:
    """Return whether the test of a result still exists: what no test shows any more is not told."""
    file, _, name = seen.test.partition("::")
    path, function = root / file, name.partition("[")[0].rpartition("::")[2]
    return path.is_file() and f"def {function}(" in path.read_text("utf-8")


def page(cases: dict[int, Case], seen: dict[int, list[Seen]], head: str) -> str:
    """Return the page: the head, then one row for each fault, and a second table of changes if there are any."""
    first, second = (_rows(cases, seen, table) for table in (FAULTS, RECOVERY))
    text = f"{head.rstrip()}\n\n" + _table(first)
    return f"{text}\n{RECOVERY_HEAD}{_table(second)}" if second else text


def _table(rows: list[str]) -> str:
    head = ["| # | What is done | Must be | Runs | Seen | Test |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _rows(cases: dict[int, Case], seen: dict[int, list[Seen]], table: str) -> list[str]:
    rows = []
    for number, case in sorted(cases.items()):
        if case.table != table:
            continue
        found = seen.get(number, [])
        told = "<br>".join(_told(s) for s in found) or "not recorded"
        files = sorted({s.test.partition("::")[0] for s in found})
        links = "<br>".join(f"[{Path(f).stem}](../{f})" for f in files)
        runs = str(sum(s.runs for s in found)) if found else ""
        cells = [str(number), _cell(case.title), _cell(case.expected), runs, told, links]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _told(seen: Seen) -> str:
    long = f" (long run, scale {seen.scale})" if seen.scale > 1 else ""
    return f"{_cell(seen.text)}{long}"


def _cell(text: str) -> str:
    """Return the text as it may stand in a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def write_page(folder: Path = RECORDS, path: Path = PAGE) -> int:
    """Write the page of the kept results; return how many cases have one."""
    cases = read_cases()
    seen = {n: [s for s in read_seen(folder / f"{n}.json") if is_there(s)] for n in cases}
    path.write_text(page(cases, seen, HEAD.read_text("utf-8")), encoding="utf-8")
    return sum(bool(found) for found in seen.values())


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.relative_to(REPO)}: {write_page()} of {len(read_cases())} cases\n")
