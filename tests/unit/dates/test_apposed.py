"""A weekday that only says which one a day was adds no day of its own."""

from __future__ import annotations

from datetime import date

import pytest

from domain.dates.expressions import find_dates

ANCHOR = date(2024, 10, 25)  # a Friday, as 31 May 2024 was


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "Am 31. Mai, an einem Freitag, unterschrieben sie."),
        ("fr", "Le 31 mai, un vendredi, ils ont signé."),
        ("en", "On 31 May, a Friday, they signed."),
        ("nl", "Op 31 mei, een vrijdag, tekenden zij."),
        ("it", "Il 31 maggio, un venerdì, hanno firmato."),
        ("es", "El 31 de mayo, un viernes, firmaron."),
    ],
)
def test_the_weekday_belongs_to_the_day(lang: str, text: str) -> None:
    """One mention comes out, with the day and its weekday."""
    (mention,) = find_dates(text, lang, ANCHOR)
    assert (mention.day, mention.weekday) == (date(2024, 5, 31), 4)


def test_another_weekday_is_another_day() -> None:
    """A weekday that the day did not fall on is told for itself."""
    days = [m.day for m in find_dates("Le 31 mai, lundi ils reviennent.", "fr", ANCHOR)]
    assert days == [date(2024, 5, 31), date(2024, 10, 21)]
