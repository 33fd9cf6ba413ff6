"""The harness starts real servers that do what the tests need of them."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from elasticsearch import Elasticsearch

from tests.harness import fixtures, process
from tests.harness.analyzers import LANGUAGES
from tests.harness.elastic import ElasticsearchServer
from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.harness.kafka import KafkaServer
from tests.harness.process import Child, RunFolder, StartFailedError
from tests.harness.prometheus import AlertmanagerServer, PrometheusServer, check
from tests.harness.tools import REPO

pytestmark = pytest.mark.real


async def test_kafka_returns_what_was_produced(kafka_server: KafkaServer) -> None:
    """A record acknowledged by all replicas is read back with its key."""
    topic = f"smoke-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka_server.bootstrap, acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, "مرحبا".encode(), key=b"k")
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_server.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        record = await consumer.getone()
    finally:
        await consumer.stop()
    assert (record.key, record.value.decode()) == (b"k", "مرحبا")


@pytest.mark.parametrize("analyzer", sorted(LANGUAGES))
def test_elasticsearch_has_the_analyzer(
    real_elasticsearch: ElasticsearchServer, analyzer: str
) -> None:
    """A strict template with the language's analyzer is accepted and its index made."""
    mappings = {"dynamic": "strict", "properties": {"t": {"type": "text", "analyzer": analyzer}}}
    template = {"index_patterns": ["news-smoke-*"], "template": {"mappings": mappings}}
    real_elasticsearch.call("PUT", "/_index_template/news-smoke", template)
    made = real_elasticsearch.call("PUT", f"/news-smoke-{analyzer}")
    assert made["acknowledged"]


def test_arabic_analyzer_finds_a_word_with_and_without_its_article(
    real_elasticsearch: ElasticsearchServer,
) -> None:
    """The plugin's analyzer stems: the definite form is found by the bare one."""
    index = {"mappings": {"properties": {"t": {"type": "text", "analyzer": "arabic"}}}}
    real_elasticsearch.call("PUT", "/news-smoke", index)
    real_elasticsearch.call(
        "PUT", "/news-smoke/_doc/1?refresh=true", {"t": "التقى الوزيران بالرباط"}
    )
    found = real_elasticsearch.call(
        "POST", "/news-smoke/_search", {"query": {"match": {"t": "الرباط"}}}
    )
    assert found["hits"]["total"]["value"] == 1


def test_secured_elasticsearch_wants_the_certificate_and_a_password(
    secured_elasticsearch: ElasticsearchServer,
) -> None:
    """TLS is checked against the CA, a wrong password is refused, the right one is served."""
    server = secured_elasticsearch
    with Elasticsearch(
        server.url, ca_certs=str(server.ca_certs), basic_auth=("elastic", str(server.password))
    ) as client:
        health = client.cluster.health()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        server.call("GET", "/_cluster/health", user=("elastic", "wrong"))
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(server.url, context=ssl.create_default_context(), timeout=10)
    assert health["number_of_nodes"] == 1


def test_prometheus_evaluates_an_expression(run_folder: RunFolder, prometheus_tools: Path) -> None:
    """A started Prometheus answers queries."""
    server = PrometheusServer(run_folder, "global: {scrape_interval: 1s}\n").start()
    try:
        assert server.query("vector(41) + 1")[0]["value"][1] == "42"
    finally:
        server.stop()


def test_alertmanager_takes_an_alert(
    run_folder: RunFolder, alertmanager_tools: Path, tmp_path: Path
) -> None:
    """A started Alertmanager accepts an alert, and amtool finds it there."""
    config = tmp_path / "alertmanager.yml"
    config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    server = AlertmanagerServer(run_folder, config).start()
    try:
        server.post_alerts([{"labels": {"alertname": "Smoke"}}])
        code, said = check("amtool", f"--alertmanager.url={server.url}", "alert", "query")
        assert (code, "Smoke" in said) == (0, True)
    finally:
        server.stop()


def test_failed_start_shows_the_log(run_folder: RunFolder) -> None:
    """A server that ends at once is reported with what it said."""
    argv = [sys.executable, "-c", "print('no such luck'); raise SystemExit(3)"]
    child = Child("liar", argv, run_folder, run_folder.make("liar"))
    with pytest.raises(StartFailedError, match=r"(?s)ended with 3.*no such luck"):
        child.start(lambda: False, 30)


def test_what_a_killed_owner_left_is_swept(run_folder: RunFolder) -> None:
    """The servers and folder of an owner that was killed disappear at the next start."""
    script = (
        "import os, sys, time\n"
        "from tests.harness.process import *\n"
        "run = RunFolder()\n"
        "c = Child('sleeper', ['sleep', '600'], run, run.make('sleeper'))\n"
        "c.start(lambda: True, 5)\n"
        "print(run.path, c._popen.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=REPO, env=os.environ
    )
    with owner:
        assert owner.stdout is not None
        folder, pid = owner.stdout.readline().split()
        owner.send_signal(signal.SIGKILL)
    assert process.is_alive(int(pid))
    process.sweep()
    for _ in range(100):
        if not process.is_alive(int(pid)):
            break
        time.sleep(0.05)
    assert (process.is_alive(int(pid)), Path(folder).exists()) == (False, False)


def test_servers_are_shared_by_the_modules_that_import_the_fixtures(
    request: pytest.FixtureRequest, kafka_server: KafkaServer
) -> None:
    """A second module's fixture of the same name is given the broker that runs, not another."""
    started = request.config.stash[fixtures._STARTED]
    assert started["kafka"] is kafka_server
    assert fixtures._once(request.config, "kafka", lambda: None) is kafka_server
