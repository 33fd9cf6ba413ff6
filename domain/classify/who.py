"""Who takes part: officials and services of the two parties in the lines that tell the act; others are only mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.classify.acts import ActReading
from domain.classify.document import Document, Line
from domain.events.fact import BACKGROUND_OFFICES
from domain.gazetteer.ledger import ActorMention, Ledger
from domain.model import Act, Actor, Reason
from domain.text.fold import fold_term

# Services are the actors of deeds; in talks they are often only what is talked about.
_SERVICE_ACTS = (Act.ARREST_EXTRADITION, Act.JOINT_OPERATION, Act.EXERCISE, Act.TRAINING)
_KEY_SHARE = 0.35
_SERVICE_IN_TALKS = 0.5
_MINISTRY = ("Ministry", "Ministère")
_NAME = re.compile(
    r"\b[A-ZÀ-ÖØ-Þ][\w’'-]+(?:[ \u00a0](?:(?:[Ee]l|[Aa]l|[Bb]en|[Aa]ït|[Dd][aeiu]|[Vv]an|[Dd]er|[Ll]e|[Ll]a)[ \u00a0])?[A-ZÀ-ÖØ-Þ][\w’'-]+){1,2}"
)
_QUOTED = re.compile(r"[«\"“]([^»\"”]{4,30})[»\"”]")


# Words that begin a sentence or a noun phrase, never a name (folded).
_NOT_FIRST = frozenset(
    [
        "die",
        "der",
        "das",
        "den",
        "dem",
        "ein",
        "eine",
        "einen",
        "im",
        "am",
        "in",
        "auf",
        "zum",
        "zur",
        "les",
        "le",
        "la",
        "des",
        "du",
        "un",
        "une",
        "deux",
        "trois",
        "the",
        "a",
        "an",
        "two",
        "three",
        "de",
        "het",
        "een",
        "el",
        "los",
        "las",
        "un",
        "una",
        "il",
        "lo",
        "gli",
        "i",
        "al",
        "dal",
        "nel",
        "l'",
    ]
)


@dataclass(frozen=True, slots=True)
class Who:
    """Actors of the cooperation, those only mentioned, and why."""

    actors: tuple[Actor, ...]
    mentioned: tuple[Actor, ...]
    reasons: tuple[Reason, ...]


def read_who(document: Document, acts: ActReading, ledger: Ledger, day: date | None) -> Who:
    """Return who takes part in the act and who is only named."""
    weight = _line_weights(document, acts)
    found: dict[str, tuple[Actor, float]] = {}
    spans = []
    for line in document.lines:
        for mention in line.actors:
            actor = _actor(mention, ledger, day)
            if actor is None:
                continue
            points = weight[line.index]
            old = found.get(actor.name)
            found[actor.name] = (old[0] if old else actor, (old[1] if old else 0.0) + points)
            if points >= _KEY_SHARE:
                spans.append(document.span(mention.start, mention.end))
    actors = [a for a, points in found.values() if _takes_part(a, points, document, acts)]
    actors = _without_background(actors)
    names = {a.name for a in actors}
    mentioned = [a for a, _ in found.values() if a.name not in names]
    if acts.act in (Act.ARREST_EXTRADITION, Act.JOINT_OPERATION):
        mentioned += _suspects(document, acts, {a.name for a, _ in found.values()})
    detail = ", ".join(a.name for a in actors) or "nobody named"
    return Who(tuple(actors), tuple(mentioned), (Reason("actors", detail, None, tuple(spans[:8])),))


def _line_weights(document: Document, acts: ActReading) -> list[float]:
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


def _takes_part(actor: Actor, points: float, document: Document, acts: ActReading) -> bool:
    if actor.side not in document.parties:
        return False
    if actor.kind == "service":
        # A ministry issues the communiqué; its minister is the actor.
        if actor.name.startswith(_MINISTRY):
            return False
        return points >= (_KEY_SHARE if acts.act in _SERVICE_ACTS else _SERVICE_IN_TALKS)
    if not actor.known:
        return points >= 0.6
    return points >= _KEY_SHARE


def _without_background(actors: list[Actor]) -> list[Actor]:
    """Leave out kings and presidents when officials below them do the work."""
    working = [a for a in actors if a.role not in BACKGROUND_OFFICES]
    return working if any(a.kind == "person" for a in working) or working else actors


def _suspects(document: Document, acts: ActReading, known: set[str]) -> list[Actor]:
    """Return names of people wanted or arrested: capitalised names beside such words, quoted names in Arabic."""
    keys = set(acts.key_lines()[:5]) | {0, 1, 2}
    names: dict[str, None] = {}
    taken = {word for name in known for word in name.split()}
    for line in document.lines:
        if line.index not in keys or not line.has("suspect", "arrest", "extradite", "request"):
            continue
        for name in _names(document, line):
            if not taken & set(name.split()) and fold_term(name.split()[0]) not in _NOT_FIRST:
                names.setdefault(name)
    return [Actor(name, "person", "", "suspect", known=False) for name in list(names)[:6]]


def _names(document: Document, line: Line) -> Iterable[str]:
    text = document.full[line.start : line.end]
    busy = [(p.start, p.end) for p in line.places] + [(a.start, a.end) for a in line.actors]
    busy += [(c.start, c.end) for c in line.countries]
    pattern = _QUOTED if document.article.lang == "ar" else _NAME
    for m in pattern.finditer(text):
        start, end = line.start + m.start(), line.start + m.end()
        if any(a < end and start < b for a, b in busy):
            continue
        yield (m.group(1) if document.article.lang == "ar" else m.group()).strip()
