"""Fixtures of the embedded servers, and worker processes on them.

`embedded` is one noida-db for the session; `pipeline` gives a test topics and indices of its own on a fresh one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from prometheus_client.parser import text_string_to_metric_families

from runtime.embedded import EmbeddedServers, free_port
from runtime.provision import provision_topics
from runtime.settings import Settings
from runtime.settings_file import load_settings
from sinks.elasticsearch import ElasticsearchSink
from tests.paths import REPO

__all__ = ["embedded", "pipeline"]

START_SECONDS = 60.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.1


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    """Give an embedded Kafka and Elasticsearch, shared by the session: use names of your own."""
    with EmbeddedServers(tmp_path_factory.mktemp("noida")) as servers:
        yield servers


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """Give provisioned servers of the test's own, on which it starts and kills roles."""
    with EmbeddedServers(tmp_path / "servers") as servers:
        made = Pipeline(servers, tmp_path)
        made.provision()
        try:
            yield made
        finally:
            made.close()


@dataclass
class Worker:
    """One `vigie run ROLE` process."""

    role: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def is_ready(self) -> bool:
        """Return whether it has its partitions."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2):
                return True
        except (OSError, urllib.error.URLError):
            return False

    def counts(self) -> Counter[str]:
        """Return the stage's outcomes, summed over stages when it runs several."""
        counts: Counter[str] = Counter()
        for sample in self.samples("vigie_stage_records"):
            counts[sample[0]["outcome"]] += int(sample[1])
        return counts

    def samples(self, family: str) -> list[tuple[dict[str, str], float]]:
        """Return labels and values of one metric."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
            text = page.read().decode()
        return [
            (dict(s.labels), s.value)
            for f in text_string_to_metric_families(text)
            if f.name == family
            for s in f.samples
        ]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop it in order and return its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


class Servers(Protocol):
    """Where a pipeline runs: the embedded servers, or real ones."""

    @property
    def url(self) -> str:
        """Address of Elasticsearch."""

    def environment(self) -> dict[str, str]:
        """Return the settings that point a process there."""


@dataclass
class Pipeline:
    """Servers with topics and indices, and the workers of one test."""

    servers: Servers
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        watches = self.folder / "watches"
        watches.mkdir()
        shipped = (REPO / "watches" / "morocco-france.toml").read_text(encoding="utf-8")
        # The corpus is years old: without this nothing would be alerted.
        (watches / "morocco-france.toml").write_text(
            shipped.replace("max_age_hours = 24", "max_age_hours = 0"), encoding="utf-8"
        )
        self.env = {
            **self.servers.environment(),
            "VIGIE_DATA_DIR": str(self.folder / "data"),
            "VIGIE_WATCHES_DIR": str(watches),
            "VIGIE_CANARY__INTERVAL_SECONDS": "0",  # tests count articles; those of the canary set it
            "VIGIE_ALERTS__MAX_PER_HOUR": "0",  # and every alert: those of the digest set it
        }

    @property
    def settings(self) -> Settings:
        """The settings the workers have."""
        return load_settings(self.env, self.folder)

    def provision(self) -> None:
        """Make topics, templates and indices."""

        async def make() -> None:
            await provision_topics(self.settings)
            sink = ElasticsearchSink(self.settings.elasticsearch)
            try:
                await sink.provision()
            finally:
                await sink.close()

        asyncio.run(make())

    def start(self, *roles: str, **env: str) -> list[Worker]:
        """Start roles and return once each is ready."""
        started = [self._spawn(role, env) for role in roles]
        for worker in started:
            wait_until(worker.is_ready, START_SECONDS, f"{worker.role} ready", worker.log)
        return started

    def _spawn(self, role: str, env: dict[str, str]) -> Worker:
        port = free_port()
        log = self.folder / f"{role}-{len(self.workers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "desk.cli", "run", role],
                cwd=REPO,
                env={**os.environ, **self.env, "VIGIE_METRICS__PORT": str(port), **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        worker = Worker(role, port, process, log)
        self.workers.append(worker)
        return worker

    def vigie(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "desk.cli", *arguments],
            cwd=REPO,
            env={**os.environ, **self.env, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def close(self) -> None:
        """Kill what still runs."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()


def wait_until(
    is_so: Callable[[], bool], seconds: float, what: str, log: Path | None = None
) -> None:
    """Return once the condition holds; fail with the end of the log when it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-3000:] if log and log.exists() else ""
            pytest.fail(f"not in {seconds:g} s: {what}\n{tail}", pytrace=False)
        time.sleep(POLL_SECONDS)
