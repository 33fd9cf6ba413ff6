"""A loopback exporter with every metric of the contract, whose counters grow with each scrape."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    make_wsgi_app,
)

from domain.outcome import (
    ClassifyOutcome,
    CleanOutcome,
    DeliverOutcome,
    FetchOutcome,
    IndexOutcome,
    Verdict,
)
from schemas.topics import STREAM_TOPICS

OUTCOMES = {
    "fetch": FetchOutcome,
    "clean": CleanOutcome,
    "classify": ClassifyOutcome,
    "detect": Verdict,
    "index": IndexOutcome,
    "deliver": DeliverOutcome,
}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


class FakeExporter:
    """A context manager that serves the metrics on a free loopback port."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._counters = self._make_counters()
        self._histograms = self._make_histograms()
        self._make_gauges()
        self._server: WSGIServer | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def _make_counters(self) -> list[Counter]:
        r = self.registry
        records = Counter("vigie_stage_records", ".", ["stage", "outcome"], registry=r)
        dead = Counter("vigie_dead_letters", ".", ["stage", "reason"], registry=r)
        alerts = Counter("vigie_alerts", ".", ["channel", "outcome"], registry=r)
        documents = Counter("vigie_index_documents", ".", ["index", "outcome"], registry=r)
        requests = Counter("vigie_fetch_requests", ".", ["source", "outcome"], registry=r)
        size = Counter("vigie_fetch_bytes", ".", ["source"], registry=r)
        taken = Counter("vigie_stage_taken_records", ".", ["stage"], registry=r)
        outputs = Counter("vigie_detect_outputs", ".", ["output"], registry=r)
        return [
            *(taken.labels(stage) for stage in OUTCOMES),
            *(outputs.labels(o) for o in ("judged", "event", "alert")),
            Counter("vigie_canary_sent", ".", registry=r),
            *(records.labels(stage, o) for stage, kind in OUTCOMES.items() for o in kind),
            dead.labels("clean", "contract"),
            *(alerts.labels("console", o) for o in DeliverOutcome),
            *(documents.labels("news-articles", o) for o in IndexOutcome),
            *(requests.labels("a", o) for o in ("ok", "failed")),
            size.labels("a"),
        ]

    def _make_histograms(self) -> list[Histogram]:
        r = self.registry
        stage = Histogram("vigie_stage_duration_seconds", ".", ["stage"], registry=r)
        fetch = Histogram("vigie_fetch_duration_seconds", ".", ["source"], registry=r)
        latency = Histogram("vigie_alert_latency_seconds", ".", registry=r)
        return [*(stage.labels(s) for s in OUTCOMES), fetch.labels("a"), latency]

    def _make_gauges(self) -> None:
        r, now = self.registry, time.time()
        lag = Gauge("vigie_consumer_lag_records", ".", ["topic", "partition"], registry=r)
        for topic in STREAM_TOPICS:
            lag.labels(topic.name, "0").set(3)
        progress = Gauge("vigie_consumer_progress_timestamp_seconds", ".", ["stage"], registry=r)
        for stage in OUTCOMES:
            progress.labels(stage).set(now)
        Gauge("vigie_sink_up", ".", ["sink"], registry=r).labels("elasticsearch").set(1)
        Gauge("vigie_event_loop_lag_seconds", ".", registry=r).set(0.01)
        Gauge("vigie_canary_last_arrival_timestamp_seconds", ".", registry=r).set(now)
        Gauge("vigie_canary_latency_seconds", ".", registry=r).set(2)
        Gauge("vigie_build_info", ".", ["version"], registry=r).labels("0.1.0").set(1)
        for what, value in (
            ("last_success_timestamp_seconds", now),
            ("last_article_timestamp_seconds", now),
            ("interval_seconds", 300),
        ):
            Gauge(f"vigie_feed_{what}", ".", ["source"], registry=r).labels("a").set(value)

    def _grow(self) -> None:
        while not self._stop.wait(0.2):
            for counter in self._counters:
                counter.inc()
            for histogram in self._histograms:
                histogram.observe(0.3)

    def __enter__(self) -> FakeExporter:
        app = make_wsgi_app(self.registry)
        self._server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
        self._threads = [
            threading.Thread(target=self._grow),
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}),
        ]
        for thread in self._threads:
            thread.start()
        return self

    @property
    def address(self) -> str:
        """`host:port` to scrape."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.server_port}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        for thread in self._threads:
            thread.join()
