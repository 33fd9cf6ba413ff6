"""What the connectors count, as a protocol: the registry and the names behind it belong to `runtime.metrics`.

| call | metric |
|---|---|
| count_outcome | vigie_stage_records_total{stage="fetch",outcome} |
| count_request | vigie_fetch_requests_total{source,outcome} |
| observe_duration | vigie_fetch_duration_seconds{source} |
| count_bytes | vigie_fetch_bytes_total{source} |
| set_last_success | vigie_feed_last_success_timestamp_seconds{source} |
| set_last_article | vigie_feed_last_article_timestamp_seconds{source} |
| set_interval | vigie_feed_interval_seconds{source} |
"""

from __future__ import annotations

from typing import Protocol

from domain.outcome import FetchOutcome
from runtime.http_guard import FetchReason

# Every value the `outcome` label of vigie_fetch_requests_total can take.
REQUEST_OUTCOMES: tuple[str, ...] = (
    "ok",
    "not_modified",
    *(reason.value for reason in FetchReason),
)


class ConnectorMetrics(Protocol):
    """Counters and gauges of the connectors. `source_id` comes from the configured sources only."""

    def count_outcome(self, outcome: FetchOutcome) -> None:
        """Count one entry's outcome."""
        ...

    def count_request(self, source_id: str, outcome: str) -> None:
        """Count one fetch; the outcome is one of REQUEST_OUTCOMES."""
        ...

    def observe_duration(self, source_id: str, seconds: float) -> None:
        """Note how long one fetch took, the wait for the host's turn included."""
        ...

    def count_bytes(self, source_id: str, count: int) -> None:
        """Count bytes as they came over the wire."""
        ...

    def set_last_success(self, source_id: str, timestamp: float) -> None:
        """Note when the listing was last had (304 counts)."""
        ...

    def set_last_article(self, source_id: str, timestamp: float) -> None:
        """Note when an article of the source was last produced."""
        ...

    def set_interval(self, source_id: str, seconds: float) -> None:
        """Note how often the source is polled, for alerts on silence."""
        ...


class NoMetrics:
    """Counts nothing."""

    def count_outcome(self, outcome: FetchOutcome) -> None:
        """Do nothing."""

    def count_request(self, source_id: str, outcome: str) -> None:
        """Do nothing."""

    def observe_duration(self, source_id: str, seconds: float) -> None:
        """Do nothing."""

    def count_bytes(self, source_id: str, count: int) -> None:
        """Do nothing."""

    def set_last_success(self, source_id: str, timestamp: float) -> None:
        """Do nothing."""

    def set_last_article(self, source_id: str, timestamp: float) -> None:
        """Do nothing."""

    def set_interval(self, source_id: str, seconds: float) -> None:
        """Do nothing."""
