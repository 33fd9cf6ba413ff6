"""Who may do what on the broker: rights and passwords brought to what is wanted, and asked for at a start."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from domain.errors import ConfigError, SinkUnavailable
from runtime.kafka import client_arguments
from runtime.kafka_diagnosis import why_unreachable
from runtime.settings import Settings

# The protocol's numbers.
RESOURCES = {"topic": 2, "group": 3}
LITERAL, PREFIXED = 3, 4
OPERATIONS = {"read": 3, "write": 4, "create": 5, "describe": 8}
ALLOW, ANY = 3, 1
SCRAM_SHA_512 = 2
ITERATIONS = 8_192  # the broker refuses fewer than 4,096 and more than 16,384
MIN_PASSWORD_CHARS = 16
PRINCIPAL = "User:"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One account may do one thing to one topic or group, or to all whose name begins so."""

    account: str
    resource: str  # a key of RESOURCES
    name: str
    operation: str  # a key of OPERATIONS
    is_prefix: bool = False

    def entry(self) -> tuple[int, str, int, str, str, int, int]:
        """Return it as the protocol has it, for every host."""
        pattern = PREFIXED if self.is_prefix else LITERAL
        operation = OPERATIONS[self.operation]
        principal = PRINCIPAL + self.account
        return (RESOURCES[self.resource], self.name, pattern, principal, "*", operation, ALLOW)


@dataclass(frozen=True, slots=True)
class Synced:
    """What bringing the rights of a broker to those wanted came to."""

    kept: int
    given: int
    taken: int


async def sync_rights(settings: Settings, wanted: Sequence[Right]) -> Synced:
    """Give what is missing, and take from the same accounts what they should not have."""
    from runtime.kafka_protocol import CreateAcls, DeleteAcls, DescribeAcls

    entries = {r.entry() for r in wanted}
    accounts = {PRINCIPAL + r.account for r in wanted}
    async with _client(settings) as client:
        answer = await _ask(client, DescribeAcls(ANY, None, ANY, None, None, ANY, ANY))
        _refuse("list rights", settings, answer.error_code, answer.error_message)
        there = {
            (kind, name, pattern, *acl)
            for kind, name, pattern, acls in answer.resources
            for acl in acls
            if acl[0] in accounts
        }
        missing, surplus = sorted(entries - there), sorted(there - entries)
        if missing:
            answer = await _ask(client, CreateAcls(missing))
            for code, message in answer.creation_responses:
                _refuse("give rights", settings, code, message)
        if surplus:
            answer = await _ask(client, DeleteAcls(surplus))
            for code, message, *_ in answer.filter_responses:
                _refuse("take rights", settings, code, message)
    return Synced(len(entries & there), len(missing), len(surplus))


async def set_passwords(settings: Settings, passwords: Mapping[str, str]) -> None:
    """Make the accounts, or give those that are there the passwords; only salted ones travel."""
    from runtime.kafka_protocol import AlterScram

    upsertions = []
    for account, password in sorted(passwords.items()):
        salt = os.urandom(32)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
        upsertions.append((account, SCRAM_SHA_512, ITERATIONS, salt, salted))
    async with _client(settings) as client:
        answer = await _ask(client, AlterScram(upsertions))
        for _account, code, message, _tags in answer.results:
            _refuse("set password", settings, code, message)


async def missing_rights(settings: Settings, wanted: Iterable[Right]) -> list[Right]:
    """Return the rights over topics and groups that our own account should have and has not."""
    from runtime.kafka_protocol import PermittedOperations

    given = list(wanted)
    rights = [r for r in given if r.resource == "topic" and not r.is_prefix]
    async with _client(settings) as client:
        answer = await _ask(client, PermittedOperations(sorted({r.name for r in rights})))
        groups = [r for r in given if r.resource == "group" and r.operation == "read"]
        closed = [r for r in groups if not await _may_see_group(client, r.name)]
    permitted = {topic[1]: topic[-1] for topic in answer.topics}
    missing = [r for r in rights if not permitted.get(r.name, 0) >> OPERATIONS[r.operation] & 1]
    return missing + closed


async def _may_see_group(client: Any, group: str) -> bool:
    from aiokafka.errors import GroupAuthorizationFailedError
    from aiokafka.protocol.coordination import FindCoordinatorRequest

    answer = await _ask(client, FindCoordinatorRequest(group, 0))
    return bool(answer.error_code != GroupAuthorizationFailedError.errno)


async def check_rights(settings: Settings, wanted: Iterable[Right]) -> None:
    """Raise ConfigError that names what our account may not do; asks nothing of a broker without log-in."""
    if settings.kafka.security_protocol == "PLAINTEXT":
        return
    missing = await missing_rights(settings, wanted)
    if missing:
        shown = ", ".join(f"{r.operation} {r.name}" for r in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise ConfigError(
            "check rights",
            settings.kafka.sasl_username or "the client certificate",
            f"may not {shown}{more}, expected the rights of ops/kafka/acls.toml: "
            "run `vigie provision --acls` as an administrator",
        )


@asynccontextmanager
async def _client(settings: Settings) -> AsyncIterator[Any]:
    from aiokafka.client import AIOKafkaClient
    from aiokafka.errors import KafkaError

    client = AIOKafkaClient(**client_arguments(settings.kafka))
    try:
        await client.bootstrap()
        yield client
    except (KafkaError, OSError) as e:
        why = await why_unreachable(settings.kafka, e)
        raise SinkUnavailable("reach the broker", settings.kafka.bootstrap, why) from e
    finally:
        await client.close()


async def _ask(client: Any, request: Any) -> Any:
    """Send to any broker: the brokers hand on what is the controller's."""
    return await client.send(client.get_random_node(), request)


def _refuse(what: str, settings: Settings, code: int, message: str | None) -> None:
    if code:
        from aiokafka.errors import for_code

        seen = message or for_code(code).__name__
        account = settings.kafka.sasl_username or "the client certificate"
        raise ConfigError(what, account, f"{seen}, expected an account in the broker's super.users")
