"""Small logistic models over named features: what weighs how much is data, learnt by commands in bench.

A model is a JSON file beside this module: per feature its mean, spread and weight, and the intercept.
It gives the probability of a yes (relevance, a theme, an actor) or ranks candidates (days, places).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

_CLIP = 30.0


@dataclass(frozen=True)
class Model:
    """A logistic model: per feature its mean, spread and weight, and the intercept."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def terms(self, values: Mapping[str, float]) -> list[tuple[str, float]]:
        """Return what each feature adds to the log-odds; one that is not given counts as 0."""
        rows = zip(self.names, self.means, self.spreads, self.weights, strict=True)
        return [
            (name, w * (values.get(name, 0.0) - mean) / spread) for name, mean, spread, w in rows
        ]

    @cached_property
    def _raw(self) -> tuple[float, dict[str, float]]:
        """The same model over values as they are: what none of them gives, and what each gives by one."""
        slopes = {n: w / s for n, s, w in zip(self.names, self.spreads, self.weights, strict=True)}
        shift = sum(slopes[n] * m for n, m in zip(self.names, self.means, strict=True))
        return self.intercept - shift, slopes

    def log_odds(self, values: Mapping[str, float]) -> float:
        """Return the log-odds of a yes, within what floats can raise e to."""
        z, slopes = self._raw
        for name, value in values.items():
            z += slopes.get(name, 0.0) * value
        return max(-_CLIP, min(_CLIP, z))

    def probability(self, values: Mapping[str, float]) -> float:
        """Return the probability of a yes."""
        return 1.0 / (1.0 + math.exp(-self.log_odds(values)))

    def shares(self, candidates: Sequence[Mapping[str, float]]) -> list[float]:
        """Return the probability of each candidate that it is the one, adding up to 1."""
        raised = [math.exp(self.log_odds(values)) for values in candidates]
        total = sum(raised)
        return [value / total for value in raised]


@cache
def load_model(name: str) -> Model:
    """Return a model shipped with the package: relevance, passage, day, place, actor or theme."""
    path = files("domain.classify") / "data" / f"{name}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    rows = data["features"]
    return Model(
        names=tuple(r["name"] for r in rows),
        means=tuple(r["mean"] for r in rows),
        spreads=tuple(r["spread"] for r in rows),
        weights=tuple(r["weight"] for r in rows),
        intercept=data["intercept"],
    )
