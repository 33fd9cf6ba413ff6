"""Five ways in which two countries cooperate in security, each looked for in a line and its neighbours.

talks      officials of both meet, sign or sit in a commission on a security matter
handover   a person is arrested or handed over by one on the other's warrant or request
operation  an operation or arrest of one rests on the other's tip, or both act in it
drill      forces of both exercise or train together
praise     one praises, thanks or works with the other over what its services do

Each gives a strength from 0 to 1: how plainly it is told, times how prominently. Another country
standing in the same place takes most of it away: then the deed is with that one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from domain.classify.document import Document, Line, anchor_day

THEME_CUES = (
    "terrorism", "migration", "trafficking", "intelligence", "organised_crime", "sahel",
    "legal_framework", "event_security", "cyber", "military",
)  # fmt: skip
# Offices that do not by themselves make a meeting one on security.
OTHER_OFFICES = frozenset(
    {
        "", "head_of_state", "head_of_government", "foreign_minister", "foreign_minister_delegate",
        "ambassador", "spokesperson", "minister", "counterpart", "interpol_secretary_general",
        "interpol_president", "europol_director", "eu_home_commissioner", "overseas_minister",
        "parliament_committee_chair", "civil_protection_chief",
    }
)  # fmt: skip
KINDS = ("talks", "handover", "operation", "drill", "praise")
_THIRD_AT = 0.6
_THIRD_FACTOR = 0.35
_REFUSED_FACTOR = 0.25
# "Arrested in Tangier, tried in Lyon": a city tells whose police and whose court it was.
_PLACE_COUNTS = 0.7
_ORIGIN_STRENGTH = 0.5
_OLD_DAYS = 31
_DEEDS = (
    "meet", "visit", "sign", "commission", "arrest", "extradite", "operation", "exercise", "training",
)  # fmt: skip


def security(line: Line) -> float:
    """Return how much a line is about security, 0 to 1."""
    themes = sum(1 for t in THEME_CUES if line.has(t))
    return min(1.0, 0.4 * line.has("security") + 0.35 * themes)


def evidence(document: Document) -> dict[str, float]:
    """Return the strongest showing of each kind of cooperation, by kind."""
    best = dict.fromkeys(KINDS, 0.0)
    for line in document.lines:
        near = document.lines[max(0, line.index - 1) : line.index + 2]
        weight = prominence(line)
        if line.has("refusal"):
            weight *= _REFUSED_FACTOR
        for kind, pattern in PATTERNS.items():
            value = pattern(document, line, near)
            if value > 0.0:
                best[kind] = max(best[kind], value * weight)
    # What is told apart is surer the less another country or a refusal stands between.
    sure = (1 - rival(document)) * (_REFUSED_FACTOR if _refused(document) else 1.0)
    best["wanted"] = sure * _wanted(document)
    best["helped"] = _helped(document)
    best["speaks"] = sure * _speaks(document)
    return best


def rival(document: Document) -> float:
    """Return how prominent another country is against the less named party, 0 to 1."""
    parties = set(document.parties)
    others: dict[str, float] = {}
    for line in document.lines:
        for code, strength in foreign(line, parties).items():
            others[code] = others.get(code, 0.0) + strength * line.weight
    weaker = min(
        sum(line.own.get(p, 0.0) * line.weight for line in document.lines) for p in parties
    )
    strongest = max(others.values(), default=0.0)
    return strongest / (strongest + weaker + 1.0)


def foreign(line: Line, parties: set[str]) -> dict[str, float]:
    """Return the other countries of a line; an adjective alone is often only somebody's origin."""
    return {
        code: (strength if strength > _ORIGIN_STRENGTH else 0.3)
        for code, strength in line.own.items()
        if code not in parties
    }


def dated_deed(document: Document) -> float:
    """Return how prominently something is told to be done on a day not long past: news has one, an essay none."""
    anchor = anchor_day(document.article)
    best = 0.0
    for line in document.lines:
        if not line.has(*_DEEDS) or line.has("recall"):
            continue
        for mention in line.dates:
            day = mention.day or mention.latest
            old = anchor is not None and day is not None and (anchor - day).days > _OLD_DAYS
            if mention.precision in ("day", "range") and not old:
                best = max(best, prominence(line))
    return best


def _refused(document: Document) -> bool:
    return any(line.has("refusal") for line in document.lines[:2])


def _wanted(document: Document) -> float:
    """Return how plainly one party holds somebody whom the other wants, wherever in the article each is told."""
    return _parted(document, ("arrest", "extradite"), ("request", "extradite"))


def _helped(document: Document) -> float:
    """Return how plainly one party acts and the other has helped it, wherever in the article each is told.

    "Thanks to Rabat and Madrid": a third country that helped too takes nothing away.
    """
    best = 0.0
    for one, other in _both_ways(document):
        done = max(
            (
                prominence(n) * _acts_in(n, one)
                for n in document.lines
                if n.has("operation", "arrest") and n.has("trafficking", "terrorism", "suspect")
            ),
            default=0.0,
        )
        lines = document.lines
        thanked = max(
            (
                prominence(n) * n.own.get(other, 0.0)
                for n in lines
                if n.has("tip")
                or (n.has("coop") and any(m.has("security") for m in _around(lines, n)))
            ),
            default=0.0,
        )
        best = max(best, min(done, thanked))
    return min(1.0, 1.3 * best)


def _around(lines: tuple[Line, ...], line: Line) -> tuple[Line, ...]:
    return lines[max(0, line.index - 1) : line.index + 2]


def _speaks(document: Document) -> float:
    """Return how plainly an official of one party tells what its services do with the other's."""
    best = 0.0
    for one, other in _both_ways(document):
        voices = [
            line
            for line in document.lines
            if any(
                a.side == one and (a.kind == "service" or a.office not in OTHER_OFFICES)
                for a in line.actors
            )
        ]
        told = [line for line in document.lines if line.has("tip", "intelligence", "coop")]
        voice = max((prominence(line) for line in voices), default=0.0)
        shared = max(
            (
                prominence(n) * n.own.get(other, 0.0) * security(n) * third(document, (n,))
                for n in told
            ),
            default=0.0,
        )
        best = max(best, voice * min(1.0, 1.6 * shared))
    return best


def _parted(document: Document, deed: tuple[str, ...], tie: tuple[str, ...]) -> float:
    """Return the weaker of: the deed being one party's, what ties the other to it being the other's.

    A third country in the line of the tie takes most of it away: the warrant, the tip is then its.
    """
    best = 0.0
    for one, other in _both_ways(document):
        done = max(
            (prominence(n) * _acts_in(n, one) for n in document.lines if n.has(*deed)), default=0.0
        )
        tied = max(
            (
                prominence(n) * n.own.get(other, 0.0) * third(document, (n,))
                for n in document.lines
                if n.has(*tie) and not n.has("refusal")
            ),
            default=0.0,
        )
        best = max(best, min(done, tied))
    return min(1.0, 1.3 * best)


def _both_ways(document: Document) -> tuple[tuple[str, str], tuple[str, str]]:
    one, other = document.parties
    return (one, other), (other, one)


def _acts_in(line: Line, code: str) -> float:
    """Return how strongly a party is in a line, a place of it counting almost as much as its name."""
    here = any(place.country == code for place in line.places)
    return max(line.own.get(code, 0.0), _PLACE_COUNTS * here)


def prominence(line: Line) -> float:
    """Return how much what a line tells counts: the title and the head more than the end."""
    return 0.4 + 0.6 * line.weight


def involved(document: Document, lines: Iterable[Line]) -> float:
    """Return how strongly both parties have to do with some lines, the places of a deed included."""
    named = list(lines)
    strength = dict.fromkeys(document.parties, 0.0)
    for line in named:
        for code in document.parties:
            strength[code] = max(strength[code], line.own.get(code, 0.0))
        for place in line.places:
            if place.country in strength:
                strength[place.country] = max(strength[place.country], _PLACE_COUNTS)
    return min(strength.values())


def both(document: Document, lines: Iterable[Line]) -> float:
    """Return how strongly both parties are named in some lines, 0 to 1."""
    named = list(lines)
    return min(max(line.own.get(p, 0.0) for line in named) for p in document.parties)


def third(document: Document, lines: Iterable[Line]) -> float:
    """Return what other countries in the same lines leave of a deed between the two parties."""
    others = {
        code
        for line in lines
        for code, strength in line.own.items()
        if code not in document.parties and strength >= _THIRD_AT
    }
    return (1.0, _THIRD_FACTOR, _THIRD_FACTOR * _THIRD_FACTOR)[min(2, len(others))]


def _talks(document: Document, line: Line, near: tuple[Line, ...]) -> float:
    if not line.has("meet", "visit", "sign", "commission"):
        return 0.0
    subject = min(1.0, 1.6 * max(security(n) for n in near))
    sides = {
        a.side: a.office not in OTHER_OFFICES or a.kind == "service"
        for n in near
        for a in n.actors
        if a.side in document.parties
    }
    named = both(document, near)
    if len(sides) == 2:
        strength = max(named, 0.75 + 0.25 * any(sides.values()))
    else:
        strength = 0.6 * named * (1.0 if line.has("official") else 0.5)
    return strength * subject * third(document, (line,))


def _handover(document: Document, line: Line, near: tuple[Line, ...]) -> float:
    if not line.has("arrest", "extradite"):
        return 0.0
    wide = document.lines[max(0, line.index - 2) : line.index + 3]
    asked = [n for n in wide if n.has("request", "extradite") and not n.has("refusal")]
    if not asked:
        return 0.0
    named = involved(document, wide)
    close = max(involved(document, (line, n)) for n in asked)
    strength = min(1.0, 0.4 * named + 0.8 * close)
    return strength * third(document, (line, *asked))


def _operation(document: Document, line: Line, near: tuple[Line, ...]) -> float:
    if not line.has("operation", "arrest", "trafficking"):
        return 0.0
    wide = document.lines[max(0, line.index - 2) : line.index + 3]
    helped = [n for n in wide if n.has("tip") or (n.has("coop") and n.has("security"))]
    if not helped:
        return 0.0
    deed = 1.0 if line.has("operation", "arrest") else 0.5
    tip = 1.0 if any(n.has("tip") for n in helped) else 0.6
    named = max(involved(document, (line, n)) for n in helped)
    return min(1.0, 1.2 * named) * deed * tip * math.sqrt(third(document, helped))


def _drill(document: Document, line: Line, near: tuple[Line, ...]) -> float:
    if not line.has("exercise", "training"):
        return 0.0
    forces = line.has("military", "security") or any(
        a.kind == "service" for n in near for a in n.actors
    )
    strength = 1.0 if line.has("exercise") and line.has("military") else 0.7
    return both(document, near) * strength * (1.0 if forces else 0.3) * third(document, (line,))


def _praise(document: Document, line: Line, near: tuple[Line, ...]) -> float:
    named = both(document, (line,))
    if named < 0.5 or not line.has("statement", "coop", "tip", "official", "intelligence"):
        return 0.0
    subject = min(1.0, 1.3 * max(security(n) for n in near))
    plain = 1.0 if line.has("statement", "tip") else 0.7
    return named * subject * plain * math.sqrt(third(document, (line,)))


PATTERNS: dict[str, Callable[[Document, Line, tuple[Line, ...]], float]] = {
    "talks": _talks,
    "handover": _handover,
    "operation": _operation,
    "drill": _drill,
    "praise": _praise,
}
