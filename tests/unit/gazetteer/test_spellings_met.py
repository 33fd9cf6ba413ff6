"""Spellings that machine translations and other scripts' transcribers write, and names in small letters."""

from __future__ import annotations

from datetime import date

import pytest

from domain.gazetteer.ledger import Ledger
from domain.gazetteer.places import PlaceIndex

LEDGER = Ledger.load()
PLACES = PlaceIndex.load()


@pytest.mark.parametrize(
    ("lang", "day", "text", "name"),
    [
        ("it", "2024-04-12", "Il ministro Abedelouafi Leftit parlerà domani.", "Abdelouafi Laftit"),
        ("en", "2025-04-14", "French minister Bruno Rotayo landed in Rabat.", "Bruno Retailleau"),
        ("ar", "2020-09-10", "استقبل الجنرال فرانسوا لوكوانت وفدا في باريس.", "François Lecointre"),
        ("ar", "2019-03-02", "ترأس عبد اللطيف الوديي اجتماعا حول التسليح.", "Abdeltif Loudyi"),
        ("fr", "2019-03-02", "Le général Abdelfattah El Ouarak a pris la parole.", "Abdelfattah Louarak"),
        ("fr", "2022-03-02", "Deux hélicoptères de l'armée française se sont posés.", "French Armed Forces"),
        ("fr", "2022-03-02", "Les forces armées françaises y ont pris part.", "French Armed Forces"),
        ("es", "2022-03-02", "Participó el ejército francés con tres helicópteros.", "French Armed Forces"),
    ],
)  # fmt: skip
def test_a_spelling_met_in_the_press_names_its_holder(
    lang: str, day: str, text: str, name: str
) -> None:
    """Somebody spelt by a translator's ear, and an army in small letters, are the ones known."""
    assert name in [m.name for m in LEDGER.find_actors(text, lang, date.fromisoformat(day))]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The drill was held near Rashidiya in the south-east."),
        ("de", "Die Übung fand bei Ar-Rashidiyya statt."),
        ("fr", "Les tirs ont eu lieu à Rashidiyah, loin de la ville."),
    ],
)
def test_a_town_transcribed_otherwise_is_the_same_town(lang: str, text: str) -> None:
    """The town of the desert drills is spelt in many ways."""
    assert [m.name for m in PLACES.find_places(text, lang)] == ["Errachidia"]
