"""Learns the weights of the field models: `python -m bench.train_fields [--check]`.

Days and places are chosen among candidates (a softmax over each article's candidates, any right one
counts); actors and themes are a yes or no each. All are linear in the features that
`domain/classify` computes, penalised, and fitted on the training corpora, each article clean and,
where it has one, with its page furniture. An article that does not tell what its NewsEvent's label
says teaches nothing of days and places, and is left out there. Writes
domain/classify/data/{day,place,actor,theme}.json. `--check` prints cross-validated figures, by
event, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize

from bench.field_samples import CHOICES, Sample, samples

Array = NDArray[np.float64]
TARGET = Path("domain/classify/data")
FOLDS = 10
PENALTY = {"day": 20.0, "place": 30.0, "actor": 10.0, "theme": 10.0, "act": 30.0}
# What the world says of rare features, in log-odds: where the corpora show few of them, weights stay here.
PRIORS: dict[str, dict[str, float]] = {
    "day": {
        "reprint": -3.0,
        "dateline": -1.5,
        "crime_rather": -1.0,
        "pluperfect": -0.6,
        "recall": -0.5,
        "long_past": -1.0,
    },
    "place": {"newsroom": -3.0, "dateline_of_deed": -1.5, "crime_rather": -1.0, "seat": -0.5},
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model over all features of its samples."""

    names: list[str]
    means: Array
    spreads: Array
    weights: Array
    intercept: float

    def scores(self, rows: Iterable[dict[str, float]]) -> Array:
        """Return the log-odds of each row."""
        x = (_matrix(rows, self.names) - self.means) / self.spreads
        return np.asarray(x @ self.weights + self.intercept)


def fit(name: str, found: Sequence[Sample]) -> Fitted:
    """Return the penalised model that makes the right candidates likeliest."""
    names = sorted({f for s in found for row in s.rows for f in row})
    raw = _matrix((row for s in found for row in s.rows), names)
    choice = name in CHOICES
    # A choice is among candidates: only differences count, and what is zero should stay zero.
    means = np.zeros(len(names)) if choice else raw.mean(axis=0)
    spreads = np.maximum(raw.std(axis=0), 0.1)
    x = (raw - means) / spreads
    right = np.array([r for s in found for r in s.right])
    owner = np.repeat(np.arange(len(found)), [len(s.rows) for s in found])
    each = _weights(found)
    loss = _softmax_loss(x, right, owner, each) if choice else _logistic_loss(x, right, each[owner])

    expected = spreads * [PRIORS.get(name, {}).get(n, 0.0) for n in names]

    def penalised(w: Array) -> tuple[float, Array]:
        value, slope = loss(w)
        away = np.append(w[:-1] - expected, 0.0)
        return value + PENALTY[name] * (away @ away) / 2, slope + PENALTY[name] * away

    w = minimize(penalised, np.append(expected, 0.0), jac=True, method="L-BFGS-B").x
    return Fitted(names, means, spreads, w[:-1], 0.0 if choice else float(w[-1]))


def _weights(found: Sequence[Sample]) -> Array:
    """Return each sample's weight: an event told by many articles counts little more than another."""
    counts: dict[str, int] = defaultdict(int)
    for s in found:
        counts[s.group] += 1
    return np.array([s.weight * counts[s.group] ** -0.5 for s in found])


def _matrix(rows: Iterable[dict[str, float]], names: Sequence[str]) -> Array:
    return np.array([[row.get(n, 0.0) for n in names] for row in rows])


def _logistic_loss(
    x: Array, right: NDArray[np.bool_], each: Array
) -> Callable[[Array], tuple[float, Array]]:
    design, y = np.hstack([x, np.ones((len(x), 1))]), right.astype(float)

    def loss(w: Array) -> tuple[float, Array]:
        z = design @ w
        value = each @ (np.logaddexp(0, z) - y * z)
        return float(value), design.T @ (each * (1 / (1 + np.exp(-z)) - y))

    return loss


def _softmax_loss(
    x: Array, right: NDArray[np.bool_], owner: NDArray[np.int_], each: Array
) -> Callable[[Array], tuple[float, Array]]:
    n = len(each)

    def loss(w: Array) -> tuple[float, Array]:
        z = x @ w[:-1]
        top = np.full(n, -np.inf)
        np.maximum.at(top, owner, z)
        raised = np.exp(z - top[owner])
        total = np.bincount(owner, raised, n)
        hit = np.bincount(owner, raised * right, n)
        value = each @ (np.log(total) - np.log(hit))
        share = raised / total[owner] - raised * right / hit[owner]
        return float(value), np.append(x.T @ (each[owner] * share), 0.0)

    return loss


def held_out(name: str, found: Sequence[Sample]) -> Iterator[tuple[Sample, Array]]:
    """Yield each sample with its scores from a model that never saw its event."""
    groups = sorted({s.group for s in found})
    fold = {g: i % FOLDS for i, g in enumerate(groups)}
    for k in range(FOLDS):
        model = fit(name, [s for s in found if fold[s.group] != k])
        for s in found:
            if fold[s.group] == k:
                yield s, model.scores(s.rows)


def figures(name: str, told: Iterable[tuple[Sample, Array]]) -> str:
    """Return accuracy of a choice, or precision, recall and F1 of the yeses."""
    if name in CHOICES:
        hits = [s.right[int(scores.argmax())] for s, scores in told]
        return f"{np.mean(hits):.3f} right of {len(hits)}"
    hit = false = miss = 0
    for s, scores in told:
        for right, score in zip(s.right, scores, strict=True):
            hit += right and score >= 0
            false += (not right) and score >= 0
            miss += right and score < 0
    return f"P {hit / (hit + false):.3f} R {hit / (hit + miss):.3f} F1 {2 * hit / (2 * hit + false + miss):.3f}"


def main() -> None:
    """Train, report, and write the models unless only checking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    table = Table("field", "samples", "fitted", "cross-validated")
    for name, found in samples().items():
        model = fit(name, found)
        seen = figures(name, ((s, model.scores(s.rows)) for s in found))
        table.add_row(name, str(len(found)), seen, figures(name, held_out(name, found)))
        if not options.check:
            _write(name, model, len(found))
    Console(width=120).print(table)


def _write(name: str, model: Fitted, count: int) -> None:
    rows = [
        {
            "name": n,
            "mean": round(float(m), 5),
            "spread": round(float(s), 5),
            "weight": round(float(w), 5),
        }
        for n, m, s, w in zip(model.names, model.means, model.spreads, model.weights, strict=True)
    ]
    data = {
        "trained_by": "python -m bench.train_fields",
        "samples": count,
        "intercept": round(model.intercept, 5),
        "features": rows,
    }
    (TARGET / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
