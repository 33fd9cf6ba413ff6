"""Asks the broker about consumer groups: where they are, and whether anybody is in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from domain.errors import SinkUnavailable
from runtime.kafka import client_arguments
from runtime.kafka_diagnosis import why_unreachable
from runtime.settings import Settings

T = TypeVar("T")

# A broker makes the topic of the groups when the first one asks: until then there is no coordinator.
TRIES, WAIT_SECONDS = 40, 0.5


async def offsets_of(settings: Settings, group: str) -> dict[Any, Any]:
    """Return what a group has committed, with its metadata, by partition."""

    async def ask(admin: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = await admin.list_consumer_group_offsets(group)
        return found

    return await _asked(settings, group, ask)


async def state_of(settings: Settings, group: str) -> str:
    """Return the state of a group in the broker's words: `Stable` with members, `Empty` without, `Dead` if unknown."""

    async def ask(admin: Any) -> str:
        [answer] = await admin.describe_consumer_groups([group])
        # (error, group, state, ...) as the protocol has it.
        return str(answer.groups[0][2])

    return await _asked(settings, group, ask)


async def _asked(settings: Settings, group: str, ask: Callable[[Any], Awaitable[T]]) -> T:
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import (
        CoordinatorLoadInProgressError,
        GroupCoordinatorNotAvailableError,
        KafkaError,
        NotCoordinatorForGroupError,
    )

    passing = (
        CoordinatorLoadInProgressError,
        GroupCoordinatorNotAvailableError,
        NotCoordinatorForGroupError,
    )
    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    try:
        await admin.start()
        for attempt in range(1, TRIES + 1):
            try:
                return await ask(admin)
            except passing:
                if attempt == TRIES:
                    raise
                await asyncio.sleep(WAIT_SECONDS)
    except (KafkaError, OSError) as e:
        why = await why_unreachable(settings.kafka, e)
        raise SinkUnavailable("ask about the group", group, why) from e
    finally:
        await admin.close()
    raise AssertionError("the last try returns or raises")
