"""Files of every kind become articles; what cannot be read costs nothing else."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.files import REASONS, FileProblem, read_paths
from schemas.records import FetchedArticle
from tests.paths import SEEDS, require

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(*paths: Path) -> tuple[list[FetchedArticle], list[FileProblem]]:
    """Return the articles and the problems of files."""
    found = list(read_paths(paths, NOW))
    problems = [x for x in found if isinstance(x, FileProblem)]
    assert {p.reason for p in problems} <= set(REASONS)
    return [x for x in found if isinstance(x, FetchedArticle)], problems


def test_text_file_is_an_article_without_title(tmp_path: Path) -> None:
    """Bytes as they are; the address is made of the content, so it is the same wherever the file lies."""
    (tmp_path / "a.txt").write_bytes("وزير الداخلية".encode("cp1256"))
    (tmp_path / "b.txt").write_bytes("وزير الداخلية".encode("cp1256"))
    (one, other), problems = read(tmp_path)
    assert problems == []
    assert one.body == "وزير الداخلية".encode("cp1256")
    assert (one.media_type, one.title, one.published, one.source.kind) == (
        "text/plain",
        "",
        "",
        "file",
    )
    assert one.canonical_url == one.url == other.url
    assert one.url.startswith("file:///")
    assert len(one.url) == len("file:///") + 64
    assert str(tmp_path) not in repr(one)
    assert one.fetched_at == one.first_seen_at == NOW


def test_html_is_read_plain_and_packed(tmp_path: Path) -> None:
    """.html, .htm and .html.gz."""
    (tmp_path / "a.html").write_bytes(b"<p>a</p>")
    (tmp_path / "b.htm").write_bytes(b"<p>b</p>")
    (tmp_path / "c.html.gz").write_bytes(gzip.compress(b"<p>c</p>"))
    articles, problems = read(tmp_path)
    assert [a.body for a in articles] == [b"<p>a</p>", b"<p>b</p>", b"<p>c</p>"]
    assert {a.media_type for a in articles} == {"text/html"}
    assert problems == []


def test_line_of_the_offline_contract_keeps_all_it_says(tmp_path: Path) -> None:
    """id, title, text, url, lang and published; html wins over text."""
    rows = [
        {"id": "x1", "title": "T", "text": "Un texte.", "url": "http://a.example/1?utm_source=x",
         "lang": "fr", "published": "2024-04-22", "relevant": True, "text_noisy": None},
        {"id": 2, "title": None, "text": "t", "html": "<p>h</p>", "url": None, "published": None},
    ]  # fmt: skip
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    (first, second), problems = read(path)
    assert problems == []
    assert (first.declared_id, first.title, first.published) == ("x1", "T", "2024-04-22")
    assert (first.body, first.media_type, first.charset) == (b"Un texte.", "text/plain", "utf-8")
    assert first.canonical_url == "https://a.example/1"
    assert first.source.lang == "fr"
    assert (second.declared_id, second.body, second.media_type) == ("2", b"<p>h</p>", "text/html")
    assert second.url.startswith("file:///")


def test_bad_lines_lose_nothing_else(tmp_path: Path) -> None:
    """Each is told by its number."""
    path = tmp_path / "in.jsonl"
    good = b'{"id": "a", "text": "ok"}'
    path.write_bytes(
        b"\n".join(
            [good, b"{broken", b"[1]", b"\xff\xfe", b"", b'{"id": "b"}', b"[" * 10_000, good]
        )
    )
    articles, problems = read(path)
    assert len(articles) == 2
    assert [p.where.rpartition(":")[2] for p in problems] == ["2", "3", "4", "6", "7"]
    assert {p.reason for p in problems} == {"bad_line"}


def test_endless_line_is_passed_over(tmp_path: Path) -> None:
    """A line of 15 MB is a problem of its own."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text": "' + b"x" * 15_000_000 + b'"}\n{"id": "a", "text": "ok"}\n')
    articles, problems = read(path)
    assert [a.declared_id for a in articles] == ["a"]
    assert [(p.reason, p.where.rpartition(":")[2]) for p in problems] == [("too_large", "1")]


@pytest.mark.parametrize(
    ("count", "body"),
    [
        (1, '{"id": "a", "text": "x"}'),
        (2, '[{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]'),
        (2, '{"id": "a", "text": "x"}\n{"id": "b", "text": "y"}\n'),
    ],
)
def test_json_file_is_an_object_a_list_or_lines(count: int, body: str, tmp_path: Path) -> None:
    """Whatever people call .json."""
    (tmp_path / "a.json").write_text(body, encoding="utf-8")
    articles, problems = read(tmp_path)
    assert (len(articles), problems) == (count, [])


def warc_record(kind: str, url: str, block: bytes) -> bytes:
    """Return one record, written out by hand (ISO 28500)."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{len(url):012d}>\r\n"
        "WARC-Date: 2024-04-22T10:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def warc(path: Path, packed: bool) -> None:
    """Write a WARC file with two pages among other records."""
    page = "Content-Type: text/html; charset=windows-1256\r\n"
    records = [
        warc_record("response", url, f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + body)
        for url, status, headers, body in (
            ("https://a.example/1", "200 OK", page, b"<p>one</p>"),
            ("https://a.example/i.jpg", "200 OK", "Content-Type: image/jpeg\r\n", b"\xff\xd8"),
            ("https://a.example/gone", "404 Not Found", page, b"<p>no</p>"),
            ("https://a.example/2", "200 OK", page + "Content-Encoding: gzip\r\n", gzip.compress(b"<p>two</p>")),
        )
    ]  # fmt: skip
    records.append(warc_record("warcinfo", "urn:x", b"software: test\r\n"))
    path.write_bytes(b"".join(gzip.compress(r) if packed else r for r in records))


@pytest.mark.parametrize("packed", [False, True])
def test_warc_gives_its_pages_only(packed: bool, tmp_path: Path) -> None:
    """Responses with HTML and status 200, unpacked, with address and charset."""
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    warc(path, packed)
    articles, problems = read(path)
    assert problems == []
    assert [(a.url, a.body, a.charset) for a in articles] == [
        ("https://a.example/1", b"<p>one</p>", "windows-1256"),
        ("https://a.example/2", b"<p>two</p>", "windows-1256"),
    ]


def test_cut_warc_gives_what_came_before(tmp_path: Path) -> None:
    """A download that broke off is a problem after its whole records."""
    path = tmp_path / "a.warc.gz"
    warc(path, True)
    path.write_bytes(path.read_bytes()[:700])
    articles, _ = read(path, tmp_path)
    assert articles
    assert articles[0].url == "https://a.example/1"


def test_strange_files_are_told_and_hidden_ones_left_alone(tmp_path: Path) -> None:
    """Unknown endings, empty, missing, broken and oversized files."""
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "empty.txt").write_bytes(b" \n")
    (tmp_path / "broken.html.gz").write_bytes(b"not gzip")
    (tmp_path / "bomb.html.gz").write_bytes(gzip.compress(b"\0" * 30_000_000))
    (tmp_path / "huge.txt").write_bytes(b"x" * 5_000_001)
    (tmp_path / "z.txt").write_bytes(b"fine")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.txt").write_bytes(b"hidden")
    articles, problems = read(tmp_path, tmp_path / "missing.txt")
    assert [a.body for a in articles] == [b"fine"]
    assert [(p.where.rpartition("/")[2], p.reason) for p in problems] == [
        ("bomb.html.gz", "too_large"),
        ("broken.html.gz", "too_large"),
        ("empty.txt", "empty"),
        ("huge.txt", "too_large"),
        ("photo.jpg", "unknown_type"),
        ("missing.txt", "unreadable"),
    ]
    assert "No such file" in str(problems[-1])


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", b"<html><p>x</p>"),
        ("text/plain", "نص".encode()),
        ("text/plain", b'{"text": "x"}'),
    ],
)
def test_file_named_directly_is_known_by_its_first_bytes(
    media_type: str, body: bytes, tmp_path: Path
) -> None:
    """Without an ending that says it."""
    (tmp_path / "article").write_bytes(body)
    (article,), problems = read(tmp_path / "article")
    assert (article.media_type, problems) == (media_type, [])


@pytest.mark.seeds
def test_seed_articles_are_five_texts(tmp_path: Path) -> None:
    """The five real articles are read as they are, in a fixed order."""
    articles, problems = read(require(SEEDS))
    assert (len(articles), problems) == (5, [])
    assert {a.media_type for a in articles} == {"text/plain"}
    assert len({a.canonical_url for a in articles}) == 5
