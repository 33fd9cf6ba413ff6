"""Each sentence weighed for itself: does it, with its neighbours, tell of the two countries working together?

A report of cooperation need not say so more than once, so the article is as relevant as its
plainest sentences are (a soft maximum over sentences; multiple-instance learning). The weights are
learnt by `python -m bench.train_relevance` from whole articles: nobody labelled sentences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from domain.classify.document import Document, Line
from domain.classify.evidence import (
    OTHER_OFFICES,
    PATTERNS,
    both,
    involved,
    prominence,
    security,
    third,
)

# How soft the maximum is: at 0 the plainest sentence alone decides.
SOFTNESS = 0.5


def passage_values(document: Document) -> list[dict[str, float]]:
    """Return the features of every sentence, by name; those that are 0 are left out."""
    return [_values(document, line) for line in document.lines]


def pooled(log_odds: Sequence[float]) -> float:
    """Return what sentences of these log-odds say together: hardly more than the plainest one."""
    top = max(log_odds)
    return top + SOFTNESS * math.log(sum(math.exp((z - top) / SOFTNESS) for z in log_odds))


def plainest(log_odds: Sequence[float]) -> int:
    """Return the index of the sentence that says most."""
    return max(range(len(log_odds)), key=lambda i: (log_odds[i], -i))


def _values(document: Document, line: Line) -> dict[str, float]:
    near = document.lines[max(0, line.index - 1) : line.index + 2]
    wide = document.lines[max(0, line.index - 2) : line.index + 3]
    weight = prominence(line)
    named, acting = both(document, near), involved(document, near)
    others = 1 - third(document, near)
    subject, around = security(line), max(security(n) for n in near)
    sides = _sides(document, near)
    seen, official = len(sides) / 2, sum(sides.values()) / 2
    values = {
        "weight": line.weight,
        "title": float(line.is_title),
        "named": both(document, (line,)),
        "named_near": named,
        "acting": involved(document, (line,)),
        "acting_near": acting,
        "acting_wide": involved(document, wide),
        "joint": document.joint(line),
        "third": 1 - third(document, (line,)),
        "third_near": others,
        "third_acting": others * acting * weight,
        "security": subject,
        "security_near": around,
        "security_acting": subject * acting * weight,
        "security_near_acting": around * acting * weight,
        "sides": seen,
        "officials": official,
        "sides_security": seen * around,
        "officials_security": official * around,
        "acting_weight": acting * weight,
        "named_weight": named * weight,
    }
    for kind, pattern in PATTERNS.items():
        shown = pattern(document, line, near)
        values[f"shows_{kind}"] = shown
        values[f"shows_{kind}_weight"] = shown * weight
    for category in line.cues:
        values[f"tells_{category}"] = acting * weight
        values[f"tells_{category}_named"] = named * weight
    for category in {c for n in near if n is not line for c in n.cues}:
        values[f"near_{category}"] = acting * weight
    return {name: value for name, value in values.items() if value}


def _sides(document: Document, lines: Sequence[Line]) -> dict[str, bool]:
    """Return the parties whose people or services are named, and whether those are of security."""
    sides: dict[str, bool] = {}
    for line in lines:
        for actor in line.actors:
            if actor.side in document.parties:
                working = actor.kind == "service" or actor.office not in OTHER_OFFICES
                sides[actor.side] = sides.get(actor.side, False) or working
    return sides
