"""Says of each role whether it grew: a robust line through the samples after the warm-up, and the promise of 5 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.soak.measure import Sample

PROMISED_GROWTH = 0.05  # of resident memory, over two hours
PROMISED_SECONDS = 7200.0
WARM_UP_SHARE = (
    0.3  # caches, connections and the first articles of every language come in this part
)
MAX_POINTS = 400  # of a series; the line is through all pairs of them
FILES_SLACK = 5.0


@dataclass(frozen=True, slots=True)
class Trend:
    """A robust line (Theil and Sen): level at its beginning, growth over its length, and per hour."""

    level: float
    growth: float
    per_hour: float

    @property
    def share(self) -> float:
        """The growth as a share of the level."""
        return self.growth / self.level if self.level else 0.0


@dataclass(frozen=True, slots=True)
class RoleVerdict:
    """What became of one role. `is_flat`: it grew by less than promised over what was measured."""

    role: str
    memory: Trend
    files: Trend
    threads: Trend
    peak_rss: float
    cpu_share: float  # of one processor
    restarts: int
    lag_p95: float
    lag_last: float

    @property
    def share_in_two_hours(self) -> float:
        """The growth of memory that the line tells of two hours, as a share."""
        return self.memory.per_hour * PROMISED_SECONDS / 3600 / self.memory.level

    @property
    def is_flat(self) -> bool:
        """Whether memory grew by at most what is promised, and open files and threads did not."""
        return (
            self.memory.share <= PROMISED_GROWTH
            and self.files.growth <= FILES_SLACK
            and self.threads.growth <= FILES_SLACK
        )


def trend(at: Sequence[float], values: Sequence[float]) -> Trend:
    """Return the line whose slope is the median of the slopes between all pairs of points."""
    x, y = _thinned(np.asarray(at, float)), _thinned(np.asarray(values, float))
    if len(x) < 2:
        return Trend(float(y[0]) if len(y) else 0.0, 0.0, 0.0)
    i, j = np.triu_indices(len(x), 1)
    apart = x[j] - x[i]
    slope = float(np.median((y[j] - y[i])[apart > 0] / apart[apart > 0]))
    start = float(np.median(y - slope * x)) + slope * float(x[0])
    return Trend(start, slope * float(x[-1] - x[0]), slope * 3600)


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at most so many points, evenly taken."""
    step = -(-len(values) // MAX_POINTS)
    return values[:: max(step, 1)]


def judge_role(role: str, samples: Sequence[Sample], publish_seconds: float) -> RoleVerdict:
    """Return the verdict on one role; what comes after the last article is not part of the line."""
    mine = [s for s in samples if s.role == role]
    steady = [s for s in mine if WARM_UP_SHARE * publish_seconds <= s.at <= publish_seconds]
    steady = steady if len(steady) > 1 else mine
    at = [s.at for s in steady]
    seconds = max(at[-1] - at[0], 1.0)
    return RoleVerdict(
        role=role,
        memory=trend(at, [s.rss for s in steady]),
        files=trend(at, [s.files for s in steady]),
        threads=trend(at, [s.threads for s in steady]),
        peak_rss=max(s.rss for s in mine),
        cpu_share=(steady[-1].cpu - steady[0].cpu) / seconds,
        restarts=len({s.pid for s in mine}) - 1,
        lag_p95=float(np.percentile([s.lag for s in steady], 95)),
        lag_last=mine[-1].lag,
    )
