"""Reads articles from files: text, HTML, JSON lines and WARC, and folders of them, one at a time.

A file, line or record that cannot be read becomes a FileProblem in the stream; the rest goes on.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from connectors.articles import page_media_type
from connectors.canonical import canonical_url
from connectors.entries import plain, web_url
from connectors.fetch import Fetched, content_type
from domain.errors import FetchError
from runtime.http_body import MAX_BODY_BYTES, gunzip
from schemas.canary import CANARY
from schemas.records import FetchedArticle, SourceRef

MAX_LINE_BYTES = 2 * MAX_BODY_BYTES  # JSON escapes double a text at most where it is Arabic
MAX_SKIPPED_BYTES = 64 * 1024 * 1024  # of one line, before the file is given up
MAX_META_CHARS = 2_000
_KINDS = {
    ".txt": "text", ".text": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".jsonl": "lines", ".ndjson": "lines", ".json": "json",
    ".warc": "warc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What could not be read, and why. `where` is the path, with line or record number; `reason` one of REASONS."""

    where: str
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"read file: {self.where}: {self.detail}"


REASONS = ("unreadable", "too_large", "bad_line", "bad_record", "unknown_type", "empty")


def read_paths(
    paths: Iterable[Path | str], now: datetime
) -> Iterator[FetchedArticle | FileProblem]:
    """Yield the articles of files and folders in a fixed order, with what could not be read in between.

    Folders are read by name, hidden files left out. Type is told by the name's ending, and by the
    first bytes for a file named directly.
    """
    for path in map(Path, paths):
        if path.is_dir():
            for file in sorted(p for p in path.rglob("*") if p.is_file()):
                if any(part.startswith(".") for part in file.relative_to(path).parts):
                    continue
                if not file.resolve().is_relative_to(path.resolve()):
                    # A folder of strangers' files must not make us read and publish our own.
                    detail = "a link that leads out of the folder"
                    yield FileProblem(str(file), "unreadable", detail)
                    continue
                yield from _read_file(file, now, sniff=False)
        else:
            yield from _read_file(path, now, sniff=True)


def kind_of(path: Path) -> tuple[str, bool]:
    """Return (kind, whether it is gzipped) by the ending of the name, '' for an unknown one."""
    suffixes = [s.lower() for s in path.suffixes]
    zipped = bool(suffixes) and suffixes[-1] == ".gz"
    ending = suffixes[-2 if zipped else -1 :][:1] if len(suffixes) > zipped else []
    return (_KINDS.get(ending[0], "") if ending else ""), zipped


def _sniffed(path: Path) -> tuple[str, bool]:
    with path.open("rb") as file:
        head = file.read(512)
    zipped = head.startswith(b"\x1f\x8b")
    if zipped:
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 512)
        except zlib.error:
            return "", True
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, kind in ((b"WARC/", "warc"), (b"{", "lines"), (b"<", "html")):
        if head.startswith(start):
            return kind, zipped
    return ("text" if head and b"\x00" not in head else ""), zipped


def _read_file(path: Path, now: datetime, *, sniff: bool) -> Iterator[FetchedArticle | FileProblem]:
    where = str(path)
    try:
        kind, zipped = kind_of(path)
        if not kind and sniff:
            kind, zipped = _sniffed(path)
        if kind == "warc":
            yield from _read_warc(path, now)
        elif kind == "lines":
            yield from _read_lines(path, zipped, now)
        elif kind:
            yield from _read_whole(path, kind, zipped, now)
        else:
            yield FileProblem(where, "unknown_type", "no text, HTML, JSON lines or WARC")
    except FetchError as e:
        yield FileProblem(where, "too_large", e.detail)
    except (OSError, EOFError, zlib.error) as e:
        yield FileProblem(where, "unreadable", _words(e))


def _words(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text)[:200]


def _read_whole(
    path: Path, kind: str, zipped: bool, now: datetime
) -> Iterator[FetchedArticle | FileProblem]:
    with path.open("rb") as file:
        body = file.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        yield FileProblem(str(path), "too_large", f"over {MAX_BODY_BYTES} bytes")
        return
    if zipped:
        body = gunzip(body, MAX_BODY_BYTES, path.name)
    if not body.strip():
        yield FileProblem(str(path), "empty", "no text in it")
    elif kind == "json":
        yield from _read_json(path, body, now)
    else:
        media_type = "text/html" if kind == "html" else "text/plain"
        yield _article(body, media_type, now, name=path.name)


def _article(
    body: bytes,
    media_type: str,
    now: datetime,
    *,
    name: str,
    url: str = "",
    charset: str = "",
    title: str = "",
    published: str = "",
    declared_id: str = "",
    lang: str = "",
    source_id: str = "file",
) -> FetchedArticle:
    """Return the record; without an address it gets one made of its content, the same on every run."""
    digest = hashlib.sha256(title.encode("utf-8", "surrogatepass") + b"\n" + body).hexdigest()
    address = url or f"file:///{digest}"
    return FetchedArticle(
        url=address,
        canonical_url=canonical_url(address),
        source=SourceRef(source_id=source_id, name=name[:200], lang=lang, kind="file"),
        body=body,
        media_type=media_type,
        charset=charset,
        fetched_at=now,
        first_seen_at=now,
        title=title,
        published=published,
        declared_id=declared_id,
    )


def _read_json(path: Path, body: bytes, now: datetime) -> Iterator[FetchedArticle | FileProblem]:
    try:
        found = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        # One object a line under the other name is common.
        lines = body.splitlines()
        if len(lines) > 1 and lines[0].strip().endswith(b"}"):
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield read_line(line, f"{path}:{number}", path.name, now)
            return
        yield FileProblem(str(path), "bad_line", str(e)[:200])
        return
    for number, row in enumerate(found if isinstance(found, list) else [found], 1):
        yield _from_row(row, f"{path}:{number}", path.name, now)


def _read_lines(path: Path, zipped: bool, now: datetime) -> Iterator[FetchedArticle | FileProblem]:
    with gzip.open(path, "rb") if zipped else path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{path}:{number}"
            if len(line) > MAX_LINE_BYTES:
                yield FileProblem(where, "too_large", f"line over {MAX_LINE_BYTES} bytes")
                if not _skip_line(file):
                    return
            elif line.strip():
                yield read_line(line, where, path.name, now)


def _skip_line(file: IO[bytes] | gzip.GzipFile) -> bool:
    """Read to the end of the line; returns whether it came within reason."""
    skipped = 0
    while skipped < MAX_SKIPPED_BYTES:
        part = file.readline(1 << 20)
        if part.endswith(b"\n") or not part:
            return True
        skipped += len(part)
    return False


def read_line(line: bytes, where: str, name: str, now: datetime) -> FetchedArticle | FileProblem:
    """Return the article of one JSON line, or why there is none."""
    try:
        row = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        return FileProblem(where, "bad_line", str(e)[:200])
    return _from_row(row, where, name, now)


def _from_row(row: Any, where: str, name: str, now: datetime) -> FetchedArticle | FileProblem:
    """Return the article of one line of the offline contract (id, title, text, url, lang, published, html)."""
    if not isinstance(row, dict):
        return FileProblem(where, "bad_line", f"{type(row).__name__}, expected an object")
    html, text = row.get("html"), row.get("text")
    content = html if isinstance(html, str) and html.strip() else text
    if not isinstance(content, str) or not content.strip():
        return FileProblem(where, "bad_line", "neither text nor html")
    body = content.encode("utf-8", "replace")
    if len(body) > MAX_BODY_BYTES:
        return FileProblem(where, "too_large", f"over {MAX_BODY_BYTES} bytes")
    return _article(
        body,
        "text/html" if content is html else "text/plain",
        now,
        name=name,
        url=web_url(_field(row, "url")),
        charset="utf-8",
        title=plain(_field(row, "title"), is_html=False),
        published=_field(row, "published")[:100],
        declared_id=_field(row, "id"),
        lang=_field(row, "lang")[:35],
        source_id=_source_id(_field(row, "source")[:100]),
    )


def _source_id(told: str) -> str:
    """Return the source a line names; one that says it is the canary would be hidden from everybody."""
    return "file" if told in {"", CANARY} else told


def _field(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return value[:MAX_META_CHARS] if isinstance(value, str) else ""


def _read_warc(path: Path, now: datetime) -> Iterator[FetchedArticle | FileProblem]:
    number = 0
    with path.open("rb") as file:
        # The library looks for the first record through gigabytes of anything else.
        if not file.read(5).startswith((b"WARC/", b"\x1f\x8b")):
            yield FileProblem(f"{path}#1", "bad_record", "no WARC record at its start")
            return
        file.seek(0)
        try:
            for record in ArchiveIterator(file):
                number += 1
                found = _read_record(record, f"{path}#{number}", path.name, now)
                if found is not None:
                    yield found
        except (ArchiveLoadFailed, zlib.error, EOFError, ValueError, KeyError) as e:
            # Records have no marks to start again from: what follows in this file is lost.
            yield FileProblem(f"{path}#{number + 1}", "bad_record", _words(e))


def _read_record(
    record: Any, where: str, name: str, now: datetime
) -> FetchedArticle | FileProblem | None:
    """Return the article of a response record with a page in it, None for every other record."""
    headers = record.http_headers
    if record.rec_type != "response" or headers is None:
        return None
    if not str(headers.get_statuscode() or "").startswith("2"):
        return None
    url = web_url((record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> "))
    media_type, charset = content_type(headers.get_header("Content-Type") or "")
    try:
        body = record.content_stream().read(MAX_BODY_BYTES + 1)
    except (OSError, EOFError, zlib.error, ValueError) as e:
        return FileProblem(where, "bad_record", _words(e))
    if len(body) > MAX_BODY_BYTES:
        return FileProblem(where, "too_large", f"over {MAX_BODY_BYTES} bytes")
    page = Fetched(url=url, body=body, media_type=media_type, charset=charset)
    try:
        kind = page_media_type(page)
    except FetchError:
        return None
    if kind != "text/html" or not body.strip():
        return None
    return _article(body, kind, now, name=name, url=url, charset=charset)
