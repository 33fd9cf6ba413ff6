"""Publication stamps: short lines that say when the text was published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.dates.expressions import find_dates, self_dated
from tests.paths import SEEDS, require


@pytest.mark.parametrize(
    ("expected", "lang", "text"),
    [
        ([date(2024, 4, 22)], "nl", "Kop\nMonday 22 April 2024 - 21:45\nDe minister sprak."),
        ([date(2020, 10, 18)], "ar", "العنوان\nنشر في جريدة كذا يوم 18 - 10 - 2020\n\nأكدت الوزارة"),
        ([date(2025, 4, 14)], "fr", "Titre\nPublié le 14/04/2025 à 12:30\nLe ministre a dit."),
        ([date(2024, 4, 22)], "es", "22/04/2024 | 21:45\nEl ministro dijo."),
        ([date(2024, 4, 22)], "de", "Stand: 22.04.2024, 21:45 Uhr"),
        ([date(2024, 4, 22)], "it", "22 aprile 2024\nIl ministro ha detto."),
        ([date(2024, 4, 22)], "ar", "الإثنين 22 أبريل 2024 - 21:45"),
        ([date(2024, 5, 2)], "en", "Posted on May 2, 2024 by Staff"),
        ([], "fr", "Le ministre a rappelé que l'accord du 14/04/2025 avait été signé à Rabat par les deux parties."),
        ([], "fr", "Lundi, le ministre a dit."),
        ([], "fr", ""),
    ],
    ids=["nl", "ar", "fr", "es", "de", "it", "ar words", "en", "sentence", "no date", "empty"],
)  # fmt: skip
def test_stamp_is_read(expected: list[date], lang: str, text: str) -> None:
    """A line that only states a publication day is read, also in another language than the text."""
    assert list(self_dated(text, lang)) == expected


def test_publication_comes_before_update_and_bare_date() -> None:
    """The line that says published is believed first, the one that says updated last."""
    text = "Mis à jour le 16/04/2025 à 09:00\n12/04/2025\nPublié le 14/04/2025 à 12:30\n"
    assert self_dated(text, "fr") == (date(2025, 4, 14), date(2025, 4, 12), date(2025, 4, 16))


def test_list_of_dated_headlines_is_no_stamp() -> None:
    """Many bare dates are those of other articles."""
    assert self_dated("\n".join(f"{day:02}/04/2025" for day in range(1, 9)), "fr") == ()


@pytest.mark.seeds
@pytest.mark.parametrize(
    ("expected", "name", "lang"),
    [
        ((), "000_bb33e92329178cee.txt", "ar"),
        ((date(2020, 10, 18),), "001_a7009babe98b135c.txt", "ar"),
        ((), "002_79cd4dd5d62162ae.txt", "ar"),
        ((date(2024, 4, 22),), "003_c2b724ebaf41cd13.txt", "nl"),
        ((), "004_abe14bc16808ada5.txt", "ar"),
    ],
)
def test_seed_states_its_own_day_or_none(expected: tuple[date, ...], name: str, lang: str) -> None:
    """Two of the real articles carry a stamp; the others carry none that could be mistaken for one."""
    assert self_dated(_seed(name), lang) == expected


@pytest.mark.seeds
@pytest.mark.parametrize(
    ("expected", "name", "anchor"),
    [
        (date(2020, 10, 16), "001_a7009babe98b135c.txt", date(2020, 10, 18)),
        (date(2025, 4, 14), "002_79cd4dd5d62162ae.txt", date(2025, 4, 14)),
        (date(2024, 4, 22), "003_c2b724ebaf41cd13.txt", date(2024, 4, 22)),
        (date(2024, 4, 22), "004_abe14bc16808ada5.txt", date(2024, 4, 22)),
        (date(2024, 1, 23), "004_abe14bc16808ada5.txt", date(2024, 4, 22)),
    ],
)
def test_seed_tells_its_day_from_its_publication(expected: date, name: str, anchor: date) -> None:
    """Read from its publication day, a real article tells the day of its meeting."""
    lang = "nl" if name.startswith("003") else "ar"
    assert expected in {mention.day for mention in find_dates(_seed(name), lang, anchor)}


@pytest.mark.seeds
@pytest.mark.parametrize("name", ["000_bb33e92329178cee.txt", "002_79cd4dd5d62162ae.txt"])
def test_seed_without_a_stamp_yields_no_day(name: str) -> None:
    """Without a publication day nothing in these articles is dated: never a guess."""
    assert [mention.day for mention in find_dates(_seed(name), "ar", None) if mention.day] == []


def _seed(name: str) -> str:
    folder: Path = require(SEEDS)
    return (folder / name).read_text(encoding="utf-8")
