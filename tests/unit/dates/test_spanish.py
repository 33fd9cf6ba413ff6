"""Spanish dates, agency datelines included."""

from __future__ import annotations

import pytest

from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "full": ("2020-10-16", "La reunión del 16 de octubre de 2020 duró dos horas."),
    "full with del": ("2020-10-16", "el 16 de octubre del 2020"),
    "weekday and full": ("2020-10-16", "el viernes, 16 de octubre de 2020"),
    "agency dateline": ("2024-04-14", "Rabat, 14 abr.- Los ministros"),
    "agency dateline with agency": ("2024-04-22", "Rabat, 22 abr (EFE).- Los ministros"),
    "first": ("2022-03-01", "el primero de marzo de 2022"),
    "slashes": ("2020-10-16", "nota del 16/10/2020"),
    "short month and year": ("2020-10-16", "16 oct. 2020"),
    "other spelling": ("2023-09-08", "8 de setiembre de 2023"),
    "yearless": ("2024-04-22", "Ambos firmaron el 22 de abril un acuerdo."),
    "yearless ahead": ("2024-06-26", "La visita empieza el 26 de junio."),
    "weekday decides the year": ("2025-04-14", "lunes 14 de abril", "2025-04-20"),
    "last with a day": ("2023-10-30", "el pasado 30 de octubre"),
    "next with a day": ("2024-05-12", "el próximo 12 de mayo"),
    "from to": ("2024-06-26..2024-06-28", "del 26 al 28 de junio"),
    "two days": ("2024-12-02..2024-12-03", "los días 2 y 3 de diciembre de 2024"),
    "between": ("2022-03-01..2022-03-25", "entre el 1 y el 25 de marzo de 2022"),
    "across months": ("2024-06-28..2024-07-02", "del 28 de junio al 2 de julio de 2024"),
    "bare weekday": ("2024-04-22", "Los ministros se reunieron el lunes en Rabat."),
    "this weekday": ("2024-04-22", "la reunión que mantuvo este lunes"),
    "last weekday": ("2024-04-19", "el pasado viernes"),
    "last weekday after": ("2024-04-19", "el viernes pasado"),
    "next weekday": ("2024-04-29", "el próximo lunes"),
    "weekday that comes": ("2024-04-29", "el lunes que viene"),
    "future verb": ("2024-04-28", "El ministro viajará el domingo a Rabat."),
    "planned": ("2024-04-28", "La visita está prevista para el domingo."),
    "today": ("2024-04-24", "Firmaron hoy el acuerdo."),
    "yesterday": ("2024-04-23", "ayer por la tarde"),
    "yesterday with weekday": ("2024-04-23", "ayer martes"),
    "tomorrow": ("2024-04-25", "Llega mañana a Rabat."),
    "in the morning": ("2024-04-22", "el lunes por la mañana"),
    "the morning": ("", "a las 9 de la mañana"),
    "this morning": ("2024-04-24", "esta mañana"),
    "two days ago": ("2024-04-22", "hace dos días"),
    "in two days": ("2024-04-26", "dentro de dos días"),
    "the day before": ("2024-04-22 2024-04-21", "Se vieron el lunes; la víspera había llegado."),
    "last week": ("2024-04-15..2024-04-21", "la semana pasada"),
    "next week": ("2024-04-29..2024-05-05", "la próxima semana"),
    "last month": ("2024-03-01..2024-03-31", "el mes pasado"),
    "month": ("2023-10-01..2023-10-31", "en octubre"),
    "end of a month": ("2023-10-20..2023-10-31", "a finales de octubre"),
    "middle of a month": ("2024-03-10..2024-03-20", "a mediados de marzo"),
    "month of last year": ("2023-03-01..2023-03-31", "en marzo del año pasado"),
    "month far ahead is past": ("2023-09-01..2023-09-30", "En septiembre estuvo en Londres."),
    "since a month": ("2023-06-01..2023-06-30", "cortada desde junio"),
    "since a weekday and until tomorrow": ("2024-04-22 2024-04-25", "Sigue desde el lunes y hasta mañana en Rabat."),
    "month and year": ("2024-05-01..2024-05-31", "en mayo de 2024"),
    "year": ("2015-01-01..2015-12-31", "en 2015"),
    "town": ("", "una escala en Santo Domingo"),
    "singer": ("", "el tenor Plácido Domingo"),
    "every": ("", "cada lunes"),
    "attacks": ("", "los atentados del 11 de marzo"),
    "attacks with year": ("2004-03-11", "los atentados del 11 de marzo de 2004"),
    "street": ("", "la plaza del 2 de mayo"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_spanish_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "es", day) == expected
