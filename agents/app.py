"""Builds the Faust application of one role: every setting that decision 0001 asks for, in one place."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.base import Handler, Services, StageLoop
from domain.errors import ConfigError
from domain.model import Watch
from domain.outcome import Stage
from runtime.kafka import ssl_context
from runtime.metrics import Metrics
from runtime.settings import KafkaSettings, Settings
from runtime.topic_routes import versions_of
from schemas.topic_versions import TopicVersions
from schemas.topics import TopicSpec

AGENT_ROLES = ("clean", "classify", "detect", "index", "deliver")


@dataclass(slots=True)
class Reader:
    """One topic that a role reads, and what is done with each record."""

    name: str
    topic: TopicSpec
    loop: StageLoop


@dataclass(slots=True)
class Role:
    """What a role is made of: readers, and what to call around them."""

    readers: list[Reader]
    on_revoked: list[Any] = field(default_factory=list)  # plain functions
    on_start: list[Any] = field(default_factory=list)  # coroutine functions
    on_stop: list[Any] = field(default_factory=list)


def build_role(
    role: str, settings: Settings, services: Services, watches: Mapping[str, Watch]
) -> Role:
    """Return the readers of a role; only what the role needs is imported."""
    if role == "clean":
        from agents import clean

        agent = clean.CleanAgent(services)
        return Role([_reader(role, clean.SOURCE, Stage.CLEAN, agent.handle, services)])
    if role == "classify":
        from agents import classify
        from domain.knowledge import Knowledge

        reading = classify.ClassifyAgent(services, watches, Knowledge.load())
        loop = StageLoop(Stage.CLASSIFY, reading.handle, services, weight=len(watches))
        return Role([Reader(role, classify.SOURCE, loop)])
    if role == "detect":
        from agents import detect
        from agents.state_log import KafkaStateLog

        log = KafkaStateLog(settings.kafka, services.producer)
        judging = detect.DetectAgent(services, watches, log)
        reader = _reader(role, detect.SOURCE, Stage.DETECT, judging.handle, services)
        return Role([reader], on_revoked=[judging.forget])
    if role == "index":
        return _index_role(settings, services)
    if role == "deliver":
        return _deliver_role(settings, services)
    raise ConfigError("run a role", role, f"expected one of {', '.join(AGENT_ROLES)}")


def _index_role(settings: Settings, services: Services) -> Role:
    from agents import index
    from sinks.elasticsearch import ElasticsearchSink

    sink = ElasticsearchSink(settings.elasticsearch, services.metrics)
    articles, events = index.ArticleIndexer(services, sink), index.EventIndexer(services, sink)
    return Role(
        [
            _reader("index-articles", index.ARTICLES, Stage.INDEX, articles.handle, services),
            _reader("index-events", index.EVENTS, Stage.INDEX, events.handle, services),
        ],
        on_start=[sink.watch_health],
        on_stop=[sink.close],
    )


def _deliver_role(settings: Settings, services: Services) -> Role:
    from agents import deliver

    courier = deliver.build(settings, services)
    return Role(
        [_reader("deliver", deliver.SOURCE, Stage.DELIVER, courier.handle, services)],
        on_start=[courier.start],
        on_stop=[courier.stop],
    )


def _reader(
    name: str, topic: TopicSpec, stage: Stage, handle: Handler, services: Services
) -> Reader:
    return Reader(name, topic, StageLoop(stage, handle, services))


def create_app(settings: Settings, role_name: str, role: Role, metrics: Metrics) -> tuple[Any, Any]:
    """Return a faust App that runs the readers of a role, and its sensor. Nothing is connected yet."""
    import faust

    from agents.sensor import VigieSensor

    kafka, versions = settings.kafka, versions_of(settings.topics)
    app = faust.App(
        id=f"{kafka.group_prefix}-{role_name}",
        broker=[f"kafka://{s.strip()}" for s in kafka.bootstrap.split(",") if s.strip()],
        broker_credentials=_credentials(kafka),
        autodiscover=False,
        store="memory://",
        datadir=f"{settings.data_dir}/faust",
        key_serializer="raw",
        value_serializer="raw",
        processing_guarantee="at_least_once",
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=True,
        stream_buffer_maxsize=128,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=_place_in_group(kafka, versions),
        broker_commit_interval=1.0,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=15.0,
        producer_acks=-1,
        web_enabled=False,
        web_tables_enabled=False,
        web_router_enabled=False,
        worker_redirect_stdouts=False,
    )
    sensor = VigieSensor(metrics)
    app.sensors.add(sensor)
    for reader in role.readers:
        topic = app.topic(
            *versions.read(reader.topic),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        app.agent(topic, name=reader.name, concurrency=1)(_body(reader.loop))
    if role.on_revoked:

        async def forget(*_: Any, **__: Any) -> None:
            for call in role.on_revoked:
                call()

        app.on_partitions_revoked.connect(forget, weak=False)
    return app, sensor


def _place_in_group(kafka: KafkaSettings, versions: TopicVersions) -> str | None:
    """Return the fixed name of this process in its group; another one when it reads other topics.

    To a member that comes back under its name the broker gives the partitions it had, and none of a topic that it
    reads since then.
    """
    if not kafka.instance_id or not versions.also_read:
        return kafka.instance_id or None
    names = ",".join(sorted(versions.also_read))
    return f"{kafka.instance_id}-{zlib.crc32(names.encode()):08x}"


def _body(loop: StageLoop) -> Any:
    async def agent(stream: Any) -> None:
        await loop.run(stream.events())

    return agent


def _credentials(kafka: KafkaSettings) -> Any:
    """Return faust's form of the broker account."""
    if kafka.security_protocol == "PLAINTEXT":
        return None
    from faust import SASLCredentials, SSLCredentials

    context = ssl_context(kafka) if kafka.security_protocol in {"SSL", "SASL_SSL"} else None
    if context is not None and kafka.security_protocol == "SSL":
        return SSLCredentials(context)
    return SASLCredentials(
        username=kafka.sasl_username,
        password=kafka.sasl_password,
        ssl_context=context,
        mechanism=kafka.sasl_mechanism,
    )
