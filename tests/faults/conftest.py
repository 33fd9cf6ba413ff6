"""One pipeline for the fault tests that leave it as they found it: every role up, every record settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.pipeline import AGENTS, World, world
from tests.faults import ledger
from tests.faults.articles import Batch
from tests.faults.ledger import Ledger, read_ledger
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.servers import Worker, wait_until

# Each batch tells of events of years of its own, so that none meets those of another test in the book.
DAYS_APART = timedelta(days=300)


@dataclass
class Spine:
    """The shared pipeline, and the batches that were sent through it."""

    world: World
    others: list[Worker] = field(default_factory=list)  # started beside the five
    _batches: int = 0

    def batch(self, name: str, size: int, every: int = 20) -> Batch:
        """Return articles of a test's own."""
        self._batches += 1
        first = datetime(2018, 1, 1, 9, tzinfo=UTC) + DAYS_APART * self._batches
        return Batch(f"{name}-{self._batches}", size, every, first)

    def restart(self, *roles: str) -> None:
        """Start again those of the roles that have ended."""
        ended = [r for r in roles if self.world.workers[r].process.poll() is not None]
        self.world.start(*ended)

    def second(self, role: str) -> Worker:
        """Start one more process of a role, which the group loses when it ends."""
        [worker] = self.world.pipeline.start(role, VIGIE_KAFKA__INSTANCE_ID="")
        self.others.append(worker)
        return worker

    def ledger(self, batch: Batch, seconds: float = 90.0) -> Ledger:
        """Return what became of a batch once everything is settled."""
        ledger.settle(self.world, seconds)
        return read_ledger(self.world, (a.canonical_url for a in batch))


@pytest.fixture(scope="package")
def started_spine(
    run_folder: RunFolder,
    elasticsearch_server: ElasticsearchServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Spine]:
    """Give the pipeline with its five roles, each a process."""
    # The session's index is asked for only so that a missing tool skips; tests of other modules that run in
    # between wipe it, so this pipeline has one of its own.
    index = ElasticsearchServer(run_folder).start()
    try:
        with world(run_folder, index, tmp_path_factory.mktemp("spine")) as made:
            made.start(*AGENTS)
            yield Spine(made)
    finally:
        index.stop()


@pytest.fixture
def spine(started_spine: Spine) -> Iterator[Spine]:
    """Give the shared pipeline with everything up, and put right what a failed test left."""
    if not started_spine.world.kafka.child.running:
        started_spine.world.kafka.start()
    started_spine.restart(*AGENTS)
    yield started_spine
    for worker in started_spine.others:
        if worker.process.poll() is None:
            worker.kill()
    started_spine.others.clear()


def is_working(worker: Worker, before: int) -> bool:
    """Return whether a process has handled more than so many records."""
    try:
        return worker.counts().total() > before
    except OSError:  # it does not answer yet
        return False


def wait_for_more(worker: Worker, before: int, seconds: float) -> None:
    """Return once a process has handled more than so many records."""
    wait_until(lambda: is_working(worker, before), seconds, f"{worker.role} at work", worker.log)


def wait_for_work(worker: Worker, more: int = 3, seconds: float = 60.0) -> None:
    """Return once a process has handled some more records: a fault now hits it at work."""
    wait_for_more(worker, worker.counts().total() + more - 1, seconds)
