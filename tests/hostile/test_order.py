"""Articles late, shuffled and doubled: the same events come out, by the core alone and by detect with its state."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.detect import DetectAgent
from agents.index import EventIndexer
from desk.offline import article_from
from desk.watches import find_watch
from domain.classify.reading import read
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from domain.model import Article, Reading
from schemas import convert
from schemas.records import ClassifiedArticle, PublishedInfo, SourceRef, encode
from schemas.topics import EVENT_CHANGED
from tests.fakes import FakeIndex, FakeProducer, FakeStateLog, cleaned, incoming, services
from tests.hostile.conftest import Tally
from tests.paths import REPO

WATCH = find_watch("morocco-france")
LATE_HOURS = 24.0
Told = tuple[Article, Reading]
Events = dict[frozenset[str], Any]


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """The development corpus's relevant articles, read, in the order of publication."""
    knowledge, found = Knowledge.load(), []
    path = REPO / "bench" / "corpus" / "dev" / "positives.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        article = article_from(json.loads(line))
        assert article is not None
        found.append((article, read(article, WATCH, knowledge)))
    return sorted(found, key=lambda t: (time_of(t), t[0].article_id))


def time_of(one: Told) -> float:
    """Return when an article was published; an undated one has no order of its own."""
    published = one[0].published
    return published.at.timestamp() if published else 0.0


def events(stream: Sequence[Told]) -> Events:
    """Return what a stream comes to: members and fields of each event, nothing of who was first."""
    book = Book.empty(WATCH.watch_id)
    for article, reading in stream:
        _, book = judge(book, article, reading, WATCH)
    return {
        frozenset(m.article_id for m in e.event.members): (
            e.event.act, e.event.status, e.event.event_date, e.event.event_date_range, e.event.place,
            sorted(a.name for a in e.event.actors), sorted(e.event.themes), sorted(e.event.figures),
        )
        for e in book.entries.values()
        if e.record.merged_into is None
    }  # fmt: skip


def late_and_doubled(told: Sequence[Told], seed: int) -> list[Told]:
    """Return the articles as feeds and partitions bring them: each up to a day late, some of them again at any time."""
    rng = random.Random(seed)
    stream = sorted(told, key=lambda t: time_of(t) + rng.uniform(0, LATE_HOURS * 3600))
    for again in rng.choices(told, k=rng.randint(0, len(told))):
        first = stream.index(again)
        stream.insert(rng.randint(first + 1, len(stream)), again)
    return stream


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_day_late_and_doubled_gives_the_same_events(told: list[Told], seed: int) -> None:
    """Whatever comes up to a day late and however often: the same events, with the same members and fields."""
    assert events(late_and_doubled(told, seed)) == events(told)


@pytest.mark.real  # no server, but as slow: it belongs to the full run
def test_any_order_at_all_keeps_every_article_in_one_event_with_the_same_fields(
    told: list[Told], tally: Tally
) -> None:
    """Even years out of order: each article in one event; an event of the same members has the same fields."""
    calm, same, runs = events(told), 0, 40
    for seed in range(runs):
        rng = random.Random(seed)
        stream = [*told, *rng.choices(told, k=10)]
        rng.shuffle(stream)
        found = events(stream)
        assert sorted(i for members in found for i in members) == sorted(
            a.article_id for a, _ in told
        )
        assert {m: f for m, f in found.items() if m in calm} == {
            m: f for m, f in calm.items() if m in found
        }
        same += found == calm
    assert same >= runs // 2
    tally.seen(
        27,
        f"30 streams up to {LATE_HOURS:g} h late and doubled: the same events; {runs} streams years out of order: "
        f"{same} the same, in the others single articles apart",
        "core",
    )  # fmt: skip


def record(one: Told) -> bytes:
    """Return the classified record of an article."""
    article, reading = one
    published = article.published
    info = PublishedInfo(at=published.at, source="feed", confidence=0.9) if published else None
    return encode(
        ClassifiedArticle(
            watch_id=WATCH.watch_id,
            article=cleaned(
                article.article_id, title=article.title, text=article.text, lang=article.lang,
                published=info, source=SourceRef(source_id=article.source_id or "s"),
            ),
            reading=convert.reading_info(reading),
        )
    )  # fmt: skip


async def documents(
    stream: Sequence[Told], crashes: random.Random | None = None
) -> dict[frozenset[str], Any]:
    """Return the event documents that detect and index leave, detect starting anew at random if told so."""
    producer, index, log = FakeProducer(), FakeIndex(), FakeStateLog()
    given = services("all", producer)
    detect, indexer = DetectAgent(given, {WATCH.watch_id: WATCH}, log), EventIndexer(given, index)
    for offset, one in enumerate(stream):
        if crashes is not None and crashes.random() < 0.2:
            detect = DetectAgent(given, {WATCH.watch_id: WATCH}, log)
        await detect.handle(incoming(record(one), offset))
    changes = [r.value for r in producer.of(EVENT_CHANGED.name)]
    if crashes is not None:
        changes += crashes.choices(changes, k=len(changes) // 2)
        crashes.shuffle(changes)
    for value in changes:
        await indexer.handle(incoming(value))
    first_told = {
        "event_id",
        "version",
        "revision",
        "changed",
        "first_seen_at",
        "changed_at",
        "members",
        "related",
    }
    return {
        frozenset(m["article_id"] for m in d["members"]): {k: v for k, v in d.items() if k not in first_told}
        for d in index.documents.values()
        if not d["is_merged"]
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_detect_and_index_leave_the_same_documents(
    seed: int, told: list[Told], tally: Tally
) -> None:
    """Late and doubled articles, a detect that starts anew, event changes out of order and doubled: the same documents."""
    calm = asyncio.run(documents(told))
    disturbed = asyncio.run(documents(late_and_doubled(told, seed), random.Random(seed)))
    assert disturbed.keys() == calm.keys()
    for members, document in calm.items():
        assert sorted(disturbed[members].get("actors", [])) == sorted(document.get("actors", []))
        for name in (
            "act",
            "status",
            "event_date",
            "event_days",
            "place",
            "article_count",
            "langs",
        ):
            assert disturbed[members].get(name) == document.get(name), name
    tally.seen(
        27,
        f"detect restarted, changes shuffled and doubled: the same {len(calm)} documents",
        str(seed),
    )
