"""Runs the connectors as one process: settings to options, metrics, health, signals."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.canary import keep_sending
from connectors.metrics import REQUEST_OUTCOMES
from connectors.options import ConnectorOptions, make_fetcher
from connectors.publisher import KafkaOptions, KafkaPublisher
from connectors.service import run_connectors as poll_always
from connectors.service import run_once as poll_once
from connectors.sources import Source, load_sources
from connectors.state import State
from domain.errors import SinkUnavailable
from domain.outcome import FetchOutcome, Stage
from ops.kafka.acls import rights_of_role
from runtime.clock import utc_now
from runtime.health import Health, HealthServer
from runtime.kafka import ssl_context
from runtime.kafka_rights import check_rights
from runtime.logs import get_logger
from runtime.metrics import Metrics
from runtime.provision import check_topics
from runtime.settings import KafkaSettings, Settings, metrics_port
from runtime.supervise import EX_TEMPFAIL, STOP_WAITING_SECONDS, Supervisor, stop_within
from runtime.topic_routes import versions_of
from schemas.topics import ARTICLE_FETCHED

ROLE = "connectors"

_log = get_logger("connectors")


class FetchMetrics:
    """The connectors' counters on our registry; sources are a closed set, made beforehand."""

    def __init__(self, metrics: Metrics, sources: Sequence[Source]) -> None:
        self._metrics = metrics
        for source in sources:
            for outcome in REQUEST_OUTCOMES[:2]:  # the rest would be thousands of empty series
                metrics.fetch_requests.labels(source.id, outcome)
            metrics.fetch_bytes.labels(source.id)
            metrics.feed_success.labels(source.id)
            metrics.feed_article.labels(source.id)
            metrics.feed_interval.labels(source.id).set(source.interval_seconds)

    def count_outcome(self, outcome: FetchOutcome) -> None:
        """Count one entry's outcome."""
        self._metrics.records.labels(Stage.FETCH.value, outcome.value).inc()

    def count_request(self, source_id: str, outcome: str) -> None:
        """Count one fetch."""
        self._metrics.fetch_requests.labels(source_id, outcome).inc()

    def observe_duration(self, source_id: str, seconds: float) -> None:
        """Note how long one fetch took."""
        self._metrics.fetch_duration.labels(source_id).observe(seconds)
        self._metrics.duration.labels(Stage.FETCH.value).observe(seconds)

    def count_bytes(self, source_id: str, count: int) -> None:
        """Count bytes as they came over the wire."""
        self._metrics.fetch_bytes.labels(source_id).inc(count)

    def set_last_success(self, source_id: str, timestamp: float) -> None:
        """Note when the listing was last had."""
        self._metrics.feed_success.labels(source_id).set(timestamp)

    def set_last_article(self, source_id: str, timestamp: float) -> None:
        """Note when an article of the source was last produced."""
        self._metrics.feed_article.labels(source_id).set(timestamp)

    def set_interval(self, source_id: str, seconds: float) -> None:
        """Note how often the source is polled."""
        self._metrics.feed_interval.labels(source_id).set(seconds)


def connector_options(settings: Settings) -> ConnectorOptions:
    """Return the connectors' options; settings and options of one name are one thing."""
    given = settings.connectors
    names = {f.name for f in dataclasses.fields(ConnectorOptions)}
    values: dict[str, Any] = {
        f.name: getattr(given, f.name) for f in dataclasses.fields(given) if f.name in names
    }
    state = Path(given.state_path) if given.state_path else Path(settings.data_dir, "connectors.db")
    values |= {
        "state_path": state,
        "allow_hosts": frozenset(given.allow_hosts),
        "ca_file": given.ca_file or None,
    }
    return ConnectorOptions(**values)


def kafka_options(settings: KafkaSettings, client_id: str) -> KafkaOptions:
    """Return how the connectors' publisher reaches Kafka."""
    secure = settings.security_protocol in {"SSL", "SASL_SSL"}
    return KafkaOptions(
        bootstrap_servers=settings.bootstrap,
        client_id=client_id,
        security_protocol=settings.security_protocol,
        ssl_context=ssl_context(settings) if secure else None,
        sasl_mechanism=settings.sasl_mechanism,
        sasl_username=settings.sasl_username or None,
        sasl_password=settings.sasl_password or None,
        compression="gzip",
    )


def configured_sources(settings: Settings) -> tuple[Source, ...]:
    """Return the sources of `sources_path`, or those shipped with the package."""
    path = settings.connectors.sources_path
    return load_sources(Path(path) if path else None)


async def run_connectors(settings: Settings, *, once: bool = False) -> int:
    """Poll the sources until a signal, or each once; return the exit code."""
    started = time.monotonic()
    sources = configured_sources(settings)
    metrics, health = Metrics(ROLE), Health()
    supervisor = Supervisor(metrics, health)
    supervisor.on_signals()
    port = metrics_port(settings, ROLE)
    server = await HealthServer(metrics, health, settings.metrics.host, port).start()
    beside = [asyncio.create_task(supervisor.watch_loop_lag())]
    guard = supervisor.guard_loop(settings.watchdog.loop_blocked_seconds)
    options = connector_options(settings)
    options.state_path.parent.mkdir(parents=True, exist_ok=True)
    publisher = KafkaPublisher(
        dataclasses.replace(
            kafka_options(settings.kafka, f"{settings.kafka.group_prefix}-{ROLE}"),
            topic=versions_of(settings.topics).written(ARTICLE_FETCHED.name),
        )
    )
    poll = poll_once if once else poll_always
    try:
        await check_topics(settings)
        await check_rights(settings, rights_of_role(ROLE, settings.kafka.group_prefix))
        await publisher.start()
        health.started = True
        seconds = round(time.monotonic() - started, 2)
        _log.info("started", port=server.port, seconds=seconds, sources=len(sources))
        if settings.canary.interval_seconds and not once:
            sending = keep_sending(
                settings.canary.interval_seconds,
                publisher,
                utc_now,
                supervisor.ended,
                metrics.canary_sent.inc,
            )
            beside.append(asyncio.create_task(sending))
        with contextlib.closing(State(options.state_path)) as state:
            async with make_fetcher(options) as fetcher:
                await poll(
                    options,
                    sources,
                    publisher,
                    state,
                    fetcher,
                    utc_now,
                    FetchMetrics(metrics, sources),
                    supervisor.ended,
                )
        if not once:
            supervisor.end(EX_TEMPFAIL, "the connectors ended by themselves")
    except SinkUnavailable as e:
        _end_on_full_disk(e, supervisor)
    finally:
        supervisor.end(0, "done")
        for task in beside:
            task.cancel()
        await stop_within(publisher.stop, STOP_WAITING_SECONDS, "publisher")
        await server.stop()
        guard.stop()
    return supervisor.exit_code


def _end_on_full_disk(error: SinkUnavailable, supervisor: Supervisor) -> None:
    """End so that whoever keeps the process starts it again: nothing is fetched that could not be noted."""
    if error.reason != "state":
        raise error
    supervisor.end(EX_TEMPFAIL, str(error))
