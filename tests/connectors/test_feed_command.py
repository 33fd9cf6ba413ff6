"""`vigie feed` as people and scripts call it: a process, files, standard input, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.connectors.feeds_made import atom, rdf, rss
from tests.paths import REPO

KEYS = [
    "feed_title", "feed_lang", "id", "url", "title", "summary", "published", "published_raw", "lang",
]  # fmt: skip


def vigie(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, str | None]], str]:
    """Return exit status, printed entries and messages of `vigie feed`."""
    done = subprocess.run(
        [sys.executable, "-m", "desk.cli", "feed", *arguments],
        input=stdin, capture_output=True, cwd=REPO, timeout=60, check=False,
    )  # fmt: skip
    return (
        done.returncode,
        [json.loads(line) for line in done.stdout.splitlines()],
        done.stderr.decode(),
    )


def test_entries_of_files_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    """One JSON object a line, with all keys in one order; the same bytes on every run."""
    paths = []
    for name, body in (("b", rss(1, 3)), ("a", atom(2, 3)), ("c", rdf(3, 3))):
        (tmp_path / name).write_bytes(body)
        paths.append(str(tmp_path / name))
    first = vigie(*paths)
    status, rows, messages = first
    assert (status, messages) == (0, "")
    assert [list(row) for row in rows] == [KEYS] * 9
    assert [row["feed_title"] for row in rows] == ["Site 1 & fils"] * 3 + ["Site 2"] * 3 + [
        "R 3"
    ] * 3
    assert all(str(row["published"]).endswith("Z") for row in rows if row["published"])
    assert vigie(*paths) == first


def test_standard_input_is_read_without_files_or_for_a_dash() -> None:
    """Both ways give the same."""
    body = rss(1, 2)
    assert vigie(stdin=body) == vigie("-", stdin=body)
    assert len(vigie(stdin=body)[1]) == 2


def test_bad_file_is_told_and_the_others_are_done(tmp_path: Path) -> None:
    """Exit status 1, one line for each, entries of the good ones printed."""
    (tmp_path / "good.xml").write_bytes(rss(1, 2))
    (tmp_path / "bad.xml").write_bytes(b"<html>no feed</html>")
    (tmp_path / "bomb.xml").write_bytes(b'<!DOCTYPE r [<!ENTITY a "b">]><rss/>')
    names = ["bad.xml", "good.xml", "missing.xml", "bomb.xml"]
    status, rows, messages = vigie(*(str(tmp_path / name) for name in names))
    assert status == 1
    assert len(rows) == 2
    lines = messages.splitlines()
    assert len(lines) == 3
    for name, line in zip(("bad.xml", "missing.xml", "bomb.xml"), lines, strict=True):
        assert line.startswith("vigie: ")
        assert name in line
    assert "Traceback" not in messages


def test_old_dates_of_archives_are_kept_and_future_ones_dropped(tmp_path: Path) -> None:
    """A feed of 2015 is an archive; one from the future is wrong."""
    path = tmp_path / "a.xml"
    items = "".join(
        f"<item><title>{n}</title><pubDate>{date}</pubDate></item>"
        for n, date in enumerate(
            ("2015-02-14T10:00:00Z", "1970-01-01T00:00:00Z", "2020-01-01T02:00:00Z")
        )
    )
    path.write_text(f"<rss version='2.0'><channel>{items}</channel></rss>", encoding="utf-8")
    _, rows, _ = vigie(str(path), "--now", "2020-01-01T00:00:00Z")
    assert [row["published"] for row in rows] == ["2015-02-14T10:00:00Z", None, None]


def test_wrong_option_is_told_in_a_line() -> None:
    """Exit status 2, as for every command."""
    status, rows, messages = vigie("--kind", "opml")
    assert (status, rows) == (2, [])
    assert "expected rss, sitemap or list" in messages
