"""Tables for people at a terminal. Foreign text stands between Unicode isolates, so Arabic cannot upset a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from desk.doctor import Finding
from sinks.wording import isolated, one_line

_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
ACT_STYLE = {
    "agreement": "bold magenta",
    "meeting": "bold cyan",
    "commission": "cyan",
    "arrest_extradition": "bold red",
    "joint_operation": "bold yellow",
}
VERDICT_STYLE = {"NEW": "bold green", "UPDATE": "yellow", "OFF": "dim"}
MAX_ACTORS = 4
WHY_CHARS = 140


def _table(title: str, columns: Iterable[tuple[str, int]]) -> Table:
    table = Table(title=title, title_style="bold", box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    for name, ratio in columns:
        table.add_column(name, ratio=ratio, overflow="fold")
    return table


def cell(text: object, limit: int = 200) -> Text:
    """Return foreign text as a cell: as text alone, since a bare string would be read as markup ("[red]", "[/x]")."""
    return Text(foreign(str(text), limit))


def foreign(text: str, limit: int = 200) -> str:
    """Return foreign text on one line, isolated where it runs from right to left."""
    line = one_line(text, limit)
    return isolated(line) if _RIGHT_TO_LEFT.search(line) else line


def findings_table(findings: Iterable[Finding]) -> Table:
    """Return what `vigie doctor` saw."""
    table = _table("", (("", 1), ("what", 8), ("seen", 10), ("what to do", 14)))
    for f in findings:
        mark = Text("✓", style="green") if f.is_well else Text("✗", style="bold red")
        table.add_row(
            mark, cell(f.what), cell(f.seen), Text(one_line(f.to_do, 500), style="yellow")
        )
    return table


def events_table(events: Sequence[Mapping[str, Any]], why: Mapping[str, str]) -> Table:
    """Return NewsEvents as their documents in the index tell them, by day; `why` by event id."""
    table = Table(
        title=f"{len(events)} events", title_style="bold", box=box.SIMPLE_HEAD, expand=True,
        pad_edge=False,
    )  # fmt: skip
    # Narrow columns have the width of their longest word, so that none is broken in two.
    table.add_column("date, place", min_width=10, max_width=13)
    table.add_column("act", min_width=11, max_width=13)
    table.add_column("actors", ratio=5)
    table.add_column("themes", min_width=12)
    table.add_column("articles", min_width=9, max_width=9)
    table.add_column("sources", min_width=9)
    table.add_column("first seen", min_width=10)
    table.add_column("why", ratio=6, overflow="fold")
    for event in sorted(events, key=lambda e: (day_of(e), e["event_id"])):
        act = event["act"]
        table.add_row(
            Text(f"{day_of(event)}\n{foreign(event.get('place', '-'))}"),
            Text(spaced(act), style=ACT_STYLE.get(act, ""))
            + Text(f"\n{spaced(event['status'])}", style="dim"),
            cell(actors_of(event)),
            "\n".join(spaced(t) for t in event.get("themes", ())) or "-",
            articles_of(event),
            Text("\n".join(foreign(name) for name in event.get("source_ids", ())) or "-"),
            str(event.get("first_seen_at", ""))[:19].replace("T", "\n"),
            Text(foreign(why.get(event["event_id"], ""), WHY_CHARS), style="dim"),
        )
        table.add_section()
    return table


def spaced(word: str) -> str:
    """Return a label of the index as a person reads it."""
    return word.replace("_", " ")


def day_of(event: Mapping[str, Any]) -> str:
    """Return the event's day, or the range it must lie in, or a dash."""
    if event.get("event_date"):
        return str(event["event_date"])
    days = event.get("event_days")
    return f"{days['gte']} to {days['lte']}" if days else "-"


def actors_of(event: Mapping[str, Any]) -> str:
    """Return the first actors, and how many more."""
    names = list(event.get("actors", ()))
    rest = len(names) - MAX_ACTORS
    return ", ".join(names[:MAX_ACTORS]) + (f" and {rest} more" if rest > 0 else "") or "-"


def articles_of(event: Mapping[str, Any]) -> str:
    """Return the number of articles, and of each language."""
    langs = Counter(m.get("lang", "?") for m in event.get("members", ()))
    told = " ".join(f"{lang}:{n}" for lang, n in sorted(langs.items()))
    return f"{event.get('article_count', 0)}\n{told}"


def why_of(reasons: Sequence[Mapping[str, Any]]) -> str:
    """Return in one line what spoke for the event: its strongest sign, its day, its place."""
    parts = []
    for kind in ("relevance", "date", "place"):
        own = [r for r in reasons if str(r["rule"]).split(".")[0] == kind]
        best = max(own, key=lambda r: float(r.get("score") or 0.0), default=None)
        if best is not None and best.get("detail"):
            prefix = "in " if best["rule"] == "place.told" else ""
            parts.append(prefix + str(best["detail"]))
    return "; ".join(parts)


def articles_table(articles: Sequence[Mapping[str, Any]]) -> Table:
    """Return judged articles, one line each."""
    columns = (("verdict", 6), ("lang", 3), ("published", 8), ("title", 30), ("event", 12))
    table = _table(f"{len(articles)} verdicts", columns)
    for a in sorted(articles, key=lambda a: (a.get("published_at", ""), a["article_id"])):
        verdict = a["verdict"]
        table.add_row(
            Text(verdict, style=VERDICT_STYLE.get(verdict, "")),
            cell(a.get("lang", "")),
            cell(str(a.get("published_at", "-"))[:10]),
            cell(a.get("title", "")),
            cell(a.get("event_id", "-")),
        )
    return table


def dead_letters_table(letters: Iterable[Mapping[str, str]]) -> Table:
    """Return dead letters, one line each."""
    columns = (("id", 16), ("at", 10), ("stage", 5), ("reason", 6), ("message", 30))
    table = _table("Dead letters", columns)
    for letter in letters:
        table.add_row(
            cell(letter["id"]),
            cell(letter.get("at", "")[:19].replace("T", " ")),
            cell(letter.get("stage", "")),
            Text(foreign(letter.get("reason", "")), style="red"),
            cell(letter.get("message", "")),
        )
    return table
