"""The index of people's and services' spellings, built once from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from domain.gazetteer import tables
from domain.gazetteer.names import is_arabic, keys
from domain.gazetteer.phrases import Trie, split
from domain.gazetteer.tables import Person, Service

_MIN_ALONE = 3


@dataclass(frozen=True, slots=True)
class Surname:
    """Whose surname a spelling is, and for whom it suffices alone."""

    people: tuple[str, ...]
    alone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceName:
    """Which service a spelling names, and how it must be written."""

    service: Service | None  # None for a phrase that hides a service's name
    upper: bool = False
    capital: bool = False
    word: bool = False  # an acronym that is also a word


@dataclass(frozen=True, slots=True)
class Spellings:
    """All spellings, ready to match."""

    full: Trie[str]
    surnames: Trie[Surname]
    services: Trie[ServiceName]
    given_names: frozenset[str]  # folded, of anybody
    given_latin: dict[str, str]  # folded Arabic given name -> Latin
    given_of: dict[str, str]  # folded given name, in either script -> language it is of
    by_given: dict[str, tuple[str, ...]]  # first word of a given name -> person ids
    by_surname_key: dict[str, tuple[str, ...]]
    people: dict[str, Person] = field(repr=False)


def full_names(person: Person) -> Iterator[str]:
    """Yield every spelling of a person's full name: each given name with each surname, and initials."""
    yield person.name
    yield from person.also
    for given in person.givens:
        for surname in person.surnames:
            yield f"{given} {surname}"
    for given in person.givens_ar:
        for surname in person.surnames_ar:
            yield f"{given} {surname}"
            if given.startswith("عبد ") or " عبد " in given:
                yield f"{given.replace('عبد ', 'عبد')} {surname}"
    for surname in person.surnames:
        for given in person.givens[:1]:
            yield f"{given[0]}. {surname}"


@cache
def spellings() -> Spellings:
    """Return the index of all spellings."""
    people = {person.person_id: person for person in tables.people()}
    full: Trie[str] = Trie()
    by_given: dict[str, list[str]] = defaultdict(list)
    by_key: dict[str, list[str]] = defaultdict(list)
    for person in people.values():
        for spelling in full_names(person):
            full.add(spelling, person.person_id)
        for given in person.givens + person.givens_ar:
            by_given[split(given)[0]].append(person.person_id)
        for surname in person.surnames + person.surnames_ar:
            for key in keys(surname):
                by_key[key].append(person.person_id)
    given_names, given_latin, given_of = _given_names()
    return Spellings(
        full,
        _surnames(people),
        _services(),
        given_names | frozenset(by_given),
        given_latin,
        given_of,
        {given: tuple(dict.fromkeys(ids)) for given, ids in by_given.items()},
        {key: tuple(dict.fromkeys(ids)) for key, ids in by_key.items()},
        people,
    )


def _surnames(people: dict[str, Person]) -> Trie[Surname]:
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    alone: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for person in people.values():
        for surname in person.surnames + person.surnames_ar:
            steps = tuple(split(surname))
            if len("".join(steps)) < _MIN_ALONE or person.person_id in owners[steps]:
                continue
            owners[steps].append(person.person_id)
            if person.distinctive == "yes" or (
                person.distinctive == "latin" and not is_arabic(surname)
            ):
                alone[steps].append(person.person_id)
    trie: Trie[Surname] = Trie()
    for steps, ids in owners.items():
        if ids:
            trie.add(" ".join(steps), Surname(tuple(ids), tuple(alone[steps])))
    return trie


def _services() -> Trie[ServiceName]:
    trie: Trie[ServiceName] = Trie()
    blocks = tables.read_toml("service_blocks.toml")["block"]
    for phrase in blocks["phrases"]:
        trie.add(phrase, ServiceName(None))
    common = frozenset(blocks["words"])
    for service in tables.services():
        for spelling in service.names:
            letters = [c for c in spelling if c.isalpha()]
            upper = " " not in spelling and len(letters) > 1 and all(c.isupper() for c in letters)
            trie.add(
                spelling, ServiceName(service, upper, letters[0].isupper(), spelling in common)
            )
    return trie


def _given_names() -> tuple[frozenset[str], dict[str, str], dict[str, str]]:
    """Return common given names, folded, the Latin form of the Arabic ones, and the language each is of."""
    names: set[str] = set()
    latin: dict[str, str] = {}
    language: dict[str, str] = {}
    for row in tables.read_rows("given_names.csv"):
        names.add(split(row["latin"])[0])
        for spelling in (row["latin"], *tables.parts(row["arabic"])):
            if row["of"]:
                language.setdefault(" ".join(split(spelling)), row["of"])
        for arabic in tables.parts(row["arabic"]):
            steps = split(arabic)
            names.add(" ".join(steps))
            latin.setdefault(" ".join(steps), row["latin"])
            if steps[0] == "عبد" and len(steps) > 1:
                names.add("".join(steps))
                latin.setdefault("".join(steps), row["latin"])
    return frozenset(names), latin, language
