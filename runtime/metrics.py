"""The Prometheus metrics of one process, on a registry of its own; docs/metrics.md explains each.

Labels are closed sets and made before anything happens, so that the first failure shows in `rate()`.
Base units throughout: seconds, bytes, records.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib import metadata

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from domain.outcome import (
    ClassifyOutcome,
    CleanOutcome,
    DeliverOutcome,
    FetchOutcome,
    IndexOutcome,
    Stage,
    Verdict,
)
from schemas.topics import ALERT_RAISED, ARTICLE_JUDGED, EVENT_CHANGED

# A `_created` series for each counter would double the page and nobody reads them.
disable_created_metrics()  # type: ignore[no-untyped-call]

# Detect's outcomes are the verdicts, and the dead letter every stage has.
DEAD_LETTER = "dead_letter"
OUTCOMES: dict[Stage, tuple[str, ...]] = {
    Stage.FETCH: tuple(o.value for o in FetchOutcome),
    Stage.CLEAN: tuple(o.value for o in CleanOutcome),
    Stage.CLASSIFY: tuple(o.value for o in ClassifyOutcome),
    Stage.DETECT: (*(v.value for v in Verdict), DEAD_LETTER),
    Stage.INDEX: tuple(o.value for o in IndexOutcome),
    Stage.DELIVER: tuple(o.value for o in DeliverOutcome),
}
DEAD_LETTER_REASONS = (
    "contract",
    "parse",
    "rejected",
    "defect",
    "too_slow",
    "too_large",
    "expired",
)
STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LATENCY_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
# Which stages a role runs, so that a process only exports what it can count.
ROLE_STAGES: dict[str, tuple[Stage, ...]] = {
    "connectors": (Stage.FETCH,),
    "clean": (Stage.CLEAN,),
    "classify": (Stage.CLASSIFY,),
    "detect": (Stage.DETECT,),
    "index": (Stage.INDEX,),
    "deliver": (Stage.DELIVER,),
    "all": (Stage.CLEAN, Stage.CLASSIFY, Stage.DETECT, Stage.INDEX, Stage.DELIVER),
}
INDICES = ("news-articles", "news-events")
# What detect hands on, by the topic it goes to.
DETECT_OUTPUTS = {
    ARTICLE_JUDGED.name: "judged",
    EVENT_CHANGED.name: "event",
    ALERT_RAISED.name: "alert",
}


class Metrics:
    """Counters, gauges and histograms of one role."""

    def __init__(self, role: str, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.stages = ROLE_STAGES[role]
        self._make_stage_metrics()
        self._make_effect_metrics()
        self._make_process_metrics()
        self._make_canary_metrics()
        if Stage.FETCH in self.stages:
            self._make_fetch_metrics()
        self._make_labels()

    def _make_stage_metrics(self) -> None:
        self.records = Counter(
            "vigie_stage_records_total",
            "Records that ended this stage, by outcome.",
            ["stage", "outcome"],
            registry=self.registry,
        )
        self.duration = Histogram(
            "vigie_stage_duration_seconds",
            "Time from taking a record to its outcome.",
            ["stage"],
            buckets=STAGE_BUCKETS,
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "vigie_dead_letters_total",
            "Records sent to a dead-letter topic, by reason.",
            ["stage", "reason"],
            registry=self.registry,
        )
        self.lag = Gauge(
            "vigie_consumer_lag_records",
            "Records of a partition that were written and not yet handled.",
            ["topic", "partition"],
            registry=self.registry,
        )
        self.progress = Gauge(
            "vigie_consumer_progress_timestamp_seconds",
            "When the stage last finished a record, or started.",
            ["stage"],
            registry=self.registry,
        )

        self.taken = Counter(
            "vigie_stage_taken_records_total",
            "Records of Kafka that the stage is through with, whatever they came to.",
            ["stage"],
            registry=self.registry,
        )
        if Stage.DETECT in self.stages:
            self.outputs = Counter(
                "vigie_detect_outputs_total",
                "Records that detect handed to Kafka for index and deliver.",
                ["output"],
                registry=self.registry,
            )

    def _make_effect_metrics(self) -> None:
        self.alert_latency = Histogram(
            "vigie_alert_latency_seconds",
            "Time from the first fetch of an article to the delivery of its alert.",
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.alerts = Counter(
            "vigie_alerts_total",
            "Alerts by channel and outcome.",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.index_documents = Counter(
            "vigie_index_documents_total",
            "Documents offered to an index, by outcome.",
            ["index", "outcome"],
            registry=self.registry,
        )
        self.sink_up = Gauge(
            "vigie_sink_up",
            "1 if the last call to the sink was answered, 0 if not.",
            ["sink"],
            registry=self.registry,
        )

    def _make_process_metrics(self) -> None:
        self.loop_lag = Gauge(
            "vigie_event_loop_lag_seconds",
            "How late the event loop woke a sleeper, the worst since the last reading.",
            registry=self.registry,
        )
        self.stalled = Gauge(
            "vigie_consumer_stalled_seconds",
            "How long records have waited while none was handled and no sink was down.",
            registry=self.registry,
        )
        self.rebalances = Counter(
            "vigie_consumer_rebalances_total",
            "Times the partitions were shared out anew.",
            registry=self.registry,
        )
        self.rebalance_duration = Histogram(
            "vigie_consumer_rebalance_duration_seconds",
            "Time from losing the partitions to having them again.",
            buckets=(0.1, 0.5, 1, 2.5, 5, 10, 15, 30, 60),
            registry=self.registry,
        )
        self.commit_duration = Histogram(
            "vigie_consumer_commit_duration_seconds",
            "Time to store the offsets.",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "vigie_consumer_in_flight_records",
            "Records read from Kafka and not yet handled.",
            registry=self.registry,
        )
        self.build = Gauge(
            "vigie_build_info", "1, with the version.", ["version"], registry=self.registry
        )
        self.build.labels(version()).set(1)
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            self.registry.register(collector)

    def _make_canary_metrics(self) -> None:
        if Stage.FETCH in self.stages:
            self.canary_sent = Counter(
                "vigie_canary_sent_total",
                "Canary articles handed to Kafka.",
                registry=self.registry,
            )
        if Stage.DELIVER in self.stages:
            self.canary_arrival = Gauge(
                "vigie_canary_last_arrival_timestamp_seconds",
                "When a canary last became an alert, or the process started; 0 with the canary off.",
                registry=self.registry,
            )
            self.canary_latency = Gauge(
                "vigie_canary_latency_seconds",
                "Time from the making of the last canary to the delivery of its alert.",
                registry=self.registry,
            )

    def _make_fetch_metrics(self) -> None:
        self.fetch_requests = Counter(
            "vigie_fetch_requests_total",
            "Requests to a source, by outcome.",
            ["source", "outcome"],
            registry=self.registry,
        )
        self.fetch_duration = Histogram(
            "vigie_fetch_duration_seconds",
            "Time of one request, redirects included.",
            ["source"],
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.fetch_bytes = Counter(
            "vigie_fetch_bytes_total",
            "Bytes received from a source, as they came over the wire.",
            ["source"],
            registry=self.registry,
        )
        self.feed_success = Gauge(
            "vigie_feed_last_success_timestamp_seconds",
            "When a source was last read without error, 0 if never.",
            ["source"],
            registry=self.registry,
        )
        self.feed_article = Gauge(
            "vigie_feed_last_article_timestamp_seconds",
            "When a source last gave a new article, 0 if never.",
            ["source"],
            registry=self.registry,
        )
        self.feed_interval = Gauge(
            "vigie_feed_interval_seconds",
            "How often a source is read.",
            ["source"],
            registry=self.registry,
        )

    def _make_labels(self) -> None:
        for stage in self.stages:
            for outcome in OUTCOMES[stage]:
                self.records.labels(stage.value, outcome)
            self.duration.labels(stage.value)
            if stage is Stage.FETCH:
                continue
            self.progress.labels(stage.value).set_to_current_time()
            self.taken.labels(stage.value)
            for reason in DEAD_LETTER_REASONS:
                self.dead_letters.labels(stage.value, reason)
        if Stage.DETECT in self.stages:
            for output in DETECT_OUTPUTS.values():
                self.outputs.labels(output)
        if Stage.INDEX in self.stages:
            for index in INDICES:
                for index_outcome in IndexOutcome:
                    self.index_documents.labels(index, index_outcome.value)

    def use_channels(self, channels: Iterable[str]) -> None:
        """Make the label sets of the channels that are configured."""
        for channel in channels:
            for outcome in DeliverOutcome:
                self.alerts.labels(channel, outcome.value)

    def finished(self, stage: Stage, outcome: str, seconds: float) -> None:
        """Count one record that ended a stage."""
        self.records.labels(stage.value, outcome).inc()
        self.duration.labels(stage.value).observe(seconds)
        self.progress.labels(stage.value).set(time.time())

    def dead_letter(self, stage: Stage, reason: str) -> None:
        """Count one dead letter; a reason out of the closed set counts as a defect."""
        known = reason if reason in DEAD_LETTER_REASONS else "defect"
        self.dead_letters.labels(stage.value, known).inc()

    def exposition(self) -> bytes:
        """Return the metrics page."""
        return generate_latest(self.registry)


def version() -> str:
    """Return the installed version, or `0` when run from a folder that was never installed."""
    try:
        return metadata.version("vigie")
    except metadata.PackageNotFoundError:
        return "0"
