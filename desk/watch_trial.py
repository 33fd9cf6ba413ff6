"""Runs a watch over its own labelled articles through the same calls as the agents, and says what failed and why.

A labelled article is a line of the offline contract (`id`, `title`, `text` or `html`, `published`) with
`relevant`; one that is relevant has an `event_id`. It may say the `verdict` (one, or a list of those allowed),
the facts of its event, and a `known_fault` in words: then it may fail without failing the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.scorer import Scores, key, same_day, same_place, score
from desk.commands.score import read_jsonl
from desk.offline import detect_rows
from domain.errors import ConfigError
from domain.knowledge import Knowledge
from domain.model import Watch
from domain.outcome import Verdict

Row = Mapping[str, Any]
_VERDICTS = frozenset(v.value for v in Verdict)
_REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """One labelled article, what was said of it, and what is wrong with that."""

    row: Row
    line: Row
    faults: tuple[str, ...]

    @property
    def known(self) -> str:
        """Why this article is known to fail, '' if it should not."""
        return str(self.row.get("known_fault") or "")

    @property
    def fails(self) -> bool:
        """True when something is wrong that was not known."""
        return bool(self.faults) and not self.known


@dataclass(frozen=True, slots=True)
class Trial:
    """All labelled articles of a watch after one run."""

    watch: Watch
    tried: tuple[Tried, ...]
    scores: Scores

    @property
    def is_passed(self) -> bool:
        """True when no article fails."""
        return not any(one.fails for one in self.tried)


def labelled_set(folder: Path, name: str) -> Path:
    """Return where a watch's labelled articles are: NAME.test.jsonl, or the folder NAME.test."""
    for path in (folder / f"{name}.test.jsonl", folder / f"{name}.test"):
        if path.exists():
            return path
    told = f"none there, expected {name}.test.jsonl or a folder {name}.test"
    raise ConfigError("read labelled set", str(folder), told)


def read_labelled(path: Path) -> list[Row]:
    """Return the labelled articles of a file, or of all files of a folder; raises ConfigError for bad labels."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    rows: list[Row] = []
    seen: set[str] = set()
    for file in files:
        for number, row in enumerate(read_jsonl(file), 1):
            where = f"{file.name}, article {number}"
            fault = _label_fault(row) or ("an id seen before" if str(row["id"]) in seen else "")
            if fault:
                raise ConfigError("read labelled set", where, fault)
            seen.add(str(row["id"]))
            rows.append(row)
    if not rows:
        raise ConfigError("read labelled set", str(path), "no article there")
    return rows


def _label_fault(row: Row) -> str:
    """Return what is wrong with the labels of one article, '' if nothing."""
    if not isinstance(row.get("id"), str | int):
        return f"id: seen {row.get('id')!r}, expected a text"
    if not isinstance(row.get("relevant"), bool):
        return f"relevant: seen {row.get('relevant')!r}, expected true or false"
    texts = [row.get("text"), row.get("html")]
    if not any(isinstance(t, str) and t.strip() for t in texts):
        return "text: none, and no html"
    if row["relevant"] != bool(row.get("event_id")):
        return "event_id: expected one for a relevant article, none for another"
    strange = set(_verdicts(row)) - _VERDICTS
    if strange:
        return f"verdict: seen {sorted(strange)}, expected of {sorted(_VERDICTS)}"
    try:
        if row.get("published"):
            datetime.fromisoformat(str(row["published"]))
    except ValueError:
        return f"published: seen {row['published']!r}, expected ISO 8601"
    return ""


def _verdicts(row: Row) -> tuple[str, ...]:
    told = row.get("verdict") or ()
    return (told,) if isinstance(told, str) else tuple(str(v) for v in told)


def try_watch(
    watch: Watch,
    rows: Sequence[Row],
    knowledge: Knowledge,
    with_facts: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Trial:
    """Return what the watch makes of labelled articles; `with_facts`: date, place, act and the rest count too."""
    lines = detect_rows(list(rows), watch, knowledge, progress)
    pairs = list(zip(rows, lines, strict=True))
    links = _link_faults(pairs)
    announced = _announcement_faults(pairs)
    tried = []
    for row, line in pairs:
        faults = [*_own_faults(row, line, watch), *links[row["id"]], *announced[row["id"]]]
        if with_facts and row["relevant"] and line["relevant"]:
            faults += _fact_faults(row, line)
        tried.append(Tried(row, line, tuple(faults)))
    return Trial(watch, tuple(tried), score(rows, lines))


def _own_faults(row: Row, line: Row, watch: Watch) -> list[str]:
    """Return what is wrong with relevance, else with the verdict."""
    if row["relevant"] != line["relevant"]:
        is_false = line["relevant"]
        said = "taken for relevant" if is_false else "not found relevant"
        beside = f"{line['score']:.2f}, threshold {watch.relevance_threshold:g}"
        return [f"{said} ({beside}): {_why(line, 1 if is_false else -1)}"]
    wanted = _verdicts(row)
    if wanted and line["verdict"] not in wanted:
        return [f"verdict {line['verdict']}, expected {' or '.join(wanted)}"]
    return []


def _why(line: Row, sign: int) -> str:
    """Return the reasons that weighed most in one direction."""
    own = [r for r in line["reasons"] if str(r["rule"]).startswith("relevance.") and r["score"]]
    own = sorted((r for r in own if r["score"] * sign > 0), key=lambda r: -abs(r["score"]))
    told = [f"{r['detail']} ({r['score']:+.2f})" for r in own[:_REASONS_SHOWN]]
    return "; ".join(told) or "no single rule weighed much"


def _link_faults(pairs: Sequence[tuple[Row, Row]]) -> dict[Any, list[str]]:
    """Return, by article, that it stands apart from the first of its event or with one of another."""
    faults: dict[Any, list[str]] = defaultdict(list)
    first: dict[str, tuple[Row, Row]] = {}
    owner: dict[str, tuple[Row, Row]] = {}
    for row, line in pairs:
        if not (row["relevant"] and line["event_id"]):
            continue
        before, wanted = first.setdefault(row["event_id"], (row, line))
        if wanted["event_id"] != line["event_id"]:
            faults[row["id"]].append(f"apart from {before['id']}, which tells the same event")
        other, _ = owner.setdefault(line["event_id"], (row, line))
        if other["event_id"] != row["event_id"]:
            faults[row["id"]].append(f"joined to {other['id']}, which tells another event")
    return faults


def _announcement_faults(pairs: Sequence[tuple[Row, Row]]) -> dict[Any, list[str]]:
    """Return, by the first article of an event, that the event was not announced just once."""
    faults: dict[Any, list[str]] = defaultdict(list)
    by_event: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for row, line in pairs:
        if row["relevant"] and row.get("role") != "retrospective":
            by_event[row["event_id"]].append((row, line))
    for told in by_event.values():
        new = [row["id"] for row, line in told if line["verdict"] == Verdict.NEW.value]
        if len(new) > 1:
            faults[new[1]].append(f"announces its event again, after {new[0]}")
        elif not new and not any(_verdicts(row) for row, _ in told):
            faults[told[0][0]["id"]].append("its event is never announced")
    return faults


def _fact_faults(row: Row, line: Row) -> list[str]:
    """Return the facts of the event that were labelled and are told otherwise."""
    faults = []
    date, place, act = row.get("event_date"), row.get("place"), row.get("act")
    if date and not same_day(date, line["event_date"]):
        faults.append(f"date {line['event_date']}, expected {date}")
    if place and not same_place(place, line["place"]):
        faults.append(f"place {line['place']}, expected {place}")
    if act and act != line["act"]:
        faults.append(f"act {line['act']}, expected {act}")
    missing = set(row.get("themes") or ()) - set(line["themes"])
    if missing:
        faults.append(f"themes lack {', '.join(sorted(missing))}")
    named = {key(a).split()[-1] for a in line["actors"]}
    lacking = [a for a in row.get("actors") or () if key(a).split()[-1] not in named]
    if lacking:
        faults.append(f"actors lack {', '.join(lacking)}")
    return faults
