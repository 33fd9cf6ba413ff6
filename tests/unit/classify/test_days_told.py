"""Which of the days told is the event's: previews tell past days of other things, agencies date their lines."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from desk.watches import find_watch
from domain.classify.acts import read_acts
from domain.classify.day_choice import day_candidates
from domain.classify.document import build
from domain.classify.reading import read
from domain.knowledge import Knowledge
from domain.model import Article, Published, Reading, Status


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The ledger and the places, loaded once."""
    return Knowledge.load()


def _article(title: str, text: str, lang: str, day: date) -> Article:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Article("1", title, text, lang, None, Published(at, "input", 1.0), "s")


def _read(knowledge: Knowledge, title: str, text: str, lang: str, day: date) -> Reading:
    return read(_article(title, text, lang, day), find_watch("morocco-france"), knowledge)


@pytest.mark.parametrize(
    ("lang", "title", "text"),
    [
        pytest.param(
            "nl",
            "Franse minister reist naar Rabat voor overleg over veiligheid",
            "De Franse minister van Justitie Gérald Darmanin zal in Rabat zijn Marokkaanse ambtgenoot "
            "Abdellatif Ouahbi ontmoeten om de justitiële samenwerking tegen drugshandel te versterken. "
            "Op de agenda staan twee mannen die op 23 februari in Fez zijn opgepakt.",
            id="nl",
        ),
        pytest.param(
            "en",
            "French justice minister to visit Rabat for security talks",
            "French Justice Minister Gerald Darmanin will meet his Moroccan counterpart Abdellatif "
            "Ouahbi in Rabat to discuss cooperation against drug trafficking. The fate of a man held "
            "since 23 February in Agadir will also come up.",
            id="en",
        ),
        pytest.param(
            "fr",
            "Le ministre français de la Justice attendu à Rabat",
            "Le ministre français de la Justice, Gérald Darmanin, rencontrera à Rabat son homologue "
            "marocain Abdellatif Ouahbi pour parler de coopération contre le narcotrafic. Un convoi de "
            "drogue saisi le 23 février près de Nîmes occupe encore les enquêteurs.",
            id="fr",
        ),
    ],
)
def test_a_preview_is_not_of_a_day_already_gone(
    knowledge: Knowledge, lang: str, title: str, text: str
) -> None:
    """A visit announced on 7 March was not on the day of February told as background."""
    reading = _read(knowledge, title, text, lang, date(2025, 3, 7))

    assert (reading.event_date, reading.status) == (None, Status.EXPECTED)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "PARIS (Reuters / Sputnik - 6 May 2021) A court sent three men to prison."),
        ("fr", "PARIS (AFP, 6 mai 2021) Le tribunal a envoyé trois hommes en prison."),
        ("es", "PARÍS (EFE / MAP, 6 de mayo de 2021) Un tribunal envió a prisión a tres hombres."),
    ],
)
def test_a_day_in_the_bracket_of_a_dateline_is_the_agencys(
    knowledge: Knowledge, lang: str, text: str
) -> None:
    """City, agency and day in one bracket say when the report was written."""
    document = build(_article("Verdict", text, lang, date(2021, 5, 7)), ("MA", "FR"), knowledge)
    told = [c for c in day_candidates(document, read_acts(document)) if c.mention]

    assert [c.values["dateline"] for c in told] == [1.0]


def test_a_bracket_later_in_the_sentence_is_no_dateline(knowledge: Knowledge) -> None:
    """A day in brackets after a clause is told by the article itself."""
    text = "The two ministers signed it. (It was adopted in Paris after months of talks, 6 May 2021) A vote follows."
    document = build(_article("Vote", text, "en", date(2021, 5, 7)), ("MA", "FR"), knowledge)
    told = [c for c in day_candidates(document, read_acts(document)) if c.mention]

    assert [c.values["dateline"] for c in told] == [0.0]
