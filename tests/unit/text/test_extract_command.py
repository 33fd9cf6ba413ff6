"""`vigie extract` writes one entry a page, in any case, in order, and the same on every run."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from desk.commands import extract
from domain.errors import ConfigError
from tests.unit.text.pages import expected_text, news_page
from tests.unit.text.stories import FURNITURE, STORIES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of pages, some packed, one broken, one without article."""
    pages = tmp_path / "pages"
    pages.mkdir()
    for lang, story in STORIES.items():
        body = news_page(story, FURNITURE[lang]).encode()
        (pages / f"{lang}.html").write_bytes(body)
        (pages / f"{lang}-packed.html.gz").write_bytes(gzip.compress(body))
    (pages / "broken.html.gz").write_bytes(b"not gzip")
    (pages / "cut.html.gz").write_bytes(gzip.compress(b"<p>x</p>" * 99)[:-9])
    (pages / "empty.html").write_bytes(b"")
    (pages / "notes.txt").write_text("not a page", encoding="utf-8")
    return pages


def test_each_page_gets_its_entry_and_bad_ones_do_not_stop_the_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stems lose both endings; a bad file has empty strings and one line on stderr."""
    out = tmp_path / "out" / "result.json"
    extract.run(folder, out, jobs=1)
    found = json.loads(out.read_text(encoding="utf-8"))
    assert list(found) == sorted(
        [*STORIES, *(f"{x}-packed" for x in STORIES), "broken", "cut", "empty"]
    )
    entry = {
        "articleBody": expected_text(STORIES["ar"]),
        "title": STORIES["ar"].title,
        "published": "2026-04-15",
        "lang": "ar",
    }
    assert (entry, entry) == (found["ar"], found["ar-packed"])
    assert found["broken"] == {"articleBody": "", "title": "", "published": None, "lang": ""}
    told = capsys.readouterr().err
    assert all(name in told for name in ("broken.html.gz", "cut.html.gz", "empty.html"))
    assert "14 of 17" in told


def test_output_is_the_same_with_several_processes(folder: Path, tmp_path: Path) -> None:
    """The number of processes changes nothing in the bytes written."""
    for number in range(40):
        (folder / f"more-{number}.html").write_text(f"<p>{number}</p>", encoding="utf-8")
    outputs = []
    for jobs in (1, 2):
        out = tmp_path / f"{jobs}.json"
        extract.run(folder, out, jobs=jobs)
        outputs.append(out.read_bytes())
    assert outputs[0] == outputs[1]


def test_missing_or_empty_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """The message names the folder and what was expected in it."""
    with pytest.raises(ConfigError, match=r"\.html"):
        extract.run(tmp_path, tmp_path / "x.json", jobs=1)
    with pytest.raises(ConfigError, match="not a folder"):
        extract.run(tmp_path / "none", tmp_path / "x.json", jobs=1)
