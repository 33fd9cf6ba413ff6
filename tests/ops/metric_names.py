"""The metric names that rules and dashboards may use, and how to find those they do use."""

from __future__ import annotations

import re

from runtime.metrics import ROLE_STAGES, Metrics

# The contract (docs/metrics.md), as far as operators' files use it; runtime/metrics.py must export each.
METRICS = frozenset(
    {
        "vigie_stage_records_total",
        "vigie_stage_taken_records_total",
        "vigie_detect_outputs_total",
        "vigie_stage_duration_seconds",
        "vigie_dead_letters_total",
        "vigie_consumer_lag_records",
        "vigie_consumer_progress_timestamp_seconds",
        "vigie_alert_latency_seconds",
        "vigie_alerts_total",
        "vigie_canary_last_arrival_timestamp_seconds",
        "vigie_canary_latency_seconds",
        "vigie_canary_sent_total",
        "vigie_index_documents_total",
        "vigie_sink_up",
        "vigie_event_loop_lag_seconds",
        "vigie_build_info",
        "vigie_fetch_requests_total",
        "vigie_fetch_duration_seconds",
        "vigie_fetch_bytes_total",
        "vigie_feed_last_success_timestamp_seconds",
        "vigie_feed_last_article_timestamp_seconds",
        "vigie_feed_interval_seconds",
    }
)
_NAME = re.compile(r"(?<![\w:])vigie_\w+(?![\w:])")
_SUFFIX = re.compile(r"_(bucket|sum|count)$")


def names_in(expression: str) -> set[str]:
    """Return the metric families an expression reads; recorded names (with colons) are not families."""
    return {_SUFFIX.sub("", name) for name in _NAME.findall(expression)}


def closed_names() -> frozenset[str]:
    """Return the contract's names."""
    return METRICS


def exported_names() -> set[str]:
    """Return the families that the processes of all roles export, as their pages name them."""
    pages = [Metrics(role).exposition().decode() for role in ROLE_STAGES]
    return {name for page in pages for name in re.findall(r"^# TYPE (\S+)", page, re.M)}
