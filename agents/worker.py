"""Runs one role, or all of them, as one process until a signal or a failure ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.app import AGENT_ROLES, Role, build_role, create_app
from agents.base import Services, Stopping
from agents.stalls import Stalls
from domain.errors import ConfigError
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
    Supervisor,
    stop_within,
)
from runtime.topic_routes import RoutedProducer, versions_of
from runtime.watchdog import GroupPositions

_log = get_logger("worker")


BuildRole = Callable[[str, Settings, Services, Mapping[str, Watch]], Role]


@dataclass(slots=True)
class Running:
    """One role with its faust application."""

    name: str
    role: Role
    app: Any
    sensor: Any


async def run_worker(
    settings: Settings, role: str, watches: Mapping[str, Watch], build: BuildRole = build_role
) -> int:
    """Run a role until it ends; return the exit code. Raises VigieError when it cannot start."""
    started = time.monotonic()
    metrics, health = Metrics(role), Health()
    supervisor = Supervisor(metrics, health)
    supervisor.on_signals()
    server = await HealthServer(
        metrics, health, settings.metrics.host, metrics_port(settings, role)
    ).start()
    producer = KafkaProducer(settings.kafka, f"{settings.kafka.group_prefix}-{role}")
    routed = RoutedProducer(producer, versions_of(settings.topics))
    services = Services(routed, metrics, DeadLetters(producer, metrics), Stopping())
    tasks = [asyncio.create_task(supervisor.watch_loop_lag())]
    guard = supervisor.guard_loop(settings.watchdog.loop_blocked_seconds)
    running: list[Running] = []
    try:
        _make_folder(settings)
        await check_topics(settings)
        await check_rights(settings, rights_of_role(role, settings.kafka.group_prefix))
        await producer.start()
        names = AGENT_ROLES if role == "all" else (role,)
        for name in names:
            made = build(name, settings, services, watches)
            running.append(Running(name, made, *create_app(settings, name, made, metrics)))
            await _start(running[-1])
        stalls = Stalls(
            settings.watchdog, GroupPositions(settings.kafka), running, services, supervisor
        )
        tasks.append(asyncio.create_task(stalls.watch()))
        health.checks["partitions"] = lambda: _unassigned(running)
        health.started = True
        _log.info(
            "started", port=server.port, seconds=round(time.monotonic() - started, 2), roles=names
        )
        await _ended(supervisor, tasks)
    finally:
        await _stop(running, services, tasks, supervisor.exit_code == EX_TEMPFAIL)
        await stop_within(producer.stop, STOP_WAITING_SECONDS, "producer")
        await server.stop()
        guard.stop()
    return supervisor.exit_code


async def _ended(supervisor: Supervisor, tasks: list[asyncio.Task[None]]) -> None:
    """Return when the process is to end; a watch that broke down is such a reason."""
    ended = asyncio.create_task(supervisor.ended.wait())
    done, _ = await asyncio.wait({ended, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {ended}:
        if not task.cancelled() and (error := task.exception()):
            _log.error("a watch broke down", error=repr(error))
        supervisor.end(EX_TEMPFAIL, "a watch ended by itself")
    ended.cancel()


def _make_folder(settings: Settings) -> None:
    """Make the data folder, which faust expects even where it keeps nothing in it."""
    folder = Path(settings.data_dir) / "faust"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ConfigError(
            "make the data folder", str(folder), f"{e.strerror}: set VIGIE_DATA_DIR"
        ) from e


async def _start(one: Running) -> None:
    for call in one.role.on_start:
        await call()
    await one.app.start()


async def _stop(
    running: list[Running],
    services: Services,
    tasks: list[asyncio.Task[None]],
    is_stuck: bool,
) -> None:
    for task in tasks:
        task.cancel()
    services.stopping.requested.set()
    await asyncio.sleep(0)
    waits_in_vain = is_stuck or bool(services.stopping.held)
    limit = STOP_WAITING_SECONDS if waits_in_vain else STOP_SECONDS
    await asyncio.gather(*(stop_within(r.app.stop, limit, r.name) for r in running))
    for one in running:
        for call in one.role.on_stop:
            await stop_within(call, STOP_WAITING_SECONDS, one.name)
    await asyncio.gather(*tasks, return_exceptions=True)


def _unassigned(running: list[Running]) -> str:
    """Return '' when every role has its place in its group; one without partitions is a spare."""
    waiting = [r.name for r in running if r.app.rebalancing]
    return f"waiting for partitions: {', '.join(waiting)}" if waiting else ""
