"""The word lists of `domain/text/data`, read once and folded for matching."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from domain.text.fold import fold_term


@cache
def load_toml(name: str) -> dict[str, Any]:
    """Return one data file of `domain/text/data` as a dictionary."""
    return tomllib.loads(files("domain.text").joinpath("data", name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Words:
    """Closed-class words and dotted abbreviations of one language, folded."""

    function_words: frozenset[str]
    abbreviations: frozenset[str]


@cache
def words(lang: str) -> Words:
    """Return the word lists of a language; empty ones for a language not known here."""
    entry = load_toml("words.toml").get(lang, {})
    return Words(
        frozenset(fold_term(str(entry.get("function_words", ""))).split()),
        frozenset(fold_term(str(entry.get("abbreviations", ""))).split()),
    )
