"""`vigie explain FILE`: one article with its evidence coloured, the decisions and their points, the nearest known events."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from desk.commands.score import read_jsonl
from desk.offline import Judged, judge_rows
from desk.watches import find_watch
from domain.errors import ConfigError
from domain.events.book import Book
from domain.knowledge import Knowledge
from domain.model import Reason
from runtime.inert import inert

# One colour per kind of evidence; later kinds are painted over earlier ones.
COLOURS = {
    "relevance": "underline",
    "act": "on grey23",
    "theme": "green",
    "actors": "bold cyan",
    "place": "bold magenta",
    "date": "bold yellow",
}
# First-strong isolates keep right-to-left text in its own place on a left-to-right terminal.
ISOLATE, POP = "\u2068", "\u2069"


def run(
    file: Annotated[Path, typer.Argument(help="a text, HTML or JSON-lines file")],
    article_id: Annotated[
        str, typer.Option("--id", help="which line of a JSON-lines file (default: the last)")
    ] = "",
    known: Annotated[
        Path | None, typer.Option(help="articles judged before it, as JSON lines")
    ] = None,
    published: Annotated[str, typer.Option(help="publication time of a text file, ISO 8601")] = "",
    watch: Annotated[str, typer.Option(help="name of a watch")] = "morocco-france",
) -> None:
    """Show why an article is of the watch, what it tells, and which known event it joins."""
    rows = read_jsonl(known) if known else []
    wanted, own = _read(file, article_id, published)
    judged, book = judge_rows([*rows, *own], find_watch(watch), Knowledge.load())
    shown = next(j for j in judged if j.row_id == wanted)
    Console().print(render(shown, book))


def _read(file: Path, article_id: str, published: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the id to show and the lines to judge."""
    if file.suffix == ".jsonl":
        rows = read_jsonl(file)
        ids = [str(r.get("id")) for r in rows]
        wanted = article_id or (ids[-1] if ids else "")
        if wanted not in ids:
            raise ConfigError("explain", str(file), f"no article with id {wanted!r}")
        return wanted, rows
    if not file.is_file():
        raise ConfigError("explain", str(file), "no such file")
    if published:
        try:
            datetime.fromisoformat(published)
        except ValueError as e:
            raise ConfigError("explain", "--published", f"{published!r} is not ISO 8601") from e
    text = file.read_text(encoding="utf-8", errors="replace")
    kind = "html" if file.suffix in (".html", ".htm") else "text"
    return file.stem, [{"id": file.stem, kind: text, "published": published or None}]


def render(judged: Judged, book: Book) -> Group:
    """Return everything there is to say of one article, for the terminal."""
    article, judgement = judged.article, judged.judgement
    if article is None or judgement is None:
        row_id = inert(judged.row_id)
        return Group(Text(f"{row_id}: no article text was found", style="red"))
    title = Text(ISOLATE + inert(article.title) + POP, style="bold")
    body = _coloured(article.text, judgement.reasons)
    head = f"{judgement.verdict.value}  {article.lang}  score {judgement.reading.score:.3f}"
    parts: list[Any] = [Panel(Group(title, Text(), body), title=head), _legend()]
    parts.append(_reasons(judgement.reasons))
    if judgement.event is not None:
        parts.append(_event(book, judgement.event.event_id))
    if judgement.compared:
        parts.append(_compared(judgement.compared, book))
    return Group(*parts)


def _coloured(text: str, reasons: tuple[Reason, ...]) -> Text:
    """Return the text with evidence spans painted; each paragraph is isolated for right-to-left."""
    # Signs that a terminal obeys are blanked one by one, so that the offsets of the evidence hold.
    shown = Text("".join(c if c == "\n" or inert(c) == c else " " for c in text))
    for kind, style in COLOURS.items():
        for reason in reasons:
            if reason.rule.split(".")[0] != kind:
                continue
            for span in reason.spans:
                if span.field == "text":
                    shown.stylize(style, span.start, span.end)
    return shown


def _legend() -> Text:
    line = Text("evidence: ")
    for kind, style in COLOURS.items():
        line.append(f" {kind} ", style=style)
        line.append(" ")
    return line


def _reasons(reasons: tuple[Reason, ...]) -> Table:
    table = Table("rule", "what it saw", "points", title="why", title_justify="left")
    for r in reasons:
        detail = Text(ISOLATE + inert(r.detail) + POP)
        table.add_row(Text(r.rule), detail, "" if r.score is None else f"{r.score:+.2f}")
    return table


def _event(book: Book, event_id: str) -> Table:
    event = book.entries[book.resolve(event_id)].event
    table = Table(show_header=False, title=f"event {event.event_id}", title_justify="left")
    span = event.event_date_range
    when = str(event.event_date or (f"{span.earliest} to {span.latest}" if span else "not told"))
    table.add_row("date", f"{when} ({event.status.value})")
    table.add_row("place", event.place.name if event.place else "not told")
    table.add_row("act", event.act.value)
    table.add_row("actors", Text(inert(", ".join(a.name for a in event.actors))))
    table.add_row("mentioned", Text(inert(", ".join(a.name for a in event.mentioned))))
    table.add_row("themes", ", ".join(t.value for t in event.themes))
    table.add_row("articles", str(len(event.members) + event.unlisted))
    return table


def _compared(compared: tuple[tuple[str, float], ...], book: Book) -> Table:
    table = Table(
        "known event", "date", "act", "actors", "score (joins above 0)",
        title="compared with", title_justify="left",
    )  # fmt: skip
    for event_id, score in compared:
        event = book.entries[event_id].event
        actors = ", ".join(a.name for a in event.actors[:3])
        told = (event_id, str(event.event_date), event.act.value, Text(inert(actors)))
        table.add_row(*told, f"{score:+.2f}")
    return table
