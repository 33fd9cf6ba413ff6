"""Sentences end where a reader would end them, in seven languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text.sentences import split_sentences

CASES = {
    "fr-titles": ("fr", ["M. Darmanin et Mme. Berthon ont vu le Dr. Alami à St. Denis.", "La suite demain."]),
    "fr-acronym": ("fr", ["Le patron de la D.G.S.N. a confirmé.", "Il part."]),
    "fr-acronym-end": ("fr", ["Il dirige la D.G.S.N.", "Le ministre l'a reçu."]),
    "fr-quoted-question": ("fr", ["« Vraiment ? » dit-il.", "Oui."]),
    "fr-numbers": ("fr", ["L'accord n° 12.3 porte sur 3.317 cas (art. 5).", "Fin."]),
    "fr-initial": ("fr", ["G. Darmanin est parti.", "A. Laftit reste."]),
    "fr-guillemets": ("fr", ["Il a dit : « Nous irons. »", "Puis il est parti."]),
    "fr-month": ("fr", ["Réunis le 14 avr. 2025 à Rabat, ils ont signé.", "Bien."]),
    "es-dateline": ("es", ["Rabat, 14 abr.- El ministro viajó a EE.UU. y volvió.", "¿Qué pasó?", "Nada."]),
    "es-title": ("es", ["El Sr. García se fue.", "¡Por fin!"]),
    "de-ordinal": ("de", ["Am 16. Oktober traf er Laftit.", "Es kamen 25.", "Der Minister ging."]),
    "de-king": ("de", ["Mohammed VI. empfing ihn z.B. am 3. und 4. April.", "Dann war Schluss."]),
    "en-titles": ("en", ["The U.S. President met Mr. Smith and J. R. Jones.", "He left."]),
    "en-address": ("en", ["See almaghrib.net for more.", "Thanks."]),
    "nl": ("nl", ["De minister sprak met dhr. Laftit o.a. over migratie.", "Dat is goed."]),
    "it": ("it", ["L'on. Bianchi e il Sig. Rossi restano.", "Poi partono."]),
    "ar-marks": ("ar", ["قال الوزير: نعم، وهذا مهم.", "هل انتهى الأمر؟", "لا!"]),
    "ar-semicolon": ("ar", ["وصل الوزير صباحا؛", "ثم غادر مساء."]),
    "ar-two-dots": ("ar", ["إسبانيا.. المغرب ضيف شرف، بكلفة 2.5 مليون."]),
    "ar-no-space": ("ar", ["انتهى الاجتماع.", "وقال الوزير إنه مفيد."]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_sentences_end_where_a_reader_ends_them(case: tuple[str, list[str]]) -> None:
    """Abbreviations, initials, ordinals and quotations do not cut a sentence."""
    lang, sentences = case
    text = ("" if CASES["ar-no-space"] == case else " ").join(sentences)
    assert [text[s.start : s.end] for s in split_sentences(text, lang)] == sentences


def test_lines_are_paragraphs_and_blank_ones_do_not_count() -> None:
    """Paragraph numbers follow the lines that hold text."""
    found = split_sentences("Un. Deux.\n\n  \r\nTrois.\nQuatre", "fr")
    assert [s.paragraph for s in found] == [0, 0, 1, 2]


@given(
    st.text(st.sampled_from('aB .!?؟«»"\n…1M'), max_size=80),
    st.sampled_from(["fr", "ar", "de", "xx"]),
)
def test_sentences_cover_every_letter_once_and_in_order(text: str, lang: str) -> None:
    """Nothing but white space is left out, and no two sentences overlap."""
    found = split_sentences(text, lang)
    covered = {i for s in found for i in range(s.start, s.end)}
    assert all(c.isspace() for i, c in enumerate(text) if i not in covered)
    assert all(a.end <= b.start for a, b in pairwise(found))
