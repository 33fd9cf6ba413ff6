"""Metrics: the closed label sets are there before anything happens, and the page lists every family."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from domain.outcome import Stage
from runtime.metrics import DEAD_LETTER_REASONS, OUTCOMES, ROLE_STAGES, Metrics
from tests.ops.metric_names import closed_names
from tests.paths import REPO


@pytest.mark.parametrize("role", sorted(ROLE_STAGES))
def test_every_outcome_is_zero_before_the_first_record(role: str) -> None:
    """The first failure of a process then shows in `rate()`."""
    metrics = Metrics(role)
    for stage in ROLE_STAGES[role]:
        for outcome in OUTCOMES[stage]:
            labels = {"stage": stage.value, "outcome": outcome}
            assert metrics.registry.get_sample_value("vigie_stage_records_total", labels) == 0


def test_every_stage_has_a_dead_letter_outcome_but_fetch() -> None:
    """A stage without one could lose a record uncounted."""
    assert all("dead_letter" in OUTCOMES[s] for s in Stage if s is not Stage.FETCH)


def test_an_unknown_reason_counts_as_a_defect() -> None:
    """Labels stay a closed set whatever an error calls itself."""
    metrics = Metrics("clean")
    metrics.dead_letter(Stage.CLEAN, "never heard of")
    labels = {"stage": "clean", "reason": "defect"}
    assert metrics.registry.get_sample_value("vigie_dead_letters_total", labels) == 1
    assert "defect" in DEAD_LETTER_REASONS


def families() -> set[str]:
    """Return our families as two roles export them, counters with `_total`."""
    found = set()
    for role in ("connectors", "all"):
        page = Metrics(role).exposition().decode()
        for family in text_string_to_metric_families(page):
            if family.name.startswith("vigie_"):
                found.add(family.name + ("_total" if family.type == "counter" else ""))
    return found


def test_the_page_lists_every_family_and_no_other() -> None:
    """docs/metrics.md and the code name the same metrics."""
    page = (REPO / "docs" / "metrics.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(vigie_\w+)` \|", page, re.M))
    assert listed == families()


def test_the_operators_rules_read_only_what_is_exported() -> None:
    """The names that rules and dashboards may use are exported by some role."""
    assert closed_names() <= families()


def test_the_page_lists_every_dead_letter_reason() -> None:
    """Who sees a reason in an alert finds it explained."""
    page = (REPO / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert [r for r in DEAD_LETTER_REASONS if f"`{r}`" not in page] == []


def test_a_worker_has_few_series() -> None:
    """Far below the thousand a worker may have."""
    page = Metrics("all").exposition().decode()
    lines = [line for line in page.splitlines() if line.startswith("vigie_")]
    assert len(lines) < 400
