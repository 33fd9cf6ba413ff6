"""Hostile answers to alerts, and hostile files given to `vigie`: bounded, told in a sentence, the rest goes on."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from connectors.files import FileProblem, read_paths
from domain.errors import SinkError, SinkRejected, SinkUnavailable
from runtime.http_guard import GuardPolicy
from runtime.settings import WebhookSettings
from schemas.records import FetchedArticle
from sinks.channel import Delivery
from sinks.webhook import DEADLINE_SECONDS, SAID_SECONDS, WebhookChannel
from tests.agents.test_deliver import alert
from tests.harness.web import (
    Peak,
    Script,
    Site,
    Trap,
    bomb,
    drip,
    endless_body,
    endless_headers,
    raw,
    redirect,
    reply,
)
from tests.hostile.conftest import Tally
from tests.paths import REPO

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
TAKEN: dict[str, Script] = {
    "200 with an endless body": endless_body(),
    "200 with a drip": drip(0.1, 1000),
    "200 with a bomb": reply(bomb(100 << 20), Content_Encoding="gzip"),
    "200 cut in the body": raw(OK + b"Content-Length: 1000\r\n\r\n", b"x"),
    "200 with broken chunks": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n"),
    "204": reply(status="204 No Content"),
}
NOT_TAKEN: dict[str, Script] = {
    "500 with an endless body": endless_body("500 Oops"),
    "endless headers": endless_headers(),
    "no HTTP": raw(b"\x00\x01 SSH-2.0\r\n\r\n", b""),
    "a redirect inside": redirect("http://169.254.169.254/"),
    "429 for ages": reply(status="429 Slow", Retry_After="99999999999999"),
    "503 with a date of nonsense": reply(status="503 No", Retry_After="Foo, 99 Bar"),
    "nothing": raw(b"", b""),
}
REFUSED: dict[str, Script] = {
    "400 with an endless body": endless_body("400 No"),
    "410": reply(status="410 Gone"),
}


@pytest.mark.parametrize(
    ("expected", "name", "script"),
    [
        *((None, n, s) for n, s in TAKEN.items()),
        *((SinkUnavailable, n, s) for n, s in NOT_TAKEN.items()),
        *((SinkRejected, n, s) for n, s in REFUSED.items()),
    ],
)
async def test_a_receiver_is_believed_by_its_status_alone(
    expected: type[SinkError] | None, name: str, script: Script, site: Site, tally: Tally
) -> None:
    """What was taken is never sent again because the words after it were hostile; what was not is tried again."""
    site.scripts["/hook"] = script
    hooks = (WebhookSettings(name="team", url=site.url("/hook"), secret="s" * 16),)
    channel = WebhookChannel(hooks, GuardPolicy(allow_hosts=frozenset({site.netloc})))
    started = time.monotonic()
    error: SinkError | None = None
    with Peak() as peak:
        try:
            await channel.send(Delivery(alert(), "webhook", "team"))
        except SinkError as e:
            error = e
    await channel.close()
    assert (type(error) if error else None) is expected
    assert site.hits["/hook"] == 1
    assert peak.megabytes < 64
    assert time.monotonic() - started < DEADLINE_SECONDS + SAID_SECONDS + 10
    assert len(str(error or "")) < 400
    assert site.url("/hook") not in str(error or "")
    if isinstance(error, SinkUnavailable):
        assert 0 <= error.retry_after_seconds <= 3600
    tally.seen(
        25,
        "hostile answers to an alert, 1 request each",
        name,
        expected.__name__ if expected else "taken",
    )


async def test_a_webhook_that_points_inside_is_not_posted_to(tally: Tally) -> None:
    """An alert is not a way into the network either."""
    async with Trap() as trap:
        for host in (
            "127.0.0.1",
            "localhost",
            "2130706433",
            "[::ffff:127.0.0.1]",
            "169.254.169.254",
        ):
            hooks = (
                WebhookSettings(name="team", url=f"http://{host}:{trap.port}/", secret="s" * 16),
            )
            channel = WebhookChannel(hooks, GuardPolicy())
            with pytest.raises(SinkUnavailable, match="refused by the guard"):
                await channel.send(Delivery(alert(), "webhook", "team"))
            await channel.close()
        assert trap.connects == 0
    tally.seen(20, "0 connects, webhooks that point inside", "webhook")


GOOD = b'{"id": "good", "text": "Some words of an article that is in order."}\n'


def sparse(path: Path, size: int, tail: bytes = b"") -> None:
    """Make a file that is large and takes no room."""
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(tail)


def warc(path: Path, body: bytes, packed: bool, times: int = 1) -> None:
    """Make a WARC file of one page."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for n in range(times):
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                f"https://a.example/{n}", "response", payload=io.BytesIO(body), http_headers=headers
            )
        )
    path.write_bytes(out.getvalue())


def damaged(path: Path, packed: bool, harm: Callable[[bytes], bytes]) -> None:
    """Make a WARC file and harm it."""
    warc(path, b"<p>x</p>" * 5000, packed)
    path.write_bytes(harm(path.read_bytes()))


def lines(*rows: bytes) -> Callable[[Path], None]:
    """Return what writes rows between good lines."""
    return lambda path: (
        path.write_bytes(GOOD + b"".join(r + b"\n" for r in rows) + GOOD.replace(b"good", b"last"))
        and None
    )


FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a line of a gigabyte": ("in.jsonl", lambda p: sparse(p, 1 << 30, b"\n" + GOOD)),
    "a line of 30 MB": ("in.jsonl", lines(b'{"text": "' + b"x" * 30_000_000 + b'"}')),
    "broken lines": ("in.jsonl", lines(b"{", b"[]", b"null", b'{"text": 1}', b"\xff\xfe", b'{"id":"x","text":"\\ud800"}')),
    "deep JSON": ("in.jsonl", lines(b"[" * 5_000_000, b'{"a":' * 1_000_000)),
    "a number of a million digits": ("in.jsonl", lines(b'{"id": ' + b"9" * 1_000_000 + b"}")),
    "a packed line of 256 MB": ("in.jsonl.gz", lambda p: p.write_bytes(bomb(1 << 28)) and None),
    "100,000 empty members": ("in.jsonl.gz", lambda p: p.write_bytes(gzip.compress(b"", mtime=0) * 100_000 + gzip.compress(GOOD)) and None),
    "a packed page of 200 MB": ("in.html.gz", lambda p: p.write_bytes(bomb(200 << 20)) and None),
    "a page packed twice": ("in.html.gz", lambda p: p.write_bytes(bomb(200 << 20, 2)) and None),
    "a page of a gigabyte": ("in.html", lambda p: sparse(p, 1 << 30)),
    "no gzip": ("in.jsonl.gz", lambda p: p.write_bytes(b"PK\x03\x04" + b"x" * 1000) and None),
    "gzip cut off": ("in.jsonl.gz", lambda p: p.write_bytes(gzip.compress(GOOD * 1000)[:40]) and None),
    "a WARC bomb": ("in.warc.gz", lambda p: warc(p, bytes(64 << 20), True)),
    "a WARC of zeros": ("in.warc", lambda p: sparse(p, 1 << 28)),
    "a WARC cut off": ("in.warc.gz", lambda p: damaged(p, True, lambda data: data[:-20])),
    "a WARC that lies about lengths": (
        "in.warc", lambda p: damaged(p, False, lambda data: data.replace(b"Content-Length: ", b"Content-Length: 9999999"))
    ),
}  # fmt: skip
MAY_GROW_MB = 128  # a line of 10 MB as bytes, as text and as an object


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of the WARC writer
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_problems_in_a_stream(name: str, tmp_path: Path, tally: Tally) -> None:
    """Ingest's reader: what cannot be read is told, what can is given, memory stays bounded."""
    file, make = FILES[name]
    make(tmp_path / file)
    articles, problems = [], []
    with Peak() as peak:
        for found in read_paths([tmp_path / file], NOW):
            (articles if isinstance(found, FetchedArticle) else problems).append(found)
    assert articles or problems
    assert all(isinstance(p, FileProblem) and len(str(p)) < 600 for p in problems)
    assert peak.megabytes < MAY_GROW_MB
    if file == "in.jsonl" and "gigabyte" not in name:
        assert [a.declared_id for a in articles][:: max(1, len(articles) - 1)] == ["good", "last"]
    tally.seen(18, "files read by ingest", name, "", peak.megabytes, "MB more memory")


def vigie(limit_mb: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a limit on its memory."""
    code = (
        "import resource, sys; "
        f"resource.setrlimit(resource.RLIMIT_DATA, ({limit_mb << 20}, {limit_mb << 20})); "
        "sys.argv[0] = 'vigie'; from desk.cli import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=REPO, capture_output=True, text=True, timeout=110, check=False
    )  # fmt: skip


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@pytest.mark.parametrize(
    "name", ["a line of a gigabyte", "broken lines", "deep JSON", "a number of a million digits"]
)
def test_detect_tells_a_hostile_file_in_a_sentence(name: str, tmp_path: Path, tally: Tally) -> None:
    """Exit code 2, one line with file and line number, no traceback, no half file, within 1 GB."""
    file, make = FILES[name]
    make(tmp_path / file)
    done = vigie(1024, "detect", str(tmp_path / file), "--out", str(tmp_path / "out.jsonl"))
    assert done.returncode == 2, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert f"{file}:" in done.stderr.replace("\n", "")
    assert not (tmp_path / "out.jsonl").exists()
    tally.seen(18, "files refused by detect in a sentence", name)


@pytest.mark.real  # no server, but as slow: it belongs to the full run
def test_extract_goes_on_past_hostile_pages(tmp_path: Path, tally: Tally) -> None:
    """Bombs, a gigabyte and nonsense beside a good page: an entry for each, the good one read."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "bomb.html.gz").write_bytes(bomb(100 << 20))
    (pages / "twice.html.gz").write_bytes(bomb(200 << 20, 2))
    (pages / "deep.html").write_bytes(b"<div>" * 500_000)
    (pages / "zip.html.gz").write_bytes(b"PK\x03\x04" + b"x" * 1000)
    sparse(pages / "huge.html", 1 << 30)
    words = "Le ministre a rencontré son homologue à Rabat pour parler de la coopération. " * 5
    (pages / "good.html").write_text(f"<html><body><article><p>{words}</p></article></body></html>")
    out = tmp_path / "out.json"
    done = vigie(2048, "extract", str(pages), "--out", str(out), "--jobs", "1")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert set(found) == {"bomb", "twice", "deep", "zip", "huge", "good"}
    assert "homologue à Rabat" in found["good"]["articleBody"]
    assert not any(found[name]["articleBody"].strip() for name in ("bomb", "zip", "huge"))
    tally.seen(18, "hostile pages beside a good one, extract goes on", "extract")


@pytest.fixture(autouse=True)
def _small(tmp_path: Path) -> Iterator[None]:
    """Remove large files at once."""
    yield
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.stat().st_size > 1 << 20:
            path.unlink()
