"""German dates, with the dot of the ordinal."""

from __future__ import annotations

import pytest

from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "full": ("2020-10-16", "Das Treffen vom 16. Oktober 2020 dauerte zwei Stunden."),
    "weekday and full": ("2020-10-16", "am Freitag, den 16. Oktober 2020"),
    "weekday and full dative": ("2020-10-16", "am Freitag, dem 16. Oktober 2020"),
    "dots": ("2020-10-16", "Meldung vom 16.10.2020"),
    "dots without year": ("2024-04-16", "Am 16.04. wurde unterzeichnet."),
    "short": ("2020-10-16", "16. Okt. 2020"),
    "austrian january": ("2023-01-09", "9. Jänner 2023"),
    "march": ("2022-03-01", "1. März 2022"),
    "yearless": ("2024-04-22", "Die Minister trafen sich am 22. April."),
    "yearless ahead": ("2024-06-26", "Der Besuch beginnt am 26. Juni."),
    "night": ("2023-11-20", "In der Nacht zum 20. November schlug die Polizei zu."),
    "weekday decides the year": ("2020-10-16", "Freitag, 16. Oktober", "2021-03-01"),
    "from to": ("2022-03-01..2022-03-25", "vom 1. bis 25. März 2022"),
    "from to yearless": ("2024-06-26..2024-06-28", "vom 26. bis zum 28. Juni"),
    "two days": ("2024-12-02..2024-12-03", "am 2. und 3. Dezember 2024"),
    "between": ("2022-03-01..2022-03-25", "zwischen dem 1. und 25. März 2022"),
    "across months": ("2024-06-28..2024-07-02", "vom 28. Juni bis 2. Juli 2024"),
    "bare weekday": ("2024-04-22", "Die Minister trafen sich am Montag in Rabat."),
    "other Saturday": ("2024-04-20", "Am Sonnabend wurde er gefasst."),
    "last weekday": ("2024-04-19", "am vergangenen Freitag"),
    "next weekday": ("2024-04-29", "am kommenden Montag"),
    "will": ("2024-04-28", "Der Minister wird am Sonntag in Rabat erwartet."),
    "reported then planned": ("2024-04-23 2024-04-25", "Er sagte am Dienstag, dass er am Donnerstag reisen wird."),
    "today": ("2024-04-24", "Heute wurde unterzeichnet."),
    "this morning": ("2024-04-24", "heute Morgen"),
    "yesterday with weekday": ("2024-04-23", "gestern, Dienstag"),
    "tomorrow": ("2024-04-25", "Er landet morgen in Rabat."),
    "morning": ("", "am Morgen und am frühen Morgen"),
    "part of day": ("2024-04-22", "am Montag Abend"),
    "two weeks ago": ("2024-04-07..2024-04-13", "vor zwei Wochen"),
    "in two days": ("2024-04-26", "in zwei Tagen"),
    "the day before": ("2024-04-22 2024-04-21", "Sie trafen sich am Montag; am Vortag war er gelandet."),
    "last week": ("2024-04-15..2024-04-21", "in der vergangenen Woche"),
    "last month": ("2024-03-01..2024-03-31", "im vergangenen Monat"),
    "month": ("2023-10-01..2023-10-31", "im Oktober"),
    "last month by name": ("2023-10-01..2023-10-31", "im vergangenen Oktober"),
    "end of a month": ("2024-02-20..2024-02-29", "Ende Februar"),
    "end of a year": ("2016-09-01..2016-12-31", "Ende 2016"),
    "month of this year": ("2024-01-01..2024-01-31", "im Januar dieses Jahres"),
    "month of last year": ("2023-03-01..2023-03-31", "im März vergangenen Jahres"),
    "month and year": ("2024-05-01..2024-05-31", "im Mai 2024"),
    "year": ("2015-01-01..2015-12-31", "im Jahr 2015"),
    "paper": ("", "sagte er der Bild am Sonntag"),
    "every": ("", "jeden Montag"),
    "pronoun": ("", "so wie er sagte, und die mit ihm"),
    "attacks": ("", "seit den Anschlägen vom 11. September"),
    "decimal": ("", "ein Plus von 4.9 Prozent und 18.476 Punkte"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_german_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "de", day) == expected
