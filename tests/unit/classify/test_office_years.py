"""A day told without its year gets the year that the terms of office leave, and no other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from desk.offline import detect_rows
from desk.watches import find_watch
from domain.classify.office_years import days_in_terms
from domain.dates.expressions import find_dates
from domain.knowledge import Knowledge
from domain.model import DateRange


def _detect(title: str, text: str) -> dict[str, Any]:
    row = {"id": "1", "title": title, "text": text}
    return detect_rows([row], find_watch("morocco-france"), Knowledge.load())[0]


@pytest.mark.parametrize(
    ("title", "text", "day"),
    [
        pytest.param(
            "Laftit receives his French counterpart",
            "Morocco's Interior Minister Abdelouafi Laftit and the French Interior Minister "
            "Christophe Castaner held talks in Rabat on Friday 16 November on security "
            "cooperation between Morocco and France and the fight against terrorism.",
            "2018-11-16",
            id="weekday-and-two-terms",
        ),
        pytest.param(
            "Terrorisme : les ministres de l'Intérieur se concertent",
            "Le ministre français de l'Intérieur, Bernard Cazeneuve, et son homologue marocain, "
            "Mohamed Hassad, ont eu samedi 14 février à Rabat des entretiens sur la coopération "
            "sécuritaire entre la France et le Maroc.",
            "2015-02-14",
            id="weekday-in-french",
        ),
        pytest.param(
            "Hammouchi incontra i capi dei servizi francesi",
            "Il direttore generale della DGSN, Abdellatif Hammouchi, ha incontrato a Parigi dal 26 al "
            "28 giugno il direttore generale della sicurezza interna francese, Céline Berthon, e il "
            "direttore generale della polizia nazionale francese, Frédéric Veaux, per colloqui sulla "
            "cooperazione tra Marocco e Francia contro il terrorismo.",
            "2024-06-26",
            id="days-without-weekday-in-closed-terms",
        ),
    ],
)
def test_the_only_year_within_the_terms_is_taken(title: str, text: str, day: str) -> None:
    """An undated report is dated by the ministers it names."""
    assert _detect(title, text)["event_date"] == day


@pytest.mark.parametrize(
    ("text", "lang", "span"),
    [
        pytest.param(
            "le 14 mars", "fr", (date(2019, 1, 1), date(2021, 12, 31)), id="three-years-fit"
        ),
        pytest.param(
            "Monday 22 April", "en", (date(2021, 1, 1), date(2023, 6, 1)), id="no-year-fits"
        ),
        pytest.param(
            "12 de marzo", "es", (date(2025, 10, 12), date(2026, 11, 22)), id="term-still-open"
        ),
        pytest.param(
            "Montag, den 22. April", "de", (date(2001, 1, 1), date(2025, 1, 1)), id="span-too-long"
        ),
    ],
)
def test_the_year_stays_unknown_when_not_certain(
    text: str, lang: str, span: tuple[date, date]
) -> None:
    """Two years that fit, or none, or a term whose end nobody knows, prove nothing."""
    (mention,) = find_dates(text, lang, None)

    assert days_in_terms(mention, DateRange(*span)) is None
