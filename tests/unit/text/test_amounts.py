"""Amounts read alike in every language."""

from __future__ import annotations

import pytest

from domain.text.amounts import amounts


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("1278", ["1,278 kilos", "1.278 kilos", "1 278 kilos", "1278 Kilo", "1\u202f278 kilos"]),
        ("1200000000", ["1.2 billion", "1.200 millones", "1,2 miljard", "1,2 Milliarden", "1,2 miliardi", "1,2 milliard", "1.2 مليار"]),
        ("500000000", ["500 million euros", "500 millones de euros", "500 miljoen", "500 milioni", "500 مليون"]),
        ("20000", ["20,000 people", "20 mil personas", "20 duizend", "20 ألف شخص", "٢٠ ألف شخص"]),
        ("20000000000", ["20 mil millones", "20 billion", "20 Milliarden"]),
        ("3.1", ["3.1 percent", "3,1 %", "3,1 procent", "3.1 في المئة"]),
        ("1102.5", ["1,102.5 dollars", "1.102,5 euros"]),
    ],
)  # fmt: skip
def test_one_amount_in_every_language(value: str, texts: list[str]) -> None:
    """Marks, scripts and words for powers of ten do not matter."""
    assert {t: amounts(t) for t in texts} == {t: frozenset({value}) for t in texts}


@pytest.mark.parametrize("text", ["", "7 people", "the A9 jet", "B52", "v2.1", "twelve"])
def test_no_amount(text: str) -> None:
    """Small whole numbers, and digits that are part of a name, are no amounts."""
    assert amounts(text) == frozenset()


def test_endless_digits_are_no_trouble() -> None:
    """What no article could mean is passed over."""
    assert amounts("9" * 50_000) == frozenset()
    assert len(amounts("1,000" * 10_000)) <= 1
