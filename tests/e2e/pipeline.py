"""A pipeline on a real Kafka and a real Elasticsearch, as the end-to-end tests see it from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from aiokafka import AIOKafkaConsumer, TopicPartition

from desk.demo.webhook import WebhookCollector
from desk.ingest import wait_through
from domain.errors import ContractError
from runtime.kafka import KafkaProducer
from schemas.records import AlertRaised, decode
from schemas.topics import ALERT_RAISED, ARTICLE_FETCHED
from tests.harness.elastic import ElasticsearchServer
from tests.harness.kafka import KafkaServer
from tests.harness.process import RunFolder
from tests.integration.test_real_pair import RealPair
from tests.integration.test_spine import documents
from tests.servers import Pipeline, Worker, wait_until

T = TypeVar("T")

AGENTS = ("clean", "classify", "detect", "index", "deliver")
INDICES = ("news-articles", "news-events", "news-alerts")
SECRET = "of the test alone"
CHANNELS = ("console", "webhook")  # those of the watch that the test gives an address
FLOW_SECONDS = 90.0


class LoopThread:
    """An event loop in a thread, for servers that live beside a test that blocks."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = FLOW_SECONDS) -> T:
        """Return what a coroutine returns there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def close(self) -> None:
        """Stop the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class SlowCollector(WebhookCollector):
    """A receiver that can take an alert and keep the sender waiting for the answer."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.answering = asyncio.Event()
        self.answering.set()

    async def hold(self, is_held: bool) -> None:
        """Answer no more, or again."""
        self.answering.clear() if is_held else self.answering.set()

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        await self.answering.wait()
        return answer


@dataclass(frozen=True)
class Log:
    """One record of a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    at_ms: int = 0  # when it was sent


@dataclass
class World:
    """Everything one test has: servers, roles, the receiver of its alerts."""

    kafka: KafkaServer
    pipeline: Pipeline
    thread: LoopThread
    hook: SlowCollector
    workers: dict[str, Worker] = field(default_factory=dict)

    def start(self, *roles: str) -> None:
        """Start roles, each a process of its own, and return once they take records."""
        self.workers |= {worker.role: worker for worker in self.pipeline.start(*roles)}

    def counts(self, role: str) -> Counter[str]:
        """Return the outcomes of a role that happened at all."""
        return +self.workers[role].counts()

    def records(self, topic: str) -> list[Log]:
        """Return a topic from its start, each partition in order."""
        return asyncio.run(_records(self.kafka.bootstrap, topic))

    def send(self, records: list[Log]) -> None:
        """Write fetched records again, in order and byte for byte."""
        asyncio.run(self._send(records))

    async def _send(self, records: list[Log]) -> None:
        producer = await KafkaProducer(self.pipeline.settings.kafka, "test").start()
        try:
            for record in records:
                await producer.send(ARTICLE_FETCHED.name, record.key, record.value)
        finally:
            await producer.stop()

    def settle(self) -> None:
        """Return once every stage is through with every fetched record and every alert is told."""
        ends: dict[tuple[str, int], int] = {}
        for record in self.records(ARTICLE_FETCHED.name):
            ends[ARTICLE_FETCHED.name, record.partition] = record.offset + 1
        behind = asyncio.run(
            wait_through(self.pipeline.settings, ends, FLOW_SECONDS, lambda *_: None)
        )
        assert not behind, f"not through: {behind}\n{self.workers[behind].log.read_text()[-3000:]}"
        owed = len(CHANNELS) * len(self.alerts())
        log = self.workers["deliver"].log if "deliver" in self.workers else None
        if log is not None:
            wait_until(lambda: self.told() >= owed, FLOW_SECONDS, "all alerts told", log)

    def alerts(self) -> dict[tuple[str, int], AlertRaised]:
        """Return the alerts that were raised, by event and version."""
        found = {}
        for record in self.records(ALERT_RAISED.name):
            with contextlib.suppress(ContractError):  # rubbish that a test put there
                alert = decode(AlertRaised, record.value)
                found[alert.event.event_id, alert.event.version] = alert
        return found

    def told(self) -> int:
        """Return how many claims say that the alert was sent."""
        return sum(c["state"] == "sent" for c in self.documents("news-alerts").values())

    def documents(self, index: str) -> dict[str, dict[str, Any]]:
        """Return every document of an index by its id."""
        return documents(self.pipeline, index)


async def _records(bootstrap: str, topic: str) -> list[Log]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        numbers = consumer.partitions_for_topic(topic)
        assert numbers, f"no topic {topic}"
        partitions = [TopicPartition(topic, n) for n in sorted(numbers)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        found: dict[int, list[Log]] = {tp.partition: [] for tp in partitions}
        while sum(map(len, found.values())) < sum(ends.values()):
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                found[tp.partition] += [
                    Log(tp.partition, r.offset, r.key, r.value, r.timestamp) for r in records
                ]
    finally:
        await consumer.stop()
    return [record for number in sorted(found) for record in found[number]]


@contextlib.contextmanager
def world(
    run_folder: RunFolder, elasticsearch: ElasticsearchServer, folder: Path, **env: str
) -> Iterator[World]:
    """Give a provisioned pipeline on a broker of its own; indices and processes are gone afterwards."""
    with contextlib.ExitStack() as stack:
        broker = KafkaServer(run_folder).start()
        stack.callback(broker.stop)
        stack.callback(elasticsearch.wipe)
        thread = LoopThread()
        stack.callback(thread.close)
        hook = SlowCollector(SECRET)
        thread.run(hook.start())
        stack.callback(lambda: thread.run(hook.stop()))
        pipeline = Pipeline(RealPair(broker, elasticsearch), folder)
        stack.callback(pipeline.close)
        pipeline.env |= {
            "VIGIE_ALERTS__WEBHOOKS": json.dumps(
                [{"name": "test", "url": hook.url, "secret": SECRET}]
            ),
            # A fixed place in the group: who comes after a crash need not wait until it is given up.
            "VIGIE_KAFKA__INSTANCE_ID": "local",
            "VIGIE_CONNECTORS__ALLOW_HOSTS": hook.url.split("/")[2],
            **env,
        }
        pipeline.vigie("provision")
        yield World(broker, pipeline, thread, hook)
