"""Reads acls.toml: the rights of each account, as data for `vigie provision --acls` and as commands for operators."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.errors import ConfigError
from runtime.kafka_rights import PRINCIPAL, Right

FILE = Path(__file__).with_name("acls.toml")
ADMIN = "vigie_admin"
TOPIC_KEYS = ("read", "write", "create", "describe")
AGENTS = ("clean", "classify", "detect", "index", "deliver")
GROUP_KEYS = {"groups": "read", "watch_groups": "describe"}


def account_of(role: str) -> str:
    """Return the account of a role or of the operator's desk."""
    return f"vigie_{role}"


def load_rights(group_prefix: str = "vigie", path: Path = FILE) -> tuple[Right, ...]:
    """Return every right of every account, sorted; raises ConfigError on a key it does not know."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as e:
        raise ConfigError("read rights", str(path), str(e)) from e
    everyone = table.get("everyone", {})
    found = {
        right
        for account, own in table.get("accounts", {}).items()
        for part in (everyone, own)
        for right in _rights(account, part, group_prefix)
    }
    return tuple(sorted(found))


def accounts(rights: tuple[Right, ...]) -> list[str]:
    """Return the accounts that have rights."""
    return sorted({r.account for r in rights})


def rights_of_role(role: str, group_prefix: str = "vigie") -> tuple[Right, ...]:
    """Return the rights that a role needs; `all`, which is every agent in one process, needs theirs together."""
    wanted = {account_of(r) for r in (AGENTS if role == "all" else (role,))}
    return tuple(r for r in load_rights(group_prefix) if r.account in wanted)


def _rights(account: str, part: dict[str, Any], group_prefix: str) -> Iterator[Right]:
    for key, names in part.items():
        if key not in (*TOPIC_KEYS, *GROUP_KEYS):
            allowed = ", ".join((*TOPIC_KEYS, *GROUP_KEYS))
            raise ConfigError("read rights", f"{account}.{key}", f"expected one of {allowed}")
        for name in names:
            if key in GROUP_KEYS:
                yield Right(account, "group", f"{group_prefix}-{name}", GROUP_KEYS[key])
            else:
                yield Right(account, "topic", name.removesuffix("*"), key, name.endswith("*"))


def commands(rights: tuple[Right, ...], bootstrap: str) -> list[str]:
    """Return the same rights as commands of Kafka's own tool, for those who administer the broker with it."""
    return [
        shlex.join(
            [
                *("kafka-acls.sh", "--bootstrap-server", bootstrap),
                *("--command-config", "admin.properties", "--add"),
                *("--allow-principal", PRINCIPAL + r.account, "--operation", r.operation.title()),
                *(f"--{r.resource}", r.name),
                *("--resource-pattern-type", "prefixed" if r.is_prefix else "literal"),
            ]
        )
        for r in rights
    ]
