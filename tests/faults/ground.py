"""Where the fault tests of the index and the channels take place: real servers behind proxies, roles as processes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from desk.ingest import wait_through
from runtime.kafka import KafkaProducer
from runtime.settings import Settings
from schemas.records import AlertRaised, EventChanged, FetchedArticle, decode, encode
from schemas.topics import (
    ALERT_RAISED,
    ARTICLE_FETCHED,
    EVENT_CHANGED,
    STREAM_TOPICS,
    TopicSpec,
)
from tests.e2e.pipeline import Log, _records
from tests.harness.collector import HookCollector, MailCollector
from tests.harness.elastic import ElasticsearchServer
from tests.harness.fixtures import _once
from tests.harness.process import MissingToolError, RunFolder
from tests.harness.proxied import ProxiedKafka
from tests.harness.proxy import FaultProxy
from tests.harness.tiny_disk import tiny_elasticsearch
from tests.integration.test_spine import documents
from tests.servers import Pipeline, Worker, wait_until
from tests.unit.sinks.samples import alert

AGENTS = ("clean", "classify", "detect", "index", "deliver")
FLOW_SECONDS = 90.0
SECRET = "of the test alone"
MAIL_TO = "duty@watch.test"
LEASE_SECONDS = 30.0  # agents.deliver: how long a claim of a killed process is left alone


@dataclass
class Servers:
    """A broker and an index, both through proxies for the roles and directly for the test."""

    kafka: ProxiedKafka
    elasticsearch: ElasticsearchServer
    index_proxy: FaultProxy

    @property
    def url(self) -> str:
        """The index, past the proxy."""
        return self.elasticsearch.url

    def environment(self) -> dict[str, str]:
        """Return the settings that lead a process through the proxies."""
        return {
            "VIGIE_KAFKA__BOOTSTRAP": self.kafka.proxied_bootstrap,
            "VIGIE_ELASTICSEARCH__URLS": f"http://{self.index_proxy.address}",
        }


@dataclass
class Ground:
    """Everything that one test has."""

    servers: Servers
    pipeline: Pipeline
    hook: HookCollector
    mail: MailCollector
    workers: dict[str, Worker] = field(default_factory=dict)

    @property
    def kafka_proxy(self) -> FaultProxy:
        """The network between roles and broker."""
        return self.servers.kafka.proxy

    @property
    def index_proxy(self) -> FaultProxy:
        """The network between roles and index."""
        return self.servers.index_proxy

    def start(self, *roles: str, **env: str) -> None:
        """Start roles, each a process of its own, and return once they take records."""
        self.workers |= {w.role: w for w in self.pipeline.start(*roles, **env)}

    def restart_ended(self) -> list[str]:
        """Do what a supervisor does: start again what ended by itself; return which roles that were."""
        ended = {r: w for r, w in self.workers.items() if w.process.poll() is not None}
        for role, worker in ended.items():
            assert worker.process.returncode == 75, (
                role,
                worker.process.returncode,
                worker.log.read_text()[-3000:],
            )
        self.workers |= {role: self.pipeline._spawn(role, {}) for role in ended}
        return list(ended)

    def stop_all(self) -> None:
        """Kill what runs."""
        for worker in self.workers.values():
            if worker.process.poll() is None:
                worker.kill()
        self.workers.clear()

    def counts(self, role: str) -> Counter[str]:
        """Return the outcomes of a role that happened at all; none if it does not answer now."""
        try:
            return +self.workers[role].counts()
        except OSError:
            return Counter()

    def lag(self, role: str) -> float:
        """Return how many records wait for a role, as its metric says; -1 if it does not answer."""
        try:
            return sum(v for _, v in self.workers[role].samples("vigie_consumer_lag_records"))
        except OSError:
            return -1

    def send(self, articles: Sequence[FetchedArticle]) -> None:
        """Write fetched records in order, past the proxy."""
        self.put(ARTICLE_FETCHED, [(a.canonical_url, encode(a)) for a in articles])

    def put(self, topic: TopicSpec, records: Sequence[tuple[str, bytes]]) -> None:
        """Write records with keys, in order, past the proxy."""

        async def go() -> None:
            producer = await KafkaProducer(self.direct_settings().kafka, "test").start()
            try:
                for key, value in records:
                    await producer.send(topic.name, key.encode(), value)
            finally:
                await producer.stop()

        asyncio.run(go())

    def direct_settings(self) -> Settings:
        """Return the settings of the roles, with the broker past the proxy."""
        settings = self.pipeline.settings
        kafka = dataclasses.replace(settings.kafka, bootstrap=self.servers.kafka.bootstrap)
        return dataclasses.replace(settings, kafka=kafka)

    def records(self, topic: str) -> list[Log]:
        """Return a topic from its start, each partition in order."""
        return asyncio.run(_records(self.servers.kafka.bootstrap, topic))

    def dead_letters(self) -> list[Log]:
        """Return every dead letter."""
        return [r for t in STREAM_TOPICS for r in self.records(t.dead_letter)]

    def documents(self, index: str) -> dict[str, dict[str, object]]:
        """Return every document of an index by its id, past the proxy; none before the first is stored."""
        try:
            return documents(self.pipeline, index)
        except urllib.error.HTTPError as e:
            if e.code != 404:
                raise
            return {}

    def alerts(self) -> dict[tuple[str, int], AlertRaised]:
        """Return the alerts that were raised, by event and version."""
        raised = [decode(AlertRaised, r.value) for r in self.records(ALERT_RAISED.name)]
        return {(a.event.event_id, a.event.version): a for a in raised}

    def newest_revisions(self) -> dict[str, int]:
        """Return each event's newest revision, as detect told it."""
        newest: dict[str, int] = {}
        for record in self.records(EVENT_CHANGED.name):
            event = decode(EventChanged, record.value).event
            newest[event.event_id] = max(event.revision, newest.get(event.event_id, 0))
        return newest

    def states(self) -> Counter[str]:
        """Return how many claims are in which state."""
        return Counter(str(d["state"]) for d in self.documents("news-alerts").values())

    def drain(self, seconds: float = FLOW_SECONDS) -> float:
        """Return how long it took until every stage was through with every fetched record."""
        started = time.monotonic()
        ends: dict[tuple[str, int], int] = {}
        for record in self.records(ARTICLE_FETCHED.name):
            ends[ARTICLE_FETCHED.name, record.partition] = record.offset + 1
        behind = asyncio.run(wait_through(self.direct_settings(), ends, seconds, lambda *_: None))
        assert not behind, f"not through: {behind}\n{self.workers[behind].log.read_text()[-3000:]}"
        return time.monotonic() - started

    def await_states(self, seconds: float = FLOW_SECONDS, **wanted: int) -> None:
        """Return once the claims are in these states, and in no others."""
        log = self.workers["deliver"].log if "deliver" in self.workers else None
        wait_until(lambda: self.states() == Counter(wanted), seconds, f"claims {wanted}", log)

    def raise_alerts(self, *numbers: int) -> None:
        """Write alerts on events of these numbers, as detect would now."""
        self.put(ALERT_RAISED, [(a.event.event_id, encode(a)) for a in map(alert_of, numbers)])


def alert_of(number: int) -> AlertRaised:
    """Return an alert on an event of its own, raised now."""
    now = datetime.now(UTC)
    made = alert(
        alert_id=f"alert-{number}",
        headline=f"Meeting {number}",
        channels=["webhook", "email"],
        first_seen_at=now - timedelta(seconds=1),
        raised_at=now,
    )
    event = msgspec.structs.replace(made.event, event_id=f"event-{number}")
    return msgspec.structs.replace(made, event=event)


def own_index(config: pytest.Config, run_folder: RunFolder) -> ElasticsearchServer:
    """Return the index of these tests, started once: they freeze, fill and wipe it, which others must not feel."""
    return _once(config, "fault_elasticsearch", lambda: _start_index(config, run_folder))


def _start_index(config: pytest.Config, run_folder: RunFolder) -> ElasticsearchServer:
    try:
        made: ElasticsearchServer = tiny_elasticsearch(run_folder)
    except MissingToolError:
        made = ElasticsearchServer(run_folder).start()  # no small disk here: one test is skipped
    config.add_cleanup(made.stop)
    return made


@contextlib.contextmanager
def ground(
    run_folder: RunFolder, elasticsearch: ElasticsearchServer, folder: Path, **env: str
) -> Iterator[Ground]:
    """Give a provisioned pipeline; indices, processes, proxies and collectors are gone afterwards."""
    with contextlib.ExitStack() as stack:
        broker = ProxiedKafka(run_folder).start()
        stack.callback(broker.stop)
        stack.callback(elasticsearch.wipe)
        index_proxy = stack.enter_context(FaultProxy(elasticsearch.port))
        hook = stack.enter_context(HookCollector())
        mail = stack.enter_context(MailCollector())
        pipeline = Pipeline(Servers(broker, elasticsearch, index_proxy), folder)
        stack.callback(pipeline.close)
        pipeline.env |= {
            **alert_settings(hook, mail),
            # A fixed place in the group: who comes after a crash need not wait until it is given up.
            "VIGIE_KAFKA__INSTANCE_ID": "local",
            **env,
        }
        pipeline.provision()
        yield Ground(pipeline.servers, pipeline, hook, mail)  # type: ignore[arg-type]


def alert_settings(hook: HookCollector, mail: MailCollector) -> dict[str, str]:
    """Return the settings of one webhook and one mailbox."""
    return {
        "VIGIE_ALERTS__CONSOLE": "false",
        "VIGIE_ALERTS__WEBHOOKS": json.dumps([{"name": "test", "url": hook.url, "secret": SECRET}]),
        "VIGIE_ALERTS__SMTP__HOST": "127.0.0.1",
        "VIGIE_ALERTS__SMTP__PORT": str(mail.port),
        "VIGIE_ALERTS__SMTP__SENDER": "vigie@watch.test",
        "VIGIE_ALERTS__SMTP__TO": MAIL_TO,
        "VIGIE_ALERTS__SMTP__SECURITY": "none",
        "VIGIE_CONNECTORS__ALLOW_HOSTS": hook.address,
    }
