"""Health, supervision, provisioning rules, embedded servers: what keeps a process honest about its state."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from domain.errors import ConfigError, ContractError
from runtime import provision
from runtime.dead_letters import location_of
from runtime.embedded import EmbeddedServers, free_port
from runtime.health import Health, HealthServer
from runtime.kafka import check_size, client_arguments
from runtime.metrics import Metrics
from runtime.poll_pace import _is_empty_poll
from runtime.settings import KafkaSettings, Settings, TopicSettings
from runtime.supervise import Supervisor, stop_within
from schemas.records import MAX_VALUE_BYTES
from schemas.topics import WATCH_STATE, all_topics


def get(port: int, path: str) -> tuple[int, dict[str, object]]:
    """Return status and JSON of a page."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as e:
        with e:
            return e.code, json.load(e)


async def test_health_says_why_a_process_takes_no_work() -> None:
    """Live at once, ready only when started and every check is content, not ready while stopping."""
    health = Health()
    troubled = ["no partitions"]
    health.checks["partitions"] = lambda: troubled[0]
    server = await HealthServer(Metrics("clean"), health, "127.0.0.1", 0).start()
    try:
        assert (await asyncio.to_thread(get, server.port, "/health/live"))[0] == 200
        status, told = await asyncio.to_thread(get, server.port, "/health/ready")
        assert status == 503
        assert told["problems"] == {"partitions": "no partitions", "start": "not started yet"}
        troubled[0], health.started = "", True
        assert (await asyncio.to_thread(get, server.port, "/health/ready"))[0] == 200
        health.stopping = True
        assert (await asyncio.to_thread(get, server.port, "/health/ready"))[0] == 503
    finally:
        await server.stop()


async def test_a_taken_port_is_a_clear_sentence() -> None:
    """Who starts two of one role on one machine is told what to set."""
    server = await HealthServer(Metrics("clean"), Health(), "127.0.0.1", 0).start()
    try:
        with pytest.raises(ConfigError, match="VIGIE_METRICS__PORT"):
            await HealthServer(Metrics("clean"), Health(), "127.0.0.1", server.port).start()
    finally:
        await server.stop()


async def test_the_first_reason_to_end_counts() -> None:
    """A crash while stopping does not change what the process says of itself."""
    supervisor = Supervisor(Metrics("clean"), Health())
    supervisor.end(0, "SIGTERM")
    supervisor.end(75, "crash")
    assert supervisor.exit_code == 0
    assert supervisor.health.stopping


async def test_a_stop_that_hangs_or_fails_does_not_hold_the_process() -> None:
    """Each part gets its time, and an error in one does not keep the others from stopping."""

    async def hangs() -> None:
        await asyncio.sleep(60)

    async def fails() -> None:
        raise RuntimeError("no")

    async def stops() -> None:
        return

    assert not await stop_within(hangs, 0.01, "x")
    assert not await stop_within(fails, 1, "x")
    assert await stop_within(stops, 1, "x")


def test_state_has_the_partitions_of_its_stream_and_is_compacted() -> None:
    """detect finds the state of a partition under the same number."""
    settings = Settings(topics=TopicSettings(partitions=6))
    counts = {spec.name: count for spec, count in provision.wanted(settings)}
    assert counts["news.watch.state.v1"] == counts["news.article.classified.v1"] == 6
    assert {n for name, n in counts.items() if name.endswith(".dead-letter")} == {1}
    configs = provision.topic_configs(WATCH_STATE, settings)
    assert configs["cleanup.policy"] == "compact"
    assert int(configs["min.compaction.lag.ms"]) >= 24 * 3600 * 1000
    assert len(counts) == len(all_topics())


def test_a_wrong_partition_count_is_refused_with_both_numbers() -> None:
    """The sentence names topic, seen, expected and what to do."""
    with pytest.raises(ConfigError, match=r"t: 3 partitions, expected 4.*VIGIE_TOPICS__PARTITIONS"):
        provision.refuse_wrong([provision.TopicState("t", 4, 3)])


def test_clients_get_the_account_only_where_one_is_used() -> None:
    """PLAINTEXT carries no credentials; SASL_SSL verifies the broker."""
    plain = client_arguments(KafkaSettings(bootstrap="a:1, b:2"))
    assert plain == {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"}
    secure = client_arguments(
        KafkaSettings(security_protocol="SASL_SSL", sasl_username="u", sasl_password="p")
    )
    assert secure["sasl_plain_username"] == "u"
    assert secure["ssl_context"].check_hostname


def test_a_value_over_the_limit_is_refused_before_it_is_sent() -> None:
    """It would be refused by every broker at every try: a dead letter, not an outage."""
    check_size("t", b"x" * MAX_VALUE_BYTES)
    with pytest.raises(ContractError) as caught:
        check_size("t", b"x" * (MAX_VALUE_BYTES + 1))
    assert caught.value.reason == "too_large"


def test_a_location_names_no_folder_of_the_machine() -> None:
    """Dead letters may be shown to others."""
    with pytest.raises(ValueError, match="x") as caught:
        raise ValueError("x")
    assert location_of(caught.value).startswith("runtime/test_processes.py:")


class FetchResponse_v4:  # noqa: N801  (named as the library names it)
    """An answer to a poll, as the library shows it."""

    def __init__(self, error: int, records: bytes) -> None:
        self.topics = [("t", [(0, error, 10, 10, [], records)])]


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (True, FetchResponse_v4(0, b"")),
        (False, FetchResponse_v4(0, b"x")),
        (False, FetchResponse_v4(1, b"")),
        (False, object()),
    ],
    ids=["empty", "records", "error", "another answer"],
)
def test_only_an_empty_poll_is_followed_by_a_rest(expected: bool, answer: object) -> None:
    """Records, errors and other requests are never held up."""
    assert _is_empty_poll(answer) is expected


def test_embedded_servers_refuse_a_taken_port(tmp_path: Path) -> None:
    """A port in use is named, and nothing is left running."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        servers = EmbeddedServers(tmp_path, kafka_port=taken.getsockname()[1])
        with pytest.raises(ConfigError, match="choose another"):
            servers.start()
    assert servers.pid is None


@pytest.mark.embedded
def test_embedded_servers_start_and_leave_nothing(tmp_path: Path) -> None:
    """Both answer inside the context; after it the process is gone and its ports are free."""
    with EmbeddedServers(tmp_path, free_port(), free_port()) as servers:
        assert servers.is_ready()
        pid = servers.pid
        assert pid is not None
    assert not Path(f"/proc/{pid}").exists()
    assert not servers.is_ready()
