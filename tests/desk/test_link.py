"""`vigie link` reads any lines, says which one is bad, and writes one line an article."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from desk.commands.link import run
from domain.errors import ConfigError

ROWS: list[dict[str, Any]] = [
    {"id": "en", "title": "Northgate reach final", "text": "Northgate United beat Valdoro 5-4 on penalties on Tuesday. In the final on 23 May they meet Real Costamar."},
    {"id": "es", "lang": "es-ES", "title": "El Northgate llega a la final", "text": "El Northgate United venció el martes al Valdoro por 5-4 en los penaltis. En la final del 23 de mayo se enfrentará al Real Costamar."},
    {"id": "nl", "lang": "NL", "title": "Northgate naar finale", "text": "Northgate United versloeg Valdoro dinsdag met 5-4 na strafschoppen. In de finale op 23 mei treft het Real Costamar."},
    {"id": 7, "published": "2024-05-25T10:00:00Z", "title": "Northgate dismiss coach", "text": "Northgate United parted with their coach on Monday after five seasons."},
    {"id": "nul", "title": "\x00\x00", "text": "half \ud800 a letter"},
]  # fmt: skip


def linked(folder: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the command writes for these rows."""
    source, out = folder / "in.jsonl", folder / "out.jsonl"
    source.write_text("".join(json.dumps(r) + "\n\n" for r in rows), encoding="utf-8")
    run(source, out)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_translations_join_whatever_the_order_of_lines(tmp_path: Path) -> None:
    """Each line keeps its place and id; the events are the same for any order."""
    found = linked(tmp_path, ROWS)
    assert [row["id"] for row in found] == ["en", "es", "nl", 7, "nul"]
    assert [row["event_id"] for row in found] == ["en", "en", "en", "7", "nul"]
    shuffled = linked(tmp_path, random.Random(1).sample(ROWS, len(ROWS)))
    assert sorted(shuffled, key=str) == sorted(found, key=str)


def test_no_articles_give_an_empty_file(tmp_path: Path) -> None:
    """An empty file is no error."""
    assert linked(tmp_path, []) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"title": "no id"}, "id is None"),
        ({"id": ["x"], "title": "t"}, "id is \\['x'\\]"),
        ({"id": "x", "title": " ", "text": None}, "neither title nor text"),
        ({"id": "x", "text": ["a"]}, "text is list"),
        ({"id": "x", "title": "t", "published": "yesterday"}, "'yesterday' is not ISO 8601"),
        ({"id": "en", "title": "t"}, "id 'en' is that of line 1 too"),
    ],
    ids=["no-id", "odd-id", "no-words", "odd-text", "odd-day", "id-twice"],
)
def test_bad_line_is_named(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    """The message has file, line as an editor counts it, and what is wrong; nothing is written."""
    with pytest.raises(ConfigError, match=rf"in\.jsonl:3: .*{told}"):
        linked(tmp_path, [ROWS[0], row])
    assert not (tmp_path / "out.jsonl").exists()


def test_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    """An output that cannot be written is told in one sentence."""
    source = tmp_path / "in.jsonl"
    source.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="write events"):
        run(source, tmp_path / "absent" / "out.jsonl")
