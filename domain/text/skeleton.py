"""Names by their consonants, so that Arabic and Latin spellings of one name meet."""

from __future__ import annotations

import re
from functools import lru_cache

from domain.text.fold import fold_term

_ARABIC_CONSONANTS = dict(zip("بتثجحخدذرزسشصضطظغفقكلمن", "bttjhkddrzsssdtdjfkklmn", strict=True))
_LATIN_DIGRAPHS = (
    ("ch", "s"), ("sh", "s"), ("kh", "k"), ("gh", "j"), ("ph", "f"), ("ck", "k"), ("qu", "k"),
    ("th", "t"), ("dh", "d"), ("gu", "k"), ("ou", ""), ("x", "ks"), ("c", "k"), ("q", "k"), ("v", "f"),
    ("p", "b"), ("g", "j"),
)  # fmt: skip
_NO_SOUND = re.compile(r"[aeiouyhw\W_]")
_DOUBLED = re.compile(r"(.)\1+")
_ARABIC = re.compile(r"[\u0621-\u064a]")


@lru_cache(maxsize=65536)
def latin_skeleton(word: str) -> str:
    """Return the consonants of a Latin-script name, like sounds unified."""
    text = fold_term(word)
    for digraph, plain in _LATIN_DIGRAPHS:
        text = text.replace(digraph, plain)
    return _DOUBLED.sub(r"\1", _NO_SOUND.sub("", text))


@lru_cache(maxsize=65536)
def arabic_skeleton(word: str) -> str:
    """Return the consonants of a folded Arabic-script word, as `latin_skeleton` writes them."""
    letters = "".join(_ARABIC_CONSONANTS.get(c, "") for c in word)
    return _DOUBLED.sub(r"\1", letters.replace("h", ""))


def skeleton(word: str) -> str:
    """Return the consonants of a name in either script."""
    return arabic_skeleton(fold_term(word)) if _ARABIC.search(word) else latin_skeleton(word)
