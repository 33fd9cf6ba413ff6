"""What faust knows of itself, in base units: rebalances, commits, records in flight, and where each partition is.

faust's own Prometheus sensor counts in milliseconds and makes 196 series for one topic; this one makes a few.
"""

from __future__ import annotations

import time
from typing import Any

from faust.sensors.base import Sensor

from runtime.metrics import Metrics


class VigieSensor(Sensor):
    """Feeds faust's signals into our metrics."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics
        self.handled: dict[tuple[str, int], int] = {}  # newest offset handled of each partition

    def on_message_in(self, tp: Any, offset: int, message: Any) -> None:
        """Count a record that was read."""
        self._metrics.in_flight.inc()

    def on_message_out(self, tp: Any, offset: int, message: Any) -> None:
        """Count a record that was handled."""
        self._metrics.in_flight.dec()
        self.handled[tp.topic, tp.partition] = offset

    def on_commit_initiated(self, consumer: Any) -> float:
        """Return when the commit began."""
        return time.monotonic()

    def on_commit_completed(self, consumer: Any, state: float) -> None:
        """Observe the commit."""
        self._metrics.commit_duration.observe(time.monotonic() - state)

    def on_rebalance_end(self, app: Any, state: dict[str, float]) -> None:
        """Observe the rebalance; what was in flight is read again."""
        self._metrics.rebalances.inc()
        self._metrics.rebalance_duration.observe(time.monotonic() - state["time_start"])
        self._metrics.in_flight.set(0)
        self.handled.clear()


def lags(app: Any, sensor: VigieSensor) -> dict[tuple[str, int], int]:
    """Return for each partition this process reads how many records are not yet handled."""
    consumer = app.consumer
    found = {}
    for tp in consumer.assignment():
        end = consumer.highwater(tp)
        if end is None:
            continue
        handled = sensor.handled.get((tp.topic, tp.partition))
        if handled is not None:
            found[tp.topic, tp.partition] = max(0, end - handled - 1)
            continue
        committed = consumer._committed_offset.get(tp)
        if committed is not None:
            found[tp.topic, tp.partition] = max(0, end - committed)
    return found
