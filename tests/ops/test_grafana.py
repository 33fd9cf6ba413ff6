"""The dashboard is what its generator says, and each of its queries brings data from a real Prometheus."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.grafana import build
from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.harness.process import RunFolder
from tests.harness.prometheus import PrometheusServer
from tests.harness.tools import REPO
from tests.ops.fake_exporter import FakeExporter
from tests.ops.metric_names import closed_names, names_in

DASHBOARD: dict[str, Any] = json.loads(build.TARGET.read_text())
QUERIES = [
    (panel["title"], target["expr"])
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", [])
]
WAIT_SECONDS = 40


def test_checked_in_dashboard_is_that_of_the_generator() -> None:
    """Nobody edits the JSON by hand, and nobody forgets to rebuild it."""
    assert build.TARGET.read_text() == build.render()


def test_panels_do_not_overlap_and_fit_the_grid() -> None:
    """Each grid cell is taken once, within Grafana's 24 columns."""
    cells = [
        (x, y)
        for p in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(p["x"], p["x"] + p["w"])
        for y in range(p["y"], p["y"] + p["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < build.ROW_WIDTH


def test_dashboard_reads_only_metrics_that_vigie_exports() -> None:
    """A panel on an unknown metric would stay empty for ever."""
    used = {name for _, expression in QUERIES for name in names_in(expression)}
    assert used - closed_names() == set()


def test_every_metric_of_the_contract_is_shown() -> None:
    """What is measured is seen, here or through a recorded rule."""
    rules = yaml.safe_load((REPO / "ops/prometheus/rules/recording.yml").read_text())
    recorded = {
        rule["record"]: names_in(rule["expr"]) for g in rules["groups"] for rule in g["rules"]
    }
    shown = {name for _, expression in QUERIES for name in names_in(expression)}
    for _, expression in QUERIES:
        for record, names in recorded.items():
            if record in expression:
                shown |= names
    assert closed_names() - shown == set()


def test_the_exporter_of_these_tests_has_every_metric_of_the_contract() -> None:
    """Or a panel stays empty in the test alone, and only where a Prometheus is at hand."""
    families = list(FakeExporter().registry.collect())
    names = {s.name for f in families for s in f.samples} | {f.name for f in families}
    assert closed_names() - names == set()


def test_provisioning_points_at_the_dashboard_and_its_source() -> None:
    """The panels' data source is the provisioned one, and the provider's folder is mounted by compose."""
    folder = REPO / "ops" / "grafana" / "provisioning"
    source = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())
    provider = yaml.safe_load((folder / "dashboards" / "vigie.yml").read_text())
    mounted = provider["providers"][0]["options"]["path"]
    assert source["datasources"][0]["uid"] == build.DATASOURCE["uid"]
    assert f"./ops/grafana/dashboards:{mounted}:ro" in (REPO / "docker-compose.yml").read_text()


@pytest.mark.real
@pytest.mark.timeout(180)
def test_every_query_brings_data(prometheus_tools: Path, run_folder: RunFolder) -> None:
    """With Vigie's metrics scraped and our rules loaded, no panel is empty."""
    with FakeExporter() as exporter:
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(REPO / "ops" / "prometheus" / "rules" / "*.yml")],
            "scrape_configs": [
                {
                    "job_name": "vigie",
                    "static_configs": [
                        {"targets": [exporter.address], "labels": {"role": "connectors"}}
                    ],
                }
            ],
        }
        server = PrometheusServer(run_folder, yaml.safe_dump(config)).start()
        try:
            empty = _still_empty(server)
        finally:
            server.stop()
    assert empty == []


def _still_empty(server: PrometheusServer) -> list[str]:
    """Return the panels without a number, once all have one or the wait is over."""
    empty = [title for title, _ in QUERIES]
    for _ in range(WAIT_SECONDS):
        empty = [
            f"{title}: {expression}"
            for title, expression in QUERIES
            if not any(
                sample["value"][1] != "NaN"
                for sample in server.query(expression.replace("$__rate_interval", "1m"))
            )
        ]
        if not empty:
            break
        time.sleep(1)
    return empty
