"""The ledger: reads every topic and the index, and says of each article the one final state it is in."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desk.dead_letters import LetterBox
from desk.ingest import _committed, _ends_of, wait_through
from domain.errors import ContractError, SinkUnavailable
from runtime.kafka import KafkaProducer, client_arguments
from schemas.indices import event_document
from schemas.records import EventChanged, FetchedArticle, decode, encode
from schemas.topics import (
    ALERT_RAISED,
    ARTICLE_CLASSIFIED,
    ARTICLE_CLEANED,
    ARTICLE_FETCHED,
    ARTICLE_JUDGED,
    EVENT_CHANGED,
)
from tests.e2e.pipeline import CHANNELS, FLOW_SECONDS, World
from tests.faults.articles import Batch, key_of
from tests.servers import wait_until

STORED, EMPTY = "stored", "empty"
PAGE = 5_000
# Of an article that was fetched anew only the times of the fetch may differ.
FETCH_TIMES = frozenset({"fetched_at", "first_seen_at"})

Documents = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of the articles asked about."""

    states: dict[str, tuple[str, ...]]  # address -> final states, which should be one
    written: dict[str, int]  # topic -> records about them
    unique: dict[str, int]  # topic -> articles in it

    @property
    def counts(self) -> Counter[str]:
        """How many articles are in each state, or combination of states."""
        return Counter(" and ".join(s) for s in self.states.values())

    @property
    def repeated(self) -> float:
        """Which share of the records of a middle stage was written again: what at-least-once costs."""
        topic = ARTICLE_CLEANED.name
        return 100 * (self.written[topic] / max(1, self.unique[topic]) - 1)


def read_ledger(world: World, urls: Iterable[str]) -> Ledger:
    """Return the final states of the articles at these addresses."""
    wanted = set(urls)
    found: dict[str, list[str]] = {url: [] for url in wanted}
    for document in all_documents(world, "news-articles").values():
        if document["canonical_url"] in wanted:
            found[document["canonical_url"]].append(STORED)
    seen = {t.name: list(urls_in(world, t.name)) for t in PASSED}  # in the order of the stages
    for topic, url in dead_letters(world):
        state = f"dead letter of {topic}"
        if topic not in seen:
            continue  # of an event or an alert: the article has its own end
        # A stage killed between writing a dead letter and moving on writes it twice: still one state.
        if url in wanted and state not in found[url]:
            found[url].append(state)
    through = consumed(world)
    cleaned = set(seen[ARTICLE_CLEANED.name])
    for url in wanted - cleaned:
        # No article was found in the page: all that is left of it is that clean went past it.
        if not found[url] and url in through:
            found[url].append(EMPTY)
    for url, states in found.items():
        if not states:
            states.append(f"lost after {last_of(url, seen)}")
    return Ledger(
        {url: tuple(sorted(states)) for url, states in found.items()},
        {name: sum(u in wanted for u in all_urls) for name, all_urls in seen.items()},
        {name: len(wanted & set(all_urls)) for name, all_urls in seen.items()},
    )


def last_of(url: str, seen: Mapping[str, list[str]]) -> str:
    """Return the last topic in which an article was seen."""
    return next((name for name in reversed(list(seen)) if url in seen[name]), "nothing")


PASSED = (ARTICLE_FETCHED, ARTICLE_CLEANED, ARTICLE_CLASSIFIED, ARTICLE_JUDGED)


def assert_whole(ledger: Ledger, batch: Batch) -> None:
    """Check that each article of a batch is stored, and each page without one is known to hold none."""
    expected = Counter({STORED: batch.size - batch.blanks, EMPTY: batch.blanks})
    odd = {url: s for url, s in ledger.states.items() if s not in {(STORED,), (EMPTY,)}}
    assert ledger.counts == +expected, f"{len(odd)} odd: {dict(list(odd.items())[:5])}"


def urls_in(world: World, topic: str) -> Iterator[str]:
    """Yield the address in every record of a topic that can be read."""
    for record in world.records(topic):
        if url := url_of(record.value):
            yield url


def url_of(value: bytes) -> str:
    """Return the address of the article that a record of any stage is about, '' if there is none."""
    try:
        told = json.loads(value)
    except ValueError:
        return ""
    told = told if isinstance(told, dict) else {}
    return str((told.get("article") or told).get("canonical_url", ""))


def dead_letters(world: World) -> list[tuple[str, str]]:
    """Return topic and article of every dead letter that nobody has settled yet."""

    async def read() -> list[tuple[str, str]]:
        async with LetterBox(world.pipeline.settings) as box:
            return [(x.topic, url_of(x.value or b"")) for x in await box.open_letters()]

    return asyncio.run(read())


def consumed(world: World) -> set[str]:
    """Return the addresses of fetched records that clean has gone past."""
    group = f"{world.pipeline.settings.kafka.group_prefix}-clean"
    committed = asyncio.run(committed_of(world, group))
    return {
        url_of(r.value)
        for r in world.records(ARTICLE_FETCHED.name)
        if r.offset < committed.get((ARTICLE_FETCHED.name, r.partition), 0)
    }


async def committed_of(world: World, group: str) -> Mapping[tuple[str, int], int]:
    """Return the offset that a group has come to in each partition."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(**client_arguments(world.pipeline.settings.kafka))
    await admin.start()
    try:
        return await _committed(admin, group)
    finally:
        await admin.close()


def end_of(world: World, topic: str) -> int:
    """Return how many records a topic has had."""
    ends = asyncio.run(_ends_of(world.pipeline.settings, [topic]))
    return sum(ends.values())


def all_documents(world: World, index: str) -> Documents:
    """Return every document of an index by its id, however many there are."""
    base = world.pipeline.servers.url

    def call(path: str, body: Any = None, method: str = "POST") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{base}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    call(f"/{index}/_refresh")
    page = call(f"/{index}/_search?scroll=1m", {"size": PAGE, "sort": ["_doc"]})
    found: Documents = {}
    while hits := page["hits"]["hits"]:
        found |= {h["_id"]: h["_source"] for h in hits}
        page = call("/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
    call("/_search/scroll", {"scroll_id": page["_scroll_id"]}, "DELETE")
    return found


def without_fetch_times(documents: Documents, prefixes: tuple[str, ...]) -> Documents:
    """Return the documents, those of articles fetched anew without the times of the fetch."""
    return {
        i: {k: v for k, v in d.items() if k not in FETCH_TIMES}
        if d["canonical_url"].startswith(prefixes)
        else d
        for i, d in documents.items()
    }


def assert_no_stale_event(world: World) -> None:
    """Check that each revision of an event was told in one form only, and that the index has the newest."""
    forms: dict[tuple[str, int], set[bytes]] = {}
    newest: dict[str, EventChanged] = {}
    for record in world.records(EVENT_CHANGED.name):
        try:
            change = decode(EventChanged, record.value)
        except ContractError:
            continue  # rubbish that a test put there
        event = change.event
        forms.setdefault((event.event_id, event.revision), set()).add(encode(event))
        known = newest.get(event.event_id)
        if known is None or event.revision > known.event.revision:
            newest[event.event_id] = change
    forked = [key for key, told in forms.items() if len(told) > 1]
    assert not forked, f"revisions told in two forms: {forked}"
    stored = all_documents(world, "news-events")
    assert stored.keys() == newest.keys()
    for event_id, change in newest.items():
        document = json.loads(json.dumps(event_document(change), default=str))
        assert stored[event_id]["revision"] == document["revision"]
        assert [m["article_id"] for m in stored[event_id]["members"]] == [
            m["article_id"] for m in document["members"]
        ]


def assert_each_told_once(world: World) -> None:
    """Check that each alert raised was claimed once for each channel and sent, and taken once by its key."""
    raised = world.alerts()
    claims = all_documents(world, "news-alerts").values()
    assert Counter((c["event_id"], c["event_version"], c["channel"]) for c in claims) == Counter(
        (*what, channel) for what in raised for channel in CHANNELS
    )
    assert {c["state"] for c in claims} <= {"sent"}
    told = [json.loads(body)["event"] for body in world.hook.received.values()]
    assert sorted((e["event_id"], e["version"]) for e in told) == sorted(raised)
    assert world.hook.refused == 0


def await_through(world: World, seconds: float = FLOW_SECONDS) -> None:
    """Return once every stage but deliver has gone past every record it was given."""
    ends: dict[tuple[str, int], int] = {}
    for record in world.records(ARTICLE_FETCHED.name):
        ends[ARTICLE_FETCHED.name, record.partition] = record.offset + 1
    behind = asyncio.run(wait_through(world.pipeline.settings, ends, seconds, lambda *_: None))
    assert not behind, f"not through: {behind}\n{world.workers[behind].log.read_text()[-3000:]}"


def settle(world: World, seconds: float = FLOW_SECONDS) -> None:
    """Return once every stage is through with every fetched record and every alert is told."""
    await_through(world, seconds)

    def is_told() -> bool:
        claims = all_documents(world, "news-alerts").values()
        sent = [c for c in claims if c["state"] == "sent"]
        return len(sent) >= len(CHANNELS) * len(world.alerts())

    wait_until(is_told, seconds, "all alerts told", world.workers["deliver"].log)


async def send(
    world: World,
    articles: Iterable[FetchedArticle],
    each_seconds: float = 0.0,
    until: Callable[[], bool] = lambda: False,
) -> int:
    """Write articles as the connectors would, one after another; return how many once all are acknowledged.

    `until` ends it early: a fault that takes as long as it takes has records flowing all the while.
    """
    producer = await KafkaProducer(world.pipeline.settings.kafka, "test").start()
    count = 0
    try:
        for article in articles:
            if until():
                break
            await _send_one(producer, article)
            count += 1
            await asyncio.sleep(each_seconds)
    finally:
        await producer.stop()
    return count


async def _send_one(producer: KafkaProducer, article: FetchedArticle) -> None:
    while True:  # what was not acknowledged is not fetched yet: the connectors try again, too
        try:
            await producer.send(
                ARTICLE_FETCHED.name, key_of(article.canonical_url), encode(article)
            )
            return
        except SinkUnavailable:
            await asyncio.sleep(0.5)


def alerts_of(world: World, prefix: str) -> int:
    """Return how many alerts were raised by articles whose address begins so."""
    return sum(url_of(r.value).startswith(prefix) for r in world.records(ALERT_RAISED.name))
