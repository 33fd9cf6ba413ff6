"""The sample web itself: one loopback server a outlet, with validators, gzip, robots and redirects."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote

from aiohttp import web

from desk.sample_web.corpus import CorpusArticle, default_corpus, load_corpus
from desk.sample_web.feeds import entry_url, listings
from desk.sample_web.outlets import OUTLETS, Outlet, allot
from desk.sample_web.pages import article_path, page
from domain.errors import ConfigError

HOST = "127.0.0.1"
ROBOTS = "User-agent: *\nDisallow: /print/\nDisallow: /search\n"
# One fixed day for documents that are newer than their articles, so that two runs serve the same bytes.
BUILT_AT = datetime(2026, 10, 1, 6, 30, tzinfo=UTC)
GZIP_FROM_BYTES = 512


@dataclass(frozen=True, slots=True)
class Document:
    """What one path answers."""

    body: bytes
    content_type: str
    modified_at: datetime = BUILT_AT
    status: int = 200
    location: str = ""

    @property
    def etag(self) -> str:
        """Weak, because the same document goes out plain and compressed."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(slots=True)
class ServedOutlet:
    """An outlet while it is being served."""

    outlet: Outlet
    base_url: str
    listing_url: str
    articles: tuple[CorpusArticle, ...]
    documents: dict[str, Document] = field(default_factory=dict)
    hits: Counter[tuple[str, int]] = field(default_factory=Counter)  # (path, status) -> requests

    def url_of(self, article: CorpusArticle) -> str:
        """Return the article's own URL (where redirects and tracking end)."""
        return self.base_url + article_path(self.outlet, article)


class SampleWeb:
    """Serves the corpus as a small web of outlets on 127.0.0.1, one port each, so that politeness per host is real.

    Use it as an async context manager, or call `start` and `stop`. With `port_base` 0 the system picks
    free ports. The same corpus, seed and ports give the same bytes.
    """

    def __init__(self, corpus: Path | None = None, *, seed: int = 0, port_base: int = 0) -> None:
        self._corpus = corpus or default_corpus()
        self._seed = seed
        self._port_base = port_base
        self._runners: list[web.AppRunner] = []
        self.outlets: list[ServedOutlet] = []

    async def start(self) -> list[ServedOutlet]:
        """Start every outlet and return them; a port that is taken raises ConfigError and stops the rest."""
        articles = load_corpus(self._corpus)
        dealt = allot(articles, self._seed)
        self.outlets = []
        try:
            for i, outlet in enumerate(OUTLETS):
                await self._start_outlet(outlet, i, dealt[outlet.outlet_id], articles)
        except BaseException:
            self.outlets = []
            await self.stop()
            raise
        return self.outlets

    async def stop(self) -> None:
        """Stop every outlet; safe to call twice."""
        runners, self._runners = self._runners, []
        for runner in runners:
            await runner.cleanup()

    async def __aenter__(self) -> SampleWeb:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def article_count(self) -> int:
        """How many articles the sample web offers."""
        return sum(len(served.articles) for served in self.outlets)

    async def _start_outlet(
        self,
        outlet: Outlet,
        index: int,
        mine: tuple[CorpusArticle, ...],
        everything: tuple[CorpusArticle, ...],
    ) -> None:
        served = ServedOutlet(outlet, "", "", mine)

        async def answer(request: web.Request) -> web.StreamResponse:
            return respond(served, request)

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)  # answers HEAD too
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        port = self._port_base + index if self._port_base else 0
        try:
            site = web.TCPSite(runner, HOST, port)
            await site.start()
        except OSError as e:
            raise ConfigError(
                "start the sample web",
                f"port {port}",
                f"{e.strerror}: choose another --port-base, or stop what listens there",
            ) from e
        served.base_url = f"http://{HOST}:{runner.addresses[0][1]}"
        _fill(served, everything, self._seed)
        self.outlets.append(served)


def _fill(served: ServedOutlet, everything: tuple[CorpusArticle, ...], seed: int) -> None:
    """Write every document of the outlet; only now, since absolute links need the port."""
    outlet, base = served.outlet, served.base_url
    documents = served.documents
    documents["/robots.txt"] = Document(ROBOTS.encode(), "text/plain")
    sheets = listings(outlet, served.articles, base)
    served.listing_url = base + sheets[0].path
    for sheet in sheets:
        documents[sheet.path] = Document(sheet.body, sheet.content_type)
    for i, article in enumerate(served.articles):
        path = unquote(article_path(outlet, article))
        if i < outlet.blocked:
            documents[path] = Document(b"<h1>403</h1>", "text/html", status=403)
        else:
            others = tuple(a for a in everything if a.lang == article.lang)
            body, charset = page(outlet, article, base, others, seed)
            declared = f"; charset={charset.header}" if charset.header else ""
            documents[path] = Document(body, f"text/html{declared}", article.published or BUILT_AT)
        if outlet.redirects:
            goal = base + article_path(outlet, article)
            documents[f"/r/{article.number}"] = Document(
                b"", "text/html", status=302, location=goal
            )
    links = "".join(
        f'<li><a href="{entry_url(outlet, a, base)}">{a.number}</a></li>' for a in served.articles
    )
    home = f'<!doctype html><meta charset="utf-8"><title>{outlet.name}</title><h1>{outlet.name}</h1><p><a href="{served.listing_url}">{outlet.listing}</a></p><ul>{links}</ul>'
    documents["/"] = Document(home.encode(), "text/html; charset=utf-8")


def respond(served: ServedOutlet, request: web.Request) -> web.Response:
    """Return the document asked for: 304 when the validators match, gzip when it is accepted, 404 otherwise."""
    path = unquote(request.raw_path)
    bare, _, query = path.partition("?")
    if query.startswith("utm_"):
        path = bare
    document = served.documents.get(path)
    if document is None:
        served.hits[path, 404] += 1
        return web.Response(status=404, text="<h1>404</h1>", content_type="text/html")
    if document.location:
        served.hits[path, document.status] += 1
        return web.Response(status=document.status, headers={"Location": document.location})
    headers = {
        "Content-Type": document.content_type,
        "ETag": document.etag,
        "Last-Modified": format_datetime(document.modified_at, usegmt=True),
        "Vary": "Accept-Encoding",
    }
    status = 304 if document.status == 200 and is_unmodified(document, request) else document.status
    served.hits[path, status] += 1
    if status == 304:
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    body = document.body
    if len(body) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    return web.Response(status=status, body=body, headers=headers)


def is_unmodified(document: Document, request: web.Request) -> bool:
    """Return whether the reader's copy is current. If-None-Match, when sent, decides alone (RFC 9110, 13.1.3)."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return document.etag in {tag.strip() for tag in tags.split(",")}
    since = request.if_modified_since
    return since is not None and document.modified_at <= since
