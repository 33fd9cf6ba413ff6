"""The alphabet of the date grammar: each word of a text becomes one letter, and rules are patterns over letters.

A text of 500 words is then a string of 500 letters, which one regular expression searches in well
under a millisecond, and a rule such as `weekday? day of* month year` reads as it is said.
"""

from __future__ import annotations

import re
from typing import Final

OTHER: Final = "x"
NEWLINE: Final = "Z"
STOP: Final = "!"

KINDS: Final[dict[str, str]] = {
    "day": "d",  # 1 to 31
    "number": "n",  # any other number, never part of a date
    "year": "y",  # 1800 to 2099
    "hijri_year": "h",  # 1343 to 1500
    "month": "M",
    "short_month": "m",
    "hijri_month": "H",
    "weekday": "W",
    "short_weekday": "w",
    "past": "P",
    "next": "N",
    "this": "T",
    "relative": "R",  # a day relative to the anchor
    "adjacent": "v",  # a day relative to another day told
    "period": "X",  # week or month relative to the anchor
    "year_period": "Y",  # last year, this year
    "same_month": "s",
    "ago_before": "a",
    "ago_after": "A",
    "ahead": "i",
    "unit": "U",
    "count": "q",  # a number word
    "ordinal": "o",
    "from": "f",
    "between": "F",
    "to": "t",
    "and": "&",
    "of": "O",
    "article": "L",
    "in": "p",
    "start": "B",
    "middle": "C",
    "end": "E",
    "numeric": "D",  # 22/04/2024, 2024-04-22
    "day_month": "e",  # 22/04, 22.04.
    "clock": "k",
    "part_of_day": "S",
    "every": "V",
    "hijri_mark": "b",
    "gregorian_mark": "g",
    "comma": ",",
    "dot": "j",
    "slash": "/",
    "dash": "-",
    "open": "<",
    "close": ">",
    "stop": STOP,
    "newline": NEWLINE,
    "other": OTHER,
}  # fmt: skip

PUNCTUATION: Final[dict[str, str]] = {
    ",": KINDS["comma"], "،": KINDS["comma"], ".": KINDS["dot"], "/": KINDS["slash"],
    "-": KINDS["dash"], "(": KINDS["open"], "[": KINDS["open"], ")": KINDS["close"],
    "]": KINDS["close"], "!": STOP, "?": STOP, "؟": STOP, "؛": STOP, ";": STOP, ":": STOP, "…": STOP,
}  # fmt: skip


def pattern(rule: str) -> str:
    """Return the regular expression of a rule written in the names of `KINDS`."""
    return re.sub(r"[a-z_]+", lambda name: KINDS[name.group()], rule).replace(" ", "")
