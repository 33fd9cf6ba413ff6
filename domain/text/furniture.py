"""Finds the words of page furniture in a block: headings of lists, share bars, notices, captions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from domain.text.fold import fold_term
from domain.text.vocabulary import load_toml, words

TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Phrases:
    """A set of phrases as tuples of words, found by their first word, longest first."""

    by_first: dict[str, tuple[tuple[str, ...], ...]]

    def at(self, tokens: list[str], position: int) -> int:
        """Return how many tokens the longest phrase at `position` takes; 0 if none is there."""
        for phrase in self.by_first.get(tokens[position], ()):
            if tuple(tokens[position : position + len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def find(self, tokens: list[str]) -> int:
        """Return the position of the first phrase found anywhere, or -1."""
        for position in range(len(tokens)):
            if tokens[position] in self.by_first and self.at(tokens, position):
                return position
        return -1


@cache
def phrases(category: str) -> Phrases:
    """Return the phrases of one category of furniture.toml, of every language."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for entries in load_toml("furniture.toml")[category].values():
        for entry in entries:
            tokens = tuple(TOKEN.findall(fold_term(entry)))
            found.setdefault(tokens[0], set()).add(tokens)
    return Phrases(
        {first: tuple(sorted(many, key=lambda p: (-len(p), p))) for first, many in found.items()}
    )


@cache
def vocabulary(category: str) -> frozenset[str]:
    """Return the single words of one category of furniture.toml, of every language."""
    texts = load_toml("furniture.toml")[category].values()
    return frozenset(token for text in texts for token in TOKEN.findall(fold_term(text)))


@cache
def function_words() -> frozenset[str]:
    """Return the function words of every language together, as tokens."""
    return frozenset(
        token
        for lang in load_toml("words.toml")
        for word in words(lang).function_words
        for token in TOKEN.findall(word)
    )


_ARABIC_PREFIX = re.compile(r"^(?:وال|بال|فال|كال|لل|ال|و|ب|ل|ف)(?=.{3})")


def _stem(token: str) -> str:
    """Return a rough stem: enough that two forms of a name or noun meet."""
    if "\u0600" <= token[0] <= "\u06ff":
        return _ARABIC_PREFIX.sub("", token)[:4]
    return token[:5]


def stems(tokens: list[str]) -> frozenset[str]:
    """Return the rough stems of the content words among the tokens."""
    closed = function_words()
    return frozenset(_stem(t) for t in tokens if len(t) > 3 and t not in closed)
