"""Names across scripts: a plain transliteration, and keys under which spellings of one name meet.

Newspapers spell the same minister in many ways, most of all in Arabic, where short vowels are not
written and French sounds have no letter. The key keeps only what all spellings keep: consonants by
their sound. Two names that meet under a key are candidates; `likeness` on the letters decides.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from domain.text.fold import fold_term

# One plausible Latin letter group per Arabic letter (folded text: no hamza seats, no final h).
_LATIN_OF = {
    "ا": "a", "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh",
    "ر": "r", "ز": "z", "س": "s", "ش": "ch", "ص": "s", "ض": "d", "ط": "t", "ظ": "d", "ع": "a",
    "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "ou",
    "ي": "i", "ء": "",
}  # fmt: skip
_SOUND_OF_ARABIC = {
    "ب": "b", "ت": "t", "ث": "t", "ج": "j", "خ": "k", "د": "d", "ذ": "d", "ر": "r", "ز": "s",
    "س": "s", "ش": "x", "ص": "s", "ض": "d", "ط": "t", "ظ": "d", "غ": "g", "ف": "f", "ق": "k",
    "ك": "k", "ل": "l", "م": "m", "ن": "n",
}  # fmt: skip
_ARABIC = re.compile(r"[\u0621-\u064a]")
_WORD = re.compile(r"[^\W_]+")
_FRENCH = (
    (re.compile(r"eaux?\b|aux?\b"), "o"),
    (re.compile(r"tch|sch|sh|ch"), "x"),
    (re.compile(r"kh"), "k"),
    (re.compile(r"gh"), "G"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"th"), "t"),
    (re.compile(r"qu|q"), "k"),
    (re.compile(r"gu(?=[eiy])"), "G"),
    (re.compile(r"g(?=[eiy])"), "j"),
    (re.compile(r"g"), "G"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"x"), "x"),
    (re.compile(r"z"), "s"),
    (re.compile(r"p"), "b"),
    (re.compile(r"v"), "f"),
)
_VOWELS = re.compile(r"[aeiouywh]")
_DOUBLE = re.compile(r"(.)\1+")
_SILENT_END = re.compile(r"(?<=.)[tdsxzbp]s?$")
_ARTICLES = ("al", "el", "es", "ed", "ad")
MIN_KEY = 3
MIN_LIKENESS = 0.6


def is_arabic(text: str) -> bool:
    """True when the text has Arabic letters."""
    return _ARABIC.search(text) is not None


def transliterate(arabic: str) -> str:
    """Return a plain Latin spelling of an Arabic-script name, each word capitalised.

    Unwritten vowels stay unwritten: the result is readable and stable, not the name's true spelling.
    """
    words = []
    for word in fold_term(arabic).split():
        article = ""
        if word.startswith("ال") and len(word) > 4:
            article, word = "El ", word[2:]
        if word.endswith("ه"):
            word = word[:-1] + "ا"
        if word.startswith("اي"):
            word = word[1:]
        latin = "".join(_LATIN_OF.get(char, char) for char in word)
        latin = re.sub(r"(?<=[aeiou])ou(?=[aeiou])", "w", latin)
        latin = re.sub(r"^ou(?=[aeiou])", "w", latin)
        latin = re.sub(r"i(?=[aeou])", "y", latin)
        words.append(article + latin[:1].upper() + latin[1:])
    return " ".join(words)


@lru_cache(maxsize=8192)
def keys(word: str) -> frozenset[str]:
    """Return the sound keys of one word (or of several, joined); several where French is ambiguous."""
    folded = fold_term(word)
    if is_arabic(folded):
        return frozenset({_arabic_key(folded)} - {""})
    plain = "".join(_WORD.findall(folded))
    found = {_latin_key(plain)}
    found.add(_latin_key(re.sub(r"(?<=[aeiou])ill?(?=[aeiou])", "y", plain)))
    found |= {_SILENT_END.sub("", key) for key in tuple(found) if len(key) > 2}
    return frozenset(found - {""})


def _arabic_key(folded: str) -> str:
    sounds = []
    for word in folded.split():
        bare = word[2:] if word.startswith("ال") and len(word) > 4 else word
        sounds.append("".join(_SOUND_OF_ARABIC.get(char, "") for char in bare))
    return "".join(sounds)


def _latin_key(plain: str) -> str:
    for pattern, sound in _FRENCH:
        plain = pattern.sub(sound, plain)
    plain = _DOUBLE.sub(r"\1", plain)
    return _VOWELS.sub("", plain).replace("j", "j").lower()


def likeness(one: str, other: str) -> float:
    """Return how alike two spellings are, 0 to 1, compared in Latin letters."""
    left, right = _plain(one), _plain(other)
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


@lru_cache(maxsize=8192)
def _plain(name: str) -> str:
    folded = fold_term(transliterate(name) if is_arabic(name) else name)
    return "".join(_WORD.findall(folded))


def without_article(word: str) -> str:
    """Return a folded Latin surname without El or Al before it."""
    first, _, rest = word.partition(" ")
    return rest if first in _ARTICLES and rest else word
