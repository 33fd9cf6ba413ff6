"""Dutch dates, of Belgium and the Netherlands."""

from __future__ import annotations

import pytest

from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "full": ("2020-10-16", "Het gesprek van 16 oktober 2020 duurde twee uur."),
    "weekday and full": ("2020-10-16", "op vrijdag 16 oktober 2020"),
    "slashes": ("2020-10-16", "bericht van 16/10/2020"),
    "dashes": ("2020-10-16", "16-10-2020"),
    "short": ("2023-03-09", "9 mrt. 2023"),
    "yearless": ("2024-04-22", "De ministers tekenden op 22 april een akkoord."),
    "yearless ahead": ("2024-06-26", "Het bezoek begint op 26 juni."),
    "weekday decides the year": ("2020-10-16", "vrijdag 16 oktober", "2021-03-01"),
    "last with a day": ("2023-10-30", "sinds 30 oktober jongstleden"),
    "from to": ("2024-06-26..2024-06-28", "van 26 tot 28 juni"),
    "from to inclusive": ("2024-06-26..2024-06-28", "van 26 tot en met 28 juni 2024"),
    "slash m": ("2024-06-26..2024-06-28", "26 t/m 28 juni 2024"),
    "two days": ("2024-12-02..2024-12-03", "op 2 en 3 december 2024"),
    "between": ("2022-03-01..2022-03-25", "tussen 1 en 25 maart 2022"),
    "across months": ("2024-06-28..2024-07-02", "van 28 juni tot 2 juli 2024"),
    "bare weekday": ("2024-04-22", "De ministers spraken elkaar maandag in Rabat."),
    "last weekday": ("2024-04-20", "afgelopen zaterdag"),
    "next weekday": ("2024-04-29", "komende maandag"),
    "will": ("2024-04-28", "De minister zal zondag naar Rabat reizen."),
    "expected": ("2024-04-28", "Hij wordt zondag in Rabat verwacht."),
    "reported then planned": ("2024-04-23 2024-04-25", "Hij zei dinsdag dat hij donderdag zal vertrekken."),
    "today": ("2024-04-24", "Ze tekenden vandaag."),
    "yesterday with weekday": ("2024-04-23", "gisteren, dinsdag"),
    "yesterday evening": ("2024-04-23", "gisteravond"),
    "the day before yesterday": ("2024-04-22", "eergisteren"),
    "tomorrow": ("2024-04-25", "Hij landt morgen in Rabat."),
    "paper": ("", "zei hij in De Morgen"),
    "two days ago": ("2024-04-22", "twee dagen geleden"),
    "in three days": ("2024-04-27", "over drie dagen"),
    "the day before": ("2024-04-22 2024-04-21", "Ze zagen elkaar maandag; hij kwam een dag eerder aan."),
    "last week": ("2024-04-15..2024-04-21", "vorige week"),
    "last month": ("2024-03-01..2024-03-31", "vorige maand"),
    "last year": ("2023-01-01..2023-12-31", "vorig jaar"),
    "month": ("2023-10-01..2023-10-31", "in oktober"),
    "end of a month": ("2024-02-20..2024-02-29", "eind februari"),
    "start of a month": ("2024-03-01..2024-03-10", "begin maart"),
    "month of last year": ("2023-12-01..2023-12-31", "in december vorig jaar"),
    "weekday of last week": ("2024-04-16", "vorige week dinsdag aangehouden"),
    "month and year": ("2024-05-01..2024-05-31", "in mei 2024"),
    "year": ("2015-01-01..2015-12-31", "sinds 2015"),
    "every": ("", "elke maandag"),
    "feast": ("", "op Goede Vrijdag"),
    "attacks": ("", "na de aanslagen van 22 maart"),
    "score": ("", "het werd 2-1 na 90 minuten"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_dutch_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "nl", day) == expected
