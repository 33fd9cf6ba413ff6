"""Finding many fixed phrases in a text at once: tokens of the folded text, and tries over them.

A trie over whole words needs no compiled automaton, so that a language's thousands of phrases are
ready in milliseconds, and word boundaries hold by themselves. Arabic glues one-letter words (and,
in, to, the) to the front of the next one: a token is tried without them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from domain.text.fold import Folded, fold, fold_term

T = TypeVar("T")
SLOT = "*"
_WORD = re.compile(r"[^\W_]+")
_LOOSE_GAP = re.compile(r"[ \"']{0,3}\n?[ \"']{0,3}")
_CONJUNCTIONS = "وف"
_PREPOSITIONS = "بكل"
_MIN_STEM = 2


@dataclass(slots=True)
class Tokens:
    """The words of a folded text with their places. `glued[i]`: words i and i+1 may be one phrase."""

    original: str
    folded: Folded
    words: list[str]
    starts: list[int]
    ends: list[int]
    glued: list[bool]

    def __len__(self) -> int:
        return len(self.words)

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return the range of the original text that the words [first, after) cover."""
        return self.folded.span(self.starts[first], self.ends[after - 1])

    def at(self, index: int) -> int:
        """Return where a word begins in the original text."""
        return self.folded.span(self.starts[index], self.starts[index] + 1)[0]

    def is_capital(self, index: int) -> bool:
        """True when the original word begins with a capital letter."""
        return self.original[self.at(index)].isupper()

    def is_upper(self, first: int, after: int) -> bool:
        """True when the original words are written in capitals."""
        start, end = self.span(first, after)
        return self.original[start:end].isupper()

    def gap(self, index: int) -> str:
        """Return what stands between word `index` and the next one, folded."""
        after = self.starts[index + 1] if index + 1 < len(self.words) else len(self.folded.text)
        return self.folded.text[self.ends[index] : after]

    def between(self, first: int, second: int) -> str:
        """Return the folded text between the end of word `first` and the start of word `second`."""
        return self.folded.text[self.ends[first] : self.starts[second]]


def _is_glued(gap: str, word: str) -> bool:
    if gap in (" ", "-", "'"):
        return True
    if gap in (".", ". "):
        return len(word) == 1  # initials: "G. Darmanin", "D.G.S.N."
    return len(gap) <= 4 and _LOOSE_GAP.fullmatch(gap) is not None


@lru_cache(maxsize=8)
def tokens_of(text: str) -> Tokens:
    """Return the words of a text. The last few texts are kept: several matchers read the same one."""
    folded = fold(text)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _WORD.finditer(folded.text):
        words.append(match.group())
        starts.append(match.start())
        ends.append(match.end())
    whole = folded.text
    glued = [
        _is_glued(whole[end:start], word)
        for end, start, word in zip(ends, starts[1:], words, strict=False)
    ]
    glued.append(False)
    return Tokens(text, folded, words, starts, ends, glued)


@lru_cache(maxsize=16384)
def forms(word: str) -> tuple[str, ...]:
    """Return the ways to read a word: itself, and for Arabic without the small words glued to it."""
    if not "\u0621" <= word[0] <= "\u064a" or len(word) <= _MIN_STEM:
        return (word,)
    found = [word]
    if word[0] in _CONJUNCTIONS:
        found.append(word[1:])
    for form in tuple(found):
        if form.startswith("لل"):
            found.append("ال" + form[2:])  # li- swallows the article's alif: للمغرب, المغرب
            found.append(form[1:])
        elif form[0] in _PREPOSITIONS:
            found.append(form[1:])
    found += [form[2:] for form in tuple(found) if form.startswith("ال")]
    return tuple(dict.fromkeys(form for form in found if len(form) >= _MIN_STEM))


class Trie(Generic[T]):
    """Phrases as paths of words; a `*` step takes an optional inner phrase, found by the caller."""

    def __init__(self) -> None:
        self._root: dict[str, dict[str, object]] = {}

    def add(self, phrase: str, payload: T) -> None:
        """Add a phrase; an equal one keeps its first payload."""
        steps = split(phrase)
        if not steps:
            return
        node: dict[str, object] = self._root  # type: ignore[assignment]
        for step in steps:
            node = node.setdefault(step, {})  # type: ignore[assignment]
        node.setdefault("", payload)

    def starts_with(self, word: str) -> bool:
        """True when some phrase begins with the word."""
        return word in self._root

    def match(
        self, tokens: Tokens, index: int, slots: dict[int, int] | None = None
    ) -> tuple[int, T, int] | None:
        """Return (word after, payload, slot word or -1) of the longest phrase that begins here.

        `slots` maps the first word of each inner phrase to the word after it.
        """
        best: tuple[int, T, int] | None = None
        root = self._root
        for form in forms(tokens.words[index]):
            node = root.get(form)
            if node is None:
                continue
            found = self._walk(tokens, index, node, slots)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        return best

    def _walk(
        self, tokens: Tokens, index: int, node: dict[str, object], slots: dict[int, int] | None
    ) -> tuple[int, T, int] | None:
        words, glued = tokens.words, tokens.glued
        best: tuple[int, T, int] | None = None
        stack: list[tuple[dict[str, object], int, int]] = [(node, index + 1, -1)]
        while stack:
            node, after, slot = stack.pop()
            payload = node.get("")
            if payload is not None and (best is None or after > best[0]):
                best = (after, payload, slot)  # type: ignore[assignment]
            if after >= len(words) or not glued[after - 1]:
                continue
            inner = node.get(SLOT)
            if inner is not None:
                stack.append((inner, after, slot))  # type: ignore[arg-type]
                if slots is not None and after in slots:
                    stack.append((inner, slots[after], after))  # type: ignore[arg-type]
            child = node.get(words[after])
            if child is not None:
                stack.append((child, after + 1, slot))  # type: ignore[arg-type]
        return best


def split(phrase: str) -> list[str]:
    """Return the steps of a phrase: its folded words, and `*` where a slot stands."""
    steps: list[str] = []
    for part in phrase.split(SLOT):
        steps += _WORD.findall(fold_term(part))
        steps.append(SLOT)
    steps.pop()
    while steps and steps[-1] == SLOT:
        steps.pop()
    while steps and steps[0] == SLOT:
        steps.pop(0)
    return steps


def expand(pattern: str) -> list[str]:
    """Return every phrase that a pattern with (a|b|) groups stands for."""
    phrases, rest = _sequence(pattern, 0, top=True)
    if rest != len(pattern):
        raise ValueError(f"phrase pattern: {pattern}: a bracket is not closed")
    # Arabic writes the preposition li- and the article as one: ل + الشرطة is للشرطة.
    return [re.sub(r"(?<!\S)ل ال", "لل", " ".join(p.split())) for p in phrases]


def _sequence(pattern: str, at: int, *, top: bool = False) -> tuple[list[str], int]:
    """Read alternatives up to the closing bracket (or the end, at top level)."""
    alternatives: list[str] = []
    current = [""]
    while at < len(pattern):
        char = pattern[at]
        if char == "(":
            inner, at = _sequence(pattern, at + 1)
            current = [a + b for a in current for b in inner]
            continue
        if char == ")" and not top:
            return alternatives + current, at + 1
        if char == "|" and not top:
            alternatives += current
            current = [""]
        else:
            current = [a + char for a in current]
        at += 1
    if not top:
        raise ValueError(f"phrase pattern: {pattern}: a bracket is not closed")
    return current, at


def endings(stem: str) -> Iterator[str]:
    """Yield the words of "stem(,e,s)" notation."""
    if "(" not in stem:
        yield stem
        return
    before, _, rest = stem.partition("(")
    inside, _, after = rest.partition(")")
    for ending in inside.split(","):
        yield from endings(before + ending + after)


def word_set(phrases: Sequence[str]) -> frozenset[str]:
    """Return the folded words of a list of one-word phrases."""
    return frozenset(word for phrase in phrases for word in split(phrase))
