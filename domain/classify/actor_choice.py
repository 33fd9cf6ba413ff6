"""Who is named in an article, each with the features that speak for or against taking part in its act.

Which feature weighs how much is learnt (`python -m bench.train_fields`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date

from domain.classify.acts import ActReading, is_background
from domain.classify.document import Document, Line
from domain.events.fact import BACKGROUND_OFFICES
from domain.gazetteer.ledger import ActorMention, Ledger
from domain.model import Act, Actor

# Services are the actors of deeds; in talks they are often only what is talked about.
_DEEDS = (Act.ARREST_EXTRADITION, Act.JOINT_OPERATION, Act.EXERCISE, Act.TRAINING)
_MINISTERS = frozenset({"interior_minister", "justice_minister", "defence_minister"})
_WORDS_ONLY = frozenset({"foreign_minister", "foreign_minister_delegate", "spokesperson"})
_NEAR_CHARS = 60.0
_TALK_CUES = ("meet", "visit", "sign", "commission")
_DEED_CUES = ("arrest", "extradite", "operation", "exercise", "training")
# "The Moroccan police" says who acts, but names no service (ids in services.csv).
_GENERIC = "-generic"
# A ministry issues the communiqué; its minister is the actor.
MINISTRY = ("Ministry", "Ministère")


@dataclass(slots=True)
class ActorCandidate:
    """Somebody named: the actor, where, and the features."""

    actor: Actor
    mentions: list[tuple[Line, ActorMention]] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)


def actor_candidates(
    document: Document, acts: ActReading, ledger: Ledger, day: date | None
) -> list[ActorCandidate]:
    """Return everybody named, in order of the first mention; an unnamed role is its holder on the day."""
    found: dict[str, ActorCandidate] = {}
    for line in document.lines:
        for mention in line.actors:
            actor = _actor(mention, ledger, day)
            if actor is not None and not mention.entity_id.endswith(_GENERIC):
                candidate = found.setdefault(actor.name, ActorCandidate(actor))
                candidate.mentions.append((line, mention))
    telling = telling_weights(document, acts)
    for candidate in found.values():
        candidate.values = _values(document, acts, candidate, telling)
    _compare(list(found.values()))
    return list(found.values())


def telling_weights(document: Document, acts: ActReading) -> list[float]:
    """Return how much each line tells the act itself: its frame's share of the best one."""
    best: dict[int, float] = {}
    for f in acts.frames:
        if f.act is acts.act or (f.act is Act.MEETING and acts.act is Act.AGREEMENT):
            best[f.line] = max(best.get(f.line, 0.0), f.points)
    top = max(best.values(), default=1.0) or 1.0
    weights = []
    for line in document.lines:
        share = best.get(line.index, 0.0) / top
        if line.is_title:
            share = max(share, 0.6)
        elif line.index <= 2:
            share = max(share, 0.5)
        elif line.index <= 6:
            share = max(share, 0.25)
        if line.has("recall"):
            share *= 0.4
        weights.append(share)
    return weights


def _actor(mention: ActorMention, ledger: Ledger, day: date | None) -> Actor | None:
    """Return the actor of a mention; a role without a name is its holder on the event's day."""
    if mention.kind == "role":
        holder = ledger.holder(mention.office, mention.side, day) if day and mention.side else None
        if holder is None:
            return None
        return Actor(holder.name, "person", mention.side, mention.office)
    return Actor(mention.name, mention.kind, mention.side, mention.office, mention.known)


def _values(
    document: Document, acts: ActReading, candidate: ActorCandidate, telling: list[float]
) -> dict[str, float]:
    actor, mentions = candidate.actor, candidate.mentions
    lines = [line for line, _ in mentions]
    service = actor.kind == "service"
    shares = [telling[line.index] for line in lines]
    return {
        "telling": max(shares),
        "telling_all": math.log1p(sum(shares)),
        "weight": max(line.weight for line in lines),
        "title": float(any(line.is_title for line in lines)),
        "again": math.log(len(mentions)),
        "joint": max(document.joint(line) for line in lines),
        "recalled": float(all(line.has("recall") for line in lines)),
        "background": float(all(is_background(document, line) for line in lines)),
        "talks": max(_closeness(line, m, _TALK_CUES) for line, m in mentions),
        "deed": max(_closeness(line, m, _DEED_CUES) for line, m in mentions),
        "speaks": max(_closeness(line, m, ("statement",)) for line, m in mentions),
        "service_in_deed": float(service and acts.act in _DEEDS),
        "service_in_talks": float(service and acts.act not in _DEEDS),
        "ministry": float(service and actor.name.startswith(MINISTRY)),
        "unknown": float(not service and not actor.known),
        "role_only": float(all(m.kind == "role" for _, m in mentions)),
        "former": float(any(m.is_former for _, m in mentions)),
        "out_of_office": float(all(m.in_office is False for _, m in mentions)),
        "minister": float(actor.role in _MINISTERS),
        "minister_in_deed": float(actor.role in _MINISTERS and acts.act in _DEEDS),
        "head": float(actor.role in BACKGROUND_OFFICES),
        "ambassador": float(actor.role == "ambassador"),
        "speaker": float(actor.role in _WORDS_ONLY),
        "no_office": float(not service and not actor.role),
    }


def _compare(found: list[ActorCandidate]) -> None:
    """Add what depends on who else is named: heads of state above those who do the work, lone sides."""
    working = [
        c for c in found if c.actor.kind == "person" and c.actor.role not in BACKGROUND_OFFICES
    ]
    for c in found:
        same_side = [o for o in found if o.actor.side == c.actor.side and o is not c]
        c.values["head_above_others"] = float(c.actor.role in BACKGROUND_OFFICES and bool(working))
        c.values["alone_of_side"] = float(not same_side)
        c.values["first_of_side"] = float(
            all(o.values["telling_all"] <= c.values["telling_all"] for o in same_side)
        )


def _closeness(line: Line, mention: ActorMention, categories: tuple[str, ...]) -> float:
    gaps = [
        max(cue.start - mention.end, mention.start - cue.end, 0)
        for category in categories
        for cue in line.cues.get(category, ())
    ]
    return math.exp(-min(gaps) / _NEAR_CHARS) if gaps else 0.0
