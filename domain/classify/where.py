"""Where the event happened: the place told beside the act, not every place named."""

from __future__ import annotations

from dataclasses import dataclass

from domain.classify.acts import ActReading
from domain.classify.document import Document
from domain.classify.logistic import load_model
from domain.classify.place_choice import CAPITALS, PlaceCandidate, place_candidates
from domain.model import Place, Reason

MAX_PLACES = 20


@dataclass(frozen=True, slots=True)
class Where:
    """The event's place, or None, and why."""

    place: Place | None
    reasons: tuple[Reason, ...]


def read_where(document: Document, acts: ActReading) -> Where:
    """Return the likeliest of the places an article names or implies, or none."""
    candidates = place_candidates(document, acts)
    shares = load_model("place").shares([c.values for c in candidates])
    best = max(range(len(candidates)), key=lambda i: (shares[i], -i))
    return _told(document, candidates[best], round(shares[best], 3))


def read_places(document: Document) -> tuple[str, ...]:
    """Return the cities and sites an article names, in order, each once; capitals stand for governments."""
    named = (
        p.city or p.name
        for line in document.lines
        for p in line.places
        if p.kind in ("city", "site")
    )
    return tuple(dict.fromkeys(n for n in named if n not in CAPITALS))[:MAX_PLACES]


def _told(document: Document, best: PlaceCandidate, share: float) -> Where:
    if best.place is None:
        return Where(None, (Reason("place.none", "no place is told for it", share),))
    if best.mention is not None:
        span = document.span(best.mention.start, best.mention.end)
        return Where(best.place, (Reason("place.told", best.place.name, share, (span,)),))
    if "seat_of_host" in best.values:
        detail = f"{best.place.name}: no city is told, ministers meet in the host's capital"
        return Where(best.place, (Reason("place.seat", detail, share),))
    return Where(best.place, (Reason("place.country", best.place.name, share),))
