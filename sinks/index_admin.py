"""What only an operator's commands do to the index: read all of it, build fresh indices, move aliases.

The roles never do any of this and need no right to it (docs/evolution.md names those that an operator needs).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import SinkRejected, SinkUnavailable
from schemas.indices import Document
from sinks.elasticsearch import ElasticsearchSink, MissingError

PIT_KEEP = "5m"
PAGE = 500
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Stored:
    """One document as it lies in the index."""

    id: str
    source: Document


@dataclass(frozen=True, slots=True)
class Write:
    """One document to be stored: as new (`version` 0), or unless the same or a newer version is there."""

    index: str
    id: str
    document: Document
    version: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: stored, there already, and refused for good with the first reasons."""

    stored: int = 0
    already: int = 0
    refused: tuple[str, ...] = ()


class IndexAdmin(ElasticsearchSink):
    """ElasticsearchSink with what an operator may do beyond what the roles do."""

    async def named(self, pattern: str) -> list[str]:
        """Return the names of the indices that match a pattern, sorted."""
        answer = await self._call(
            "list indices", pattern, self._client.indices.get(index=pattern, allow_no_indices=True)
        )
        return sorted(answer)

    async def make(self, index: str, body: Mapping[str, Any]) -> None:
        """Make an index with these settings and mappings; one that is there is left as it is."""
        if await self._call("look for index", index, self._client.indices.exists(index=index)):
            return
        await self._call("make index", index, self._client.indices.create(index=index, **body))

    async def move_aliases(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Do several changes of aliases in one step: no search sees a state between."""
        await self._call(
            "move aliases", "", self._client.indices.update_aliases(actions=list(actions))
        )

    async def close_for_writing(self, index: str) -> None:
        """Let nothing more be written to an index; returns when what was under way is done."""
        await self._call(
            "block writes", index, self._client.indices.add_block(index=index, block="write")
        )

    async def drop(self, index: str) -> None:
        """Delete an index; safe to repeat."""
        with contextlib.suppress(MissingError):
            await self._call("delete index", index, self._client.indices.delete(index=index))

    async def drop_template(self, name: str) -> None:
        """Delete an index template; safe to repeat."""
        with contextlib.suppress(MissingError):
            await self._call(
                "delete template", name, self._client.indices.delete_index_template(name=name)
            )

    async def put_index_template(self, name: str, body: Mapping[str, Any]) -> None:
        """Put one index template."""
        await self._call(
            "put template", name, self._client.indices.put_index_template(name=name, **body)
        )

    async def write(self, writes: Sequence[Write]) -> Written:
        """Store a batch; raises SinkUnavailable when any of it should be tried again."""
        if not writes:
            return Written()
        operations: list[Any] = []
        for w in writes:
            target: Document = {"_index": w.index, "_id": w.id}
            if w.version:
                target |= {"version": w.version, "version_type": "external"}
            operations += [{"index" if w.version else "create": target}, w.document]
        answer = await self._call(
            "write documents", f"{len(writes)} of them", self._client.bulk(operations=operations)
        )
        stored = already = 0
        refused: list[str] = []
        for w, item in zip(writes, answer["items"], strict=True):
            [result] = item.values()
            status = int(result["status"])
            if status < 300:
                stored += 1
            elif status == CONFLICT:
                already += 1
            elif status in {400, 413, 422}:
                refused.append(f"{w.index}/{w.id}: {_why(result)}")
            else:
                raise SinkUnavailable("write documents", w.index, f"{status}: {_why(result)}")
        return Written(stored, already, tuple(refused))

    async def present(self, index: str, ids: Sequence[str]) -> set[str]:
        """Return which of the ids an index has."""
        answer = await self._call(
            "look for documents", index, self._client.mget(index=index, ids=list(ids), source=False)
        )
        return {d["_id"] for d in answer["docs"] if d.get("found")}

    async def scan(
        self, index: str, fields: Sequence[str] | None = None
    ) -> AsyncIterator[list[Stored]]:
        """Yield every document of an index or alias, page by page, as it is at this moment."""
        pit = await self._open(index)
        after: list[Any] | None = None
        try:
            while True:
                answer = await self._call(
                    "read all",
                    index,
                    self._client.search(
                        pit={"id": pit, "keep_alive": PIT_KEEP},
                        size=PAGE,
                        sort=[{"_shard_doc": "asc"}],
                        search_after=after,
                        source_includes=list(fields) if fields is not None else None,
                        track_total_hits=False,
                    ),
                )
                hits = answer["hits"]["hits"]
                if not hits:
                    return
                yield [Stored(h["_id"], h.get("_source", {})) for h in hits]
                pit, after = answer.get("pit_id", pit), hits[-1]["sort"]
        finally:
            with contextlib.suppress(SinkRejected, SinkUnavailable):
                await self._call("close reading", index, self._client.close_point_in_time(id=pit))

    async def _open(self, index: str) -> str:
        answer = await self._call(
            "read all", index, self._client.open_point_in_time(index=index, keep_alive=PIT_KEEP)
        )
        return str(answer["id"])


def _why(result: Mapping[str, Any]) -> str:
    error = result.get("error", {})
    if not isinstance(error, dict):
        return str(error)[:200]
    cause = error.get("caused_by") or {}
    return f"{error.get('type', '')} {error.get('reason', '')} {cause.get('reason', '')}".strip()[
        :200
    ]


def sample(items: Iterable[str], count: int = 3) -> str:
    """Return the first few of many, for a message."""
    shown = list(items)
    rest = f" and {len(shown) - count} more" if len(shown) > count else ""
    return "; ".join(shown[:count]) + rest
