"""Every row of the gazetteer's tables is sound: dates, sources, offices, unique spellings."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from domain.gazetteer import tables
from domain.gazetteer.countries import country_names
from domain.gazetteer.names import keys
from domain.gazetteer.phrases import endings, expand, split
from domain.gazetteer.roles import offices
from domain.gazetteer.spellings import full_names
from domain.gazetteer.tables import Term
from domain.model import LANGUAGES

PEOPLE = {person.person_id: person for person in tables.people()}
TERMS = tables.terms()


def named(term: Term) -> str:
    """Return a term as it reads in a test id."""
    return f"{term.person_id}-{term.office}-{term.start}"


@pytest.mark.parametrize("term", TERMS, ids=named)
def test_term_is_sound(term: Term) -> None:
    """A term has a known person, office and country, ordered dates, and a source."""
    assert term.person_id in PEOPLE
    assert term.office in offices()
    assert term.side in country_names() or not term.side
    assert term.source == "gk" or term.source.startswith("http")
    assert term.start is None or term.end is None or term.start <= term.end


def test_every_person_has_a_term_and_every_row_a_source() -> None:
    """Nobody is listed without an office, and no row without a source."""
    assert set(PEOPLE) == {term.person_id for term in TERMS}
    assert all(person.source for person in PEOPLE.values())
    assert all(person.distinctive in ("yes", "latin", "no") for person in PEOPLE.values())
    assert all(service.source for service in tables.services())
    assert all(row["source"] for row in tables.read_rows("places.csv"))


def test_nobody_acts_for_two_countries() -> None:
    """A person's terms are all of one country, which the matcher relies on."""
    sides: dict[str, set[str]] = defaultdict(set)
    for term in TERMS:
        sides[term.person_id].add(term.side)
    assert {p: s for p, s in sides.items() if len(s) > 1} == {}


def test_single_offices_have_one_holder_at_a_time() -> None:
    """Terms of a single-holder office share at most the handover day."""
    by_office: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for term in TERMS:
        if offices()[term.office].single and term.start:
            by_office[term.office, term.side].append(term)
    clashes = []
    for rows in by_office.values():
        rows.sort(key=lambda t: t.start or t.end)  # type: ignore[arg-type,return-value]
        for one, other in pairwise(rows):
            if one.end is None or (other.start and one.end > other.start):
                clashes.append((named(one), named(other)))
    assert clashes == []


def test_no_two_people_share_a_full_spelling() -> None:
    """A full name means one person in either script."""
    owners: dict[str, set[str]] = defaultdict(set)
    for person in PEOPLE.values():
        for spelling in full_names(person):
            if len(split(spelling)[0]) > 1:  # initials may be shared
                owners[" ".join(split(spelling))].add(person.person_id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_surname_that_stands_alone_belongs_to_one_person() -> None:
    """Two people may share a surname only when neither is known by it alone."""
    owners: dict[str, set[str]] = defaultdict(set)
    alone: set[str] = set()
    for person in PEOPLE.values():
        for surname in person.surnames + person.surnames_ar:
            folded = " ".join(split(surname))
            owners[folded].add(person.person_id)
            if person.distinctive == "yes":
                alone.add(folded)
    assert {name: owners[name] for name in alone if len(owners[name]) > 1} == {}


def test_everybody_of_the_two_parties_has_arabic_spellings() -> None:
    """Half of the articles are in Arabic, so Moroccan and French officials need both scripts."""
    sides = {term.person_id: term.side for term in TERMS}
    lacking = [
        person.name
        for person in PEOPLE.values()
        if sides[person.person_id] in ("MA", "FR") and not (person.surnames_ar or person.also)
    ]
    assert lacking == []


def test_services_name_known_offices_and_countries() -> None:
    """A service's head is an office of offices.toml, its country one of countries.toml."""
    for service in tables.services():
        assert not service.head_office or service.head_office in offices(), service.name
        assert not service.side or service.side in country_names(), service.name
    ids = [service.service_id for service in tables.services()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("office", sorted(offices()))
def test_office_has_phrases_in_every_language(office: str) -> None:
    """Each office can be named in all seven languages, and its patterns expand."""
    entry = tables.read_toml("offices.toml")[office]
    for lang in LANGUAGES:
        phrases = [p for pattern in entry[lang] for p in expand(pattern)]
        assert phrases, lang
        assert all(split(phrase) for phrase in phrases), lang


@pytest.mark.parametrize("code", sorted(country_names()))
def test_country_has_names_in_every_language(code: str) -> None:
    """Each country has a name and a place on the map, and adjectives where a language has them."""
    entry = tables.read_toml("countries.toml")[code]
    assert len(entry["at"]) == 2
    for lang in LANGUAGES:
        assert entry[lang], lang
        assert f"{lang}_adj" in entry, lang


def test_patterns_expand() -> None:
    """Groups give each alternative, nested ones too, and endings each word."""
    assert expand("(a|b (c|d)) e") == ["a e", "b c e", "b d e"]
    assert expand("x (y|)") == ["x y", "x"]
    assert list(endings("fran(k,z)o(s,)")) == ["frankos", "franko", "franzos", "franzo"]
    with pytest.raises(ValueError, match="bracket"):
        expand("(a|b")


def test_keys_bring_spellings_together() -> None:
    """Spellings of one name share a sound key across scripts."""
    assert keys("Retailleau") & keys("روتايو")
    assert keys("Laftite") & keys("لفتيت")
    assert keys("Darmanin") & keys("درمانان")
    assert not keys("Darmanin") & keys("Castaner")
