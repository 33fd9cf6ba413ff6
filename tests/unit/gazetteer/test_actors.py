"""Actors are found in seven languages, in both scripts, with their office and country."""

from __future__ import annotations

from datetime import date

import pytest

from domain.gazetteer.ledger import Ledger
from tests.unit.gazetteer.cases import ALL

LEDGER = Ledger.load()


@pytest.mark.parametrize("case", ALL, ids=[f"{c[0]}-{i}" for i, c in enumerate(ALL)])
def test_sentence_names_its_actors(case: tuple[str, str, str, list[tuple[str, str, str]]]) -> None:
    """Each sentence of the table yields exactly its actors, in order."""
    lang, day, text, expected = case
    found = LEDGER.find_actors(text, lang, date.fromisoformat(day))
    assert expected == [(m.name, m.side, m.office) for m in found]


@pytest.mark.parametrize("case", ALL, ids=[f"{c[0]}-{i}" for i, c in enumerate(ALL)])
def test_spans_lie_in_the_text_and_in_order(
    case: tuple[str, str, str, list[tuple[str, str, str]]],
) -> None:
    """Offsets are those of the text as given."""
    lang, day, text, _ = case
    found = LEDGER.find_actors(text, lang, date.fromisoformat(day))
    assert all(0 <= m.start < m.end <= len(text) for m in found)
    assert [m.start for m in found] == sorted(m.start for m in found)


def test_unknown_person_beside_a_role_is_marked() -> None:
    """A name that the ledger lacks is taken from the text and marked as not known."""
    text = "Le ministre de l'Intérieur français, Albin Martel-Duroc, a parlé."
    (found,) = LEDGER.find_actors(text, "fr", date(2030, 1, 1))
    assert (found.known, found.in_office, found.entity_id) == (False, None, "")


def test_title_held_by_somebody_else_shows_as_not_in_office() -> None:
    """An old title beside a name is visible, because another held the office on that day."""
    text = "Le ministre français de l'Intérieur Christophe Castaner"
    (found,) = LEDGER.find_actors(text, "fr", date(2024, 4, 22))
    assert found.in_office is False
    (found,) = LEDGER.find_actors(text, "fr", date(2019, 4, 22))
    assert found.in_office is True


def test_unnamed_role_is_the_person_named_elsewhere() -> None:
    """A role whose holder the text names carries that person."""
    text = "Bruno Retailleau est à Rabat. Le ministre français de l'Intérieur a salué l'accord."
    found = LEDGER.find_actors(text, "fr", date(2025, 4, 14))
    assert [(m.kind, m.name) for m in found] == [
        ("person", "Bruno Retailleau"),
        ("role", "Bruno Retailleau"),
    ]


def test_former_holder_is_marked() -> None:
    """ "Former" beside a role is kept, and the person is not in office."""
    text = "Former French interior minister Gérard Collomb spoke."
    (found,) = LEDGER.find_actors(text, "en", date(2018, 1, 1))
    assert found.is_former
    assert found.in_office is False


def test_common_surname_alone_names_nobody() -> None:
    """A surname that many bear counts only when its bearer is introduced."""
    assert LEDGER.find_actors("Robles marcó el gol.", "es", date(2024, 1, 1)) == ()
    text = "La ministra de Defensa, Margarita Robles, llegó. Robles habló."
    found = LEDGER.find_actors(text, "es", date(2024, 1, 1))
    assert [m.name for m in found] == ["Margarita Robles", "Margarita Robles"]
