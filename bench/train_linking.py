"""`python -m bench.train_linking`: fits the weights of `domain.linking` and prints them to be copied there.

Logistic regression over pairs of articles, each set weighed by its true pairs, then the offset at
which the clusters are best. Besides the sets as they are, it is shown what users have too: no
publication days, few stories, one language, one beat. Nothing of a `check` split is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import minimize
from scipy.spatial.distance import squareform

from bench.link_score import Gold, caching, encoded, load, scored
from domain.linking import MOST, Encoder, Story, signals

Array = NDArray[np.float64]
Case = tuple[list[Story], Gold]
# Likenesses differ by tenths, these by ones, and are held back more.
PENALTY, PENALTY_OF_COUNTS = 0.01, 1.0
COUNTS = ("same_language", "days_known", "log_days_apart")


def cases() -> list[Case]:
    """Return the sets to learn from."""
    told, dev, tune = load("link/tune"), load("corpus/dev"), load("corpus/tune")
    both = ([*dev[0], *tune[0]], dev[1] | tune[1])
    found = [told, dev, tune, *(_undated(case) for case in (told, dev, tune))]
    found += [
        _undated(_only(told, kept))
        for kept in (
            lambda s: int(s.story_id.split("-")[1]) <= 2,
            lambda s: s.lang not in ("es", "nl"),
            lambda s: s.lang == "en",
            lambda s: s.story_id.startswith("routine"),
            lambda s: s.story_id.startswith("aviation"),
            lambda s: s.story_id.startswith("markets"),
        )
    ]
    found += [_only(both, lambda s: s.lang == "fr"), _only(both, lambda s: s.lang == "ar")]
    return [*found, _undated((tune[0][::3], tune[1]))]


def _only(case: Case, kept: Callable[[Story], bool]) -> Case:
    return [s for s in case[0] if kept(s)], case[1]


def _undated(case: Case) -> Case:
    return [replace(s, day=None) for s in case[0]], case[1]


def learn(
    names: Sequence[str], matrices: Sequence[Array], labels: Sequence[NDArray[np.bool_]]
) -> Array:
    """Return the weights and, last, the intercept."""
    rows = np.vstack([np.hstack([m, np.ones((len(m), 1))]) for m in matrices])
    same = np.concatenate(labels).astype(float)
    counts = np.concatenate([np.full(len(y), 100 / max(1, y.sum())) for y in labels])

    penalty = np.array([PENALTY_OF_COUNTS if n in COUNTS else PENALTY for n in names] + [0.0])

    def loss(weights: Array) -> tuple[float, Array]:
        z = rows @ weights
        value = counts @ (np.logaddexp(0, z) - same * z)
        slope = rows.T @ (counts * (1 / (1 + np.exp(-z)) - same))
        shrink = penalty * weights
        return value + shrink @ weights / 2, slope + shrink

    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x)


def clusters_at(case: Case, odds: Array, cut: float) -> float:
    """Return BCubed F1 of the case with this many log odds asked for."""
    distance = MOST - np.clip(odds - cut, -MOST, MOST)
    np.fill_diagonal(distance, 0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), MOST, "distance")
    stories, gold = case
    return scored(
        stories, gold, {s.story_id: str(k) for s, k in zip(stories, labels, strict=True)}
    ).value


def main() -> None:
    """Print the weights."""
    encode: Encoder = caching(encoded)
    shown = cases()
    names: list[str] = []
    stacks, matrices, labels = [], [], []
    for stories, gold in shown:
        named = dict(signals(stories, encode))
        names = list(named)
        stacks.append(np.stack(list(named.values()), axis=-1))
        upper = np.triu_indices(len(stories), 1)
        events = np.array([gold[s.story_id] for s in stories])
        matrices.append(stacks[-1][upper])
        labels.append(events[upper[0]] == events[upper[1]])
    weights = learn(names, matrices, labels)
    odds = [stack @ weights[:-1] + weights[-1] for stack in stacks]
    cuts = np.arange(-3, 3.01, 0.25)
    means = [
        np.mean([clusters_at(c, o, cut) for c, o in zip(shown, odds, strict=True)]) for cut in cuts
    ]
    best = int(np.argmax(means))
    console = Console()
    for name, weight in zip(names, weights[:-1], strict=True):
        console.print(f'    "{name}": {weight:.2f},', highlight=False)
    console.print(f"OFFSET = {weights[-1] - cuts[best]:.2f}  # mean F1 {means[best]:.4f} here")


if __name__ == "__main__":
    main()
