"""Those below the ministers and chiefs are known too, in either script, and common words name nobody."""

from __future__ import annotations

from datetime import date

import pytest

from domain.classify.evidence import OTHER_OFFICES
from domain.gazetteer.ledger import Ledger
from tests.unit.gazetteer.cases import Case

LEDGER = Ledger.load()
LOUDYI = ("Abdeltif Loudyi", "MA", "defence_minister")
TAMEK = ("Mohamed Salah Tamek", "MA", "prison_chief")
BESSONE = ("Nicolas Bessone", "FR", "marseille_prosecutor")
CHIVA = ("Emmanuel Chiva", "FR", "armament_chief")
LUCAS = ("Christophe Lucas", "FR", "maritime_prefect")

NAMED: list[Case] = [
    ("fr", "2025-10-20", "Le délégué général pour l'armement, Emmanuel Chiva, a vu Abdeltif Loudyi.", [CHIVA, LOUDYI]),
    ("fr", "2024-12-17", "La directrice des affaires criminelles et des grâces, Laureline Peyrefitte, a ouvert la séance.", [("Laureline Peyrefitte", "FR", "criminal_affairs_director")]),
    ("fr", "2024-11-20", "Hicham Mellati, directeur des affaires pénales et des grâces, était à Paris.", [("Hicham Mellati", "MA", "criminal_affairs_director")]),
    ("fr", "2019-02-10", "Christian Cambon, président de la commission des Affaires étrangères du Sénat, est à Rabat.", [("Christian Cambon", "FR", "parliament_committee_chair")]),
    ("fr", "2025-12-20", "Le commandant du GIGN, le colonel Benoît Villeminoz, a parlé de la BNRF et du SGDSN.", [("Benoît Villeminoz", "FR", "intervention_unit_chief"), ("BNRF", "FR", ""), ("SGDSN", "FR", "")]),
    ("fr", "2016-02-02", "Le chef du RAID, Jean-Michel Fauvergue, forme des policiers à Kénitra.", [("Jean-Michel Fauvergue", "FR", "intervention_unit_chief")]),
    ("fr", "2025-07-02", "Le secrétaire général du ministère de l'Intérieur, Samir Mohammed Tazi, a pris la parole.", [("Samir Mohammed Tazi", "MA", "interior_secretary_general")]),
    ("fr", "2024-12-01", "Simon Fetet, directeur de l'immigration au ministère de l'Intérieur, et Khalid Zerouali, directeur de la migration et de la surveillance des frontières, se sont vus.", [("Simon Fetet", "FR", "migration_director"), ("Khalid Zerouali", "MA", "migration_director")]),
    ("ar", "2024-12-01", "التقى خالد الزروالي مدير الهجرة بوزارة الداخلية الفرنسية سيمون فيتي.", [("Khalid Zerouali", "MA", "migration_director"), ("Simon Fetet", "FR", "migration_director")]),
    ("en", "2023-03-10", "General Régis Colcombet, director of security and defence cooperation, left Rabat.", [("Régis Colcombet", "FR", "security_cooperation_director")]),
    ("en", "2024-05-02", "Sébastien Cauwel, head of the French prison administration, met Mohamed Salah Tamek.", [("Sébastien Cauwel", "FR", "prison_chief"), TAMEK]),
    ("es", "2024-05-06", "El fiscal de Marsella, Nicolas Bessone, dio las gracias a los aduaneros marroquíes.", [BESSONE, ("ADII", "MA", "")]),
    ("es", "2025-04-01", "El secretario general de Defensa y Seguridad Nacional, Nicolas Roche, llegó ayer.", [("Nicolas Roche", "FR", "national_defence_secretary")]),
    ("nl", "2024-09-10", "De maritiem prefect van de Middellandse Zee, Christophe Lucas, bezocht Casablanca.", [LUCAS]),
    ("de", "2025-11-20", "Der Generaldelegierte für Rüstung, Patrick Pailloux, traf Abdeltif Loudyi.", [("Patrick Pailloux", "FR", "armament_chief"), LOUDYI]),
    ("it", "2022-03-01", "Il prefetto marittimo del Mediterraneo, Gilles Boidevezi, è a Tangeri.", [("Gilles Boidevezi", "FR", "maritime_prefect")]),
    ("ar", "2018-06-05", "ترأس اللقاء الكاتب العام لوزارة العدل عبد الإله لحكيم بناني ونظيره الفرنسي ستيفان فيركليت.", [("Abdelilah Lahkim Bennani", "MA", "justice_secretary_general"), ("Stéphane Verclytte", "FR", "justice_secretary_general")]),
    ("ar", "2025-10-20", "استقبل عبد اللطيف لوديي المندوب العام الفرنسي للتسليح إيمانويل شيفا.", [LOUDYI, CHIVA]),
    ("ar", "2015-05-22", "وقع الاتفاق محمد صالح التامك ومديرة إدارة السجون الفرنسية إيزابيل غورس.", [TAMEK, ("Isabelle Gorce", "FR", "prison_chief")]),
    ("ar", "2024-05-06", "شكر المدعي العام في مرسيليا نيكولا بيسون رجال الجمارك المغاربة.", [BESSONE, ("ADII", "MA", "")]),
    ("ar", "2023-03-10", "زار الرباط الجنرال ريجي كولكومبي، مدير التعاون الأمني والدفاعي.", [("Régis Colcombet", "FR", "security_cooperation_director")]),
]  # fmt: skip


@pytest.mark.parametrize("case", NAMED, ids=[f"{c[0]}-{i}" for i, c in enumerate(NAMED)])
def test_second_tier_is_named(case: Case) -> None:
    """Each sentence yields exactly its actors, with the office and country of each."""
    lang, day, text, expected = case
    found = LEDGER.find_actors(text, lang, date.fromisoformat(day))
    assert expected == [(m.name, m.side, m.office) for m in found]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "Au marché, la roche, le bouillon et le pignon ; le marin et le marchand rient."),
        ("fr", "La DGA du groupe, le GIR du patient et le directeur du raid à vélo."),
        ("fr", "Le chef du raid a gagné, selon la police des mœurs."),
        ("en", "French customs and dances were on show, and Moroccan customs too."),
        ("es", "La chiva y los palomeros del pueblo; el armamento y la gir."),
        ("de", "Der Zoll kam, der Marschall nicht; die Rüstung glänzte."),
        ("it", "Il marino, il colas e la difesa della squadra."),
        ("nl", "De douane en de bewapening van het kasteel."),
        ("ar", "حصار المدينة طويل والفارس قوي والمفكر حزين والغالي رخيص."),
    ],
)
def test_common_words_name_nobody(lang: str, text: str) -> None:
    """Surnames and acronyms that are words of a language say nothing in ordinary text."""
    assert LEDGER.find_actors(text, lang, date(2022, 5, 6)) == ()


@pytest.mark.parametrize(
    ("expected", "office", "side", "on"),
    [
        ("Louis Gautier", "national_defence_secretary", "FR", date(2016, 11, 23)),
        ("Nicolas Roche", "national_defence_secretary", "FR", date(2025, 6, 1)),
        ("Alain Zabulon", "intelligence_coordinator", "FR", date(2014, 6, 1)),
        ("Mustapha Maddah", "prosecutor_general", "MA", date(2012, 6, 1)),
        ("Christophe Lecourtier", "ambassador", "FR", date(2026, 1, 15)),
    ],
)
def test_holder_of_a_second_tier_office(expected: str, office: str, side: str, on: date) -> None:
    """Offices with one holder answer who held them."""
    person = LEDGER.holder(office, side, on)
    assert person is not None
    assert person.name == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ar", "أمر الوكيل العام للملك لدى محكمة الاستئناف بالرباط بفتح بحث."),
        ("fr", "Le procureur général du Roi près la cour d'appel de Rabat a ouvert une enquête."),
        ("en", "The King's prosecutor general at the Court of Appeal in Rabat opened a case."),
    ],
)
def test_prosecutor_of_a_court_of_appeal_is_not_the_head_of_all(lang: str, text: str) -> None:
    """The prosecutor of one court is no role of the president of the public ministry."""
    (found,) = LEDGER.find_actors(text, lang, date(2022, 5, 6))
    assert (found.side, found.office, found.name) == ("MA", "appeal_court_prosecutor", "")
    assert LEDGER.holder(found.office, "MA", date(2022, 5, 6)) is None


def test_offices_of_many_have_no_holder() -> None:
    """An office that several hold at once is nobody's when no name stands beside it."""
    for office in ("security_attache", "liaison_magistrate", "parliament_committee_chair"):
        assert LEDGER.holder(office, "FR", date(2018, 1, 1)) is None


def test_members_of_parliament_are_no_service() -> None:
    """A committee's chair speaks for a parliament: not one of those who do security work."""
    assert "parliament_committee_chair" in OTHER_OFFICES
    assert "national_defence_secretary" not in OTHER_OFFICES
