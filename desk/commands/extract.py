"""`vigie extract DIR --out FILE.json`: the article of every HTML file of a folder, in one JSON object."""

from __future__ import annotations

import gzip
import json
import logging
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from domain.clean import RawArticle, publication
from domain.errors import ConfigError, ParseError
from domain.text.decode import MAX_BYTES, decode_html
from domain.text.html import extract_html
from domain.text.language import UNKNOWN, identify

SUFFIXES = (".html", ".html.gz")
_FEW_FILES = 40  # starting processes costs more than this many pages
_EMPTY: dict[str, Any] = {"articleBody": "", "title": "", "published": None, "lang": ""}


def run(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="folder with .html or .html.gz files")
    ],
    out: Annotated[Path, typer.Option("--out", help="JSON file to write")],
    jobs: Annotated[int, typer.Option("--jobs", help="processes; 0: one per core")] = 0,
) -> None:
    """Write the article of each page: articleBody, title, published (ISO date or null), lang."""
    if not folder.is_dir():
        raise ConfigError(
            "extract", str(folder), "not a folder, expected one with .html or .html.gz files"
        )
    files = page_files(folder)
    if not files:
        raise ConfigError("extract", str(folder), "no .html or .html.gz file in it")
    found: dict[str, dict[str, Any]] = {}
    failures = 0
    for stem, entry, problem in _progress(_extract_all(files, jobs), len(files)):
        found[stem] = entry
        if problem:
            failures += 1
            sys.stderr.write(f"vigie: {problem}\n")
    _write(out, found)
    sys.stderr.write(f"vigie: extracted {len(found) - failures} of {len(found)} pages to {out}\n")


def page_files(folder: Path) -> list[Path]:
    """Return the pages of a folder in order of name."""
    return sorted(p for p in folder.iterdir() if p.name.endswith(SUFFIXES) and p.is_file())


def stem_of(path: Path) -> str:
    """Return the file's name without .html or .html.gz."""
    return path.name.removesuffix(".gz").removesuffix(".html")


def _extract_all(files: list[Path], jobs: int) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the entry of each file in order, with several processes when there are many."""
    now = datetime.now(UTC)
    workers = min(jobs or os.cpu_count() or 1, max(1, len(files) // (_FEW_FILES // 2)))
    if workers == 1 or len(files) < _FEW_FILES:
        for path in files:
            yield extract_file(path, now)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(extract_file, files, [now] * len(files), chunksize=8)


def extract_file(path: Path, now: datetime) -> tuple[str, dict[str, Any], str]:
    """Return the file's stem, its entry, and what went wrong ('' if nothing did)."""
    stem = stem_of(path)
    for library in ("trafilatura", "htmldate"):  # what they would log is told by the entry itself
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        html = decode_html(_read(path))
        page = extract_html(html, None)
    except (OSError, EOFError, zlib.error, ParseError) as e:
        return stem, dict(_EMPTY), f"extract: {path.name}: {e}"
    except Exception as e:  # one strange page must not end the run over all the others
        return stem, dict(_EMPTY), f"extract: {path.name}: {type(e).__name__}: {e}"[:500]
    published = publication(RawArticle(), page, now)
    lang = identify(f"{page.title}\n{page.text}")[0] if page.text else UNKNOWN
    entry = {
        "articleBody": page.text,
        "title": page.title,
        "published": published.at.date().isoformat() if published else None,
        "lang": "" if lang == UNKNOWN else lang,
    }
    return stem, entry, "" if page.text else f"extract: {path.name}: no article found on the page"


def _read(path: Path) -> bytes:
    """Return the file's bytes, unpacked, and refuse more than a page may have."""
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rb") as stream:
        body = stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ParseError("read", path.name, f"over {MAX_BYTES} bytes", reason="too_large")
    return body


def _write(out: Path, found: dict[str, dict[str, Any]]) -> None:
    """Write the result beside its place and move it there, so that no half file is ever seen."""
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    partial = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text.encode("utf-8", "replace").decode("utf-8"), encoding="utf-8")
        partial.replace(out)
    except OSError as e:
        raise ConfigError("write", str(out), f"{e.strerror or e}") from e


def _progress(entries: Iterable[Any], total: int) -> Iterable[Any]:
    """Show progress on stderr when a person watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return entries
    return track(entries, total=total, description="extracting", console=console)
