"""French dates, as newspapers of Rabat, Paris and Algiers write them."""

from __future__ import annotations

import pytest

from domain.dates.expressions import find_dates
from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "full": ("2020-10-16", "La rencontre du 16 octobre 2020 a duré deux heures."),
    "weekday and full": ("2020-10-16", "Reçu vendredi 16 octobre 2020 à Rabat"),
    "first of the month": ("2022-03-01", "À partir du 1er mars 2022, les troupes se déploient."),
    "slashes": ("2020-10-16", "Communiqué du 16/10/2020"),
    "dots": ("2020-10-16", "Communiqué du 16.10.2020"),
    "iso": ("2020-10-16", "Version 2020-10-16 du texte"),
    "short month": ("2023-01-09", "Rabat, 9 janv. 2023 (MAP)"),
    "short month without year": ("2023-11-15", "Rabat, 15 nov. (MAP) - Le ministre"),
    "seven is no month": ("", "Il a fallu 15 sept ou huit fois revenir."),
    "capitals": ("2024-04-22", "LUNDI 22 AVRIL 2024"),
    "yearless before the anchor": ("2024-04-22", "Le 22 avril, les ministres ont signé."),
    "yearless after the anchor": ("2024-06-26", "Le sommet s'ouvre le 26 juin à Paris."),
    "yearless last autumn": ("2023-10-30", "Depuis sa visite du 30 octobre, rien."),
    "weekday decides the year": ("2020-10-16", "vendredi 16 octobre", "2021-03-01"),
    "weekday that no near year has": ("?1", "mardi 16 octobre", "2021-03-01"),
    "future verb takes the next year": ("2025-02-03", "Le procès s'ouvrira le 3 février à Paris."),
    "last with a day": ("2023-05-14", "l'attaque du 14 mai dernier"),
    "next with a day": ("2025-03-12", "le 12 mars prochain"),
    "from to": ("2024-06-26..2024-06-28", "une visite du 26 au 28 juin"),
    "two days": ("2020-10-15..2020-10-16", "à Rabat les 15 et 16 octobre 2020"),
    "three days": ("2024-05-13..2024-05-15", "les 13, 14 et 15 mai"),
    "between": ("2022-03-01..2022-03-25", "entre le 1er et le 25 mars 2022"),
    "across months": ("2024-06-28..2024-07-02", "du 28 juin au 2 juillet 2024"),
    "across years": ("2024-12-28..2025-01-03", "du 28 décembre au 3 janvier 2025"),
    "between across months": ("2024-06-28..2024-07-02", "entre le 28 juin et le 2 juillet 2024"),
    "weekdays in a range": ("2024-06-26..2024-06-28", "du mercredi 26 au vendredi 28 juin"),
    "night": ("2016-11-19..2016-11-20", "dans la nuit du 19 au 20 novembre 2016"),
    "bare weekday": ("2024-04-22", "Les deux ministres se sont vus lundi à Rabat."),
    "weekday of the anchor": ("2024-04-24", "Il a été reçu mercredi au ministère."),
    "this weekday": ("2024-04-22", "Il a été reçu ce lundi au ministère."),
    "expected weekday": ("2024-04-28", "Il est attendu dimanche à Rabat."),
    "weekday with a future verb": ("2024-04-26", "Il se rendra vendredi à Marrakech."),
    "reported today, done later": ("2024-04-23 2024-04-26", "Il a annoncé mardi qu'il partira vendredi."),
    "last weekday": ("2024-04-17", "mercredi dernier, à Paris"),
    "next weekday": ("2024-05-01", "mercredi prochain, à Paris"),
    "part of day": ("2024-04-21", "arrivé dimanche soir à Salé"),
    "two weekdays": ("2024-04-18 2024-04-19", "reçu jeudi et vendredi derniers"),
    "weekday told ahead": ("2024-04-25..2024-04-26 2024-04-26", "Visite les 25 et 26 avril. Au menu, un dîner vendredi."),
    "today and yesterday": ("2024-04-24 2024-04-23", "aujourd'hui, après l'appel d'hier"),
    "yesterday with weekday": ("2024-04-23", "hier mardi"),
    "the day before yesterday": ("2024-04-22", "avant-hier"),
    "two days ago": ("2024-04-22", "il y a deux jours"),
    "three weeks ago": ("2024-03-31..2024-04-06", "il y a 3 semaines"),
    "in ten days": ("2024-05-04", "dans dix jours"),
    "eve of a day told": ("2024-04-22 2024-04-21", "Reçu lundi à Rabat, il avait atterri la veille."),
    "eve of something": ("", "à la veille de la visite royale"),
    "last week": ("2024-04-15..2024-04-21", "la semaine dernière"),
    "last weekend": ("2024-04-20..2024-04-21", "le week-end dernier"),
    "last month": ("2024-03-01..2024-03-31", "le mois dernier"),
    "last year": ("2023-01-01..2023-12-31", "l'an dernier"),
    "month": ("2023-10-01..2023-10-31", "En octobre, le roi avait reçu le président."),
    "last month by name": ("2023-10-01..2023-10-31", "en octobre dernier"),
    "end of a month": ("2024-02-20..2024-02-29", "depuis fin février"),
    "middle of a month": ("2024-03-10..2024-03-20", "à la mi-mars"),
    "month and year": ("2024-05-01..2024-05-31", "en mai 2024"),
    "month of last year": ("2023-03-01..2023-03-31", "en mars de l'année dernière"),
    "day of last year": ("2023-05-14", "le 14 mai de l'année dernière"),
    "month far ahead is past": ("2023-09-01..2023-09-30", "l'agence attaquée en septembre"),
    "month soon": ("2024-06-01..2024-06-30", "Le salon ouvre en juin."),
    "month with a future verb": ("2024-10-01..2024-10-31", "Le salon ouvrira en octobre."),
    "since a month": ("2023-06-01..2023-06-30", "Paris attend depuis juin."),
    "since a weekday": ("2024-04-22", "Il est depuis lundi à Rabat, où il restera."),
    "until a weekday": ("2024-04-26", "Les délégations siègent jusqu'à vendredi."),
    "article after a weekday": ("2024-04-23", "Selon mardi le procureur"),
    "year": ("2015-01-01..2015-12-31", "la reprise de la coopération en 2015"),
    "end of a year": ("2016-09-01..2016-12-31", "démantelée fin 2016"),
    "newspaper": ("", "dit-il au Journal du dimanche, cité par La Tribune dimanche"),
    "newspaper today": ("", "selon Aujourd'hui le Maroc"),
    "every Monday": ("", "réunis chaque lundi"),
    "avenue": ("", "avenue du 14 juillet"),
    "attacks": ("", "le procès des attentats du 13 novembre"),
    "attacks with year": ("2015-11-13", "les attentats du 13 novembre 2015"),
    "hyphenated name": ("", "rescapés du 13-Novembre"),
    "planet": ("", "une sonde vers Mars, et le Champ de Mars"),
    "law": ("", "la loi 16.22 et la résolution 2797 (2025)"),
    "score": ("", "victoire 3-1 puis 2-2"),
    "telephone": ("", "appeler le 05 22 48 10 10 ou le +212 6 12 34 56 78"),
    "product with a year": ("", "l'exercice Chergui 2022 et les JO 2024"),
    "thirtieth of February": ("", "le 30 février 2024"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_french_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "fr", day) == expected


def test_span_is_the_expression_without_its_preposition() -> None:
    """The span holds the weekday and the day, not the words that lead to them."""
    text = "Il sera reçu du lundi 22 au mercredi 24 avril 2024 à Rabat."
    (mention,) = find_dates(text, "fr", None)
    assert mention.text == "lundi 22 au mercredi 24 avril 2024"
    assert text[mention.start : mention.end] == mention.text


def test_sentence_stop_is_not_part_of_the_date() -> None:
    """The full stop after a month written out belongs to the sentence."""
    (mention,) = find_dates("Signé le 22 avril.", "fr", ANCHOR)
    assert mention.text == "22 avril"
