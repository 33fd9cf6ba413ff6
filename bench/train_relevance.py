"""Learns the relevance weights: `python -m bench.train_relevance [--check] [--without SET ...]`.

Two models (domain/classify/relevance.py). That of the whole article is a logistic regression with
an L2 penalty, fitted by Newton's method. That of the sentences is fitted to the same labels through
its soft maximum. Both learn from every labelled corpus, each article clean and, where it has one,
with its page furniture. Writes domain/classify/data/{relevance,passage}.json. `--check` prints
cross-validated figures, by event, and writes nothing; `--without check3` leaves a corpus out and
prints what is reached on it: what an unseen corpus would see.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize

from domain.classify.acts import read_acts
from domain.classify.document import build
from domain.classify.passages import SOFTNESS, passage_values
from domain.classify.relevance import HALF, features
from domain.knowledge import Knowledge

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
TARGET = Path("domain/classify/data")
# tune2 is made of what is hardest, far more often than the news has it, and counts less.
CORPORA = {
    "dev": 1.0, "tune": 1.0, "check": 1.0, "tune2": 0.3, "check2": 1.0, "check3": 1.0, "check4": 1.0,
}  # fmt: skip
PENALTY = 8.0
PASSAGE_PENALTY = 10.0
FOLDS = 10
PARTIES = ("MA", "FR")


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of an article: features of the whole and of each sentence, its label, and where it is from."""

    whole: dict[str, float]
    passages: list[dict[str, float]]
    relevant: int
    group: str  # the event, or the article itself
    corpus: str
    weight: float


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples as arrays. `owner` is the sample of each row of `sentences`."""

    names: list[str]
    whole: Array
    sentence_names: list[str]
    sentences: Array
    owner: NDArray[np.int_]
    y: Array
    weights: Array
    group: list[str]
    corpus: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Both models, over the columns of a table."""

    means: Array
    spreads: Array
    weights: Array
    intercept: float
    sentence_spreads: Array
    sentence_weights: Array
    sentence_intercept: float


def articles(names: Sequence[str] = tuple(CORPORA)) -> list[dict[str, Any]]:
    """Return the lines of the corpora that are there, each with its `corpus` and that corpus's `weight`."""
    rows: list[dict[str, Any]] = []
    for name in names:
        for path in sorted(Path("bench/corpus", name).glob("*.jsonl")):
            if path.name == "events.jsonl":
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            about = {"corpus": name, "weight": CORPORA[name]}
            rows += [{**json.loads(line), **about} for line in lines]
    return rows


def samples(rows: Sequence[dict[str, Any]]) -> list[Sample]:
    """Return one sample for each text of each article, the noisy ones included."""
    from desk.offline import article_from

    knowledge, found = Knowledge.load(), []
    for row in rows:
        for text in filter(None, (row["text"], row.get("text_noisy"))):
            article = article_from({**row, "text": text})
            if article is None:
                continue
            document = build(article, PARTIES, knowledge)
            found.append(
                Sample(
                    features(document, read_acts(document)),
                    passage_values(document),
                    int(row["relevant"]),
                    str(row.get("event_id") or row["id"]),
                    row["corpus"],
                    row["weight"],
                )
            )
    return found


def tabulate(found: Sequence[Sample]) -> Samples:
    """Return samples as arrays."""
    names = list(found[0].whole)
    sentence_names = sorted({name for s in found for p in s.passages for name in p})
    column = {name: i for i, name in enumerate(sentence_names)}
    owner = np.repeat(np.arange(len(found)), [len(s.passages) for s in found])
    sentences = np.zeros((len(owner), len(sentence_names)))
    for row, passage in enumerate(p for s in found for p in s.passages):
        for name, value in passage.items():
            sentences[row, column[name]] = value
    return Samples(
        names,
        np.array([[s.whole[n] for n in names] for s in found]),
        sentence_names,
        sentences,
        owner,
        np.array([float(s.relevant) for s in found]),
        np.array([s.weight for s in found]),
        [s.group for s in found],
        np.array([s.corpus for s in found]),
    )


def balanced(y: Array, weights: Array) -> Array:
    """Return the weights with both classes weighing the same."""
    share = weights @ y / weights.sum()
    return np.asarray(weights * np.where(y == 1, 0.5 / share, 0.5 / (1 - share)))


def fit(x: Array, y: Array, penalty: float, weights: Array | None = None) -> tuple[Array, float]:
    """Return weights and intercept of the penalised logistic model, classes weighed evenly."""
    n, d = x.shape
    design = np.hstack([x, np.ones((n, 1))])
    sample = balanced(y, np.ones(n) if weights is None else weights)
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


def pool(z: Array, owner: NDArray[np.int_], count: int) -> tuple[Array, Array]:
    """Return the soft maximum of each sample's sentences, and how much each sentence has of it."""
    top = np.full(count, -np.inf)
    np.maximum.at(top, owner, z)
    raised = np.exp((z - top[owner]) / SOFTNESS)
    total = np.bincount(owner, raised, count)
    return top + SOFTNESS * np.log(total), raised / total[owner]


def fit_sentences(
    x: Array, owner: NDArray[np.int_], y: Array, weights: Array
) -> tuple[Array, float]:
    """Return weights and intercept of the sentence model; `owner` counts the samples of `y` from 0."""
    sample, count = balanced(y, weights), len(y)

    def loss(w: Array) -> tuple[float, Array]:
        pooled, share = pool(x @ w[:-1], owner, count)
        z = pooled + w[-1]
        value = sample @ (np.logaddexp(0, z) - y * z) + PASSAGE_PENALTY * (w[:-1] @ w[:-1]) / 2
        away = sample * (1 / (1 + np.exp(-z)) - y)
        slope = x.T @ (away[owner] * share) + PASSAGE_PENALTY * w[:-1]
        return float(value), np.append(slope, away.sum())

    start = np.zeros(x.shape[1] + 1)
    w = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return w[:-1], float(w[-1])


def train(table: Samples, chosen: Mask) -> Fitted:
    """Return both models, fitted on the chosen samples."""
    raw, y, weights = table.whole[chosen], table.y[chosen], table.weights[chosen]
    means, spreads = raw.mean(axis=0), np.maximum(raw.std(axis=0), 0.05)
    whole, intercept = fit((raw - means) / spreads, y, PENALTY, weights)
    rows = chosen[table.owner]
    own = table.sentences[rows]
    sentence_spreads = np.maximum(own.std(axis=0), 0.05)
    renumbered = np.cumsum(chosen)[table.owner[rows]] - 1
    sentence, sentence_intercept = fit_sentences(own / sentence_spreads, renumbered, y, weights)
    return Fitted(means, spreads, whole, intercept, sentence_spreads, sentence, sentence_intercept)


def probabilities(model: Fitted, table: Samples) -> Array:
    """Return the probability of relevance of every sample of the table."""
    whole = (table.whole - model.means) / model.spreads @ model.weights + model.intercept
    each = table.sentences / model.sentence_spreads @ model.sentence_weights
    pooled, _ = pool(each, table.owner, len(table.y))
    together = HALF * (whole + pooled + model.sentence_intercept)
    return np.asarray(1 / (1 + np.exp(-together)))


def cross_validate(table: Samples) -> Array:
    """Return each sample's probability from models that never saw its event."""
    names = sorted(set(table.group))
    fold_of = {g: i % FOLDS for i, g in enumerate(names)}
    fold = np.array([fold_of[g] for g in table.group])
    p = np.zeros(len(table.y))
    for k in range(FOLDS):
        p[fold == k] = probabilities(train(table, fold != k), table)[fold == k]
    return p


def _f1(p: Array, y: Array) -> float:
    hit, false, miss = (
        ((p >= 0.5) & (y == 1)).sum(),
        ((p >= 0.5) & (y == 0)).sum(),
        ((p < 0.5) & (y == 1)).sum(),
    )
    return float(2 * hit / (2 * hit + false + miss))


def _loss(p: Array, y: Array) -> float:
    q = np.clip(p, 1e-3, 1 - 1e-3)
    return float(-(y * np.log(q) + (1 - y) * np.log(1 - q)).mean())


def _report(title: str, table: Samples, p: Array, names: Sequence[str]) -> None:
    shown = Table("corpus", "texts", "F1", "log loss", title=title, title_justify="left")
    rows = [(name, table.corpus == name) for name in names]
    rows.append(("all but tune2", np.isin(table.corpus, [n for n in names if n != "tune2"])))
    for name, mask in rows:
        y, q = table.y[mask], p[mask]
        shown.add_row(name, str(len(y)), f"{_f1(q, y):.3f}", f"{_loss(q, y):.3f}")
    Console(width=120).print(shown)


def main() -> None:
    """Train, report, and write the models unless only checking or leaving a corpus out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--without", nargs="+", default=[], choices=tuple(CORPORA))
    options = parser.parse_args()
    table = tabulate(samples(articles()))
    if options.without:
        model = train(table, ~np.isin(table.corpus, options.without))
        _report("left out of the training", table, probabilities(model, table), options.without)
        return
    present = [name for name in CORPORA if (table.corpus == name).any()]
    _report("cross-validated by event", table, cross_validate(table), present)
    if not options.check:
        _write(table, train(table, np.ones(len(table.y), dtype=bool)))


def _write(table: Samples, model: Fitted) -> None:
    whole = zip(table.names, model.means, model.spreads, model.weights, strict=True)
    _save("relevance", list(whole), model.intercept, len(table.y))
    columns = zip(table.sentence_names, model.sentence_spreads, model.sentence_weights, strict=True)
    sentence = [(n, 0.0, s, w) for n, s, w in columns]
    # The pool of sentences moves by what each of them moves: the intercept may stand in every one.
    _save("passage", sentence, model.sentence_intercept, len(table.y))


def _save(
    name: str, columns: Sequence[tuple[str, float, float, float]], intercept: float, count: int
) -> None:
    rows = [
        {
            "name": n,
            "mean": round(float(m), 5),
            "spread": round(float(s), 5),
            "weight": round(float(w), 5),
        }
        for n, m, s, w in columns
    ]
    model = {
        "trained_by": "python -m bench.train_relevance",
        "samples": count,
        "intercept": round(intercept, 5),
        "features": rows,
    }
    (TARGET / f"{name}.json").write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
