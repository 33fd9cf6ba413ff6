"""Paragraphs and sentences of an article, as offsets, in seven languages.

Rules instead of a model: news prose ends its sentences with a few marks, and what misleads a
splitter (titles, initials, acronyms, ordinals, decimal numbers) is a closed list per language.
A wrong join costs less than a wrong cut, because a cut can part a minister from what he signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.text.fold import fold_term
from domain.text.vocabulary import Words, words

_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
# A run of end marks with the quotes and brackets that close after it.
_END = re.compile(r"[.!?؟…؛。]+(?:[\"”’')\]»]|[\s\u00a0\u202f]?»)*")
_LAST_WORD = re.compile(r"[^\s«»\"“”()\[\]]*$")
_NEXT_WORD = re.compile(r"[\s«»\"“”‘'(\[¿¡—–•-]*([^\W_]+['’]?)", re.UNICODE)
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?", re.UNICODE)
_ORDINAL = re.compile(r"\d{1,2}|[IVX]{1,5}")
_BEFORE_NUMBER = {"n°", "no", "nr", "num"}  # "no" is also the folded form of "nº"
_LOOK_BACK = 40  # longest word looked at before an end mark


@dataclass(frozen=True, slots=True)
class Sentence:
    """Half-open range of one sentence, without outer spaces, and the number of its paragraph."""

    start: int
    end: int
    paragraph: int


def split_sentences(text: str, lang: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text in order; each non-blank line is a paragraph."""
    known = words(lang)
    found: list[Sentence] = []
    paragraph = 0
    for line in _LINE.finditer(text):
        before = len(found)
        start = line.start()
        for end in _boundaries(text, line.start(), line.end(), lang, known):
            _append(found, text, start, end, paragraph)
            start = end
        _append(found, text, start, line.end(), paragraph)
        if len(found) > before:
            paragraph += 1
    return tuple(found)


def _append(found: list[Sentence], text: str, start: int, end: int, paragraph: int) -> None:
    """Add the range without its outer spaces, unless nothing is left of it."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        found.append(Sentence(start, end, paragraph))


def _boundaries(text: str, start: int, stop: int, lang: str, known: Words) -> list[int]:
    """Return the offsets in [start, stop) at which a sentence ends."""
    ends: list[int] = []
    opened = start
    for mark in _END.finditer(text, start, stop):
        if mark.end() < stop and _ends_sentence(text, opened, mark, stop, lang, known):
            ends.append(mark.end())
            opened = mark.end()
    return ends


def _ends_sentence(
    text: str, opened: int, mark: re.Match[str], stop: int, lang: str, known: Words
) -> bool:
    """Decide whether the end marks at `mark` end the sentence that began at `opened`."""
    marks = mark.group().rstrip("\"”’')]» \u00a0\u202f")
    follows = _NEXT_WORD.match(text, mark.end(), min(stop, mark.end() + 60))
    following = follows.group(1) if follows else ""
    glued = not text[mark.end()].isspace()
    if glued and not _glued_boundary(text, mark, marks, following):
        return False
    if following[:1].islower():
        return False  # "« Vraiment ? » dit-il", "etc. et", a month after "14 abr."
    if marks == ".." or not following:
        return False  # two dots are the Arabic press's colon
    if marks != ".":
        return True
    return not _dot_of_word(text, opened, mark.start(), following, lang, known)


def _glued_boundary(text: str, mark: re.Match[str], marks: str, following: str) -> bool:
    """Tell whether marks with no space after them still end a sentence ("الأمن.وقال", "fin.Le")."""
    if marks not in (".", "؟", "!", "?", "؛") or len(following) < 2:
        return False
    before = text[max(0, mark.start() - 2) : mark.start()]
    if len(before) < 2 or not before.isalpha():
        return False
    if "\u0600" <= before[1] <= "\u06ff":
        return "\u0600" <= following[0] <= "\u06ff"
    return before.islower() and following.istitle() and text[mark.end()] == following[0]


def _dot_of_word(text: str, opened: int, dot: int, following: str, lang: str, known: Words) -> bool:
    """Tell whether the dot belongs to the word before it (abbreviation, initial, ordinal)."""
    match = _LAST_WORD.search(text, max(opened, dot - _LOOK_BACK), dot)
    word = match.group() if match else ""
    if not word:
        return False
    starter = fold_term(following) in known.function_words
    if len(word) == 1 and word.isalpha():
        return True  # an initial: "G. Darmanin"
    if _ACRONYM.fullmatch(word):
        return not starter  # "D.G.S.N.", "U.S."
    bare = re.split(r"[-'/]", fold_term(word))[-1]
    if bare in known.abbreviations:
        return not (starter and following[:1].isupper() and len(bare) > 3)
    if _ORDINAL.fullmatch(word):
        if not text[opened : dot - len(word)].strip():
            return True  # a numbered paragraph
        return lang == "de" and not starter
    return following[:1].isdigit() and bare in _BEFORE_NUMBER
