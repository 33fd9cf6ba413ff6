"""Builds fresh indices beside the live ones and moves the aliases to them, while every role goes on.

    replay Kafka into the fresh ones -> look for every document of the live ones in them, fill what Kafka no longer
    has -> move the aliases in one step -> close the old ones for writing -> replay the rest

Documents are built by the code of today from the records, so a rebuild is also how a new field comes to old articles.
Every write can be repeated (ids and versions are those of the roles), so it may be killed anywhere and gone on with.
`index` follows: a write refused by a closed index goes to its successor (sinks.elasticsearch).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from desk.reindex_state import ReindexState, StateKeeper
from desk.replay import Kept, Reach, TopicReader
from domain.errors import ConfigError, ContractError, SinkUnavailable
from runtime.clock import Clock, utc_now
from runtime.settings import Settings
from runtime.topic_routes import versions_of
from schemas.canary import CANARY
from schemas.generations import alias_of, live, original, rebuilt, stamp_of
from schemas.indices import (
    ARTICLES_ALIAS,
    EVENTS_ALIAS,
    EVENTS_INDEX,
    Document,
    article_document,
    article_document_id,
    articles_index,
    event_document,
    template,
)
from schemas.records import EventChanged, JudgedArticle, decode
from schemas.topic_versions import family
from schemas.topics import ARTICLE_JUDGED, EVENT_CHANGED
from sinks.index_admin import IndexAdmin, Stored, Write, sample

ALIASES = (ARTICLES_ALIAS, EVENTS_ALIAS)
# Indices of a rebuild get the mappings of their kind without its alias: nobody may search them before their time.
TEMPLATE_PATTERNS = {ARTICLES_ALIAS: "news-articles-*-r2*", EVENTS_ALIAS: "news-events-v*-r2*"}
TEMPLATE_PRIORITY = 600
CATCH_UP_RECORDS = 200  # fewer than these waiting, and the next step may begin
# Every process asks the aliases anew every half minute; until then one may not know that an index was replaced.
DROP_AFTER = timedelta(minutes=2)
TRIES, FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 40, 0.5, 15.0

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """How documents are made: today's code, or in a test that of tomorrow."""

    article: Callable[[JudgedArticle], Document] = article_document
    event: Callable[[EventChanged], Document] = event_document
    template: Callable[[str], Document] = template


@dataclass(frozen=True, slots=True)
class Source:
    """One live index: what it holds, what it will be rebuilt as, and how much is older than Kafka reaches."""

    index: str
    documents: int
    target: str
    older: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rebuild would do."""

    sources: list[Source]
    reach: dict[str, Reach]
    state: ReindexState | None

    @property
    def older(self) -> int:
        """How many documents are older than what Kafka still holds."""
        return sum(s.older for s in self.sources)


@dataclass(slots=True)
class Account:
    """What a rebuild did."""

    written: int = 0
    filled: int = 0
    unreadable: int = 0
    refused: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)


def topics_of(settings: Settings) -> tuple[str, ...]:
    """Return the topics that a rebuild reads, every version of them that settings name."""
    versions = versions_of(settings.topics)
    return (*versions.read(ARTICLE_JUDGED), *versions.read(EVENT_CHANGED))


async def make_plan(settings: Settings, admin: IndexAdmin, now: datetime) -> Plan:
    """Return what there is to do; changes nothing."""
    state = await StateKeeper(admin).read()
    stamp = state.stamp if state and state.phase != "done" else stamp_of(now)
    async with TopicReader(settings, topics_of(settings)) as reader:
        reach = await reader.reach()
    sources = []
    for alias, topic, told_at in (
        (ARTICLES_ALIAS, ARTICLE_JUDGED, "first_seen_at"),
        (EVENTS_ALIAS, EVENT_CHANGED, "changed_at"),
    ):
        mine = {n: r for n, r in reach.items() if n.startswith(f"{family(topic.name)}.")}
        for name, index in sorted(live(await admin.behind(alias)).items()):
            if alias_of(name) != alias:
                continue
            await admin.refresh(index)
            older = await _older(admin, index, mine, told_at)
            count = await admin.count(index)
            sources.append(Source(index, count, rebuilt(name, stamp), older))
    return Plan(sources, reach, state)


async def _older(admin: IndexAdmin, index: str, reach: dict[str, Reach], told_at: str) -> int:
    """Return how many documents Kafka can surely not give again: told of before its oldest record was written."""
    if all(r.begin == 0 for r in reach.values()):
        return 0
    since = min((r.since for r in reach.values() if r.since), default=None)
    if since is None:
        return await admin.count(index)
    return await admin.count(index, {"range": {told_at: {"lt": since.isoformat()}}})


class Reindexer:
    """One rebuild, from its beginning or from where it was left."""

    def __init__(
        self,
        settings: Settings,
        admin: IndexAdmin,
        *,
        fill: bool = False,
        shape: Shape | None = None,
        tell: Tell = lambda *_: None,
        clock: Clock = utc_now,
    ) -> None:
        self._settings, self._admin, self._fill = settings, admin, fill
        self._shape, self._tell, self._clock = shape or Shape(), tell, clock
        self._keeper = StateKeeper(admin)
        self._state = ReindexState(stamp="", begun_at=clock())
        self._made: set[str] = set()
        self.account = Account()

    async def run(self) -> Account:
        """Bring the rebuild to its end; raises ConfigError when Kafka lacks documents and may not be helped."""
        await self._begin()
        async with TopicReader(self._settings, topics_of(self._settings)) as reader:
            if self._state.phase == "building":
                await self._build(reader)
            if self._state.phase == "swapping":
                await self._swap(reader)
        self.account.written, self.account.filled = self._state.written, self._state.filled
        self.account.old, self.account.targets = self._state.old, self._state.targets
        return self.account

    async def _begin(self) -> None:
        state = await self._keeper.read()
        if state is not None and state.phase == "done" and state.old:
            raise ConfigError(
                "rebuild the index",
                ", ".join(state.old),
                "kept from the rebuild before: run `vigie reindex --drop-old` first",
            )
        if state is None or state.phase == "done":
            now = self._clock()
            state = ReindexState(stamp=stamp_of(now), begun_at=now)
            # The name under which events are written leads somewhere even before the first event.
            state = replace(state, targets={EVENTS_INDEX: rebuilt(EVENTS_INDEX, state.stamp)})
            await self._keeper.write(state)
        self._state = state
        if state.phase != "done":
            for alias, pattern in TEMPLATE_PATTERNS.items():
                body = self._shape.template(alias)
                body["template"].pop("aliases", None)
                body |= {"index_patterns": [pattern], "priority": TEMPLATE_PRIORITY}
                body["meta"] = body.pop("_meta", {})
                await self._patiently(
                    lambda a=alias, b=body: self._admin.put_index_template(_temporary(a), b)
                )

    async def _save(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)
        await self._patiently(lambda: self._keeper.write(self._state))

    async def _build(self, reader: TopicReader) -> None:
        for target in self._state.targets.values():
            await self._make(target)
        while await self._behind_by(reader) > CATCH_UP_RECORDS:
            await self._replay(reader)
        for alias in ALIASES:
            for index in await self._admin.behind(alias):
                if index not in self._state.targets.values():
                    await self._check(reader, index)
        if self.account.missing:
            raise ConfigError(
                "rebuild the index",
                f"{len(self.account.missing)} documents",
                f"Kafka no longer has them ({sample(self.account.missing)}): add --fill-from-index to take them "
                "over from the index as they are; nothing was changed for searches",
            )
        await self._save(phase="swapping")

    async def _behind_by(self, reader: TopicReader) -> int:
        ends = await reader.ends()
        return sum(max(0, end - self._state.offsets.get(name, 0)) for name, end in ends.items())

    async def _replay(self, reader: TopicReader) -> None:
        """Write everything that the topics hold as of now into the fresh indices."""
        ends = await reader.ends()
        total = sum(ends.values())
        async for records, offsets in reader.read(self._state.offsets, ends):
            writes = [w for r in records if (w := self._write_of(r)) is not None]
            for target in {w.index for w in writes}:
                await self._make(target)
            stored = await self._store(writes)
            await self._save(
                offsets=self._state.offsets | offsets, written=self._state.written + stored
            )
            self._tell("replay", min(sum(offsets.values()), total), total)

    def _write_of(self, record: Kept) -> Write | None:
        """Return the document of a record, or None for the canary and for what `index` could not read either."""
        try:
            if family(record.topic) == family(ARTICLE_JUDGED.name):
                judged = decode(JudgedArticle, record.value)
                if judged.watch_id == CANARY:
                    return None
                name = articles_index(judged.article.first_seen_at)
                document_id = article_document_id(judged.article.article_id, judged.watch_id)
                return Write(self._target(name), document_id, self._shape.article(judged))
            change = decode(EventChanged, record.value)
            event = change.event
            if event.watch_id == CANARY:
                return None
            document = self._shape.event(change)
            return Write(self._target(EVENTS_INDEX), event.event_id, document, event.revision)
        except ContractError:
            self.account.unreadable += 1
            return None

    def _target(self, name: str) -> str:
        """Return the fresh index of a name."""
        target = self._state.targets.get(name)
        if target is None:
            target = rebuilt(name, self._state.stamp)
            self._state = replace(self._state, targets=self._state.targets | {name: target})
        return target

    async def _make(self, target: str) -> None:
        if target not in self._made:
            await self._patiently(lambda: self._admin.make(target, {}))
            self._made.add(target)

    async def _store(self, writes: list[Write]) -> int:
        """Store a batch and return how many were new; waits while the index cannot take it."""
        if not writes:
            return 0
        done = await self._patiently(lambda: self._admin.write(writes))
        self.account.refused += done.refused
        return int(done.stored)

    async def _check(self, reader: TopicReader, index: str) -> None:
        """Look for every document of a live index in its fresh one; take over those that Kafka no longer has.

        The list of documents is fixed first and the topics are read to their end after it: what is then
        missing is missing in Kafka.
        """
        await self._admin.refresh(index)
        total, done = await self._admin.count(index), 0
        pages = self._admin.scan(index)
        first = await anext(pages, [])
        await self._replay(reader)
        target = self._target(original(index))
        await self._make(target)
        async for page in _chained(first, pages):
            there = await self._admin.present(target, [d.id for d in page])
            absent = [d for d in page if d.id not in there]
            if self._fill:
                await self._take_over(index, target, absent)
            else:
                self.account.missing += [f"{index}/{d.id}" for d in absent]
            done += len(page)
            self._tell(f"check {index}", done, total)

    async def _take_over(self, index: str, target: str, absent: list[Stored]) -> None:
        is_event = alias_of(original(index)) == EVENTS_ALIAS
        writes = [
            Write(target, d.id, d.source, int(d.source["revision"]) if is_event else 0)
            for d in absent
        ]
        before = len(self.account.refused)
        stored = await self._store(writes)
        if stored:
            await self._save(filled=self._state.filled + stored)
        if refused := self.account.refused[before:]:
            raise ConfigError(
                "take over documents",
                index,
                f"{len(refused)} do not fit today's mapping: {sample(refused)}",
            )

    async def _swap(self, reader: TopicReader) -> None:
        """Move the aliases in one step, close what was replaced, and write what came meanwhile."""
        for target in self._state.targets.values():
            await self._admin.refresh(target)
        actions, old = [], set(self._state.old)
        for alias in ALIASES:
            behind = await self._admin.behind(alias)
            for name, target in self._state.targets.items():
                if alias_of(name) != alias:
                    continue
                replaced = [i for i in behind if original(i) == name and i != target]
                actions += [{"remove": {"index": i, "alias": alias}} for i in replaced]
                actions += (
                    [{"add": {"index": target, "alias": alias}}] if target not in behind else []
                )
                old.update(replaced)
        await self._save(old=sorted(old))
        if actions:
            await self._patiently(lambda: self._admin.move_aliases(actions))
        for index in self._state.old:
            await self._patiently(lambda i=index: self._admin.close_for_writing(i))
        await self._replay(reader)
        for target in self._state.targets.values():
            await self._admin.refresh(target)
        for alias in ALIASES:
            await self._admin.drop_template(_temporary(alias))
        await self._save(phase="done", swapped_at=self._clock())

    async def _patiently(self, call: Callable[[], object]) -> object:
        """Return what a call returns, trying again while the index is away or busy."""
        wait = FIRST_WAIT_SECONDS
        for attempt in range(1, TRIES + 1):
            try:
                return await call()  # type: ignore[misc]
            except SinkUnavailable:
                if attempt == TRIES:
                    raise
                await asyncio.sleep(wait)
                wait = min(2 * wait, MAX_WAIT_SECONDS)
        raise AssertionError("the last try returns or raises")


async def drop_old(admin: IndexAdmin, now: datetime) -> list[str]:
    """Delete the indices that a finished rebuild replaced; return their names."""
    keeper = StateKeeper(admin)
    state = await keeper.read()
    if state is None or state.phase != "done" or state.swapped_at is None:
        raise ConfigError("drop old indices", "", "no finished rebuild: nothing was dropped")
    since = now - state.swapped_at
    if since < DROP_AFTER:
        raise ConfigError(
            "drop old indices",
            ", ".join(state.old),
            f"replaced {since.total_seconds():.0f} s ago, expected {DROP_AFTER.total_seconds():.0f} s: a process "
            "may not know it yet; try again then",
        )
    alive = {i for alias in ALIASES for i in await admin.behind(alias)}
    dropped = [index for index in state.old if index not in alive]
    for index in dropped:
        await admin.drop(index)
    await keeper.write(None)
    return dropped


async def abort(admin: IndexAdmin) -> list[str]:
    """Delete the fresh indices of a rebuild that has not come to the move of the aliases; return their names."""
    keeper = StateKeeper(admin)
    state = await keeper.read()
    if state is None or state.phase != "building":
        seen = state.phase if state else "none"
        raise ConfigError("abort the rebuild", seen, "expected one that is building")
    alive = {i for alias in ALIASES for i in await admin.behind(alias)}
    fresh = [i for i in await admin.named(f"news-*-r{state.stamp}") if i not in alive]
    await keeper.write(None)
    for index in fresh:
        await admin.drop(index)
    for alias in ALIASES:
        await admin.drop_template(_temporary(alias))
    return fresh


def _temporary(alias: str) -> str:
    return f"{alias}-rebuilt"


async def _chained(
    first: list[Stored], rest: AsyncIterator[list[Stored]]
) -> AsyncIterator[list[Stored]]:
    if first:
        yield first
    async for page in rest:
        yield page
