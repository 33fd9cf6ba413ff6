"""One soak: outlets, servers, every role as a process; samples until the last article is accounted for."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import re
import secrets
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from bench.soak.measure import Sample, Target, look
from bench.soak.stories import background, plan, utc_noon
from bench.soak.web import SoakWeb, TimedCollector
from desk.demo.children import Child, Children
from domain.errors import ConfigError
from runtime.settings_file import load_settings
from schemas.indices import ALERTS_ALIAS, ARTICLES_ALIAS
from sinks.index_admin import IndexAdmin

ROLES = ("clean", "classify", "detect", "index", "deliver", "connectors")
READY_SECONDS = 120.0
DRAIN_SECONDS = 600.0
CANARY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is: how long articles come, how many a second, where the servers are, where results go."""

    minutes: float
    rate: float
    folder: Path
    kafka: str
    elasticsearch: str
    sample_seconds: float = 5.0


@dataclass(slots=True)
class Outcome:
    """What a run came to, beside its samples."""

    minutes: float
    rate: float
    started: str
    processors: int
    published: int = 0
    stored: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    dead_letters: int = 0
    alerts_raised: int = 0
    alerts_received: int = 0
    alerts_repeated: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    latencies: list[tuple[float, float]] = field(default_factory=list)  # (when, feed to alert)
    drained_after: float = 0.0
    exit_codes: dict[str, int] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """Return in words what is not accounted for; nothing of it may be there."""
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} articles are in no final state: {self.missing[:3]}")
        if self.doubled:
            found.append(f"{len(self.doubled)} articles are stored twice: {self.doubled[:3]}")
        if self.dead_letters:
            found.append(f"{self.dead_letters} dead letters")
        if self.alerts_raised != self.alerts_received or self.alerts_repeated:
            found.append(
                f"{self.alerts_raised} alerts raised, {self.alerts_received} received, "
                f"{self.alerts_repeated} of them again"
            )
        wrong = {role: code for role, code in self.exit_codes.items() if code}
        if wrong:
            found.append(f"ended by themselves or badly: {wrong}")
        return found


@contextlib.asynccontextmanager
async def own_servers(kafka: str, elasticsearch: str) -> AsyncIterator[tuple[str, str]]:
    """Give the addresses of the servers: those named, or real ones of our own, gone afterwards."""
    if kafka and elasticsearch:
        yield kafka, elasticsearch
        return
    try:
        # By name, as the installed package has no tests: only a checkout can start servers.
        harness = [
            importlib.import_module(f"tests.harness.{n}") for n in ("process", "kafka", "elastic")
        ]
    except ImportError as e:
        raise ConfigError(
            "start servers", "--kafka, --elasticsearch", "expected, outside a checkout"
        ) from e
    folder = await asyncio.to_thread(harness[0].RunFolder)
    try:
        broker = await asyncio.to_thread(lambda: harness[1].KafkaServer(folder).start())
        index = await asyncio.to_thread(lambda: harness[2].ElasticsearchServer(folder).start())
        yield broker.bootstrap, index.url
    finally:
        await asyncio.to_thread(folder.close)


async def soak(options: Options, tell: Callable[[Sample], None] = lambda _: None) -> Outcome:
    """Run one soak and return what it came to; its samples are in `samples.jsonl` of the folder."""
    options.folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    fillers = await asyncio.to_thread(background)
    stories = plan(options.minutes * 60, options.rate, utc_noon(now), fillers)
    outcome = Outcome(
        options.minutes, options.rate, now.isoformat(timespec="seconds"), os.cpu_count() or 1
    )
    secret = secrets.token_urlsafe(24)
    web, hook = SoakWeb(stories), TimedCollector(secret)
    children = Children(options.folder / "logs")
    try:
        await web.start()
        await hook.start()
        env = environment(options, web, hook, hook_secret=secret)
        await _provision(children, env)
        targets = await _start(children, env)
        run = Run(options, web, hook, children, targets, outcome, tell)
        await run.go(env)
    finally:
        await asyncio.to_thread(children.stop)
        await hook.stop()
        await web.stop()
    (options.folder / "outcome.json").write_bytes(msgspec.json.format(msgspec.json.encode(outcome)))
    return outcome


def environment(
    options: Options, web: SoakWeb, hook: TimedCollector, *, hook_secret: str
) -> dict[str, str]:
    """Return the environment of every process: ours without other settings of Vigie, plus this run's."""
    watches = options.folder / "watches"
    watches.mkdir(exist_ok=True)
    shipped = (files("watches") / "morocco-france.toml").read_text(encoding="utf-8")
    # The events are dated through the past years: without this none of them would be alerted.
    ageless = re.sub(r"^max_age_hours *=.*$", "max_age_hours = 0", shipped, count=1, flags=re.M)
    (watches / "morocco-france.toml").write_text(ageless, encoding="utf-8")
    sources = options.folder / "sources.toml"
    sources.write_text(web.sources_toml(), encoding="utf-8")
    hosts = [base.removeprefix("http://") for base in web.bases] + [hook.url.split("/")[2]]
    env = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
    return env | {
        "VIGIE_KAFKA__BOOTSTRAP": options.kafka,
        "VIGIE_ELASTICSEARCH__URLS": options.elasticsearch,
        "VIGIE_DATA_DIR": str(options.folder / "data"),
        "VIGIE_WATCHES_DIR": str(watches),
        "VIGIE_CONNECTORS__SOURCES_PATH": str(sources),
        "VIGIE_CONNECTORS__ALLOW_HOSTS": ",".join(hosts),
        "VIGIE_CONNECTORS__MIN_GAP_SECONDS": "0.05",
        "VIGIE_CONNECTORS__START_SPREAD_SECONDS": "25",
        "VIGIE_CONNECTORS__CONCURRENCY": "24",
        "VIGIE_ALERTS__MAX_PER_HOUR": "0",
        "VIGIE_ALERTS__WEBHOOKS": json.dumps(
            [{"name": "soak", "url": hook.url, "secret": hook_secret}]
        ),
        "VIGIE_CANARY__INTERVAL_SECONDS": f"{CANARY_SECONDS:g}",
        "VIGIE_LOG__FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
    }


async def _provision(children: Children, env: dict[str, str]) -> None:
    child = children.start("provision", [sys.executable, "-m", "desk.cli", "provision"], env)
    if await asyncio.to_thread(children.wait, child, READY_SECONDS):
        raise ConfigError("provision", "", child.tail())


async def _start(children: Children, env: dict[str, str]) -> list[tuple[Child, Target]]:
    """Start every role but the connectors, which come when the outlets publish, and wait until they are ready."""
    started = [_start_role(children, env, role) for role in ROLES if role != "connectors"]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        for child, target in started:
            await _ready(child, target, session)
    return started


def _start_role(children: Children, env: dict[str, str], role: str) -> tuple[Child, Target]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    argv = [sys.executable, "-m", "desk.cli", "run", role]
    child = children.start(role, argv, env | {"VIGIE_METRICS__PORT": str(port)})
    return child, Target(role, child.process.pid, port)


async def _ready(child: Child, target: Target, session: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, asyncio.TimeoutError):
            async with session.get(f"http://127.0.0.1:{target.port}/health/ready") as answer:
                if answer.status == 200:
                    return
        if child.exit_code is not None:
            break
        await asyncio.sleep(0.2)
    raise ConfigError("start a role", target.role, f"not ready: {child.tail()}")


@dataclass(slots=True)
class Run:
    """The part of a soak from the first article to the last account."""

    options: Options
    web: SoakWeb
    hook: TimedCollector
    children: Children
    roles: list[tuple[Child, Target]]
    outcome: Outcome
    tell: Callable[[Sample], None]
    began: float = 0.0
    last: dict[str, Sample] = field(default_factory=dict)

    async def go(self, env: dict[str, str]) -> None:
        """Publish, look at every role again and again, drain, account."""
        self.web.begin()
        self.began = time.monotonic()
        self.roles.append(_start_role(self.children, env, "connectors"))
        publish = self.options.minutes * 60
        with (self.options.folder / "samples.jsonl").open("wb") as out:
            while self._now() < publish or not await self._is_drained(publish):
                if self._now() > publish + DRAIN_SECONDS:
                    break
                await self._look(out)
                await asyncio.sleep(self.options.sample_seconds)
        self.outcome.drained_after = round(self._now() - publish, 1)
        await self._account(env)
        await asyncio.to_thread(self._end)

    def _now(self) -> float:
        return time.monotonic() - self.began

    async def _look(self, out: Any) -> None:
        limit = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=limit) as session:
            seen = await asyncio.gather(
                *(look(target, self._now(), session) for _, target in self.roles)
            )
        for sample in seen:
            out.write(msgspec.json.encode(sample) + b"\n")
            self.last[sample.role] = sample
            self.tell(sample)
        out.flush()

    async def _is_drained(self, publish: float) -> bool:
        """Return whether every published article was fetched and no stage has anything waiting."""
        fetched = self.last["connectors"].outcomes
        produced = fetched.get("fetch/produced", 0) + fetched.get("fetch/partial", 0)
        stages = [s for role, s in self.last.items() if role != "connectors"]
        judged = sum(
            n for name, n in self.last["detect"].outcomes.items() if name.startswith("detect/")
        )
        return (
            produced >= len(self.web.published())
            and judged >= produced
            and not any(s.lag for s in stages)
            and min(s.at for s in stages) > publish
        )

    async def _account(self, env: dict[str, str]) -> None:
        """Compare what was published with what is stored, and what was raised with what was received."""
        published = self.web.published()
        settings = load_settings({k: v for k, v in env.items() if k.startswith("VIGIE_")})
        admin = IndexAdmin(settings.elasticsearch)
        stored: Counter[str] = Counter()
        verdicts: Counter[str] = Counter()
        try:
            for alias in (ARTICLES_ALIAS, ALERTS_ALIAS):
                await admin.refresh(alias)
            async for page in admin.scan(ARTICLES_ALIAS, ("url", "verdict")):
                stored.update(d.source["url"] for d in page)
                verdicts.update(d.source["verdict"] for d in page)
            raised = await admin.count(ALERTS_ALIAS, {"term": {"channel": "webhook"}})
        finally:
            await admin.close()
        out = self.outcome
        out.published, out.stored, out.verdicts = len(published), stored.total(), dict(verdicts)
        out.missing = sorted(published.keys() - stored.keys())
        out.doubled = sorted(url for url, count in stored.items() if count > 1)
        out.dead_letters = int(
            sum(
                count
                for sample in self.last.values()
                for name, count in sample.outcomes.items()
                if name.endswith("/dead_letter")
            )
        )
        out.alerts_raised, out.alerts_received = raised, len(self.hook.received)
        out.alerts_repeated = self.hook.repeated
        out.latencies = sorted(
            (round(at - self.web.started_at, 2), round(at - published[url], 2))
            for at, url in self.hook.came.values()
            if url in published
        )

    def _end(self) -> None:
        """Stop every role in order and keep its exit code; one that ended before keeps its own."""
        for child, target in reversed(self.roles):
            if child.exit_code is None:
                child.process.terminate()
                with contextlib.suppress(Exception):
                    child.process.wait(60)
            self.outcome.exit_codes[target.role] = (
                child.exit_code if child.exit_code is not None else -1
            )


def read_samples(folder: Path) -> list[Sample]:
    """Return the samples of a run."""
    decoder = msgspec.json.Decoder(Sample)
    return [decoder.decode(line) for line in (folder / "samples.jsonl").read_bytes().splitlines()]


def read_outcome(folder: Path) -> Outcome:
    """Return what a run came to."""
    return msgspec.json.decode((folder / "outcome.json").read_bytes(), type=Outcome)
