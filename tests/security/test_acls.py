"""The rights file names what exists, every role has what its code uses, and the commands say the same."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from agents.app import AGENT_ROLES
from domain.errors import ConfigError
from ops.kafka.acls import accounts, commands, load_rights, rights_of_role
from runtime.kafka_rights import Right, check_rights
from runtime.settings import KafkaSettings, Settings
from schemas.topics import STREAM_TOPICS, all_topics

ROLES = (*AGENT_ROLES, "connectors")
RIGHTS = load_rights()


def names(account: str, operation: str) -> set[str]:
    """Return the topics over which an account has a right, named in full."""
    return {
        r.name
        for r in RIGHTS
        if (r.account, r.operation, r.resource, r.is_prefix) == (account, operation, "topic", False)
    }


def test_each_role_has_an_account_and_nobody_else_but_the_operators() -> None:
    """One account for each role, one to provision, one for the desk, one to build the index anew."""
    others = ("provision", "desk", "reindex")
    assert accounts(RIGHTS) == sorted(f"vigie_{r}" for r in (*ROLES, *others))


def test_rebuild_of_the_index_may_read_what_index_reads_and_nothing_else() -> None:
    """It joins no group, so it disturbs nobody's progress, and writes no record."""
    streams = {r for r in rights_of_role("reindex") if not r.is_prefix}
    read = {r for r in rights_of_role("index") if (r.operation, r.resource) == ("read", "topic")}
    assert {(r.name, r.operation) for r in streams} == {(r.name, "read") for r in read} != set()


def test_rights_name_topics_that_exist_and_each_is_written_and_read_by_somebody() -> None:
    """A misspelt topic would take a right from a role without a word; an unread one would be lost."""
    known = {t.name for t in all_topics()}
    written = {n for a in accounts(RIGHTS) for n in names(a, "write")}
    read = {n for a in accounts(RIGHTS) for n in names(a, "read")}
    assert written == read == known


@pytest.mark.parametrize("role", AGENT_ROLES)
def test_role_may_write_the_dead_letters_of_the_streams_it_reads(role: str) -> None:
    """What a role cannot handle must have somewhere to go, and nowhere else may it write dead letters."""
    streams = {t.name: t.dead_letter for t in STREAM_TOPICS}
    mine = {streams[n] for n in names(f"vigie_{role}", "read") if n in streams}
    dead = {n for n in names(f"vigie_{role}", "write") if n.endswith(".dead-letter")}
    assert dead == mine != set()


@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_create_or_join_the_group_of_another(role: str) -> None:
    """Each joins the group of its own name alone, the connectors none."""
    mine = [r for r in rights_of_role(role) if r.resource == "group"]
    assert [(r.name, r.operation) for r in mine] == (
        [] if role == "connectors" else [(f"vigie-{role}", "read")]
    )
    assert {r.operation for r in rights_of_role(role)} <= {"read", "write", "describe"}


def test_prefix_of_groups_follows_the_setting() -> None:
    """Two pipelines on one broker differ by `kafka.group_prefix`, and so do their rights."""
    found = {r.name for r in load_rights("other") if r.resource == "group"}
    assert found == {f"other-{g}" for g in (*AGENT_ROLES, "dead-letters")}


def test_all_agents_in_one_process_need_the_rights_of_each() -> None:
    """`vigie run all` is refused unless its account has what the five have together."""
    assert set(rights_of_role("all")) == {r for a in AGENT_ROLES for r in rights_of_role(a)}


def test_printed_commands_say_what_the_file_says() -> None:
    """One command a right, each argument quoted for a shell."""
    shown = [shlex.split(line) for line in commands(RIGHTS, "k1:9093")]
    assert len(shown) == len(RIGHTS)
    for words, right in zip(shown, RIGHTS, strict=True):
        assert words[:3] == ["kafka-acls.sh", "--bootstrap-server", "k1:9093"]
        assert words[words.index("--allow-principal") + 1] == f"User:{right.account}"
        assert words[words.index("--operation") + 1].lower() == right.operation
        assert words[words.index(f"--{right.resource}") + 1] == right.name


def test_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    """A misspelt operation must not be passed over in silence."""
    file = tmp_path / "acls.toml"
    file.write_text('[accounts.vigie_clean]\nwriet = ["news.article.cleaned.v1"]\n')
    with pytest.raises(ConfigError, match=r"vigie_clean\.wriet: expected one of read, write"):
        load_rights(path=file)


async def test_broker_without_log_in_is_asked_nothing() -> None:
    """On a plain broker there are no rights to check: no connection is made."""
    plain = Settings(kafka=KafkaSettings(bootstrap="127.0.0.1:1"))
    await check_rights(plain, [Right("a", "topic", "t", "read")])
    assert plain.kafka.security_protocol == "PLAINTEXT"
