"""kill -9 of every process again and again while articles flow: what is stored and told is that of a calm run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.topics import ARTICLE_FETCHED
from tests.e2e.pipeline import AGENTS, LoopThread, World, world
from tests.faults import ledger
from tests.faults.articles import Batch
from tests.faults.conftest import is_working
from tests.faults.ledger import (
    EMPTY,
    STORED,
    Documents,
    all_documents,
    assert_each_told_once,
    assert_no_stale_event,
    read_ledger,
    without_fetch_times,
)
from tests.faults.site import FeedSite
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.harness.reliability import SCALE, Reliability
from tests.paths import REPO
from tests.servers import Worker, wait_until

SEED = 20261123
ARTICLES = 300 if SCALE == 1 else 500 * SCALE
EVERY = 20 if SCALE == 1 else 50
SITE = FILED = 40 if SCALE == 1 else 60 * min(SCALE, 5)
ROUNDS = max(2, SCALE // 8)  # how often each role is killed
# Between two kills: enough for a process to come up and work. At scale the figure that the case is named after.
APART_SECONDS = 2.0 if SCALE == 1 else float(os.environ.get("VIGIE_FAULT_APART", "12"))
SECONDS = 300.0 * SCALE
# A long run may leave out the one without kills that its documents are compared with: it takes as long again.
COMPARED = os.environ.get("VIGIE_FAULT_COMPARED", "yes") != "no"
ROLES = (*AGENTS, "connectors", "ingest")

pytestmark = [pytest.mark.real, pytest.mark.timeout(900 + 900 * SCALE)]


@dataclass
class Inflow:
    """What enters in both runs: a batch written to Kafka, a site that is read, a file that is ingested."""

    site: FeedSite
    file: Path
    batch: Batch = field(default_factory=lambda: Batch("kills", ARTICLES, EVERY))
    filed: Batch = field(default_factory=lambda: Batch("filed", FILED))

    @property
    def urls(self) -> list[str]:
        """The address of every article."""
        return [a.canonical_url for a in self.batch] + self.site.urls + self.filed_urls

    @property
    def filed_urls(self) -> list[str]:
        """The addresses of those in the file, none of which tells of an event."""
        return [self.filed.other(n).canonical_url for n in range(FILED)]

    @property
    def refetched(self) -> tuple[str, ...]:
        """How the addresses begin of what each run fetches for itself."""
        return (f"http://{self.site.host}/", self.filed.prefix)

    def write_file(self) -> None:
        """Write the file for `vigie ingest`."""
        articles = [self.filed.other(n) for n in range(FILED)]
        rows = (
            {"id": a.url, "url": a.url, "title": a.title, "text": a.body.decode(),
             "published": a.published}
            for a in articles
        )  # fmt: skip
        self.file.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")

    def point_at_site(self, made: World, folder: Path) -> None:
        """Have the connectors of a world read the site."""
        sources = folder / "sources.toml"
        sources.write_text(self.site.sources_toml(), encoding="utf-8")
        made.pipeline.env["VIGIE_CONNECTORS__ALLOW_HOSTS"] += f",{self.site.host}"
        made.pipeline.env |= {
            "VIGIE_CONNECTORS__SOURCES_PATH": str(sources),
            "VIGIE_CONNECTORS__MIN_GAP_SECONDS": "0",
            "VIGIE_CONNECTORS__START_SPREAD_SECONDS": "0.1",
        }


@pytest.fixture(scope="module")
def inflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inflow]:
    """Give what enters; the site keeps its address for both runs."""
    thread, site = LoopThread(), FeedSite(SITE)
    thread.run(site.start())
    made = Inflow(site, tmp_path_factory.mktemp("inflow") / "filed.jsonl")
    made.write_file()
    try:
        yield made
    finally:
        thread.run(site.stop())
        thread.close()


def is_fetched(made: World, urls: list[str]) -> bool:
    """Return whether all of these were written to the first topic."""
    return set(urls) <= set(ledger.urls_in(made, ARTICLE_FETCHED.name))


def stored_by(made: World, inflow: Inflow) -> dict[str, Documents]:
    """Return what a run left, without the times at which it happened."""
    return {
        "articles": without_fetch_times(all_documents(made, "news-articles"), inflow.refetched),
        "events": all_documents(made, "news-events"),
        "alerts": {i: {"state": d["state"]} for i, d in all_documents(made, "news-alerts").items()},
    }


def differences(seen: dict[str, Documents], calm: dict[str, Documents]) -> list[str]:
    """Return in which documents and fields two runs differ."""
    found = []
    for index, documents in calm.items():
        for i in documents.keys() | seen[index].keys():
            mine, theirs = seen[index].get(i, {}), documents.get(i, {})
            fields = sorted(k for k in mine.keys() | theirs.keys() if mine.get(k) != theirs.get(k))
            found += [f"{index}/{i}: {', '.join(fields)}"] if fields else []
    return sorted(found)


@pytest.fixture(scope="module")
def calm(
    inflow: Inflow,
    run_folder: RunFolder,
    elasticsearch_server: ElasticsearchServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Documents] | None:
    """Give what a run without kills stores and tells; None where it is left out."""
    if not COMPARED:
        return None
    folder = tmp_path_factory.mktemp("calm-kills")
    with world(run_folder, elasticsearch_server, folder) as made:
        inflow.point_at_site(made, folder)
        made.start(*AGENTS, "connectors")
        made.pipeline.vigie("ingest", str(inflow.file))
        asyncio.run(ledger.send(made, inflow.batch))
        wait_until(lambda: is_fetched(made, inflow.site.urls), SECONDS, "site read")
        ledger.settle(made, SECONDS)
        return stored_by(made, inflow)


@dataclass
class Killer:
    """Kills processes in a seeded order and starts each again, without waiting for it."""

    made: World
    file: Path
    kills: Counter[str] = field(default_factory=Counter)
    ingests: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill(self, role: str) -> None:
        """Kill one process at work and start it again."""
        if role == "ingest":
            self._kill_ingest()
        else:
            worker = self.made.workers[role]
            with contextlib.suppress(TimeoutError):
                self._at_work(worker)
            worker.kill()
            self.made.workers[role] = self.made.pipeline._spawn(role, {})
        self.kills[role] += 1

    def _at_work(self, worker: Worker) -> None:
        """Wait until it has handled something since its start, or until there is nothing for it to do."""
        until = time.monotonic() + 15
        while not is_working(worker, 0):
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(0.1)

    def _kill_ingest(self) -> None:
        """Kill `vigie ingest` as soon as it has written something."""
        before = ledger.end_of(self.made, ARTICLE_FETCHED.name)
        process = self.ingest()
        while process.poll() is None:
            if ledger.end_of(self.made, ARTICLE_FETCHED.name) > before:
                process.kill()
            time.sleep(0.05)

    def ingest(self) -> subprocess.Popen[bytes]:
        """Start `vigie ingest` on the file."""
        process = subprocess.Popen(
            [sys.executable, "-m", "desk.cli", "ingest", str(self.file)],
            cwd=REPO,
            env={**os.environ, **self.made.pipeline.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.ingests.append(process)
        return process


def test_killed_again_and_again_every_article_is_in_one_state_and_each_document_as_without(
    calm: dict[str, Documents] | None,
    inflow: Inflow,
    run_folder: RunFolder,
    elasticsearch_server: ElasticsearchServer,
    tmp_path: Path,
    reliability: Reliability,
) -> None:
    """Connectors, ingest and all five agents die while records flow: nothing lost, nothing twice."""
    chance = random.Random(SEED)
    order = [role for _ in range(ROUNDS) for role in chance.sample(ROLES, len(ROLES))]
    with world(run_folder, elasticsearch_server, tmp_path) as made:
        inflow.point_at_site(made, tmp_path)
        made.start(*AGENTS, "connectors")
        pace = len(order) * APART_SECONDS / ARTICLES
        sending = asyncio.run_coroutine_threadsafe(
            ledger.send(made, inflow.batch, pace), made.thread._loop
        )
        killer = Killer(made, inflow.file)
        for role in order:
            time.sleep(APART_SECONDS)  # the flow between two faults, not a wait for anything
            killer.kill(role)
        assert sending.result(SECONDS) == ARTICLES
        made.pipeline.vigie("ingest", str(inflow.file))
        last_sent = time.monotonic()
        wait_until(lambda: is_fetched(made, inflow.site.urls), SECONDS, "site read")
        ledger.settle(made, SECONDS)
        drained = time.monotonic() - last_sent
        found = read_ledger(made, inflow.urls)
        blanks = inflow.batch.blanks
        assert found.counts == Counter({STORED: len(inflow.urls) - blanks, EMPTY: blanks})
        if calm is not None:
            assert differences(stored_by(made, inflow), calm) == []
        assert_no_stale_event(made)
        assert_each_told_once(made)
        assert killer.kills == Counter(order)
        reliability.seen(
            1,
            f"{len(inflow.urls)} articles, {len(order)} kills ({ROUNDS} of each of {len(ROLES)} roles), "
            f"about one in {APART_SECONDS:g} s: 0 lost, 0 documents twice{', all fields as without kills' if COMPARED else ''}; "
            f"{found.repeated:.1f} % of the records of the middle written again, "
            f"{len(made.alerts())} alerts, {made.hook.repeated} came again under their key; "
            f"drained {drained:.0f} s after the last article",
            runs=len(order),
        )
