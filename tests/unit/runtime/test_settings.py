"""Settings: sources and their order, every problem told at once, secrets never shown, the page that lists them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.settings import Settings, metrics_port
from runtime.settings_file import SettingsError, load, load_settings, secrets_of, shown
from tests.paths import REPO

HOOKS = '[{"name": "desk", "url": "https://chat.test/hook/T0/abc", "secret": "0123456789abcdef"}]'


def test_defaults_need_no_file_and_no_environment(tmp_path: Path) -> None:
    """Nothing set is a working set-up on this machine."""
    assert load_settings({}, tmp_path) == Settings()


def test_environment_wins_over_file_and_file_over_default(tmp_path: Path) -> None:
    """The later source wins, setting by setting, and its name is kept."""
    (tmp_path / "vigie.toml").write_text('[kafka]\nbootstrap = "a:1"\ngroup_prefix = "x"\n')
    loaded = load({"VIGIE_KAFKA__BOOTSTRAP": "b:2"}, tmp_path)
    assert loaded.settings.kafka.bootstrap == "b:2"
    assert loaded.settings.kafka.group_prefix == "x"
    assert loaded.origins["kafka.bootstrap"] == "VIGIE_KAFKA__BOOTSTRAP"
    assert loaded.origins["kafka.group_prefix"].endswith("vigie.toml")


def test_values_are_converted(tmp_path: Path) -> None:
    """Numbers, booleans and lists come as text from the environment."""
    env = {
        "VIGIE_TOPICS__PARTITIONS": "8",
        "VIGIE_ALERTS__CONSOLE": "false",
        "VIGIE_ELASTICSEARCH__URLS": "http://a:9200, http://b:9200",
        "VIGIE_CONNECTORS__MIN_GAP_SECONDS": "0",
        "VIGIE_ALERTS__SMTP__PORT": "25",
    }
    settings = load_settings(env, tmp_path)
    assert settings.topics.partitions == 8
    assert settings.alerts.console is False
    assert settings.elasticsearch.urls == ("http://a:9200", "http://b:9200")
    assert settings.connectors.min_gap_seconds == 0.0
    assert settings.alerts.smtp.port == 25


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Each line names the setting, the value seen, and what is allowed."""
    (tmp_path / "vigie.toml").write_text('[kafka]\nbotstrap = "x"\n[topics]\nreplication = 0\n')
    env = {
        "VIGIE_TOPICS__PARTITIONS": "many",
        "VIGIE_KAFKA__SECURITY_PROTOCOL": "TLS",
        "VIGIE_METRICS__PRT": "1",
        "VIGIE_ELASTICSEARCH__URLS": "https://user:hunter2@es:9200",
    }
    with pytest.raises(SettingsError) as caught:
        load_settings(env, tmp_path)
    told = str(caught.value)
    assert len(caught.value.problems) == 6
    assert "kafka.botstrap: unknown; did you mean bootstrap?" in told
    assert "topics.replication" in told
    assert "VIGIE_TOPICS__PARTITIONS): seen 'many'" in told
    assert "one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL" in told
    assert "VIGIE_METRICS__PRT: unknown; did you mean VIGIE_METRICS__PORT?" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("expected", "env"),
    [
        ("sasl_username", {"VIGIE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"}),
        ("min_insync", {"VIGIE_TOPICS__MIN_INSYNC": "2"}),
        ("alerts.smtp.sender", {"VIGIE_ALERTS__SMTP__HOST": "mail"}),
        ("expected at least 16", {"VIGIE_ALERTS__WEBHOOKS": HOOKS.replace("0123456789", "")}),
        ("expected JSON", {"VIGIE_ALERTS__WEBHOOKS": "[{"}),
        ("elasticsearch.password", {"VIGIE_ELASTICSEARCH__USERNAME": "u"}),
        ("elasticsearch.urls", {"VIGIE_ELASTICSEARCH__URLS": "es:9200"}),
        ("a file that can be read", {"VIGIE_KAFKA__SASL_PASSWORD_FILE": "/nowhere/secret"}),
        ("a file that can be read", {"VIGIE_CONFIG": "/nowhere/vigie.toml"}),
    ],
)
def test_wrong_combinations_are_refused(expected: str, env: dict[str, str], tmp_path: Path) -> None:
    """Settings that are right alone and wrong together stop the start too."""
    with pytest.raises(SettingsError, match=expected):
        load_settings(env, tmp_path)


def test_secrets_come_from_files_and_stay_out_of_sight(tmp_path: Path) -> None:
    """A secret is read without its line end, and no repr or table shows it."""
    secret = tmp_path / "password"
    secret.write_text("correct horse\n")
    env = {
        "VIGIE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "VIGIE_KAFKA__SASL_USERNAME": "vigie",
        "VIGIE_KAFKA__SASL_PASSWORD_FILE": str(secret),
        "VIGIE_ALERTS__WEBHOOKS": HOOKS,
    }
    settings = load_settings(env, tmp_path)
    assert settings.kafka.sasl_password == "correct horse"
    seen = repr(settings) + " ".join(s.value for s in shown(settings))
    for hidden in ("correct horse", "0123456789abcdef", "/hook/T0/abc"):
        assert hidden in " ".join(secrets_of(settings))
        assert hidden not in seen


def test_an_empty_secret_file_is_a_problem(tmp_path: Path) -> None:
    """An empty password would be sent as one."""
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(SettingsError, match="empty, expected a secret"):
        load_settings({"VIGIE_ELASTICSEARCH__API_KEY_FILE": str(empty)}, tmp_path)


def test_webhooks_in_toml_may_name_their_secrets_by_file(tmp_path: Path) -> None:
    """The keys of a table in a list follow the same rules."""
    (tmp_path / "key").write_text("0123456789abcdef")
    (tmp_path / "vigie.toml").write_text(
        f'[[alerts.webhooks]]\nname = "d"\nurl = "https://h.test/"\nsecret_file = "{tmp_path}/key"\n'
    )
    [hook] = load_settings({}, tmp_path).alerts.webhooks
    assert (hook.name, hook.secret) == ("d", "0123456789abcdef")


def test_each_role_has_a_port_of_its_own() -> None:
    """All roles can run on one machine without a setting."""
    roles = ("connectors", "clean", "classify", "detect", "index", "deliver", "all")
    assert len({metrics_port(Settings(), role) for role in roles}) == len(roles)


def test_every_setting_is_on_the_page_with_its_default() -> None:
    """docs/settings.md has one line for each setting, with its variable, default and purpose, and no other."""
    page = (REPO / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = {
        m[1]: (m[2], m[3])
        for m in re.finditer(
            r"^\| `(VIGIE_\w+)`[^|]*\|[^|]*\| (?:`([^|]*)`)? ?\| (.*) \|$", page, re.M
        )
    }
    wanted = {"VIGIE_" + s.name.upper().replace(".", "__"): s for s in shown(Settings())}
    assert rows.keys() == wanted.keys()
    assert {n: d for n, (_, d) in rows.items()} == {n: s.doc for n, s in wanted.items()}
    assert {n: v or "" for n, (v, _) in rows.items()} == {n: s.value for n, s in wanted.items()}
