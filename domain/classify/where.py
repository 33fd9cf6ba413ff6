"""Where the event happened: the place told beside the act, not every place named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.classify.acts import ActReading
from domain.classify.document import Document, Line
from domain.gazetteer.places import PlaceMention
from domain.model import Act, Place, Reason
from domain.text.fold import fold

# Words that put something in a place, just before its name (folded).
_LOCATIVE = {
    "fr": re.compile(r"(?:\ba|\bau|\baux|\ben|\bdepuis|\bde passage a|\bdans la region d[e'])\s*$"),
    "en": re.compile(r"\b(?:in|at|near|outside|to|from)\s*$"),
    "es": re.compile(r"\b(?:en|a|desde)\s*$"),
    "nl": re.compile(r"\b(?:in|te|naar|bij|uit)\s*$"),
    "de": re.compile(r"\b(?:in|nach|bei|aus)\s*$"),
    "it": re.compile(r"\b(?:a|ad|in|nei pressi di|da)\s*$"),
    "ar": re.compile(r"(?:في|الي|من|بمدينه|مدينه|بالعاصمه|العاصمه|بالعاصمه المغربيه)\s*$"),
}
_ATTACHED_BA = re.compile(r"^[وف]?ب")
_DATELINE, _AGAIN, _ELSEWHERE = 0.5, 0.6, 0.4
# A capital is mostly named for its government, so it takes more to be a place.
_CAPITAL_AT, _CITY_AT = 0.6, 0.3
CAPITALS = frozenset({"Rabat", "Paris", "Madrid"})
_TALKS = (Act.MEETING, Act.AGREEMENT, Act.COMMISSION)
_MINISTERS = frozenset({"interior_minister", "justice_minister", "defence_minister"})
_SEATS = {
    "MA": Place("Rabat", "MA", 34.01325, -6.83255),
    "FR": Place("Paris", "FR", 48.85341, 2.3488),
    "ES": Place("Madrid", "ES", 40.4165, -3.70256),
}
_COUNTRY_NAMES = {"MA": "Morocco", "FR": "France", "ES": "Spain"}


@dataclass(frozen=True, slots=True)
class Where:
    """The event's place, or None, and why."""

    place: Place | None
    reasons: tuple[Reason, ...]


def read_where(document: Document, acts: ActReading) -> Where:
    """Return the place with the most points: beside the act, put there by a preposition, early, often."""
    points: dict[str, float] = {}
    mentions: dict[str, PlaceMention] = {}
    keys = acts.key_lines()[:4]
    for line in document.lines:
        for mention in line.places:
            if mention.kind not in ("city", "region", "site"):
                continue
            value = _points(document, line, mention, keys)
            if mention.country not in document.parties:
                value *= _ELSEWHERE
            name = mention.city or mention.name  # an airport's arrest is its city's
            so_far = points.get(name, 0.0)
            # How plainly it is told once counts; a city named often may be the crime's or the court's.
            points[name] = max(so_far, value) + _AGAIN * min(so_far, value)
            mentions.setdefault(name, mention)
    ranked = sorted(points, key=lambda n: (-points[n], n))
    if ranked and points[ranked[0]] >= (_CAPITAL_AT if ranked[0] in CAPITALS else _CITY_AT):
        best = mentions[ranked[0]]
        if _only_newsroom(document, acts, best):
            return _seat(best)
        place = Place(ranked[0], best.country, best.lat, best.lon)
        span = document.span(best.start, best.end)
        return Where(
            place, (Reason("place.told", ranked[0], round(points[ranked[0]], 2), (span,)),)
        )
    return _sole_capital(document, acts) or _country(document, acts)


def _sole_capital(document: Document, acts: ActReading) -> Where | None:
    """Return the one capital named at the head of a report on talks of ministers, if it is one."""
    if acts.act not in _TALKS or not _ministers_of_both(document):
        return None
    named = {
        p.name: p
        for line in document.head()
        for p in line.places
        if p.name in CAPITALS and p.country in document.parties
    }
    if len(named) != 1:
        return None
    (only,) = named.values()
    place = Place(only.name, only.country, only.lat, only.lon)
    span = document.span(only.start, only.end)
    return Where(place, (Reason("place.told", only.name, None, (span,)),))


def _ministers_of_both(document: Document) -> bool:
    sides = {
        a.side
        for line in document.lines[:8]
        for a in line.actors
        if a.office in _MINISTERS and a.side in document.parties
    }
    return len(sides) == 2


def _only_newsroom(document: Document, acts: ActReading, best: PlaceMention) -> bool:
    """True when all that speaks for a place is the dateline of a report on talks of ministers."""
    if acts.act not in _TALKS or not best.dateline or best.country not in _SEATS:
        return False
    named = [p for line in document.lines for p in line.places if p.name == best.name]
    return _ministers_of_both(document) and len(named) == 1 and best.name not in CAPITALS


def _seat(best: PlaceMention) -> Where:
    """Ministers receive in the capital; a report filed from another city of it does not move them."""
    seat = _SEATS[best.country]
    detail = f"{seat.name}: ministers meet in the capital, {best.name} is only where this was filed"
    return Where(seat, (Reason("place.seat", detail),))


def _points(document: Document, line: Line, mention: PlaceMention, keys: list[int]) -> float:
    before = fold(document.full[max(line.start, mention.start - 24) : mention.start]).text
    locative = _LOCATIVE.get(document.article.lang)
    located = bool(locative and locative.search(before))
    if document.article.lang == "ar":
        located = located or _has_ba(document, mention.start, mention.end, mention.name, before)
    value = line.weight * 0.4
    if mention.dateline:
        value += _DATELINE
    if located:
        value += 0.5 * line.weight
    if line.index in keys:
        value += (1.0 if located else 0.4) * (1 - 0.15 * keys.index(line.index))
    if mention.name in CAPITALS and not located and not mention.dateline:
        value *= 0.35  # "Rabat and Paris": governments, not places
    if mention.kind == "region":
        value *= 0.4
    if line.has("recall") or document.joint(line) < 0.2:
        value *= 0.6
    return value


def _has_ba(document: Document, start: int, end: int, name: str, before: str) -> bool:
    """True when the Arabic "in" is written onto the name, which may itself begin with that letter."""
    word = fold(document.full[start:end]).text
    own = name[:1].upper() in "BP"
    attached = _ATTACHED_BA.match(word)
    if attached is None:
        return before.endswith("ب")
    return not own or word[attached.end() :].startswith("ب")


def _country(document: Document, acts: ActReading) -> Where:
    """Fall back on the country something is said to have happened in."""
    locative = _LOCATIVE.get(document.article.lang)
    keys = set(acts.key_lines()[:3])
    points: dict[str, float] = {}
    for line in document.lines:
        for c in line.countries:
            if c.kind != "name" or c.code not in document.parties:
                continue
            before = fold(document.full[max(line.start, c.start - 24) : c.start]).text
            located = bool(locative and locative.search(before))
            if document.article.lang == "ar":
                located = located or _has_ba(document, c.start, c.end, c.code, before)
            if acts.act in _TALKS and not line.has("visit"):
                continue  # what is said to be in a country is then not the talks
            if located:
                weight = line.weight * (1.5 if line.index in keys else 0.5)
                points[c.code] = points.get(c.code, 0.0) + weight
    if not points:
        return Where(None, ())
    code = max(points, key=lambda c: (points[c], c))
    name = _COUNTRY_NAMES.get(code)
    if name is None or acts.act is Act.STATEMENT:
        return Where(None, ())
    return Where(Place(name, code), (Reason("place.country", name, round(points[code], 2)),))
