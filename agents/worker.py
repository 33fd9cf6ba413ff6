"""Runs one role, or all of them, as one process until a signal or a failure ends it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.app import AGENT_ROLES, Role, build_role, create_app
from agents.base import Services, Stopping
from domain.errors import ConfigError, VigieError
from domain.model import Watch
from ops.kafka.acls import rights_of_role
from runtime.dead_letters import DeadLetters
from runtime.health import Health, HealthServer
from runtime.kafka import KafkaProducer
from runtime.kafka_rights import check_rights
from runtime.logs import get_logger
from runtime.metrics import Metrics
from runtime.provision import check_topics
from runtime.settings import Settings, metrics_port
from runtime.supervise import (
    EX_TEMPFAIL,
    STOP_SECONDS,
    STOP_WAITING_SECONDS,
    StallWatch,
    Supervisor,
    stop_within,
)

LAG_EVERY_SECONDS = 1.0

_log = get_logger("worker")


@dataclass(slots=True)
class Running:
    """One role with its faust application."""

    name: str
    role: Role
    app: Any
    sensor: Any


async def run_worker(settings: Settings, role: str, watches: Mapping[str, Watch]) -> int:
    """Run a role until it ends; return the exit code. Raises VigieError when it cannot start."""
    started = time.monotonic()
    metrics, health = Metrics(role), Health()
    supervisor = Supervisor(metrics, health)
    supervisor.on_signals()
    server = await HealthServer(
        metrics, health, settings.metrics.host, metrics_port(settings, role)
    ).start()
    producer = KafkaProducer(settings.kafka, f"{settings.kafka.group_prefix}-{role}")
    services = Services(producer, metrics, DeadLetters(producer, metrics), Stopping())
    running: list[Running] = []
    tasks: list[asyncio.Task[None]] = []
    try:
        _make_folder(settings)
        await check_topics(settings)
        await check_rights(settings, rights_of_role(role, settings.kafka.group_prefix))
        await producer.start()
        names = AGENT_ROLES if role == "all" else (role,)
        for name in names:
            running.append(_build(name, settings, services, watches))
            await _start(running[-1])
        tasks = [
            asyncio.create_task(supervisor.watch_loop_lag()),
            asyncio.create_task(_watch(running, services, supervisor)),
        ]
        health.checks["partitions"] = lambda: _unassigned(running)
        health.started = True
        _log.info(
            "started", port=server.port, seconds=round(time.monotonic() - started, 2), roles=names
        )
        await supervisor.ended.wait()
    finally:
        await _stop(running, services, tasks)
        await stop_within(producer.stop, STOP_WAITING_SECONDS, "producer")
        await server.stop()
    return supervisor.exit_code


def _make_folder(settings: Settings) -> None:
    """Make the data folder, which faust expects even where it keeps nothing in it."""
    folder = Path(settings.data_dir) / "faust"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ConfigError(
            "make the data folder", str(folder), f"{e.strerror}: set VIGIE_DATA_DIR"
        ) from e


def _build(
    name: str, settings: Settings, services: Services, watches: Mapping[str, Watch]
) -> Running:
    role = build_role(name, settings, services, watches)
    app, sensor = create_app(settings, name, role, services.metrics)
    return Running(name, role, app, sensor)


async def _start(one: Running) -> None:
    for call in one.role.on_start:
        await call()
    await one.app.start()


async def _stop(
    running: list[Running], services: Services, tasks: list[asyncio.Task[None]]
) -> None:
    for task in tasks:
        task.cancel()
    services.stopping.requested.set()
    await asyncio.sleep(0)
    limit = STOP_WAITING_SECONDS if services.stopping.held else STOP_SECONDS
    await asyncio.gather(*(stop_within(r.app.stop, limit, r.name) for r in running))
    for one in running:
        for call in one.role.on_stop:
            await stop_within(call, STOP_WAITING_SECONDS, one.name)
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _watch(running: list[Running], services: Services, supervisor: Supervisor) -> None:
    """Once a second: export lags, and end the process when it crashed or stalled."""
    from agents.sensor import lags

    watch = StallWatch()
    while True:
        await asyncio.sleep(LAG_EVERY_SECONDS)
        found: dict[tuple[str, int], int] = {}
        for one in running:
            if one.app.crashed or one.app.should_stop:
                supervisor.end(EX_TEMPFAIL, f"{one.name}: {one.app.crash_reason!r}")
                return
            with contextlib.suppress(VigieError, RuntimeError):
                found |= lags(one.app, one.sensor)
        services.metrics.lag.clear()  # a partition that moved away is counted by its new owner
        for (topic, partition), lag in found.items():
            services.metrics.lag.labels(topic, str(partition)).set(lag)
        if watch.stalled(found, bool(services.stopping.waiting), time.monotonic()):
            supervisor.end(EX_TEMPFAIL, "stalled: records wait, sinks are up, nothing moves")
            return


def _unassigned(running: list[Running]) -> str:
    """Return '' when every role has its place in its group; one without partitions is a spare."""
    waiting = [r.name for r in running if r.app.rebalancing]
    return f"waiting for partitions: {', '.join(waiting)}" if waiting else ""
