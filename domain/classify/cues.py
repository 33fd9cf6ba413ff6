"""Finds cue words in folded text: one token trie per language, built from `data/<lang>.toml`.

An entry is a run of words; a trailing `*` matches any ending. Arabic words are also tried without
the particles written onto them (و ف ب ل ك س) and the article ال. Nested and overlapping entries
all count: "cellule terroriste" is a cell and is terrorism.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from domain.text.fold import fold_term

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_MIN_STEM = 2
_ARABIC = re.compile(r"[\u0600-\u06ff]")


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue found: its category and its half-open range in the folded text."""

    category: str
    start: int
    end: int
    term: str


@dataclass(slots=True)
class _Node:
    """A trie node over words: exact next words, next stems, and the categories that end here."""

    exact: dict[str, _Node] = field(default_factory=dict)
    stems: dict[str, _Node] = field(default_factory=dict)
    categories: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CueIndex:
    """All cue words of one language."""

    lang: str
    root: _Node
    longest_stem: int

    def find(self, folded: str) -> list[Cue]:
        """Return every cue in a folded text, in order of its start."""
        tokens = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(folded)]
        forms = [self._forms(t[0]) for t in tokens]
        found: list[Cue] = []
        for i, (_, start, _) in enumerate(tokens):
            self._walk(self.root, i, start, tokens, forms, found)
        return found

    def _walk(
        self,
        node: _Node,
        i: int,
        start: int,
        tokens: list[tuple[str, int, int]],
        forms: list[tuple[str, ...]],
        found: list[Cue],
    ) -> None:
        if i >= len(tokens):
            return
        end = tokens[i][2]
        for child in self._children(node, forms[i]):
            for category, term in child.categories:
                found.append(Cue(category, start, end, term))
            if child.exact or child.stems:
                self._walk(child, i + 1, start, tokens, forms, found)

    def _children(self, node: _Node, forms: tuple[str, ...]) -> list[_Node]:
        children: list[_Node] = []
        for form in forms:
            child = node.exact.get(form)
            if child is not None:
                children.append(child)
            if node.stems:
                for n in range(_MIN_STEM, min(len(form), self.longest_stem) + 1):
                    child = node.stems.get(form[:n])
                    if child is not None and child not in children:
                        children.append(child)
        return children

    def _forms(self, word: str) -> tuple[str, ...]:
        return arabic_forms(word) if self.lang == "ar" and len(word) > 2 else (word,)


@lru_cache(maxsize=65536)
def arabic_forms(word: str) -> tuple[str, ...]:
    """Return a folded Arabic word and what remains when its particles and article are taken off."""
    if not _ARABIC.match(word):
        return (word,)
    forms = [word]
    rest = word
    if rest[0] in "وف" and len(rest) > 3:
        rest = rest[1:]
        forms.append(rest)
    for bare in (rest, rest[1:] if rest[0] in "بلكس" and len(rest) > 3 else ""):
        if not bare:
            continue
        forms.append(bare)
        if bare.startswith("ال") and len(bare) > 4:
            forms.append(bare[2:])
    # "لل" is ل and ال in one.
    if rest.startswith("لل") and len(rest) > 4:
        forms.append(rest[2:])
    return tuple(dict.fromkeys(forms))


@lru_cache(maxsize=16)
def cue_index(lang: str) -> CueIndex:
    """Return the cue words of a language; a language without a file has none."""
    path = files("domain.classify") / "data" / f"{lang}.toml"
    root = _Node()
    longest = _MIN_STEM
    table = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for category, entries in table.items():
        for entry in entries:
            longest = max(longest, _add(root, category, entry, lang))
    return CueIndex(lang, root, longest)


def _add(root: _Node, category: str, entry: str, lang: str) -> int:
    """Add one entry; return the length of its longest stem."""
    node, longest = root, 0
    words = [m.group() for m in re.finditer(r"[^\W_]+\*?", fold_term(entry), re.UNICODE)]
    for word in words:
        stem = word.endswith("*")
        word = word.rstrip("*")
        if lang == "ar" and word.startswith("ال") and len(word) > 4:
            word = word[2:]  # entries may carry the article; texts are matched without it
        branch = node.stems if stem else node.exact
        longest = max(longest, len(word) if stem else 0)
        node = branch.setdefault(word, _Node())
    node.categories.append((category, entry))
    return longest
