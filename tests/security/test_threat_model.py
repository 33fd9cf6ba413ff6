"""SECURITY.md names, for each defence, the tests that hold it: they are there, and hold something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.paths import REPO

TEXT = (REPO / "SECURITY.md").read_text(encoding="utf-8")
# The tables of ways in and out: what, what is done, held by.
ROWS = [
    cells
    for line in TEXT.splitlines()
    if line.startswith("| ") and len(cells := [c.strip() for c in line.strip("|").split("|")]) == 3
    and cells[2] != "held by" and "`" in cells[2]
]  # fmt: skip


def named(cell: str) -> list[Path]:
    """Return the files that a cell names; one without a folder lies where the one before it does."""
    found: list[Path] = []
    for name in re.findall(r"`([^`]+)`", cell):
        folder = REPO if "/" in name else found[-1].parent
        found.append(folder / name)
    return found


def test_every_way_in_and_out_names_what_holds_it() -> None:
    """The tables were read, and no row is without a test."""
    assert len(ROWS) >= 15
    assert [row[0] for row in ROWS if not named(row[2])] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_holds_a_defence_is_there_and_has_tests(row: list[str]) -> None:
    """A test that was renamed or went would leave a promise that nobody keeps."""
    for path in named(row[2]):
        files = sorted(path.glob("**/test_*.py")) if path.is_dir() else [path]
        assert files, path
        for file in files:
            assert "def test_" in file.read_text(encoding="utf-8"), file


@pytest.mark.parametrize(
    "heading",
    [
        "What is protected",
        "Who might want what",
        "Where things come in",
        "Not defended",
        "Reporting",
    ],
)
def test_threat_model_has_its_parts(heading: str) -> None:
    """Assets, actors, ways in and out, what is left open, and where to write."""
    assert re.search(rf"^## {heading}", TEXT, re.M)
