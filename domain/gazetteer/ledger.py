"""The ledger: who held which office when, and who is named in a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from domain.gazetteer import strangers, tables
from domain.gazetteer.actors import ActorFinder
from domain.gazetteer.mention import ActorMention
from domain.gazetteer.names import transliterate
from domain.gazetteer.phrases import tokens_of
from domain.gazetteer.roles import offices
from domain.gazetteer.spellings import Spellings, spellings
from domain.gazetteer.tables import Person, Service, Term
from domain.model import DateRange

__all__ = ["ActorMention", "Ledger", "Person", "Service", "Term", "transliterate"]

# The day the tables were last brought up to date: an open term is known to last until here.
AS_OF = date(2026, 11, 22)

Interval = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Ledger:
    """People, their terms of office, and services; immutable. `load()` reads the package's tables."""

    people: dict[str, Person]
    services: dict[str, Service]
    _terms: dict[str, tuple[Term, ...]]
    _spellings: Spellings
    _finder: ActorFinder

    @classmethod
    def load(cls) -> Ledger:
        """Return the ledger shipped with the package; the same object each time."""
        return _load()

    def find_actors(self, text: str, lang: str, on: date | None) -> tuple[ActorMention, ...]:
        """Return the people, services and unnamed roles of a text, in order, offsets as given.

        `on` is the day for which `in_office` is judged, usually that of publication.
        """
        return self._finder.find(text, lang, on)

    def terms(self, person: Person | str) -> tuple[Term, ...]:
        """Return a person's terms of office by start; none for somebody unknown."""
        return self._terms.get(person if isinstance(person, str) else person.person_id, ())

    def holder(self, office: str, side: str, on: date) -> Person | None:
        """Return who held a single-holder office of a country on a day; the newcomer on a handover day."""
        entry = offices().get(office)
        if entry is None or not (entry.single or entry.loose):
            return None
        held = [
            term
            for terms in self._terms.values()
            for term in terms
            if term.office == office and term.side == side and term.covers(on)
        ]
        if not held:
            return None
        latest = max(held, key=lambda t: t.start or date.min)
        return self.people[latest.person_id]

    def resolve_name(self, name: str) -> Person | None:
        """Return the person whom a spelling in Latin or Arabic script means, None rather than a guess."""
        tokens = tokens_of(name)
        if len(tokens):
            exact = self._spellings.full.match(tokens, 0)
            if exact is not None and exact[0] == len(tokens):
                return self.people[exact[1]]
            surname = self._spellings.surnames.match(tokens, 0)
            if surname is not None and surname[0] == len(tokens) and len(surname[1].people) == 1:
                return self.people[surname[1].people[0]]
        found = strangers.resolve(name, self._spellings)
        return self.people[found] if found else None

    def overlap(
        self, mentions: Iterable[ActorMention], until: date | None = None
    ) -> DateRange | None:
        """Return the days on which all the people named held an office in which they are named.

        A person named with an office counts with its terms, one named without with all of theirs.
        Somebody who cannot have been in office together with those named before (a predecessor, a
        background figure) is left out. Open terms last until `until`, by default the ledger's date.
        """
        days: list[Interval] | None = None
        for person_id, held in self._offices_named(mentions).items():
            spans = self._spans(person_id, held, until or AS_OF)
            both = spans if days is None else _intersect(days, spans)
            if both:
                days = both
        if not days:
            return None
        return DateRange(min(a for a, _ in days), max(b for _, b in days))

    def _offices_named(self, mentions: Iterable[ActorMention]) -> dict[str, set[str]]:
        named: dict[str, set[str]] = defaultdict(set)
        for mention in mentions:
            if mention.kind == "person" and mention.entity_id and not mention.is_former:
                named[mention.entity_id].add(mention.office)
        return named

    def _spans(self, person_id: str, held: set[str], until: date) -> list[Interval]:
        terms = self.terms(person_id)
        wanted = [t for t in terms if t.office in held] or list(terms)
        spans = [(t.start or date.min, t.end or max(until, t.start or date.min)) for t in wanted]
        return sorted(spans)


def _intersect(one: list[Interval], other: list[Interval]) -> list[Interval]:
    """Return the days common to two lists of intervals."""
    both = {(max(a, c), min(b, d)) for a, b in one for c, d in other}
    return sorted((a, b) for a, b in both if a <= b)


@cache
def _load() -> Ledger:
    by_person: dict[str, list[Term]] = defaultdict(list)
    for term in tables.terms():
        by_person[term.person_id].append(term)
    terms = {
        person_id: tuple(sorted(rows, key=lambda t: (t.start or date.min, t.office)))
        for person_id, rows in by_person.items()
    }
    index = spellings()
    return Ledger(
        people=dict(index.people),
        services={service.service_id: service for service in tables.services()},
        _terms=terms,
        _spellings=index,
        _finder=ActorFinder(index, terms),
    )
