"""Articles late, shuffled and doubled, and detect killed, on servers: the documents of a calm run without servers."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from desk.groups import offsets_of
from desk.ingest import _ends_of
from runtime.kafka import KafkaProducer
from schemas.topics import (
    ALERT_RAISED,
    ARTICLE_CLASSIFIED,
    ARTICLE_JUDGED,
    EVENT_CHANGED,
    TopicSpec,
)
from tests.e2e.pipeline import Log, _records, world
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.harness.reliability import Reliability
from tests.hostile import test_order
from tests.hostile.test_order import WATCH, Told, late_and_doubled, record
from tests.integration.test_spine import documents
from tests.servers import Pipeline, wait_until

pytestmark = pytest.mark.timeout(400)

told = test_order.told  # the fixture, for this module too
SEED = 27
FLOW_SECONDS = 120.0
READ_BY = {
    "detect": (ARTICLE_CLASSIFIED,),
    "index": (ARTICLE_JUDGED, EVENT_CHANGED),
    "deliver": (ALERT_RAISED,),
}
# What an event says; who was first, and how often it changed on the way, is the order's own.
FIELDS = ("act", "status", "event_date", "event_days", "place", "article_count", "langs", "themes")
SETS = ("actors", "figures", "source_ids")

Events = Mapping[frozenset[str], Mapping[str, Any]]


def said(events: Events) -> dict[str, dict[str, Any]]:
    """Return what each event says, as JSON has it, under its members."""
    plain = {
        " ".join(sorted(members)): {f: d.get(f) for f in FIELDS}
        | {f: sorted(d.get(f) or ()) for f in SETS}
        for members, d in events.items()
    }
    found: dict[str, dict[str, Any]] = json.loads(json.dumps(plain, default=str))
    return found


def put(here: Pipeline, topic: TopicSpec, records: Sequence[tuple[bytes, bytes]]) -> None:
    """Write records with their keys, in order."""

    async def go() -> None:
        producer = await KafkaProducer(here.settings.kafka, "test").start()
        try:
            for key, value in records:
                await producer.send(topic.name, key, value)
        finally:
            await producer.stop()

    asyncio.run(go())


def is_through(here: Pipeline, role: str) -> bool:
    """Return whether a role has gone past all that its topics hold now."""
    names = [t.name for t in READ_BY[role]]

    async def ask() -> bool:
        ends = await _ends_of(here.settings, names)
        group = f"{here.settings.kafka.group_prefix}-{role}"
        at = {
            (tp.topic, tp.partition): o.offset
            for tp, o in (await offsets_of(here.settings, group)).items()
        }
        return all(at.get(where, 0) >= end for where, end in ends.items())

    return asyncio.run(ask())


def settle(here: Pipeline) -> None:
    """Return once detect, index and deliver have handled everything, in this order."""
    for role in READ_BY:
        wait_until(lambda r=role: is_through(here, r), FLOW_SECONDS, f"{role} through")  # type: ignore[misc]


def stored(here: Pipeline) -> dict[str, dict[str, dict[str, Any]]]:
    """Return every document of every kind."""
    return {i: documents(here, i) for i in ("news-articles", "news-events", "news-alerts")}


def disturbed(here: Pipeline, told: Sequence[Told], records: Callable[[str], list[Log]]) -> str:
    """Send everything late and doubled with kills between, then all changes again; return what was seen."""
    rng = random.Random(SEED)
    stream = late_and_doubled(told, SEED)
    workers = {w.role: w for w in here.start(*READ_BY)}
    key = WATCH.watch_id.encode()
    for begin in range(0, len(stream), len(stream) // 3 + 1):
        part = stream[begin : begin + len(stream) // 3 + 1]
        put(here, ARTICLE_CLASSIFIED, [(key, record(one)) for one in part])
        for role in ("detect", "index"):
            workers[role].kill()
            workers |= {w.role: w for w in here.start(role)}
    settle(here)
    calm = said({frozenset(i): d for i, d in asyncio.run(test_order.documents(told)).items()})
    first = stored(here)
    live = [d for d in first["news-events"].values() if not d["is_merged"]]
    members = (frozenset(m["article_id"] for m in d["members"]) for d in live)
    assert said(dict(zip(members, live, strict=True))) == calm
    assert len(first["news-articles"]) == len(told)
    claims = first["news-alerts"].values()
    raised = Counter((c["event_id"], c["event_version"], c["channel"]) for c in claims)
    assert set(raised.values()) == {1}
    assert {c["state"] for c in claims} == {"sent"}
    again = 0
    for topic in (EVENT_CHANGED, ARTICLE_JUDGED, ALERT_RAISED):
        held = [(r.key or b"", r.value) for r in records(topic.name)]
        held += rng.choices(held, k=len(held) // 2)
        rng.shuffle(held)
        put(here, topic, held)
        again += len(held)
    settle(here)
    assert stored(here) == first
    assert [w.stop() for w in workers.values()] == [0] * len(workers)
    return (
        f"{len(stream)} articles up to {test_order.LATE_HOURS:g} h late and some doubled, detect and index killed 3 times "
        f"each: the {len(calm)} events of a calm run; {again} changes, verdicts and alerts again, shuffled and doubled: "
        f"all {sum(map(len, first.values()))} documents as they were, {len(raised)} claims, each told once"
    )


@pytest.mark.embedded
@pytest.mark.real  # no real server, but as slow: it belongs to the full run
def test_on_the_embedded_servers_any_order_and_number_leaves_the_same_documents(
    pipeline: Pipeline, told: list[Told], reliability: Reliability
) -> None:
    """Roles as processes on the servers of the demonstration."""
    bootstrap = pipeline.settings.kafka.bootstrap
    seen = disturbed(pipeline, told, lambda topic: asyncio.run(_records(bootstrap, topic)))
    reliability.seen(27, f"embedded servers: {seen}", runs=1)


@pytest.mark.real
def test_on_real_servers_any_order_and_number_leaves_the_same_documents(
    run_folder: RunFolder,
    real_elasticsearch: ElasticsearchServer,
    tmp_path: Path,
    told: list[Told],
    reliability: Reliability,
) -> None:
    """Roles as processes on Kafka and Elasticsearch."""
    with world(run_folder, real_elasticsearch, tmp_path) as made:
        seen = disturbed(made.pipeline, told, made.records)
    reliability.seen(27, f"Kafka and Elasticsearch: {seen}", runs=1)
