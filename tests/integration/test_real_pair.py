"""The spine on a real Kafka and a real Elasticsearch: what the embedded servers are too kind to show."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.errors import SinkRejected, SinkUnavailable
from domain.outcome import IndexOutcome
from runtime.settings import ElasticsearchSettings
from schemas.indices import ALERTS_INDEX, EVENTS_INDEX
from schemas.records import encode
from sinks.elasticsearch import ElasticsearchSink
from tests.harness.elastic import ElasticsearchServer
from tests.harness.kafka import KafkaServer
from tests.harness.process import RunFolder
from tests.integration.test_spine import AGENTS, corpus, documents, finished, is_drained, send
from tests.servers import Pipeline, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

FLOW_SECONDS = 120.0


@dataclass
class RealPair:
    """A broker and an index of the test's own."""

    kafka: KafkaServer
    elasticsearch: ElasticsearchServer

    @property
    def url(self) -> str:
        """Address of Elasticsearch."""
        return self.elasticsearch.url

    def environment(self) -> dict[str, str]:
        """Return the settings that point a process here; no instance ids: members expire."""
        return {
            "VIGIE_KAFKA__BOOTSTRAP": self.kafka.bootstrap,
            "VIGIE_ELASTICSEARCH__URLS": self.url,
        }


@pytest.fixture
def real(
    kafka_server: KafkaServer,
    real_elasticsearch: ElasticsearchServer,
    run_folder: RunFolder,
    tmp_path: Path,
) -> Iterator[Pipeline]:
    """Give a provisioned pipeline on a broker of its own and the shared index."""
    # The shared broker is only asked for so that a missing Java skips; topics must be this test's own.
    broker = KafkaServer(run_folder).start()
    made = Pipeline(RealPair(broker, real_elasticsearch), tmp_path)
    made.provision()
    try:
        yield made
    finally:
        made.close()
        broker.stop()


def test_articles_reach_the_index_and_a_killed_detect_loses_and_doubles_nothing(
    real: Pipeline,
) -> None:
    """30 articles, detect killed on the way: each article is stored once, each alert told once."""
    articles = [encode(a) for a in corpus(30)]
    workers = real.start(*AGENTS, "deliver")
    send(real, articles[:20])
    wait_until(lambda: finished(workers, "detect").total() >= 3, FLOW_SECONDS, "begun")
    next(w for w in workers if w.role == "detect").kill()
    workers += real.start("detect")
    send(real, articles[20:])
    wait_until(lambda: is_drained(real, workers), FLOW_SECONDS, "drained", workers[-1].log)
    stored = documents(real, "news-articles")
    assert len({d["article_id"] for d in stored.values()}) == len(stored) == len(articles)
    verdicts = Counter(d["verdict"] for d in stored.values())
    alerts = verdicts["NEW"] + verdicts["UPDATE"]
    wait_until(
        lambda: (
            sum(c["state"] == "sent" for c in documents(real, "news-alerts").values()) >= alerts
        ),
        FLOW_SECONDS,
        "all alerts told",
    )
    claims = documents(real, "news-alerts").values()
    assert len({(c["event_id"], c["event_version"]) for c in claims}) == len(claims) == alerts
    members = [
        m["article_id"]
        for e in documents(real, "news-events").values()
        if not e["is_merged"]
        for m in e["members"]
    ]
    assert sorted(members) == sorted(
        d["article_id"] for d in stored.values() if d["verdict"] != "OFF"
    )


def test_the_sink_sorts_what_a_real_index_answers(real_elasticsearch: ElasticsearchServer) -> None:
    """Stored, already there, refused for good, gone: on the index itself, not on a stub."""

    async def go() -> None:
        sink = ElasticsearchSink(ElasticsearchSettings(urls=(real_elasticsearch.url,)))
        try:
            assert await sink.missing() != []
            await sink.provision()
            await sink.provision()
            assert await sink.missing() == []
            document = {"event_id": "e", "revision": 1}
            outcomes = [
                await sink.put_version(EVENTS_INDEX, "e", document, version)
                for version in (2, 1, 2, 3)
            ]
            assert outcomes == [
                IndexOutcome.INDEXED,
                IndexOutcome.ALREADY,
                IndexOutcome.ALREADY,
                IndexOutcome.INDEXED,
            ]
            assert await sink.create(ALERTS_INDEX, "k", {"state": "pending"}) == "indexed"
            assert await sink.create(ALERTS_INDEX, "k", {"state": "pending"}) == "already"
            with pytest.raises(SinkRejected, match="strict_dynamic"):
                await sink.create("news-articles-2025.04", "x", {"never_heard_of": 1})
            found = await sink.get(ALERTS_INDEX, "k")
            assert found is not None
            assert await sink.replace(ALERTS_INDEX, found, {"state": "sent"}) is not None
            assert await sink.replace(ALERTS_INDEX, found, {"state": "failed"}) is None
            assert await sink.get(ALERTS_INDEX, "none") is None
        finally:
            await sink.close()
        away = ElasticsearchSink(ElasticsearchSettings(urls=("http://127.0.0.1:1",)))
        try:
            with pytest.raises(SinkUnavailable):
                await away.health()
        finally:
            await away.close()

    asyncio.run(go())
