"""Learns the relevance weights: `python -m bench.train_relevance [--check]`.

Logistic regression with an L2 penalty, fitted by Newton's method on the development corpus and the
tuning split, each article both clean and, where it has one, with its page furniture. Writes
domain/classify/data/relevance.json. `--check` prints cross-validated F1 and writes nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.classify.acts import read_acts
from domain.classify.document import build
from domain.classify.relevance import features
from domain.knowledge import Knowledge

Array = NDArray[np.float64]
TARGET = Path("domain/classify/data/relevance.json")
# tune2 is made of what is hardest, far more often than the news has it, and counts less.
CORPORA = {"dev": 1.0, "tune": 1.0, "check": 1.0, "tune2": 0.3}
PENALTY = 8.0
# A weight may be held to one sign where the world says which way it must point.
PARTIES = ("MA", "FR")


def articles() -> list[dict[str, Any]]:
    """Return the training lines of all corpora that are there, each with the `weight` of its corpus."""
    rows: list[dict[str, Any]] = []
    for name, weight in CORPORA.items():
        for path in sorted(Path("bench/corpus", name).glob("*.jsonl")):
            if path.name == "events.jsonl":
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            rows += [{**json.loads(line), "weight": weight} for line in lines]
    return rows


def samples(
    rows: list[dict[str, Any]],
) -> tuple[list[dict[str, float]], list[int], list[str], list[float]]:
    """Return feature values, labels, groups (the event, or the article itself) and weights."""
    from desk.offline import article_from

    knowledge = Knowledge.load()
    values, labels, groups, weights = [], [], [], []
    for row in rows:
        for text in filter(None, (row["text"], row.get("text_noisy"))):
            article = article_from({**row, "text": text})
            if article is None:
                continue
            document = build(article, PARTIES, knowledge)
            values.append(features(document, read_acts(document)))
            labels.append(int(row["relevant"]))
            groups.append(str(row.get("event_id") or row["id"]))
            weights.append(row["weight"])
    return values, labels, groups, weights


def fit(x: Array, y: Array, penalty: float, weights: Array | None = None) -> tuple[Array, float]:
    """Return weights and intercept of the penalised logistic model, classes weighed evenly."""
    n, d = x.shape
    design = np.hstack([x, np.ones((n, 1))])
    own = np.ones(n) if weights is None else weights
    share = own @ y / own.sum()
    sample = own * np.where(y == 1, 0.5 / share, 0.5 / (1 - share))
    ridge = np.diag([penalty] * d + [1e-6])
    w = np.zeros(d + 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ w, -30, 30)))
        gradient = design.T @ (sample * (p - y)) + ridge @ w
        hessian = (design.T * (sample * p * (1 - p))) @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w[:-1], float(w[-1])


def cross_validate(x: Array, y: Array, groups: list[str], weights: Array, folds: int = 10) -> Array:
    """Return each sample's probability from a model that never saw its event."""
    names = sorted(set(groups))
    fold_of = {g: i % folds for i, g in enumerate(names)}
    fold = np.array([fold_of[g] for g in groups])
    p = np.zeros(len(y))
    for k in range(folds):
        train = fold != k
        w, b = fit(x[train], y[train], PENALTY, weights[train])
        p[~train] = 1 / (1 + np.exp(-(x[~train] @ w + b)))
    return p


def _f1(p: Array, y: Array) -> float:
    hit, false, miss = (
        ((p >= 0.5) & (y == 1)).sum(),
        ((p >= 0.5) & (y == 0)).sum(),
        ((p < 0.5) & (y == 1)).sum(),
    )
    return float(2 * hit / (2 * hit + false + miss))


def main() -> None:
    """Train, report, and write the model unless only checking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    values, labels, groups, own = samples(articles())
    weights = np.array(own)
    names = list(values[0])
    raw = np.array([[v[n] for n in names] for v in values])
    means, spreads = raw.mean(axis=0), np.maximum(raw.std(axis=0), 0.05)
    x, y = (raw - means) / spreads, np.array(labels, dtype=float)
    p = cross_validate(x, y, groups, weights)
    print(f"{len(y)} samples, cross-validated F1 {_f1(p, y):.4f}", end=", ")
    full = weights == 1.0
    print(f"without tune2 {_f1(p[full], y[full]):.4f}")
    w, b = fit(x, y, PENALTY, weights)
    for name, weight in sorted(zip(names, w, strict=True), key=lambda r: -abs(r[1])):
        print(f"  {name:22} {weight:+.3f}")
    if options.check:
        return
    rows = [
        {"name": n, "mean": round(m, 5), "spread": round(s, 5), "weight": round(float(v), 5)}
        for n, m, s, v in zip(names, means, spreads, w, strict=True)
    ]
    model = {
        "trained_by": "python -m bench.train_relevance",
        "samples": len(y),
        "intercept": round(b, 5),
        "features": rows,
    }
    TARGET.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
