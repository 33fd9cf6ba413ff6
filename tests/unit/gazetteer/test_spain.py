"""The second party that is shipped: Spanish offices, services and people are read in the languages of its press."""

from __future__ import annotations

from datetime import date

import pytest

from domain.gazetteer.ledger import Ledger

LEDGER = Ledger.load()


@pytest.mark.parametrize(
    ("name", "office", "on"),
    [
        ("Carme Chacón", "defence_minister", date(2010, 6, 1)),
        ("Alberto Ruiz-Gallardón", "justice_minister", date(2013, 6, 1)),
        ("Dolores Delgado", "justice_minister", date(2019, 6, 1)),
        ("Juan Carlos Campo", "justice_minister", date(2020, 1, 13)),
        ("Félix Sanz Roldán", "foreign_intelligence_chief", date(2015, 6, 1)),
        ("Esperanza Casteleiro", "foreign_intelligence_chief", date(2022, 5, 10)),
        ("Teodoro López Calderón", "armed_forces_chief", date(2024, 6, 1)),
    ],
)
def test_office_has_its_holder(name: str, office: str, on: date) -> None:
    """Who held an office is known on each day, the newcomer on a day of handover."""
    holder = LEDGER.holder(office, "ES", on)
    assert holder is not None
    assert holder.name == name


@pytest.mark.parametrize(
    ("name", "lang", "text"),
    [
        ("Pilar Cancela", "es", "Asistió la secretaria de Estado de Migraciones, Pilar Cancela."),
        ("Pilar Cancela", "fr", "Coprésidée par la secrétaire d'État espagnole aux Migrations, Pilar Cancela Rodríguez."),
        ("Pilar Cancela", "ar", "برئاسة كاتبة الدولة الإسبانية المكلفة بالهجرة بيلار كانسيلا"),
        ("Esperanza Casteleiro", "es", "La directora del CNI, Esperanza Casteleiro, viajó a Rabat."),
        ("Teodoro López Calderón", "es", "El JEMAD, almirante Teodoro López Calderón, recibió al general."),
        ("Spanish Navy", "en", "The Spanish Navy and its neighbours trained together."),
        ("Audiencia Nacional", "es", "La Audiencia Nacional autorizó la extradición."),
    ],
)  # fmt: skip
def test_official_or_service_is_named(name: str, lang: str, text: str) -> None:
    """People and services are found beside their titles and act for Spain."""
    found = {m.name: m.side for m in LEDGER.find_actors(text, lang, date(2024, 10, 21))}
    assert found.get(name) == "ES"


def test_french_army_in_a_spanish_paper_is_not_the_spanish_one() -> None:
    """Spanish papers call both by one name; only the nationality tells."""
    text = "El Ejército de Tierra francés y las Fuerzas Armadas Reales se adiestran en Errachidia."
    found = LEDGER.find_actors(text, "es", date(2025, 10, 6))
    assert "ES" not in {m.side for m in found}
