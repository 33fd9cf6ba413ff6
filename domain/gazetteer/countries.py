"""Which countries a text names, and how: by name, adjective, capital used for the government, or body of state.

Whether "a Moroccan" is a suspect or a minister is for the reading to judge; this module only tells a
country's name from its adjective, and an adjective beside a word such as "police" from any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from domain.gazetteer import tables
from domain.gazetteer.phrases import Tokens, Trie, endings, forms, split, tokens_of, word_set
from domain.model import LANGUAGES

_ARABIC_ENDINGS = ("", "ة", "ين", "ون", "ات", "ان", "تين", "تان", "ا")
# Kingdoms that "the kingdom" may also mean.
_OTHER_KINGDOMS = ("ES", "BE", "NL", "GB", "SA", "JO", "SE", "DK")
_LOOK = 4  # how many words from an adjective to a state word: "autorités judiciaires françaises"


@dataclass(frozen=True, slots=True)
class CountryMention:
    """One naming of a country; `kind` is name, adjective, metonym or institution."""

    start: int
    end: int
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a phrase means, and how it must be written."""

    code: str  # '' for a phrase that hides a country's name
    kind: str
    capital: bool = False
    upper: bool = False
    hyphen: bool = False
    before_small: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One match in words: [first, after)."""

    first: int
    after: int
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Language:
    trie: Trie[_Entry]
    state_words: frozenset[str]
    locatives: frozenset[str]
    and_words: frozenset[str]


def _entry(spelling: str, code: str, kind: str) -> tuple[str, _Entry]:
    before_small = spelling.endswith("~")
    hyphen = spelling.endswith("-")
    bare = spelling.rstrip("~-")
    letters = [c for c in bare if c.isalpha()]
    upper = len(letters) > 1 and all(c.isupper() for c in letters)
    return bare, _Entry(code, kind, letters[0].isupper(), upper, hyphen, before_small)


def _spellings(country: dict[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    """Yield (spelling, kind) of a country in one language."""
    for stem in country.get(lang, ()):
        for word in endings(stem):
            yield word, "name"
    for stem in country.get(f"{lang}_adj", ()):
        if lang == "ar":
            plural = stem.startswith("ال") or not stem.endswith("ي")
            for ending in ("",) if plural else _ARABIC_ENDINGS:
                yield stem + ending, "adjective"
        else:
            for word in endings(stem):
                yield word, "adjective"


@cache
def _language(lang: str) -> _Language:
    """Return the phrases of one language; of all Latin-script ones for a language not known."""
    langs = (lang,) if lang in LANGUAGES else tuple(x for x in LANGUAGES if x != "ar")
    words = tables.read_toml("country_words.toml")
    countries = tables.read_toml("countries.toml")
    trie: Trie[_Entry] = Trie()
    for name in langs:
        for phrase in words["block"].get(name, ()):
            trie.add(phrase, _entry(phrase, "", "block")[1])
    for code, country in countries.items():
        for name in langs:
            for spelling, kind in _spellings(country, name):
                trie.add(*_entry(spelling, code, kind))
    for code, country in countries.items():
        for capital in country.get("capital", ()):
            trie.add(*_entry(capital, code, "metonym"))
    for code, phrases in words["institutions"].items():
        for phrase in phrases:
            trie.add(*_entry(phrase, code, "institution"))
    for code, hints in words["hints"].items():
        for name in langs:
            for phrase in hints.get(name, ()):
                trie.add(phrase, _Entry(code, "hint"))
    return _Language(
        trie,
        frozenset().union(*(word_set(words["state_words"][name]) for name in langs)),
        frozenset().union(*(word_set(words["locatives"][name]) for name in langs)),
        frozenset().union(*(word_set(words["and_words"][name]) for name in langs)),
    )


def _is_written_so(tokens: Tokens, first: int, after: int, entry: _Entry) -> bool:
    """True when capitals and hyphens are as the entry wants them."""
    if entry.upper and not tokens.is_upper(first, after):
        return False
    if entry.capital and not tokens.is_capital(first):
        return False
    if entry.hyphen and not tokens.gap(after - 1).startswith("-"):
        return False
    if entry.before_small and after < len(tokens):
        return not (tokens.gap(after - 1) == " " and tokens.is_capital(after))
    return True


@lru_cache(maxsize=8)
def scan_countries(text: str, lang: str) -> tuple[Hit, ...]:
    """Return the country phrases of a text in words, before their kinds are settled by what is around."""
    tokens = tokens_of(text)
    language = _language(lang)
    hits: list[Hit] = []
    index = 0
    while index < len(tokens):
        found = language.trie.match(tokens, index)
        if found is None or not _is_written_so(tokens, index, found[0], found[1]):
            index += 1
            continue
        after, entry, _ = found
        if entry.code:
            hits.append(Hit(index, after, entry.code, entry.kind))
        index = after
    return tuple(hits)


def find_countries(text: str, lang: str) -> tuple[CountryMention, ...]:
    """Return the countries a text names, in order, offsets into the text as given."""
    hits = scan_countries(text, lang)
    tokens = tokens_of(text)
    language = _language(lang)
    named = {hit.code for hit in hits if hit.kind in ("name", "adjective")}
    adjectives = {i for hit in hits if hit.kind == "adjective" for i in range(hit.first, hit.after)}
    mentions = []
    for hit in hits:
        kind = _kind(tokens, hit, language, named, adjectives)
        if kind:
            start, end = tokens.span(hit.first, hit.after)
            mentions.append(CountryMention(start, end, hit.code, kind))
    return tuple(mentions)


def _kind(
    tokens: Tokens, hit: Hit, language: _Language, named: set[str], adjectives: set[int]
) -> str:
    """Return the settled kind of a hit, '' when it says nothing of the state."""
    if hit.kind == "hint":
        alone = hit.code in named and not named.intersection(_OTHER_KINGDOMS)
        return "metonym" if alone else ""
    if hit.kind == "metonym":
        return "" if _is_located(tokens, hit, language) else "metonym"
    if hit.kind == "adjective" and (
        _near_state_word(tokens, hit.first - 1, -1, language, adjectives)
        or _near_state_word(tokens, hit.after, 1, language, adjectives)
    ):
        return "institution"
    return hit.kind


def _is_located(tokens: Tokens, hit: Hit, language: _Language) -> bool:
    """True when a preposition or a dateline makes a capital a place, not a government."""
    word = tokens.words[hit.first]
    if word[0] in "بوف" and len(word) > 4:
        bare = word[1:] if word[0] in "وف" else word
        if bare.startswith("ب") and bare not in ("باريس", "بروكسل", "بروكسيل", "برلين", "بكين"):
            return True
        if bare.startswith(("بباريس", "ببر")):
            return True
    if hit.first and tokens.gap(hit.first - 1) in (" ", "'"):
        before = tokens.words[hit.first - 1]
        if before in language.locatives or forms(before)[-1] in language.locatives:
            return True
    return False


def _near_state_word(
    tokens: Tokens, index: int, step: int, language: _Language, adjectives: set[int]
) -> bool:
    """Walk from an adjective over others joined to it, and one more word, to a word of state."""
    other = 1
    for _ in range(_LOOK):
        if not 0 <= index < len(tokens):
            return False
        joint = index if step < 0 else index - 1
        if not tokens.glued[joint]:
            return False
        word = tokens.words[index]
        if any(form in language.state_words for form in forms(word)):
            return True
        if index not in adjectives and word not in language.and_words:
            other -= 1
            if other < 0:
                return False
        index += step
    return False


def country_names() -> dict[str, str]:
    """Return the English name of each country known here, by ISO code."""
    return {code: str(entry["name"]) for code, entry in tables.read_toml("countries.toml").items()}


def capital_spellings() -> frozenset[str]:
    """Return the folded spellings of all capitals."""
    entries = tables.read_toml("countries.toml").values()
    return frozenset(" ".join(split(c)) for entry in entries for c in entry.get("capital", ()))
