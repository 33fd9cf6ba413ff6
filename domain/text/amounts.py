"""Amounts told in running text, as values that are the same in every language.

"1.2 billion", "1.200 millones", "1,2 miljard" and "1.2 مليار" are one amount.
"""

from __future__ import annotations

import re

from domain.text.fold import fold

# Words that multiply the number before them, as powers of ten; folded, all languages together.
_POWERS: dict[str, int] = {
    **dict.fromkeys(("thousand", "mil", "mille", "mila", "duizend", "tausend"), 3),
    **dict.fromkeys(("الف", "الاف", "الفا"), 3),
    **dict.fromkeys(("million", "millions", "millon", "millones", "miljoen", "millionen"), 6),
    **dict.fromkeys(("milione", "milioni", "مليون", "مليونا", "ملايين"), 6),
    **dict.fromkeys(("billion", "milliard", "milliards", "miljard", "milliarde"), 9),
    **dict.fromkeys(("milliarden", "miliardo", "miliardi", "مليار", "مليارا", "مليارات"), 9),
    **dict.fromkeys(("trillion", "biljoen", "تريليون"), 12),
}
# A mark before exactly three digits parts thousands, whichever mark it is; "1,125" as a decimal
# is read wrong, but alike in all languages, and that is what counts here.
_NUMBER = re.compile(
    r"(?<![\w.,])(?:(\d{1,3}(?:[.,' ]\d{3})+)(?:[.,](\d{1,9}))?|(\d{1,15})(?:[.,](\d{1,9}))?)"
    r"(?!\d)(?:\s?([^\W\d_]{3,10})\b)?(?:\s([^\W\d_]{6,10})\b)?"
)
_FEW = 10  # whole numbers below are in every text


def amounts(text: str) -> frozenset[str]:
    """Return the amounts of a text, written alike; whole numbers below ten are left out."""
    found = set()
    for match in _NUMBER.finditer(fold(text).text):
        grouped, grouped_rest, plain, plain_rest, unit, second = match.groups()
        whole = re.sub(r"\D", "", grouped or plain)[:15]
        power = _POWERS.get(unit or "", 0)
        if power == 3:  # "20 mil millones"
            power += _POWERS.get(second or "", 0)
        value = float(f"{whole}.{grouped_rest or plain_rest or 0}") * 10**power
        if value >= _FEW or value % 1:
            found.add(f"{value:.12g}")
    return frozenset(found)
