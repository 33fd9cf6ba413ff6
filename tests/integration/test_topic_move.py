"""Two versions of a topic side by side, and detect's state made again, on a real Kafka and Elasticsearch."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.kafka import KafkaProducer
from schemas.records import FetchedArticle, encode
from schemas.topics import ARTICLE_CLEANED, WATCH_STATE
from tests.e2e.pipeline import World, world
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.harness.reliability import Reliability
from tests.integration.test_spine import corpus, documents, send
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

V2 = "news.article.cleaned.v2"
FLOW_SECONDS = 120.0


@pytest.fixture
def stage(
    run_folder: RunFolder, real_elasticsearch: ElasticsearchServer, tmp_path: Path
) -> Iterator[World]:
    """Give a pipeline on a real pair."""
    with world(run_folder, real_elasticsearch, tmp_path) as made:
        yield made


def flow(here: World, articles: list[FetchedArticle]) -> None:
    """Send articles and return once every stage is through with them."""
    send(here.pipeline, [encode(a) for a in articles])
    here.settle()


def of_tomorrow(value: Any) -> Any:
    """Return a record with a field at every level that today's code does not know."""
    if isinstance(value, list):
        return [of_tomorrow(v) for v in value]
    if not isinstance(value, dict):
        return value
    return {k: of_tomorrow(v) for k, v in value.items()} | {"of_tomorrow": {"deep": [1, None]}}


def test_fields_of_tomorrow_and_records_of_yesterday_go_through_every_role(
    stage: World, reliability: Reliability
) -> None:
    """Half of the records have fields that nobody knows, half lack all that have defaults: stored like any other."""
    articles = corpus(16)
    stage.start("all")
    later = [json.dumps(of_tomorrow(json.loads(encode(a)))).encode() for a in articles[::2]]
    needed = {f.encode_name for f in msgspec.structs.fields(FetchedArticle) if f.required}
    said = needed | {"charset", "title", "published"}  # optional, and these articles need them
    bare = [
        json.dumps({k: v for k, v in json.loads(encode(a)).items() if k in said}).encode()
        for a in articles[1::2]
    ]
    assert not any(value in {encode(a) for a in articles} for value in (*later, *bare))
    send(stage.pipeline, [*later, *bare])
    stage.settle()
    seen = documents(stage.pipeline, "news-articles")
    assert Counter(d["url"] for d in seen.values()) == Counter(a.url for a in articles)
    assert stage.counts("all")["dead_letter"] == 0
    assert not [d for d in seen.values() if "of_tomorrow" in json.dumps(d)]
    events = documents(stage.pipeline, "news-events")
    send(stage.pipeline, [encode(a) for a in articles])
    stage.settle()
    # The ids of documents are made of their content: one that was read otherwise would be one more.
    assert documents(stage.pipeline, "news-articles") == seen
    assert documents(stage.pipeline, "news-events") == events
    reliability.seen(
        32,
        f"{len(later)} records with a field nobody knows at every level and {len(bare)} without any that has a "
        f"default, through all roles: 0 dead letters, {len(seen)} documents, to which the same articles as records of today add none",
    )


def test_a_topic_moves_to_its_next_version_without_loss(
    stage: World, reliability: Reliability
) -> None:
    """Readers first, then one of two writers, then the other: every article is stored once, both topics were used."""
    articles = corpus(24)
    env = stage.pipeline.env
    stage.start("clean", "classify", "detect", "index")
    flow(stage, articles[:8])
    env["VIGIE_TOPICS__ALSO_READ"] = V2
    stage.pipeline.vigie("provision")
    assert stage.workers["classify"].stop() == 0
    send(stage.pipeline, [encode(a) for a in articles[8:12]])  # wait for the new reader
    stage.start("classify")
    [old_writer] = [stage.workers["clean"]]
    env["VIGIE_TOPICS__WRITE"] = V2
    env["VIGIE_KAFKA__INSTANCE_ID"] = "second"
    stage.start("clean")
    flow(stage, articles[12:18])
    assert old_writer.stop() == 0
    flow(stage, articles[18:])
    stored = documents(stage.pipeline, "news-articles")
    assert Counter(d["url"] for d in stored.values()) == Counter(a.url for a in articles)
    first, second = len(stage.records(ARTICLE_CLEANED.name)), len(stage.records(V2))
    assert first + second == len(articles), "each was written to one of them"
    assert first >= 8
    assert second >= 6
    refused_start(stage)
    reliability.seen(
        33,
        f"{len(articles)} articles, each stored once: {first} by way of v1, {second} by way of v2; two writers side by "
        "side, a reader exchanged among waiting records; a writer to a version that it does not read: exit 2",
    )


def refused_start(here: World) -> None:
    """A writer to a version that it does not read itself is a slip that would lose records."""
    here.pipeline.env["VIGIE_TOPICS__ALSO_READ"] = ""
    refused = here.pipeline.vigie("run", "classify", check=False)
    assert refused.returncode == 2
    assert "topics.also_read" in refused.stderr


async def spoil(here: World) -> None:
    """Write over one value of the state with what nobody can read."""
    [record, *_] = [
        r for r in await asyncio.to_thread(here.records, WATCH_STATE.name) if r.key != b"claim"
    ]
    producer = await KafkaProducer(here.pipeline.settings.kafka, "test").start()
    try:
        await producer.send(
            WATCH_STATE.name, record.key, b"\x00not state", partition=record.partition
        )
    finally:
        await producer.stop()


def test_state_made_again_is_the_state_that_was_and_heals_one_that_cannot_be_read(
    stage: World, reliability: Reliability
) -> None:
    """Rebuilt and compared: the same. Spoilt: detect waits, buries nothing, and goes on once it is written anew."""
    articles = corpus(30)
    stage.start("clean", "classify", "detect", "index")
    flow(stage, articles[:26])
    running = stage.pipeline.vigie("rebuild-state", "--write", check=False)
    assert (running.returncode, "stop detect first" in running.stderr) == (2, True), (
        running.stdout + running.stderr
    )
    assert stage.workers["detect"].stop() == 0
    events = documents(stage.pipeline, "news-events")
    same = stage.pipeline.vigie("rebuild-state")
    assert f"{len(events)} the same, 0 different, 0 only" in same.stdout
    asyncio.run(spoil(stage))
    seen = stage.pipeline.vigie("rebuild-state", check=False)
    assert "1 records not readable" in seen.stdout
    send(stage.pipeline, [encode(a) for a in articles[26:]])
    stage.start("detect")
    log = stage.workers["detect"].log
    wait_until(lambda: "vigie rebuild-state" in log.read_text(), FLOW_SECONDS, "state refused", log)
    assert stage.counts("detect") == Counter()
    stage.workers["detect"].kill()
    # A member that was killed is given up after its session: until then the command says so.
    wait_until(
        lambda: stage.pipeline.vigie("rebuild-state", "--write", check=False).returncode == 0,
        FLOW_SECONDS, "state written", log,
    )  # fmt: skip
    stage.start("detect")
    stage.settle()
    assert len(documents(stage.pipeline, "news-articles")) == len(articles)
    after = documents(stage.pipeline, "news-events")
    assert events.keys() <= after.keys(), "what was known is still known"
    told = Counter(d["verdict"] for d in documents(stage.pipeline, "news-articles").values())
    live = [e for e in after.values() if not e["is_merged"]]
    assert told["NEW"] <= len(live)
    reliability.seen(
        34,
        f"{len(events)} events rebuilt: {len(events)} the same, 0 different; one value spoilt: 0 of {len(articles) - 26} "
        f"articles judged and 0 dead letters while it was, all {len(articles)} stored after `rebuild-state --write`, "
        "every event still known",
    )
