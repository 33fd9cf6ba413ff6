"""The acts an article may tell, each with the features that speak for or against its being the event's.

Every act has, besides how plainly and how early it is told, its own view of what else the article
holds: a tip speaks for an operation, a warrant for an arrest, a signed text for an agreement. Which
feature weighs how much is learnt (`python -m bench.train_fields`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from domain.classify.document import Document
from domain.model import Act

# What is looked at for every act anew.
_SEEN = (
    "sign", "text", "meet", "visit", "commission", "arrest", "extradite", "request", "operation",
    "tip", "exercise", "training", "military", "statement", "trafficking",
)  # fmt: skip
_LEAD = 3
# They praise what services did: their names make no meeting of it.
_COMMENTING = frozenset({"parliament_committee_chair"})


def act_values(
    document: Document, points: dict[Act, float], frames: Sequence[tuple[Act, int, float]]
) -> dict[Act, dict[str, float]]:
    """Return the features of every act told, and of mere words; `frames` are (act, line, points)."""
    total = sum(points.values()) or 1.0
    top = max((p for _, _, p in frames), default=1.0) or 1.0
    seen = {name: _told(document, name) for name in _SEEN}
    sides = {
        a.side
        for line in document.lines[:8]
        for a in line.actors
        if a.kind != "service" and a.office not in _COMMENTING and a.side in document.parties
    }
    found: dict[Act, dict[str, float]] = {}
    for act in Act:
        own = [(line, p) for a, line, p in frames if a is act]
        if not own and act is not Act.STATEMENT:
            continue
        values = {
            act.value: 1.0,
            "share": points.get(act, 0.0) / total,
            "points": math.log1p(points.get(act, 0.0)),
            "best": max((p for _, p in own), default=0.0) / top,
            "title": float(any(line == 0 for line, _ in own)),
            "lead": float(any(0 < line <= _LEAD for line, _ in own)),
            "untold": float(not own),
            f"{act.value}_officials": len(sides) / 2,
        }
        values |= {f"{act.value}_{name}": value for name, value in seen.items()}
        found[act] = values
    return found


def _told(document: Document, category: str) -> float:
    """Return how much a category fills the article, its head counting more; 0 to about 1.5."""
    total = sum(line.weight * min(2, line.count(category)) for line in document.lines)
    weights = sum(line.weight for line in document.lines)
    title = float(document.lines[0].has(category))
    return total / weights + 0.5 * title
