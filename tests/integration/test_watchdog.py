"""A worker that is stuck, on a real broker: it ends with 75, says why, is started again, and no record is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runtime.embedded import free_port
from runtime.kafka import KafkaProducer
from runtime.provision import provision_topics
from runtime.settings import Settings
from runtime.settings_file import load_settings
from schemas.topics import ARTICLE_FETCHED
from tests.harness.kafka import KafkaServer
from tests.harness.process import RunFolder
from tests.paths import REPO
from tests.servers import Worker, wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

STALL_SECONDS, BLOCKED_SECONDS = 4.0, 4.0
FLOW_SECONDS = 90.0
KEEPER = """
import sys
from runtime.respawn import Keeper
sys.exit(Keeper([sys.executable, "-m", "tests.integration.stuck_worker", *sys.argv[1:]]).run())
"""


@pytest.fixture(scope="module")
def broker(run_folder: RunFolder) -> Iterator[KafkaServer]:
    """Give a broker of this module's own."""
    server = KafkaServer(run_folder).start()
    asyncio.run(provision_topics(load_settings({"VIGIE_KAFKA__BOOTSTRAP": server.bootstrap}, REPO)))
    yield server
    server.stop()


@dataclass
class Kept:
    """A stuck worker under its keeper, and what it is sent."""

    name: str
    broker: KafkaServer
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The settings of the worker: short limits, a group of its own."""
        return {
            "VIGIE_KAFKA__BOOTSTRAP": self.broker.bootstrap,
            "VIGIE_KAFKA__GROUP_PREFIX": self.name,
            "VIGIE_KAFKA__INSTANCE_ID": "local",
            "VIGIE_DATA_DIR": str(self.folder / "data"),
            "VIGIE_METRICS__PORT": str(self.port),
            "VIGIE_WATCHDOG__STALL_SECONDS": str(STALL_SECONDS),
            "VIGIE_WATCHDOG__LOOP_BLOCKED_SECONDS": str(BLOCKED_SECONDS),
        }

    @property
    def settings(self) -> Settings:
        """The same, read."""
        return load_settings(self.env, self.folder)

    @property
    def log(self) -> Path:
        """What worker and keeper said."""
        return self.folder / "log"

    def start(self) -> Worker:
        """Start it under a keeper and return once it takes records."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", KEEPER, str(self.folder), self.name],
                cwd=REPO,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        worker = Worker("clean", self.port, self.process, self.log)
        wait_until(worker.is_ready, FLOW_SECONDS, "ready", self.log)
        return worker

    def send(self, *said: str) -> None:
        """Send records to this test's worker, all to one partition, in order."""

        async def go() -> None:
            producer = await KafkaProducer(self.settings.kafka, "test").start()
            for words in said:
                value = f"{self.name}:{words}".encode()
                await producer.send(ARTICLE_FETCHED.name, b"k", value, partition=0)
            await producer.stop()

        asyncio.run(go())

    def handled(self) -> list[int]:
        """Return the offsets of partition 0 that were handled, as the log tells."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [
            int(line.split('"offset": ')[1].split(",")[0].split("}")[0])
            for line in lines
            if '"outcome": "cleaned"' in line and '"partition": 0' in line
        ]

    def says(self, text: str) -> bool:
        """Return whether the log holds the text."""
        return text in self.log.read_text(errors="replace")


@pytest.fixture
def kept(broker: KafkaServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kept]:
    """Give a worker named after the test; it is gone afterwards."""
    made = Kept(f"w{time.monotonic_ns()}", broker, tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.terminate()
        made.process.wait(60)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("hang", "clean is stuck: 1 partitions wait and none moved"),
        ("block", "event loop blocked for 4 s in get_stuck"),
        ("deaf", "clean is stuck: 1 partitions wait and none moved"),
    ],
    ids=["a handler that hangs", "a blocked event loop", "a consumer that hears nothing"],
)
def test_a_stuck_worker_ends_with_75_and_its_successor_loses_nothing(
    trouble: str, why: str, kept: Kept
) -> None:
    """Records keep coming all the while; after the restart every one of them is handled."""
    kept.start()
    kept.send("", "", trouble, "")
    ended = '"exit_code": 75'
    for _ in range(60):  # new records must not look like progress
        if kept.says(ended):
            break
        kept.send("")
        time.sleep(1)
    assert kept.says(ended), kept.log.read_text()[-3000:]
    assert kept.says(why)
    wait_until(lambda: kept.says("starting again"), FLOW_SECONDS, "started again", kept.log)
    kept.send("")
    last = end_of(kept)
    wait_until(
        lambda: set(range(last)) <= set(kept.handled()), FLOW_SECONDS, "all handled", kept.log
    )


def test_a_sink_that_is_down_is_no_stall(kept: Kept) -> None:
    """A record that waits for a sink for three limits ends nothing; when the sink is back all goes on."""
    worker = kept.start()
    kept.send("", "down", "")
    wait_until(lambda: kept.says("waiting for a sink"), FLOW_SECONDS, "waiting", kept.log)
    until = time.monotonic() + 3 * STALL_SECONDS
    while time.monotonic() < until:
        [(_, stalled)] = worker.samples("vigie_consumer_stalled_seconds")
        assert stalled == 0
        time.sleep(0.5)
    (kept.folder / "down").touch()
    last = end_of(kept)
    wait_until(lambda: last - 1 in kept.handled(), FLOW_SECONDS, "handled", kept.log)
    assert not kept.says('"exit_code": 75')


def end_of(kept: Kept) -> int:
    """Return the end of partition 0."""

    async def ask() -> int:
        from aiokafka import AIOKafkaConsumer, TopicPartition

        consumer = AIOKafkaConsumer(bootstrap_servers=kept.broker.bootstrap)
        await consumer.start()
        try:
            where = TopicPartition(ARTICLE_FETCHED.name, 0)
            return int((await consumer.end_offsets([where]))[where])
        finally:
            await consumer.stop()

    return asyncio.run(ask())
