"""What holds of any text: no failure, spans inside, the same actors whatever surrounds the article."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.gazetteer.countries import find_countries
from domain.gazetteer.ledger import Ledger
from domain.gazetteer.places import PlaceIndex
from domain.model import LANGUAGES
from tests.paths import SEEDS, require
from tests.unit.gazetteer.cases import ALL

LEDGER = Ledger.load()
PLACES = PlaceIndex.load()
PIECES = [text for _, _, text, _ in ALL]
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=6).map(" ".join),
)
FURNITURE = {
    "fr": ("Accueil\nSport\nMétéo : soleil\n\n", "\n\nÀ lire aussi\nLa recette du jour"),
    "en": ("Home\nSport\nWeather\n\n", "\n\nRead also\nThe recipe of the day"),
    "es": ("Inicio\nDeportes\n\n", "\n\nLea también\nLa receta del día"),
    "nl": ("Voorpagina\nWeer\n\n", "\n\nLees ook\nHet recept van de dag"),
    "de": ("Startseite\nWetter\n\n", "\n\nLesen Sie auch\nDas Rezept des Tages"),
    "it": ("Pagina iniziale\nMeteo\n\n", "\n\nLeggi anche\nLa ricetta"),
    "ar": ("الصفحة الأولى\nطقس اليوم\n\n", "\n\nاقرأ أيضا\nوصفة اليوم"),
}


@given(TEXTS, st.sampled_from((*LANGUAGES, "und")))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_failure(text: str, lang: str) -> None:
    """No text makes a matcher fail, and each span lies inside the text and is not empty."""
    found = [
        *LEDGER.find_actors(text, lang, date(2025, 1, 1)),
        *PLACES.find_places(text, lang),
        *find_countries(text, lang),
    ]
    assert all(0 <= m.start < m.end <= len(text) for m in found)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_name_is_resolved_or_refused(name: str) -> None:
    """Any string is a known person or nobody."""
    person = LEDGER.resolve_name(name)
    assert person is None or person.person_id in LEDGER.people


@pytest.mark.parametrize("case", ALL, ids=[f"{c[0]}-{i}" for i, c in enumerate(ALL)])
def test_furniture_around_changes_no_actor(
    case: tuple[str, str, str, list[tuple[str, str, str]]],
) -> None:
    """Lists before and after an article leave its actors as they are."""
    lang, day, text, expected = case
    before, after = FURNITURE[lang]
    found = LEDGER.find_actors(before + text + after, lang, date.fromisoformat(day))
    assert expected == [(m.name, m.side, m.office) for m in found]


@pytest.mark.seeds
@pytest.mark.parametrize(
    ("prefix", "lang", "expected"),
    [
        ("000", "ar", {"Christophe Castaner", "Abdelouafi Laftit"}),
        ("001", "ar", {"Gérald Darmanin", "Abdelouafi Laftit", "Noureddine Boutayeb"}),
        ("002", "ar", {"Bruno Retailleau", "Abdelouafi Laftit"}),
        ("003", "nl", {"Gérald Darmanin", "Abdelouafi Laftit"}),
        ("004", "ar", {"Gérald Darmanin", "Abdelouafi Laftit"}),
    ],
)
def test_seed_names_its_ministers(prefix: str, lang: str, expected: set[str]) -> None:
    """Each seed article's ministers are found with their office, with no day given."""
    (path,) = require(SEEDS).glob(f"{prefix}_*.txt")
    found = LEDGER.find_actors(path.read_text(encoding="utf-8"), lang, None)
    ministers = {m.name for m in found if m.office.startswith("interior_minister") and m.name}
    assert ministers == expected
