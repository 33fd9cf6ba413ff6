"""The canary on a real Kafka and a real Elasticsearch: it arrives by itself, out of sight, and stops when a stage stops."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from schemas.topics import STREAM_TOPICS
from tests.e2e.pipeline import AGENTS, FLOW_SECONDS, World, world
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

EVERY_SECONDS = 2.0
SEARCHED = ("news-articles*", "news-events", "news-alerts")  # what Kibana and the commands look in
ARRIVAL, LATENCY = "vigie_canary_last_arrival_timestamp_seconds", "vigie_canary_latency_seconds"


def value(made: World, role: str, metric: str) -> float:
    """Return a metric without labels of a role."""
    [(_, found)] = made.workers[role].samples(metric)
    return found


def sent(made: World) -> float:
    """Return how many canaries the connectors sent."""
    return value(made, "connectors", "vigie_canary_sent")


def wait_for_arrival(made: World, after: float) -> float:
    """Return the time of the first arrival after a moment."""
    wait_until(
        lambda: value(made, "deliver", ARRIVAL) > after,
        FLOW_SECONDS,
        "a canary arrived",
        made.workers["deliver"].log,
    )
    return value(made, "deliver", ARRIVAL)


def test_the_canary_arrives_and_its_absence_tells_of_a_stopped_stage(
    run_folder: RunFolder, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    """Arrivals go on by themselves; without detect they stop while canaries are still sent; with it they go on."""
    sources = tmp_path / "sources.toml"
    sources.write_text("")
    env = {
        "VIGIE_CANARY__INTERVAL_SECONDS": str(EVERY_SECONDS),
        "VIGIE_CONNECTORS__SOURCES_PATH": str(sources),
    }
    with world(run_folder, elasticsearch_server, tmp_path, **env) as made:
        made.start(*AGENTS)
        started = value(made, "deliver", ARRIVAL)
        assert abs(time.time() - started) < FLOW_SECONDS
        made.start("connectors")
        arrived = wait_for_arrival(made, started)
        assert wait_for_arrival(made, arrived) > arrived
        assert 0 < value(made, "deliver", LATENCY) < FLOW_SECONDS

        assert made.workers["detect"].stop() == 0
        before = sent(made)
        wait_until(lambda: sent(made) >= before + 2, FLOW_SECONDS, "canaries on their way")
        last = value(made, "deliver", ARRIVAL)
        before = sent(made)
        wait_until(lambda: sent(made) >= before + 3, FLOW_SECONDS, "more canaries on their way")
        assert value(made, "deliver", ARRIVAL) == last

        made.start("detect")
        assert wait_for_arrival(made, last) > last
        assert_out_of_sight(made)


def assert_out_of_sight(made: World) -> None:
    """Check that nobody was told, no searched index has anything, and nothing became a dead letter."""
    assert made.hook.received == {}
    seen = {pattern: made.documents(pattern) for pattern in SEARCHED}
    assert seen == {pattern: {} for pattern in SEARCHED}
    assert len(made.documents("news-events-vcanary")) == 2
    claims = made.documents("news-alerts-vcanary").values()
    assert {c["channel"] for c in claims} == {"canary"}
    assert [r for t in STREAM_TOPICS for r in made.records(t.dead_letter)] == []
