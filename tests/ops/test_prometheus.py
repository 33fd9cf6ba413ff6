"""The alert rules are complete, documented, tested, and their tests can fail."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.topics import STREAM_TOPICS
from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.harness.prometheus import check
from tests.harness.tools import REPO
from tests.ops.metric_names import closed_names, exported_names, names_in

PROMETHEUS = REPO / "ops" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))


def rules_in(path: Path) -> list[dict[str, Any]]:
    """Return every rule of a file."""
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


ALERTS = {
    rule["alert"]: (path, rule) for path in RULES for rule in rules_in(path) if "alert" in rule
}


@pytest.mark.parametrize("name", ALERTS)
def test_alert_says_how_bad_what_and_where_to_read_on(name: str) -> None:
    """Each alert has a wait, a severity, a summary, a description and a runbook that exists."""
    rule = ALERTS[name][1]
    assert re.fullmatch(r"\d+[ms]", rule["for"])
    assert rule["labels"]["severity"] in ("critical", "warning", "none")
    assert len(rule["annotations"]["summary"]) > 10
    assert len(rule["annotations"]["description"]) > 20
    assert (REPO / rule["annotations"]["runbook_url"]).is_file()


@pytest.mark.parametrize("name", ALERTS)
def test_runbook_names_its_alert_and_has_the_four_parts(name: str) -> None:
    """A runbook says what the alert means, where to look first, likely causes and what to do."""
    text = (REPO / ALERTS[name][1]["annotations"]["runbook_url"]).read_text()
    headings = re.findall(r"^## (.+)$", text, flags=re.M)
    assert name in text.splitlines()[0]
    assert headings == ["Meaning", "First look", "Likely causes", "What to do"]


def test_every_runbook_belongs_to_an_alert() -> None:
    """No runbook is left of an alert that is gone."""
    used = {Path(rule["annotations"]["runbook_url"]).name for _, rule in ALERTS.values()}
    there = {p.name for p in (REPO / "docs" / "runbooks").glob("*.md")} - {"README.md"}
    assert there == used


def test_every_alert_is_shown_to_fire_and_to_stay_quiet() -> None:
    """Each alert has both kinds of promtool test; the one that always fires cannot stay quiet."""
    names = [t["name"] for path in RULE_TESTS for t in yaml.safe_load(path.read_text())["tests"]]
    fires = {n.split()[0] for n in names if n.split()[1] == "fires"}
    quiet = {n.split()[0] for n in names if n.split()[1:3] == ["stays", "quiet"]}
    assert (set(ALERTS), set(ALERTS) - {"Watchdog"}) == (fires, quiet)


def test_rules_name_only_metrics_that_vigie_exports() -> None:
    """A metric that no process exports would make an alert that never fires."""
    used = {name for path in RULES for rule in rules_in(path) for name in names_in(rule["expr"])}
    assert used
    assert used - closed_names() == set()


def test_every_metric_of_the_contract_is_exported() -> None:
    """The names that rules and dashboards build on are those on the pages of the processes."""
    assert closed_names() - exported_names() == set()


def test_process_metrics_that_rules_read_are_exported() -> None:
    """Restarts and memory are read from the standard collectors, which a registry of its own lacks by default."""
    needed = {
        "process_start_time_seconds",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
    }
    assert needed - exported_names() == set()


def test_lag_rules_name_topics_that_exist() -> None:
    """A stage's lag is summed over the topics it reads; each stream topic but the dead letters is in one rule."""
    text = (PROMETHEUS / "rules" / "recording.yml").read_text()
    matchers = re.findall(r'topic=(~?)"([^"]+)"', text)
    for topic in STREAM_TOPICS:
        hits = [
            m
            for is_pattern, m in matchers
            if (
                re.fullmatch(m.replace("\\\\", "\\"), topic.name) if is_pattern else m == topic.name
            )
        ]
        assert len(hits) == 1, topic.name


def test_number_of_watches_is_that_of_the_files() -> None:
    """The completeness rules multiply by the number of watches."""
    rule = next(
        r
        for r in rules_in(PROMETHEUS / "rules" / "recording.yml")
        if r["record"] == "vigie:watches:count"
    )
    files = list((REPO / "watches").glob("*.toml"))
    if not files:
        pytest.skip("no watch is here yet")
    assert rule["expr"] == f"vector({len(files)})"


@pytest.mark.real
@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda p: p.stem)
def test_promtool_agrees(path: Path, prometheus_tools: Path) -> None:
    """Every alert fires and stays quiet as its promtool tests say."""
    code, said = check("promtool", "test", "rules", path.name, cwd=path.parent)
    assert code == 0, said


@pytest.mark.real
def test_promtool_accepts_the_rules_and_the_configuration(
    prometheus_tools: Path, tmp_path: Path
) -> None:
    """The rules have no lint, and prometheus.yml is a valid configuration."""
    code, said = check("promtool", "check", "rules", "--lint-fatal", *map(str, RULES))
    assert code == 0, said
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    code, said = check("promtool", "check", "config", str(tmp_path / "prometheus/prometheus.yml"))
    assert code == 0, said


@pytest.mark.real
@pytest.mark.parametrize("name", [n for n in ALERTS if n != "Watchdog"])
@pytest.mark.parametrize("expression", ["vector(0) > 1", "vector(1)"], ids=["never", "always"])
def test_promtool_test_notices_a_broken_rule(
    name: str, expression: str, prometheus_tools: Path, tmp_path: Path
) -> None:
    """A rule that never fires, or always does, fails its own promtool tests."""
    folder = tmp_path / "prometheus"
    shutil.copytree(PROMETHEUS, folder)
    path = folder / "rules" / ALERTS[name][0].name
    rules = yaml.safe_load(path.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") == name:
                rule |= {"expr": expression, "for": "0m"}
    path.write_text(yaml.safe_dump(rules))
    code, _ = check("promtool", "test", "rules", path.name, cwd=folder / "tests")
    assert code != 0
