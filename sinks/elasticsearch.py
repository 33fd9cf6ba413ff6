"""Elasticsearch as a sink: every answer becomes stored, already there, refused for good, or try again.

201 and 200 are stored; a 409 says that the same or a newer document is there; 400, 413 and 422 are the document's
own fault; everything else (429, 5xx, time-outs, missing rights, a full disk's write block) is an outage: wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elastic_transport import TlsError
from elasticsearch import ApiError, AsyncElasticsearch, TransportError

from domain.errors import ConfigError, SinkRejected, SinkUnavailable
from domain.outcome import IndexOutcome
from runtime.logs import get_logger
from runtime.metrics import Metrics
from runtime.settings import ElasticsearchSettings
from schemas.generations import alias_of, live
from schemas.indices import (
    ARTICLES_ALIAS,
    COMPONENT,
    EVENTS_ALIAS,
    FIRST_INDICES,
    TEMPLATES,
    Document,
    template,
)

SINK = "elasticsearch"
REFUSED = frozenset({400, 413, 422})
HEALTH_EVERY_SECONDS = 5.0
# How long to believe where a name leads; that an index was closed for a newer one is found out at once.
LOOK_EVERY_SECONDS = 30.0
# Answers by which we know that nothing can be stored: no account, no right (or a full disk), too busy.
NO_SERVICE = frozenset({401, 403, 429})

_log = get_logger("elasticsearch")


@dataclass(frozen=True, slots=True)
class Found:
    """A stored document, with what a later write needs to be sure that nobody changed it."""

    id: str
    source: Document
    seq_no: int
    primary_term: int


def open_client(settings: ElasticsearchSettings) -> AsyncElasticsearch:
    """Return a client that verifies certificates and does not retry by itself."""
    arguments: dict[str, Any] = {}
    if settings.api_key:
        arguments["api_key"] = settings.api_key
    elif settings.username:
        arguments["basic_auth"] = (settings.username, settings.password)
    if any(url.startswith("https") for url in settings.urls):
        arguments["verify_certs"] = True
        if settings.ca_certs:
            arguments["ca_certs"] = _readable(settings.ca_certs)
    return AsyncElasticsearch(
        list(settings.urls),
        request_timeout=settings.timeout_seconds,
        max_retries=0,
        retry_on_timeout=False,
        **arguments,
    )


def _readable(path: str) -> str:
    """Return the path of an authority file; raises ConfigError if it is not one."""
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as e:
        seen = str(e) if isinstance(e, ssl.SSLError) else getattr(e, "strerror", None) or str(e)
        raise ConfigError(
            "read certificates",
            "elasticsearch.ca_certs",
            f"seen {path}: {seen}, expected a PEM file",
        ) from e
    return path


class ElasticsearchSink:
    """The calls that Vigie makes, with their errors sorted."""

    def __init__(self, settings: ElasticsearchSettings, metrics: Metrics | None = None) -> None:
        self._settings, self._metrics = settings, metrics
        self._client = open_client(settings)
        self._health: asyncio.Task[None] | None = None
        self._live: dict[str, str] = {}
        self._looked_at = -math.inf
        self._write_refused = False  # on a full disk everything but writing goes well

    async def close(self) -> None:
        """Stop probing and disconnect; safe to call twice."""
        if self._health is not None:
            self._health.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._health
            self._health = None
        await self._client.close()

    async def watch_health(self) -> None:
        """Begin to probe, so that an outage shows even when there is nothing to write.

        Raises ConfigError for what no waiting mends, an account refused or a certificate not trusted; an index
        that is away is waited for.
        """
        try:
            await self.health()
        except NotAdmittedError as e:
            raise ConfigError("reach the index", e.subject, e.detail) from e
        except (SinkUnavailable, SinkRejected) as e:
            _log.warning("index not reached yet", error=e)
        self._health = asyncio.create_task(self._probe())

    async def _probe(self) -> None:
        while True:
            with contextlib.suppress(SinkUnavailable, SinkRejected):
                await self.health()
            await asyncio.sleep(HEALTH_EVERY_SECONDS)

    async def health(self) -> Mapping[str, Any]:
        """Return the cluster's health; the probe that every Elasticsearch answers."""
        answer: Mapping[str, Any] = await self._call(
            "ask for health", "cluster", self._client.cluster.health()
        )
        return answer

    async def behind(self, alias: str) -> list[str]:
        """Return the names of the indices behind an alias, sorted; none if there is no such alias."""
        try:
            answer = await self._call(
                "read alias", alias, self._client.indices.get_alias(name=alias)
            )
        except MissingError:
            return []
        return sorted(answer)

    async def create(self, index: str, document_id: str, document: Document) -> IndexOutcome:
        """Store a document under an id that no other document will ever have."""

        async def write(place: str) -> None:
            await self._call(
                "create document",
                place,
                self._client.create(index=place, id=document_id, document=document),
                writes=True,
            )

        return await self._write(index, write)

    async def put_version(
        self, index: str, document_id: str, document: Document, version: int
    ) -> IndexOutcome:
        """Store a document unless the same or a newer version of it is there."""

        async def write(place: str) -> None:
            await self._call(
                "index document",
                place,
                self._client.index(
                    index=place,
                    id=document_id,
                    document=document,
                    version=version,
                    version_type="external",
                ),
                writes=True,
            )

        return await self._write(index, write)

    async def _write(self, name: str, write: Callable[[str], Awaitable[None]]) -> IndexOutcome:
        """Write to the index of a name; when `vigie reindex` closed the one we knew, to its successor."""
        place = await self._place(name)
        try:
            try:
                await write(place)
            except ClosedError:
                self._looked_at = -math.inf
                successor = await self._place(name)
                if successor == place:
                    raise
                _log.info("index was rebuilt", name=name, was=place, now=successor)
                await write(successor)
        except ConflictError:
            return IndexOutcome.ALREADY
        return IndexOutcome.INDEXED

    async def _place(self, name: str) -> str:
        """Return the index that a name stands for now, as the aliases tell (schemas.generations)."""
        if not alias_of(name):
            return name
        if time.monotonic() - self._looked_at > LOOK_EVERY_SECONDS:
            self._live = live(
                [*await self.behind(ARTICLES_ALIAS), *await self.behind(EVENTS_ALIAS)]
            )
            self._looked_at = time.monotonic()
        return self._live.get(name, name)

    async def get(self, index: str, document_id: str) -> Found | None:
        """Return a document as it is now, or None."""
        try:
            answer = await self._call(
                "get document", index, self._client.get(index=index, id=document_id)
            )
        except MissingError:
            return None
        return Found(document_id, answer["_source"], answer["_seq_no"], answer["_primary_term"])

    async def replace(self, index: str, found: Found, document: Document) -> Found | None:
        """Replace a document unless somebody changed it since it was read; return it as it is then."""
        try:
            answer = await self._call(
                "replace document",
                index,
                self._client.index(
                    index=index,
                    id=found.id,
                    document=document,
                    if_seq_no=found.seq_no,
                    if_primary_term=found.primary_term,
                ),
                writes=True,
            )
        except ConflictError:
            return None
        return Found(found.id, document, answer["_seq_no"], answer["_primary_term"])

    async def search(
        self,
        index: str,
        query: Document,
        *,
        size: int = 100,
        sort: Sequence[Document] = (),
        fields: Sequence[str] | None = None,
    ) -> list[Found]:
        """Return the documents that match, with their sequence numbers."""
        answer = await self._call(
            "search",
            index,
            self._client.search(
                index=index,
                query=query,
                size=size,
                sort=list(sort) or None,
                source_includes=list(fields) if fields is not None else None,
                seq_no_primary_term=True,
                ignore_unavailable=True,
            ),
        )
        return [
            Found(h["_id"], h["_source"], h.get("_seq_no", -1), h.get("_primary_term", -1))
            for h in answer["hits"]["hits"]
        ]

    async def count(self, index: str, query: Document | None = None) -> int:
        """Return how many documents match."""
        answer = await self._call(
            "count", index, self._client.count(index=index, query=query or {"match_all": {}})
        )
        return int(answer["count"])

    async def refresh(self, index: str) -> None:
        """Make everything written so far visible to searches."""
        await self._call("refresh", index, self._client.indices.refresh(index=index))

    async def provision(self) -> list[str]:
        """Put the templates, make the first indices with their aliases, and teach the others new fields.

        Returns what an index of today cannot be taught, in words: that takes `vigie reindex`.
        """
        replicas = self._settings.replicas
        cluster, indices = self._client.cluster, self._client.indices
        base = _arguments(template(COMPONENT, replicas))
        await self._call(
            "put template", COMPONENT, cluster.put_component_template(name=COMPONENT, **base)
        )
        for name in TEMPLATES:
            body = _arguments(template(name, replicas))
            await self._call("put template", name, indices.put_index_template(name=name, **body))
        for index, alias in FIRST_INDICES.items():
            if await self._is_there(index, alias):
                continue
            with contextlib.suppress(SinkRejected):  # another process was quicker
                await self._call(
                    "make index", index, indices.create(index=index, aliases={alias: {}})
                )
            if not await self._call("look for index", index, indices.exists(index=index)):
                raise ConfigError("make index", index, "still absent")
        return [told for name in TEMPLATES for told in await self._teach(name)]

    async def _is_there(self, index: str, alias: str) -> bool:
        """Return whether a first index is there: itself, or what it was rebuilt as."""
        is_there = await self._call(
            "look for index", index, self._client.indices.exists(index=index)
        )
        return bool(is_there) or bool(await self.behind(alias))

    async def _teach(self, alias: str) -> list[str]:
        """Add the template's fields to the indices behind an alias: strict ones would refuse what new code writes."""
        fields = template(COMPONENT)["template"]["mappings"]["properties"]
        fields = fields | template(alias)["template"]["mappings"]["properties"]
        refused = []
        for index in await self.behind(alias):
            try:
                await self._call(
                    "add fields",
                    index,
                    self._client.indices.put_mapping(index=index, properties=fields),
                )
            except SinkRejected as e:
                refused.append(f"{index}: {e.detail}")
        return refused

    async def missing(self) -> list[str]:
        """Return what `provision` would make and is not there."""
        indices = self._client.indices
        absent = []
        for name in TEMPLATES:
            found = await self._call(
                "look for template", name, indices.exists_index_template(name=name)
            )
            absent += [] if found else [f"template {name}"]
        for index, alias in FIRST_INDICES.items():
            absent += [] if await self._is_there(index, alias) else [f"index {index}"]
        return absent

    async def _call(self, what: str, subject: str, call: Any, *, writes: bool = False) -> Any:
        """Await one call and sort its errors; records whether the sink is up."""
        try:
            answer = await call
        except ApiError as e:
            served = e.status_code not in NO_SERVICE and e.status_code < 500
            self._write_refused = not served if writes else self._write_refused
            self._up(served)
            if e.status_code == 401:
                raise NotAdmittedError(what, self._where, self._refused()) from e
            raise _sorted(what, subject, e) from e
        except TlsError as e:
            self._up(False)
            raise NotAdmittedError(what, self._where, self._untrusted(e)) from e
        except TransportError as e:
            self._up(False)
            raise SinkUnavailable(what, subject, f"{type(e).__name__}: {e.message}") from e
        self._write_refused &= not writes
        self._up(True)
        return answer

    @property
    def _where(self) -> str:
        return ", ".join(self._settings.urls)

    def _refused(self) -> str:
        """Return that our account is not let in, and which settings say who we are."""
        given = self._settings
        who = "the API key" if given.api_key else f"account {given.username or '(none)'}"
        named = "api_key" if given.api_key else "username and elasticsearch.password"
        return f"401: {who} refused, expected one that the index knows in elasticsearch.{named}"

    def _untrusted(self, error: TlsError) -> str:
        """Return that no trusted connection came about, and which setting says whom we trust."""
        authority = self._settings.ca_certs or "an authority the system knows"
        return (
            f"no trusted connection: {str(error.message)[:160]}: expected a certificate signed by "
            f"{authority} (elasticsearch.ca_certs)"
        )

    def _up(self, is_up: bool) -> None:
        """Note whether the sink is up; one that answers every question and takes no document is not."""
        if self._metrics is not None:
            self._metrics.sink_up.labels(SINK).set(1 if is_up and not self._write_refused else 0)


class ConflictError(SinkRejected):
    """A 409: the document, or a newer version of it, is there."""


class NotAdmittedError(SinkUnavailable):
    """The index is there, and does not know us or is not who we trust."""


class ClosedError(SinkUnavailable):
    """A 403 that says the index takes no writes any more: it was rebuilt, or an operator closed it."""


class MissingError(SinkUnavailable):
    """A 404: no such document or index."""


def _sorted(what: str, subject: str, error: ApiError) -> SinkRejected | SinkUnavailable:
    detail = f"{error.status_code}: {_reason(error)}"
    if error.status_code == 409:
        return ConflictError(what, subject, detail)
    if error.status_code == 404:
        return MissingError(what, subject, detail)
    if error.status_code in REFUSED:
        return SinkRejected(what, subject, detail)
    if error.status_code == 403 and "cluster_block_exception" in detail:
        return ClosedError(what, subject, detail)
    wait = _retry_after(error)
    return SinkUnavailable(what, subject, detail, retry_after_seconds=wait)


def _reason(error: ApiError) -> str:
    """Return the server's own words, which quote the document: kept short."""
    body = error.body if isinstance(error.body, dict) else {}
    cause = body.get("error", {})
    if isinstance(cause, dict):
        return f"{cause.get('type', '')} {cause.get('reason', '')}"[:200]
    return str(cause or error.message)[:200]


def _retry_after(error: ApiError) -> float:
    value = str(error.meta.headers.get("retry-after") or "") if error.meta else ""
    return min(float(value), 60.0) if value.isdigit() else 1.0


def _arguments(body: Document) -> Document:
    """Return a template body as the client's arguments: `_meta` is `meta` there."""
    return {("meta" if key == "_meta" else key): value for key, value in body.items()}
