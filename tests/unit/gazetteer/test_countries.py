"""Countries by name, adjective, capital and body of state, in seven languages."""

from __future__ import annotations

import pytest

from domain.gazetteer.countries import find_countries

CASES = [
    ("fr", "Le Maroc et la France", ["MA name", "FR name"]),
    ("fr", "Un Marocain de trente ans a été jugé.", ["MA adjective"]),
    ("fr", "La police marocaine et les services de renseignement français", ["MA institution", "FR institution"]),
    ("fr", "Entre Rabat et Paris, le ton change.", ["MA metonym", "FR metonym"]),
    ("fr", "Il est arrivé à Rabat.", []),
    ("fr", "L'Élysée confirme.", ["FR institution"]),
    ("fr", "la coopération franco-marocaine", ["FR adjective", "MA adjective"]),
    ("fr", "Le Maroc avance. Le Royaume a décidé.", ["MA name", "MA metonym"]),
    ("fr", "Le Royaume a décidé.", []),
    ("fr", "Agence France-Presse et France 24 étaient là.", []),
    ("fr", "les autorités espagnoles et belges", ["ES institution", "BE institution"]),
    ("en", "Morocco and France", ["MA name", "FR name"]),
    ("en", "French police arrested a Moroccan man.", ["FR institution", "MA adjective"]),
    ("en", "A Turkish court; roast turkey.", ["TR adjective"]),
    ("en", "Jordan Smith flew to Jordan.", ["JO name"]),
    ("en", "Paris and Rabat agreed", ["FR metonym", "MA metonym"]),
    ("es", "Marruecos y Francia; el Gobierno marroquí", ["MA name", "FR name", "MA institution"]),
    ("es", "la cooperación hispano-marroquí", ["ES adjective", "MA adjective"]),
    ("nl", "Marokko en Frankrijk; de Franse regering", ["MA name", "FR name", "FR institution"]),
    ("nl", "Frans Bakker woont in Marokko; Frans-Marokkaanse banden", ["MA name", "FR adjective", "MA adjective"]),
    ("de", "Marokkos Behörden und die französische Polizei", ["MA name", "FR institution"]),
    ("de", "ein Marokkaner und zwei Franzosen", ["MA adjective", "FR adjective"]),
    ("it", "Marocco e Francia; la polizia francese", ["MA name", "FR name", "FR institution"]),
    ("it", "il Viminale", ["IT institution"]),
    ("ar", "المغرب وفرنسا", ["MA name", "FR name"]),
    ("ar", "السلطات المغربية والشرطة الفرنسية", ["MA institution", "FR institution"]),
    ("ar", "بين الرباط وباريس", ["MA metonym", "FR metonym"]),
    ("ar", "وصل إلى الرباط وعقد لقاء بباريس", []),
    ("ar", "دول المغرب العربي", []),
    ("ar", "مواطن مغربي يقيم بفرنسا", ["MA adjective", "FR name"]),
    ("ar", "للمغرب ولإسبانيا", ["MA name", "ES name"]),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "expected"), CASES)
def test_countries_and_how_they_are_named(lang: str, text: str, expected: list[str]) -> None:
    """Each phrase names exactly its countries, each in its way."""
    assert expected == [f"{m.code} {m.kind}" for m in find_countries(text, lang)]


def test_unknown_language_is_read_with_all_latin_vocabularies() -> None:
    """A language that is not ours still yields what the others know."""
    found = find_countries("Marokko und France", "und")
    assert [m.code for m in found] == ["MA", "FR"]
