"""Places an article names, each with the features that speak for or against the event being there.

Besides the cities, regions and sites named there are candidates that no line spells out: the capital
in which a minister receives another, and the country something is said to have happened in. The last
candidate is nowhere. Which feature weighs how much is learnt (`python -m bench.train_fields`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.classify.acts import ActReading
from domain.classify.document import Document, Line
from domain.gazetteer.countries import CountryMention
from domain.gazetteer.places import PlaceMention
from domain.model import Act, Place
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
# Words that make a place the seat or home of somebody: "the Lyon prosecutor", "from Nancy".
_GENITIVE = {
    "fr": re.compile(r"\b(?:de|d'|du|des)\s*$"),
    "en": re.compile(r"\bof\s*$"),
    "es": re.compile(r"\b(?:de|del)\s*$"),
    "nl": re.compile(r"\b(?:van|uit)\s*$"),
    "de": re.compile(r"\b(?:von|aus|der|des)\s*$"),
    "it": re.compile(r"\b(?:di|del|della|da)\s*$"),
    "ar": re.compile(r"(?!)"),
}
_ATTACHED_BA = re.compile(r"^[وف]?ب")
_TALK_CUES = ("meet", "visit", "sign")
# How plainly a mention says in which country something is done.
_IN_COUNTRY, _SERVICE_OF, _OF_COUNTRY = 1.0, 0.5, 0.25
_NEAR_CHARS, _SEAT_CHARS = 50.0, 30
CAPITALS = frozenset({"Rabat", "Paris", "Madrid"})
_TALKS = (Act.MEETING, Act.AGREEMENT, Act.COMMISSION)
_MINISTERS = frozenset({"interior_minister", "justice_minister", "defence_minister"})
SEATS = {
    "MA": Place("Rabat", "MA", 34.01325, -6.83255),
    "FR": Place("Paris", "FR", 48.85341, 2.3488),
    "ES": Place("Madrid", "ES", 40.4165, -3.70256),
}
_COUNTRY_NAMES = {"MA": "Morocco", "FR": "France", "ES": "Spain"}
_DEED_CUES: dict[Act | None, tuple[str, ...]] = {
    Act.ARREST_EXTRADITION: ("arrest", "extradite"),
    Act.JOINT_OPERATION: ("operation", "arrest", "trafficking"),
    Act.EXERCISE: ("exercise",),
    Act.TRAINING: ("training",),
    Act.COMMISSION: ("commission", "meet"),
}


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """A place (None for nowhere), one mention of it if a line names it, and its features."""

    place: Place | None
    mention: PlaceMention | None
    values: dict[str, float]


def place_candidates(document: Document, acts: ActReading) -> list[PlaceCandidate]:
    """Return the candidates: places named, in order of their first mention, countries, then nowhere."""
    talks = acts.act in _TALKS
    ministers = talks and ministers_of_both(document)
    named: dict[str, list[tuple[Line, PlaceMention]]] = {}
    for line in document.lines:
        for mention in line.places:
            if mention.kind in ("city", "region", "site"):
                # An airport's arrest is its city's.
                named.setdefault(mention.city or mention.name, []).append((line, mention))
    heads = {m.name for line in document.head() for m in line.places if m.name in CAPITALS}
    keys = acts.key_lines()[:4]
    acting = _acting_countries(document, acts)
    found: list[PlaceCandidate] = []
    for name, mentions in named.items():
        told = [_mention_values(document, line, m, acts, keys) for line, m in mentions]
        values = {key: max(v[key] for v in told) for key in told[0]}
        first = mentions[0][1]
        values |= {
            "again": math.log(len(told)),
            "first": float(not found),
            "dateline_of_deed": 0.0 if talks else values["dateline"],
            "country_of_act": acting.get(first.country, 0.0),
            "third": float(first.country not in document.parties),
            "region": float(all(m.kind == "region" for _, m in mentions)),
            "capital_of_ministers": float(ministers and name in CAPITALS and heads == {name}),
            "capital": float(name in CAPITALS),
            "capital_of_deed": float(name in CAPITALS and not talks),
            "newsroom": float(
                ministers and len(told) == 1 and first.dateline and name not in CAPITALS
            ),
        }
        place = Place(name, first.country, first.lat, first.lon)
        found.append(PlaceCandidate(place, first, values))
    found += _seats(document, found, ministers)
    found += _countries(document, acts, acting)
    nowhere = {"nowhere": 1.0, "nowhere_words_only": float(acts.act in (None, Act.STATEMENT))}
    return [*found, PlaceCandidate(None, None, nowhere)]


def ministers_of_both(document: Document) -> bool:
    """True when ministers of both parties are named near the top."""
    sides = {
        a.side
        for line in document.lines[:8]
        for a in line.actors
        if a.office in _MINISTERS and a.side in document.parties
    }
    return len(sides) == 2


def _mention_values(
    document: Document, line: Line, mention: PlaceMention, acts: ActReading, keys: list[int]
) -> dict[str, float]:
    """Return the features of one mention; those of a place are the greatest of its mentions."""
    before = fold(document.full[max(line.start, mention.start - 24) : mention.start]).text
    located = _is_located(document, mention.start, mention.end, mention.name, before)
    genitive = bool(_GENITIVE.get(document.article.lang, _NEVER).search(before))
    key = 1 - 0.15 * keys.index(line.index) if line.index in keys else 0.0
    fresh = not line.has("recall") and document.joint(line) >= 0.2
    capital = mention.name in CAPITALS and not mention.dateline
    deed = _closeness(line, mention.start, mention.end, _DEED_CUES.get(acts.act, _TALK_CUES))
    crime = _closeness(line, mention.start, mention.end, ("crime",))
    return {
        "weight": line.weight,
        "dateline": float(mention.dateline),
        "title": float(line.is_title),
        "located": line.weight * located,
        "located_fresh": line.weight * (located and fresh),
        "located_beside_key": key * located,
        "beside_key": key,
        "deed": deed,
        "deed_located": deed * located,
        "crime": crime,
        "crime_rather": float(crime > deed),
        "genitive": line.weight * genitive,
        "seat": float(_is_seat(line, mention)),
        "of_government": float(capital and not located),
        "with_day": float(any(d.precision == "day" for d in line.dates)),
    }


_NEVER = re.compile(r"(?!)")


def _is_located(document: Document, start: int, end: int, name: str, before: str) -> bool:
    """True when a preposition just before a name puts something there."""
    locative = _LOCATIVE.get(document.article.lang, _NEVER)
    if locative.search(before):
        return True
    return document.article.lang == "ar" and _has_ba(document, start, end, name, before)


def _has_ba(document: Document, start: int, end: int, name: str, before: str) -> bool:
    """True when the Arabic "in" is written onto the name, which may itself begin with that letter."""
    word = fold(document.full[start:end]).text
    own = name[:1].upper() in "BP"
    attached = _ATTACHED_BA.match(word)
    if attached is None:
        return before.endswith("ب")
    return not own or word[attached.end() :].startswith("ب")


def _closeness(line: Line, start: int, end: int, categories: tuple[str, ...]) -> float:
    gaps = [
        max(cue.start - end, start - cue.end, 0)
        for category in categories
        for cue in line.cues.get(category, ())
    ]
    return math.exp(-min(gaps) / _NEAR_CHARS) if gaps else 0.0


def _is_seat(line: Line, mention: PlaceMention) -> bool:
    """True when a service, an office or a court stands just before the place, which is then its seat."""
    ends = [a.end for a in line.actors] + [c.end for c in line.cues.get("court", ())]
    return any(0 <= mention.start - end <= _SEAT_CHARS for end in ends)


def _acting_countries(document: Document, acts: ActReading) -> dict[str, float]:
    """Return how strongly the act is put in each country, adding up to 1, or nothing if it is in none.

    "Arrested in Morocco" says it plainly, a service or "Moroccan police" beside the arrest less so.
    """
    categories = _DEED_CUES.get(acts.act, _TALK_CUES)
    votes: dict[str, float] = {}
    for line in document.lines:
        if not line.has(*categories):
            continue
        for c in line.countries:
            strength = (
                _IN_COUNTRY if c.kind == "name" and _holds(document, line, c) else _OF_COUNTRY
            )
            near = _closeness(line, c.start, c.end, categories)
            votes[c.code] = votes.get(c.code, 0.0) + strength * near * line.weight
        for a in line.actors:
            if a.kind == "service" and a.side:
                near = _closeness(line, a.start, a.end, categories)
                votes[a.side] = votes.get(a.side, 0.0) + _SERVICE_OF * near * line.weight
    total = sum(votes.values())
    return {code: vote / total for code, vote in votes.items()} if total else {}


def _seats(
    document: Document, found: list[PlaceCandidate], ministers: bool
) -> Iterable[PlaceCandidate]:
    """Yield the capitals in which a minister receives another, where no line names them."""
    if not ministers:
        return
    named = {c.place.name for c in found if c.place}
    datelined = {c.place.country for c in found if c.place and c.values["dateline"]}
    for code in document.parties:
        seat = SEATS.get(code)
        if seat is not None and seat.name not in named:
            values = {"seat_of_host": 1.0, "seat_of_dateline": float(code in datelined)}
            yield PlaceCandidate(seat, None, values)


def _countries(
    document: Document, acts: ActReading, acting: dict[str, float]
) -> Iterable[PlaceCandidate]:
    """Yield the parties something is said to have happened in."""
    keys = set(acts.key_lines()[:3])
    for code in document.parties:
        name = _COUNTRY_NAMES.get(code)
        if name is None:
            continue
        told = [
            (line.weight, line.index in keys, line.has("visit"))
            for line in document.lines
            for c in line.countries
            if c.kind == "name" and c.code == code and _holds(document, line, c)
        ]
        if told:
            values = {
                "country": 1.0,
                "country_act": acting.get(code, 0.0),
                "country_weight": max(w for w, _, _ in told),
                "country_beside_key": float(any(k for _, k, _ in told)),
                "country_visited": float(any(v for _, _, v in told)),
                "country_of_talks": float(acts.act in (None, Act.STATEMENT, *_TALKS)),
            }
            yield PlaceCandidate(Place(name, code), None, values)


def _holds(document: Document, line: Line, country: CountryMention) -> bool:
    before = fold(document.full[max(line.start, country.start - 24) : country.start]).text
    return _is_located(document, country.start, country.end, country.code, before)
