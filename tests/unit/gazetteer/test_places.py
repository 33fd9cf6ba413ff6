"""Places, their kinds and datelines, and the names that only look like places."""

from __future__ import annotations

import pytest

from domain.gazetteer.places import PlaceIndex

PLACES = PlaceIndex.load()

NAMED = [
    ("fr", "Le ministre est arrivé à Rabat puis à Fès et à Tanger.", ["Rabat", "Fes", "Tangier"]),
    ("fr", "Deux arrestations à Marseille et à Nice, une à Tours.", ["Marseille", "Nice", "Tours"]),
    ("fr", "L'exercice a lieu à Errachidia et à Ben Guérir.", ["Errachidia", "Ben Guerir"]),
    ("fr", "Au port de Tanger Med et à l'aéroport Mohammed V.", ["Tanger Med", "Mohammed V International Airport"]),
    ("fr", "Il a fait trois tours et une nice photo.", []),
    ("fr", "Le détroit de Gibraltar et la Méditerranée.", ["Strait of Gibraltar", "Mediterranean Sea"]),
    ("en", "He met officers in Marrakech and in Kenitra.", ["Marrakech", "Kenitra"]),
    ("en", "Nice work, they said. Tours were sold out.", []),
    ("en", "He was held in Nice and moved to Tours.", ["Nice", "Tours"]),
    ("en", "The cell was broken up in Strasbourg.", ["Strasbourg"]),
    ("es", "Llegó a Tánger desde Marsella y Estrasburgo.", ["Tangier", "Marseille", "Strasbourg"]),
    ("es", "Las patrullas de Ceuta y El Aaiún.", ["Ceuta", "Laayoune"]),
    ("nl", "Hij landde in Marrakesh en reisde naar Straatsburg.", ["Marrakech", "Strasbourg"]),
    ("nl", "De top in Parijs en Brussel.", ["Paris", "Brussels"]),
    ("de", "Treffen in Marrakesch, Straßburg und Casablanca.", ["Marrakech", "Strasbourg", "Casablanca"]),
    ("de", "Die Minister sprachen beim Essen über Sicherheit.", []),
    ("it", "Arrivati a Tangeri, a Marsiglia e a Strasburgo.", ["Tangier", "Marseille", "Strasbourg"]),
    ("it", "La riunione di Parigi e quella di Rabat.", ["Paris", "Rabat"]),
    ("ar", "أوقف المشتبه فيه بالدار البيضاء ثم نقل إلى طنجة ومراكش.", ["Casablanca", "Tangier", "Marrakech"]),
    ("ar", "في مدينة العيون وبمدينة الجديدة وبالرشيدية.", ["Laayoune", "El Jadida", "Errachidia"]),
    ("ar", "العيون ترى والشراكة الجديدة قوية والسلطات تتدخل.", []),
    ("ar", "ميناء طنجة المتوسط والقنيطرة وستراسبورغ ومرسيليا.", ["Tanger Med", "Kenitra", "Strasbourg", "Marseille"]),
    ("fr", "Le Paris Saint-Germain et les FAR de Rabat ont gagné.", []),
    ("fr", "Florence Parly et Nancy Faeser étaient là.", []),
]  # fmt: skip

DATELINES = [
    ("Rabat", "fr", "RABAT – Le ministre est là."),
    ("Rabat", "ar", "الرباط / الأناضول\nقال الوزير"),
    ("Rabat", "es", "Rabat, 14 abr.- El ministro"),
    ("Paris", "fr", "Paris (AFP) - Le ministre"),
    ("Casablanca", "ar", "الدار البيضاء – اسم الكاتب\nقال"),
    ("Rabat", "ar", "الرباط ـ هسبريس\nقال"),
    ("Rabat", "ar", "الرباط: اسم الكاتب\nقال"),
    ("Marrakech", "fr", "MARRAKECH, 8 nov 2019 (AFP) - Le"),
    ("Errachidia", "fr", "Errachidia, Maroc (MAP) – Le"),
    ("Rabat", "it", "(Rabat) - Il ministro"),
    ("Paris", "nl", "Un titre\n\nPARIJS (ANP) - De minister"),
    ("Madrid", "es", "Madrid, 3 feb (EFE).- El ministro"),
    ("Marseille", "de", "Marseille (dpa) - Die Polizei"),
    ("Rabat", "ar", "الرباط (أ ف ب) - قال"),
    ("Tangier", "en", "TANGIER, Morocco (Reuters) - Police"),
]

NO_DATELINE = [
    ("fr", "Rabat - Paris : la relance"),
    ("fr", "Rabat et Paris ont signé."),
    ("fr", "Rabat-Salé accueille la réunion."),
    ("fr", "Le ministre est à Rabat – il l'a dit."),
    ("ar", "الرباط وباريس توقعان اتفاقا"),
]


@pytest.mark.parametrize(("lang", "text", "expected"), NAMED)
def test_places_are_named_in_english(lang: str, text: str, expected: list[str]) -> None:
    """Each sentence names exactly its places (countries apart), in order."""
    found = PLACES.find_places(text, lang)
    assert expected == [m.name for m in found if m.kind != "country"]


@pytest.mark.parametrize(("expected", "lang", "text"), DATELINES)
def test_dateline_is_recognised(expected: str, lang: str, text: str) -> None:
    """The place at the head of a report is its dateline, in the ways agencies write it."""
    assert [m.name for m in PLACES.find_places(text, lang) if m.dateline] == [expected]


@pytest.mark.parametrize(("lang", "text"), NO_DATELINE)
def test_place_in_a_sentence_is_no_dateline(lang: str, text: str) -> None:
    """A place that begins a sentence or a route is not a dateline."""
    assert [m for m in PLACES.find_places(text, lang) if m.dateline] == []


def test_country_is_a_place_of_its_own_kind() -> None:
    """A country's name is a place of kind country, with its code and position."""
    (found,) = PLACES.find_places("Il a été arrêté au Maroc.", "fr")
    assert (found.name, found.country, found.kind) == ("Morocco", "MA", "country")
    assert found.lat is not None


def test_places_are_loaded_once() -> None:
    """Loading again gives the same object."""
    assert PlaceIndex.load() is PLACES
