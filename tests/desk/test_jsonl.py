"""Files of JSON lines that cannot be read are told in one sentence, never as a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.commands.score import read_jsonl
from domain.errors import ConfigError


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"id": 1}\nnot json\n', ":2"),
        (b'{"id": "\xff"}\n', ":1"),
        (b"[1, 2]\n", "list, expected an object"),
        (b"[" * 100_000, ":1"),
    ],
    ids=["not-json", "not-utf8", "not-an-object", "too-deep"],
)
def test_bad_line_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    """The message has the file and the line."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="read JSON lines") as seen:
        read_jsonl(path)
    assert told in str(seen.value)


def test_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    """A file that is not there is told by its name."""
    with pytest.raises(ConfigError, match=r"absent\.jsonl"):
        read_jsonl(tmp_path / "absent.jsonl")


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    """Blank lines are no articles."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'\n{"id": "a"}\n\n')
    assert read_jsonl(path) == [{"id": "a"}]


def test_half_a_letter_is_marked_and_the_rest_kept(tmp_path: Path) -> None:
    """Half a surrogate pair could not be written again; the line around it is an article all the same."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"id": "a", "text": "half \\ud800 a letter, \\ud83d\\ude00 a whole one"}\n')
    assert read_jsonl(path) == [{"id": "a", "text": "half \ufffd a letter, \U0001f600 a whole one"}]


def test_what_could_not_be_written_again_is_refused(tmp_path: Path) -> None:
    """A value that breaks the output is told with its line before any work is done."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"id": ' + b"9" * 5000 + b"}\n")
    with pytest.raises(ConfigError, match=":1"):
        read_jsonl(path)
