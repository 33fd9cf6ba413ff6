"""Everything the reading needs to know of the world, loaded once from package data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from domain.gazetteer.ledger import Ledger
from domain.gazetteer.places import PlaceIndex


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The ledger of people and services, and the places; immutable."""

    ledger: Ledger
    places: PlaceIndex

    @classmethod
    def load(cls) -> Knowledge:
        """Return the knowledge shipped with the package; the same object each time."""
        return _load()


@cache
def _load() -> Knowledge:
    return Knowledge(Ledger.load(), PlaceIndex.load())
