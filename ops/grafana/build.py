"""Build the Grafana dashboard: `python -m ops.grafana.build` rewrites dashboards/vigie.json.

A dashboard exported from Grafana is thousands of lines that nobody reviews. Here each panel is one line of what it
shows; layout, units and colours follow from it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "dashboards" / "vigie.json"
DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
ROW_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: `queries` are (legend, PromQL); a value from `warn` on is orange, from `bad` on red."""

    title: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    about: str = ""
    warn: float | None = None
    bad: float | None = None
    stack: bool = False


def one(expression: str, legend: str = "") -> tuple[tuple[str, str], ...]:
    """Return the queries of a panel that has one."""
    return ((legend, expression),)


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "At a glance",
        (
            Panel(
                "Roles up",
                one('sum(up{job="vigie"})'),
                "stat",
                width=3,
                about="Of six: connectors, clean, classify, detect, index, deliver.",
            ),
            Panel(
                "Articles fetched, last hour",
                one(
                    'sum(increase(vigie_stage_records_total{stage="fetch",outcome=~"produced|partial"}[1h]))'
                ),
                "stat",
                width=3,
            ),
            Panel(
                "New events and updates, 24 h",
                one(
                    'sum(increase(vigie_stage_records_total{stage="detect",outcome=~"NEW|UPDATE"}[24h]))'
                ),
                "stat",
                width=3,
            ),
            Panel(
                "Alerts sent, 24 h",
                one('sum(increase(vigie_alerts_total{outcome="sent"}[24h]))'),
                "stat",
                width=3,
            ),
            Panel(
                "Alert latency p95, 6 h",
                one("vigie:alert_latency_seconds:p95_6h"),
                "stat",
                "s",
                3,
                "From the first fetch to the delivery; the budget is 5 s.",
                3,
                5,
            ),
            Panel(
                "Records unaccounted for, 1 h",
                one("sum(clamp_min(stage:vigie_records_missing:1h, 0))"),
                "stat",
                width=3,
                about="In, minus out, minus waiting. Zero is the promise.",
                warn=1,
                bad=10,
            ),
            Panel(
                "Dead letters, 24 h",
                one("sum(increase(vigie_dead_letters_total[24h]))"),
                "stat",
                width=3,
                warn=1,
                bad=20,
            ),
            Panel(
                "Firing",
                one('count(ALERTS{alertstate="firing",severity!="none"}) or vector(0)'),
                "stat",
                width=3,
                about="Alerts of the operators, Watchdog not counted.",
                warn=1,
                bad=3,
            ),
        ),
    ),
    (
        "Pipeline",
        (
            Panel(
                "Outcomes per second",
                one(
                    "sum by (stage, outcome) (rate(vigie_stage_records_total[$__rate_interval]))",
                    "{{stage}} {{outcome}}",
                ),
                unit="reqps",
                stack=True,
            ),
            Panel(
                "Waiting records",
                one("sum by (stage) (stage:vigie_lag_records:sum)", "{{stage}}"),
                about="What each stage has yet to read from Kafka.",
            ),
            Panel(
                "Time for one record, p95",
                one(
                    "histogram_quantile(0.95, sum by (stage, le) "
                    "(rate(vigie_stage_duration_seconds_bucket[$__rate_interval])))",
                    "{{stage}}",
                ),
                unit="s",
            ),
            Panel(
                "Completeness, last hour",
                (
                    ("{{stage}} in", "stage:vigie_records_in:increase1h"),
                    ("{{stage}} out", "stage:vigie_records_out:increase1h"),
                ),
                about="Both lines of a stage lie on each other, apart from what waits.",
            ),
            Panel(
                "Since last progress",
                one(
                    "time() - max by (stage) (vigie_consumer_progress_timestamp_seconds)",
                    "{{stage}}",
                ),
                unit="s",
                about="Idle stages grow too: only with waiting records it is trouble.",
            ),
            Panel(
                "Event loop lag",
                one("max by (role) (vigie_event_loop_lag_seconds)", "{{role}}"),
                unit="s",
            ),
            Panel(
                "Memory",
                one('max by (role) (process_resident_memory_bytes{job="vigie"})', "{{role}}"),
                unit="bytes",
            ),
            Panel(
                "Processor",
                one(
                    'sum by (role) (rate(process_cpu_seconds_total{job="vigie"}[$__rate_interval]))',
                    "{{role}}",
                ),
                unit="percentunit",
            ),
            Panel(
                "Versions",
                one("count by (version) (vigie_build_info)", "{{version}}"),
                "bargauge",
                about="Processes by release; more than one only during a deployment.",
            ),
        ),
    ),
    (
        "Sources",
        (
            Panel(
                "Fetches per second",
                one(
                    "sum by (outcome) (rate(vigie_fetch_requests_total[$__rate_interval]))",
                    "{{outcome}}",
                ),
                unit="reqps",
                stack=True,
            ),
            Panel(
                "Bytes per second",
                one("sum(rate(vigie_fetch_bytes_total[$__rate_interval]))", "all sources"),
                unit="Bps",
            ),
            Panel(
                "Fetch time p95",
                one(
                    "histogram_quantile(0.95, sum by (source, le) "
                    "(rate(vigie_fetch_duration_seconds_bucket[$__rate_interval])))",
                    "{{source}}",
                ),
                unit="s",
            ),
            Panel(
                "Since the last new article",
                one(
                    "sort_desc(time() - (max by (source) (vigie_feed_last_article_timestamp_seconds) > 0))",
                    "{{source}}",
                ),
                "bargauge",
                "s",
                12,
                "Sources that brought something since their connector started.",
                21600,
                86400,
            ),
            Panel(
                "Since the last good poll, in intervals",
                one(
                    "sort_desc((time() - (max by (source) (vigie_feed_last_success_timestamp_seconds) > 0)) "
                    "/ max by (source) (vigie_feed_interval_seconds))",
                    "{{source}}",
                ),
                "bargauge",
                width=12,
                about="One or less is on time; five alert.",
                warn=2,
                bad=5,
            ),
        ),
    ),
    (
        "Latency and alerts",
        (
            Panel(
                "First fetch to alert",
                tuple(
                    (
                        f"p{q}",
                        f"histogram_quantile(0.{q}, sum by (le) (rate(vigie_alert_latency_seconds_bucket[6h])))",
                    )
                    for q in (50, 95)
                ),
                unit="s",
            ),
            Panel(
                "Alerts by channel and outcome",
                one(
                    "sum by (channel, outcome) (increase(vigie_alerts_total[$__rate_interval]))",
                    "{{channel}} {{outcome}}",
                ),
                stack=True,
            ),
            Panel(
                "Verdicts per hour",
                one(
                    'sum by (outcome) (increase(vigie_stage_records_total{stage="detect",outcome!="OFF"}[1h]))',
                    "{{outcome}}",
                ),
            ),
            Panel(
                "Canary",
                (
                    (
                        "since the last arrival",
                        "time() - (max(vigie_canary_last_arrival_timestamp_seconds) > 0)",
                    ),
                    ("from feed to alert", "max(vigie_canary_latency_seconds)"),
                ),
                unit="s",
                about="An article of our own goes the whole way every 15 minutes; half an hour without one pages.",
                warn=1200,
                bad=1800,
            ),
            Panel(
                "Canaries sent, last hour",
                one("sum(increase(vigie_canary_sent_total[1h]))"),
                "stat",
                width=4,
            ),
        ),
    ),
    (
        "Dead letters and index",
        (
            Panel(
                "Dead letters by stage and reason",
                one(
                    "sum by (stage, reason) (increase(vigie_dead_letters_total[$__rate_interval]))",
                    "{{stage}} {{reason}}",
                ),
                stack=True,
            ),
            Panel(
                "Documents by index and outcome",
                one(
                    "sum by (index, outcome) (rate(vigie_index_documents_total[$__rate_interval]))",
                    "{{index}} {{outcome}}",
                ),
                unit="wps",
            ),
            Panel(
                "Sinks",
                one("min by (sink) (vigie_sink_up)", "{{sink}}"),
                about="1 is up.",
            ),
        ),
    ),
)


def _thresholds(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.warn is not None:
        steps.append({"color": "orange", "value": panel.warn})
    if panel.bad is not None:
        steps.append({"color": "red", "value": panel.bad})
    return {"mode": "absolute", "steps": steps}


def _options(panel: Panel) -> dict[str, Any]:
    reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if panel.kind == "stat":
        colour = "background" if panel.warn is not None else "value"
        return {"reduceOptions": reduce, "colorMode": colour, "graphMode": "area"}
    if panel.kind == "bargauge":
        return {"reduceOptions": reduce, "orientation": "horizontal", "displayMode": "basic"}
    return {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def _render(panel: Panel, number: int, x: int, y: int, height: int) -> dict[str, Any]:
    custom: dict[str, Any] = {"fillOpacity": 10, "lineWidth": 1, "showPoints": "never"}
    if panel.stack:
        custom |= {"fillOpacity": 40, "stacking": {"mode": "normal", "group": "A"}}
    instant = panel.kind != "timeseries"
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": height},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "thresholds": _thresholds(panel),
                "color": {"mode": "palette-classic" if not instant else "thresholds"},
                "custom": {} if instant else custom,
            },
            "overrides": [],
        },
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + i),
                "expr": expression,
                "legendFormat": legend or "__auto",
                "datasource": DATASOURCE,
                "instant": instant,
                "range": not instant,
            }
            for i, (legend, expression) in enumerate(panel.queries)
        ],
    }


def build() -> dict[str, Any]:
    """Return the dashboard as Grafana's JSON model."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        position = {"x": 0, "y": y, "w": ROW_WIDTH, "h": 1}
        header = {"id": len(panels) + 1, "type": "row", "title": title, "gridPos": position}
        panels.append({**header, "collapsed": False, "panels": []})
        y += 1
        x = 0
        height = 4 if row[0].kind == "stat" else 8
        for panel in row:
            if x + panel.width > ROW_WIDTH:
                x, y = 0, y + height
            panels.append(_render(panel, len(panels) + 1, x, y, height))
            x += panel.width
        y += height
    return {
        "uid": "vigie",
        "title": "Vigie",
        "description": "Sources, stages, latency, alerts and dead letters of Vigie. Built by ops/grafana/build.py.",
        "tags": ["vigie"],
        "timezone": "browser",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": []},
        "annotations": {
            "list": [
                {
                    "name": "Firing alerts",
                    "datasource": DATASOURCE,
                    "enable": True,
                    "iconColor": "red",
                    "expr": 'ALERTS{alertstate="firing",severity="critical"}',
                    "titleFormat": "{{alertname}}",
                }
            ]
        },
        "panels": panels,
    }


def render() -> str:
    """Return the file's text."""
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render())
