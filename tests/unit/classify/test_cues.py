"""Cue words are found through inflection, particles and nesting, in every language."""

from __future__ import annotations

import pytest

from domain.classify.cues import arabic_forms, cue_index
from domain.text.fold import fold

CASES = [
    ("ar", "وللتعاون في مكافحة الإرهاب", "coop"),
    ("ar", "بتوقيع مذكرة تفاهم", "text"),
    ("ar", "المديرية العامة للأمن الوطني", "security"),
    ("ar", "نظيره الفرنسي", "coop"),
    ("ar", "تسليم المجرمين", "legal_framework"),
    ("fr", "la sécurisation des Jeux olympiques", "event_security"),
    ("fr", "Deux trafiquants interpellés à Tanger", "arrest"),
    ("fr", "l'entraide judiciaire", "legal_framework"),
    ("en", "a joint declaration was signed", "text"),
    ("en", "acting on intelligence from", "tip"),
    ("es", "desarticularon una célula", "operation"),
    ("es", "la hoja de ruta", "text"),
    ("nl", "opgepakt op verzoek van Frankrijk", "request"),
    ("nl", "militaire oefening", "exercise"),
    ("de", "Auslieferung nach Frankreich", "extradite"),
    ("de", "Die Innenminister trafen sich", "meet"),
    ("it", "smantellata una rete", "operation"),
    ("it", "mandato di arresto europeo", "request"),
]


@pytest.mark.parametrize(("lang", "text", "category"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_cue_is_found(lang: str, text: str, category: str) -> None:
    """The category is among those found in the text."""
    found = cue_index(lang).find(fold(text).text)
    assert category in {c.category for c in found}


def test_nested_cues_all_count() -> None:
    """A long entry does not hide a shorter one inside it."""
    found = {c.category for c in cue_index("fr").find("une cellule terroriste demantelee")}
    assert {"terrorism", "operation"} <= found


def test_arabic_word_is_tried_without_its_particles() -> None:
    """Conjunction, preposition and article come off, in that order."""
    assert "امن" in arabic_forms("والامن")
    assert "رباط" in arabic_forms("بالرباط")
    assert "تعاون" in arabic_forms("للتعاون")


def test_offsets_lie_on_the_words() -> None:
    """A cue's range is exactly the words it matched."""
    text = "the joint declaration of both ministers"
    cue = next(c for c in cue_index("en").find(text) if c.category == "text")
    assert text[cue.start : cue.end] == "joint declaration"


def test_language_without_a_file_has_no_cues() -> None:
    """An unknown language is read as saying nothing, not as an error."""
    assert cue_index("xx").find("police terrorism") == []
