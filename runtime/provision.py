"""Creates the topics with explicit partition counts, and refuses to go on with wrong ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import ConfigError, SinkUnavailable
from runtime.kafka import client_arguments
from runtime.kafka_diagnosis import why_unreachable
from runtime.settings import Settings
from runtime.topic_routes import versions_of
from schemas.topics import DAY_MS, TopicSpec, all_topics

TOPIC_ALREADY_EXISTS = 36  # the protocol's error codes
READY_TRIES = 50
READY_WAIT_SECONDS = 0.1
MAX_MESSAGE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic we need: how many partitions it should have, and how many it has (None: absent)."""

    name: str
    expected: int
    found: int | None

    @property
    def problem(self) -> str:
        """What is wrong with it, or ''."""
        if self.found is None:
            return "does not exist: run `vigie provision`"
        if self.found != self.expected:
            return (
                f"{self.found} partitions, expected {self.expected}: a count cannot be changed in "
                "place; set VIGIE_TOPICS__PARTITIONS to what is there, or delete the topics"
            )
        return ""


def wanted(settings: Settings) -> tuple[tuple[TopicSpec, int], ...]:
    """Return every topic with its partition count; dead letters keep their own."""
    return tuple(
        (spec, 1 if spec.partitions == 1 else settings.topics.partitions)
        for spec in (*all_topics(), *versions_of(settings.topics).extra())
    )


async def provision_topics(settings: Settings) -> list[TopicState]:
    """Create what is missing and return all topics; raises ConfigError on a wrong partition count."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    try:
        await _start(admin, settings)
        states = await _states(admin, settings)
        missing = {s.name for s in states if s.found is None}
        if missing:
            await _create(admin, settings, missing)
            states = await _wait_for(admin, settings)
    finally:
        await admin.close()
    refuse_wrong(states)
    return states


async def topic_states(settings: Settings) -> list[TopicState]:
    """Return every topic we need as it is now, creating nothing."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    try:
        await _start(admin, settings)
        return await _states(admin, settings)
    finally:
        await admin.close()


async def check_topics(settings: Settings) -> None:
    """Raise ConfigError that names every topic that is missing or has the wrong partition count."""
    states = await topic_states(settings)
    if settings.kafka.security_protocol != "PLAINTEXT" and all(s.found is None for s in states):
        # A broker with rights does not show what an account may not see.
        raise ConfigError(
            "check topics",
            settings.kafka.sasl_username or "the client certificate",
            f"sees none of {len(states)} topics, expected `vigie provision` to have run, with "
            "--acls for the rights of ops/kafka/acls.toml",
        )
    refuse_wrong(states)


def refuse_wrong(states: Iterable[TopicState]) -> None:
    """Raise ConfigError if any topic is not as it must be."""
    wrong = [f"{s.name}: {s.problem}" for s in states if s.problem]
    if wrong:
        shown = "; ".join(wrong[:2]) + (f"; and {len(wrong) - 2} more" if len(wrong) > 2 else "")
        raise ConfigError("check topics", f"{len(wrong)} wrong", shown)


async def _start(admin: object, settings: Settings) -> None:
    from aiokafka.errors import KafkaError

    try:
        await admin.start()  # type: ignore[attr-defined]
    except (KafkaError, OSError) as e:
        why = await why_unreachable(settings.kafka, e)
        raise SinkUnavailable("reach the broker", settings.kafka.bootstrap, why) from e


async def _states(admin: object, settings: Settings) -> list[TopicState]:
    names = set(await admin.list_topics())  # type: ignore[attr-defined]
    specs = wanted(settings)
    known = [spec.name for spec, _ in specs if spec.name in names]
    # Asking for a topic that is not there would create it where the broker allows that.
    described = await admin.describe_topics(known) if known else []  # type: ignore[attr-defined]
    counts = {d["topic"]: len(d["partitions"]) for d in described}
    return [TopicState(spec.name, count, counts.get(spec.name)) for spec, count in specs]


async def _wait_for(admin: object, settings: Settings) -> list[TopicState]:
    """Return the topics once the broker shows all of them: creation is acknowledged before it is seen."""
    states = await _states(admin, settings)
    for _ in range(READY_TRIES):
        if all(s.found is not None for s in states):
            break
        await asyncio.sleep(READY_WAIT_SECONDS)
        states = await _states(admin, settings)
    return states


async def _create(admin: object, settings: Settings, missing: set[str]) -> None:
    from aiokafka.admin import NewTopic

    topics = [
        NewTopic(
            name=spec.name,
            num_partitions=count,
            replication_factor=settings.topics.replication,
            topic_configs=topic_configs(spec, settings),
        )
        for spec, count in wanted(settings)
        if spec.name in missing
    ]
    answer = await admin.create_topics(topics)  # type: ignore[attr-defined]
    for topic, code, *message in answer.topic_errors:
        if code not in {0, TOPIC_ALREADY_EXISTS}:
            detail = next((m for m in message if m), f"error {code}")
            raise ConfigError("create topic", topic, str(detail))


def topic_configs(spec: TopicSpec, settings: Settings) -> dict[str, str]:
    """Return a topic's settings on the broker."""
    configs = {
        "min.insync.replicas": str(settings.topics.min_insync),
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
    }
    if spec.compacted:
        # The lag keeps claims and overwritten values for a day (decision 0003).
        configs |= {"cleanup.policy": "compact", "min.compaction.lag.ms": str(DAY_MS)}
    else:
        configs |= {"cleanup.policy": "delete", "retention.ms": str(spec.retention_ms)}
    return configs
