"""Who takes part: officials and services of the two parties in the lines that tell the act; others are only mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.classify.actor_choice import actor_candidates
from domain.classify.acts import ActReading
from domain.classify.document import Document, Line
from domain.classify.logistic import load_model
from domain.gazetteer.ledger import Ledger
from domain.gazetteer.spellings import spellings
from domain.model import Act, Actor, Reason
from domain.text.fold import fold_term

ACTOR_AT = 0.5
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
# German writes every noun with a capital: there a name begins with a given name.
_NOUNS_HAVE_CAPITALS = frozenset({"de"})


@dataclass(frozen=True, slots=True)
class Who:
    """Actors of the cooperation, those only mentioned, and why."""

    actors: tuple[Actor, ...]
    mentioned: tuple[Actor, ...]
    reasons: tuple[Reason, ...]


def read_who(document: Document, acts: ActReading, ledger: Ledger, day: date | None) -> Who:
    """Return who takes part in the act and who is only named."""
    candidates = actor_candidates(document, acts, ledger, day)
    model = load_model("actor")
    actors, mentioned, spans = [], [], []
    for candidate in candidates:
        ours = candidate.actor.side in document.parties
        if ours and model.probability(candidate.values) >= ACTOR_AT:
            actors.append(candidate.actor)
            _, mention = candidate.mentions[0]
            spans.append(document.span(mention.start, mention.end))
        else:
            mentioned.append(candidate.actor)
    if acts.act in (Act.ARREST_EXTRADITION, Act.JOINT_OPERATION):
        mentioned += _suspects(document, acts, {c.actor.name for c in candidates})
    detail = ", ".join(a.name for a in actors) or "nobody named"
    return Who(tuple(actors), tuple(mentioned), (Reason("actors", detail, None, tuple(spans[:8])),))


def _suspects(document: Document, acts: ActReading, known: set[str]) -> list[Actor]:
    """Return names of people wanted or arrested: capitalised names beside such words, quoted names in Arabic."""
    keys = set(acts.key_lines()[:5]) | {0, 1, 2}
    names: dict[str, None] = {}
    taken = {word for name in known for word in name.split()}
    for line in document.lines:
        if line.index not in keys or not line.has("suspect", "arrest", "extradite", "request"):
            continue
        for name in _names(document, line):
            if not taken & set(name.split()) and _may_be_name(name, document.article.lang):
                names.setdefault(name)
    return [Actor(name, "person", "", "suspect", known=False) for name in list(names)[:6]]


def _may_be_name(name: str, lang: str) -> bool:
    first = fold_term(name.split()[0])
    if lang in _NOUNS_HAVE_CAPITALS:
        return first in spellings().given_names
    return first not in _NOT_FIRST


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
