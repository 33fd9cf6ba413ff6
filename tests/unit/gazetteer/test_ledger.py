"""Who held which office when, which names mean whom, and which days the named officials allow."""

from __future__ import annotations

from datetime import date

import pytest

from domain.gazetteer.ledger import AS_OF, Ledger, transliterate
from domain.model import DateRange

LEDGER = Ledger.load()

HOLDERS = [
    ("Christophe Castaner", "interior_minister", "FR", date(2018, 11, 15)),
    ("Gérald Darmanin", "interior_minister", "FR", date(2020, 10, 16)),
    ("Gérald Darmanin", "interior_minister", "FR", date(2024, 4, 22)),
    ("Bruno Retailleau", "interior_minister", "FR", date(2025, 4, 14)),
    ("Laurent Nuñez", "interior_minister", "FR", date(2026, 3, 1)),
    ("Bernard Cazeneuve", "interior_minister", "FR", date(2015, 2, 14)),
    ("Gérald Darmanin", "justice_minister", "FR", date(2025, 3, 10)),
    ("Mohamed Hassad", "interior_minister", "MA", date(2016, 11, 20)),
    ("Abdelouafi Laftit", "interior_minister", "MA", date(2017, 4, 5)),
    ("Fernando Grande-Marlaska", "interior_minister", "ES", date(2022, 1, 1)),
    ("Nicolas Lerner", "domestic_intelligence_chief", "FR", date(2022, 1, 1)),
    ("Céline Berthon", "domestic_intelligence_chief", "FR", date(2024, 6, 26)),
    ("Mohammed Berrid", "armed_forces_chief", "MA", date(2024, 12, 2)),
]


@pytest.mark.parametrize(("expected", "office", "side", "on"), HOLDERS)
def test_holder_of_an_office_on_a_day(expected: str, office: str, side: str, on: date) -> None:
    """The table of terms answers who held an office."""
    person = LEDGER.holder(office, side, on)
    assert person is not None
    assert person.name == expected


def test_no_holder_for_a_vacancy_or_a_generic_office() -> None:
    """A gap between terms, an unknown country, and "minister" alone have no holder."""
    assert LEDGER.holder("national_police_chief", "FR", date(2024, 10, 15)) is None
    assert LEDGER.holder("interior_minister", "ZZ", date(2024, 10, 15)) is None
    assert LEDGER.holder("minister", "FR", date(2024, 10, 15)) is None
    assert LEDGER.holder("no such office", "FR", date(2024, 10, 15)) is None


RESOLVED = [
    ("Abdelouafi Laftit", "Abdelouafi Laftit"),
    ("Abdelouafi Laftit", "Abdelouafi Laftitte"),
    ("Abdelouafi Laftit", "عبد الوافي لافتيث"),
    ("Abdelouafi Laftit", "Laftit"),
    ("Bruno Retailleau", "برونو ريتايو"),
    ("Bruno Retailleau", "برونو روطايو"),
    ("Bruno Retailleau", "Bruno Retaileau"),
    ("Gérald Darmanin", "جيرالد دارمانيان"),
    ("Gérald Darmanin", "Gerald Darmannin"),
    ("Christophe Castaner", "كريستوف كاستنار"),
    ("Thierry Burkhard", "Thierry Burckhard"),
]


@pytest.mark.parametrize(("expected", "spelling"), RESOLVED)
def test_new_spelling_is_recognised(expected: str, spelling: str) -> None:
    """Spellings that are not in the table still mean the right person."""
    person = LEDGER.resolve_name(spelling)
    assert person is not None
    assert person.name == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "!",
        "Jean Martin",
        "محمد العلوي",
        "Marie Darmon",
        "Nunes",
        "Laurent Noune",
        "Bruno",
        "علي",
    ],
)
def test_other_names_are_nobody(name: str) -> None:
    """A name that only resembles a known one is not guessed."""
    assert LEDGER.resolve_name(name) is None


def test_officials_named_bound_the_days() -> None:
    """Castaner with Laftit leaves the days on which both were interior ministers."""
    text = "وزير الداخلية الفرنسي كريستوف كاستنير ونظيره المغربي عبد الوافي لفتيت"
    found = LEDGER.find_actors(text, "ar", None)
    assert LEDGER.overlap(found) == DateRange(date(2018, 10, 16), date(2020, 7, 6))


def test_office_named_chooses_among_terms() -> None:
    """Darmanin as keeper of the seals is the later Darmanin."""
    text = "Le garde des Sceaux Gérald Darmanin et le ministre de la Justice Abdellatif Ouahbi"
    found = LEDGER.find_actors(text, "fr", None)
    until = date(2025, 12, 31)
    assert LEDGER.overlap(found, until) == DateRange(date(2024, 12, 23), until)
    assert LEDGER.overlap(found) == DateRange(date(2024, 12, 23), AS_OF)


def test_predecessor_does_not_empty_the_range() -> None:
    """Somebody who cannot have sat with the others is left out of the bounds."""
    text = (
        "Le ministre français de l'Intérieur Bruno Retailleau et Abdelouafi Laftit ; "
        "Bernard Cazeneuve était venu avant."
    )
    found = LEDGER.find_actors(text, "fr", None)
    assert LEDGER.overlap(found) == DateRange(date(2024, 9, 21), date(2025, 10, 12))


def test_nobody_named_bounds_nothing() -> None:
    """Without known people there is no range."""
    assert LEDGER.overlap(()) is None


def test_terms_are_in_order() -> None:
    """A person's terms come by start, whether asked by person or by id."""
    person = LEDGER.resolve_name("Laurent Nuñez")
    assert person is not None
    terms = LEDGER.terms(person)
    assert list(terms) == sorted(terms, key=lambda t: t.start or date.min)
    assert LEDGER.terms(person.person_id) == terms
    assert LEDGER.terms("nobody") == ()


def test_ledger_is_loaded_once() -> None:
    """Loading again gives the same object."""
    assert Ledger.load() is LEDGER


@pytest.mark.parametrize(
    ("expected", "arabic"),
    [("Samir", "سمير"), ("El Mansouri", "المنصوري"), ("Nour Eldin", "نور الدين")],
)
def test_transliteration_is_plain_and_stable(expected: str, arabic: str) -> None:
    """Unknown Arabic names get a readable Latin form, without the short vowels nobody wrote."""
    assert transliterate(arabic).isascii()
    assert transliterate(arabic)[0] == expected[0]
    assert transliterate(arabic) == transliterate(arabic)
