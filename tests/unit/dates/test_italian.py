"""Italian dates, with and without the accent of the weekday."""

from __future__ import annotations

import pytest

from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "full": ("2020-10-16", "L'incontro del 16 ottobre 2020 è durato due ore."),
    "weekday and full": ("2020-10-16", "venerdì 16 ottobre 2020"),
    "first with sign": ("2022-03-01", "dal 1° marzo 2022"),
    "first in a word": ("2024-05-01", "il primo maggio"),
    "slashes": ("2020-10-16", "nota del 16/10/2020"),
    "short": ("2020-10-16", "16 ott. 2020"),
    "yearless": ("2024-04-22", "I ministri hanno firmato il 22 aprile."),
    "yearless ahead": ("2024-06-26", "La visita comincia il 26 giugno."),
    "elided article": ("2024-06-08", "l'8 giugno"),
    "elided range": ("2024-06-08..2024-06-11", "dall'8 all'11 giugno"),
    "weekday decides the year": ("2020-10-16", "venerdì 16 ottobre", "2021-03-01"),
    "last with a day": ("2023-10-30", "il 30 ottobre scorso"),
    "from to": ("2024-06-26..2024-06-28", "dal 26 al 28 giugno"),
    "two days": ("2024-12-02..2024-12-03", "il 2 e 3 dicembre 2024"),
    "two days with article": ("2024-12-02..2024-12-03", "il 2 e il 3 dicembre 2024"),
    "between": ("2022-03-01..2022-03-25", "tra il 1 e il 25 marzo 2022"),
    "across months": ("2024-06-28..2024-07-02", "dal 28 giugno al 2 luglio 2024"),
    "bare weekday": ("2024-04-22", "I ministri si sono visti lunedì a Rabat."),
    "weekday with apostrophe": ("2024-04-22", "I ministri si sono visti lunedi' a Rabat."),
    "last weekday": ("2024-04-19", "venerdì scorso"),
    "last weekday before": ("2024-04-19", "lo scorso venerdì"),
    "next weekday": ("2024-04-29", "lunedì prossimo"),
    "future verb": ("2024-04-28", "Il ministro arriverà domenica a Rabat."),
    "planned": ("2024-04-28", "La visita è prevista per domenica."),
    "today": ("2024-04-24", "Hanno firmato oggi l'accordo."),
    "this morning": ("2024-04-24", "stamattina"),
    "yesterday with weekday": ("2024-04-23", "ieri, martedì"),
    "the day before yesterday": ("2024-04-22", "l'altro ieri"),
    "tomorrow": ("2024-04-25", "Arriva domani a Rabat."),
    "two days ago": ("2024-04-22", "due giorni fa"),
    "in two days": ("2024-04-26", "tra due giorni"),
    "the day after": ("2024-04-21 2024-04-22", "È atterrato domenica; il giorno dopo ha visto il collega."),
    "last week": ("2024-04-15..2024-04-21", "la settimana scorsa"),
    "next week": ("2024-04-29..2024-05-05", "la prossima settimana"),
    "last month": ("2024-03-01..2024-03-31", "il mese scorso"),
    "last year": ("2023-01-01..2023-12-31", "l'anno scorso"),
    "month": ("2023-10-01..2023-10-31", "a ottobre"),
    "last month by name": ("2023-10-01..2023-10-31", "lo scorso ottobre"),
    "end of a month": ("2024-02-20..2024-02-29", "a fine febbraio"),
    "middle of a month": ("2024-03-10..2024-03-20", "a metà marzo"),
    "month of last year": ("2023-03-01..2023-03-31", "nel marzo dello scorso anno"),
    "month with a past verb": ("2023-06-01..2023-06-30", "era stato arrestato a giugno"),
    "month and year": ("2024-05-01..2024-05-31", "nel maggio 2024"),
    "year": ("2015-01-01..2015-12-31", "nel 2015"),
    "every": ("", "ogni lunedì"),
    "feast": ("", "il venerdì santo"),
    "street": ("", "in via 25 aprile"),
    "attacks": ("", "dopo gli attentati dell'11 settembre"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_italian_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "it", day) == expected
