"""Roles in a text: which office is named, and for which country.

A role is a phrase from offices.toml, or "head of" a service. Its nationality stands inside it
("ministre français de l'Intérieur"), after it ("وزير الداخلية الفرنسي", "Innenminister Frankreichs"), before it
("the French interior minister", "France's ..."), or is in the title itself ("garde des Sceaux").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from domain.gazetteer import tables
from domain.gazetteer.countries import Hit, scan_countries
from domain.gazetteer.phrases import Tokens, Trie, expand, forms, split, word_set
from domain.model import LANGUAGES

COUNTERPART = "counterpart"
OFFICER = "officer"
# In these languages a nationality stands before the noun.
_ADJECTIVE_FIRST = ("en", "de", "nl")
# "the French interior minister", but also "the French and Moroccan interior ministers".
_MAX_SIDES = 3
_MAX_FILLERS = 3


@dataclass(frozen=True, slots=True)
class RoleHit:
    """A role in words [first, after), nationality included. `sides` in order, empty when not said."""

    first: int
    after: int
    office: str
    sides: tuple[str, ...]
    default_side: str
    is_former: bool = False

    @property
    def side(self) -> str:
        """The country the role is for: said, else implied by the title, else ''."""
        return self.sides[0] if self.sides else self.default_side


@dataclass(frozen=True, slots=True)
class Office:
    """How an office behaves: one holder at a time, or no portfolio of its own, or a common word."""

    office: str
    single: bool
    generic: bool
    loose: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    office: str
    side: str


@dataclass(frozen=True, slots=True)
class RoleWords:
    """The role phrases and small words of one language."""

    trie: Trie[_Phrase]
    heads: Trie[bool]
    head_links: Trie[bool]
    of_words: Trie[bool]
    and_words: frozenset[str]
    titles: frozenset[str]
    former: frozenset[str]
    adjective_first: bool


@cache
def offices() -> dict[str, Office]:
    """Return the offices by id."""
    return {
        name: Office(
            name,
            bool(entry.get("single")),
            bool(entry.get("generic")),
            bool(entry.get("loose")),
        )
        for name, entry in tables.read_toml("offices.toml").items()
    }


def _flat(phrases: Iterable[str]) -> Trie[bool]:
    trie: Trie[bool] = Trie()
    for phrase in phrases:
        trie.add(phrase, True)
    return trie


@cache
def role_words(lang: str) -> RoleWords:
    """Return the role vocabulary of a language; of all Latin-script ones for a language not known."""
    langs = (lang,) if lang in LANGUAGES else tuple(x for x in LANGUAGES if x != "ar")
    trie: Trie[_Phrase] = Trie()
    for office, entry in tables.read_toml("offices.toml").items():
        for name in langs:
            for pattern in entry.get(name, ()):
                side, colon, rest = pattern.partition(":")
                has_side = bool(colon) and len(side) == 2 and side.isupper()
                for phrase in expand(rest if has_side else pattern):
                    trie.add(phrase, _Phrase(office, side if has_side else ""))
    words = tables.read_toml("role_words.toml")
    and_words = tables.read_toml("country_words.toml")["and_words"]

    def collect(key: str) -> list[str]:
        return [phrase for name in langs for phrase in words[key].get(name, ())]

    return RoleWords(
        trie,
        _flat(collect("heads")),
        _flat(collect("head_links")),
        _flat(collect("of_words")),
        word_set([w for name in langs for w in and_words.get(name, ())]),
        word_set(collect("titles")),
        word_set(collect("former")),
        langs[0] in _ADJECTIVE_FIRST or len(langs) > 1,
    )


def scan_roles(
    tokens: Tokens, lang: str, services: dict[int, tuple[int, str, str]]
) -> list[RoleHit]:
    """Return the roles of a text. `services` maps a service's first word to (word after, head office, side)."""
    words = role_words(lang)
    countries = {hit.first: hit for hit in scan_countries(tokens.original, lang)}
    slots = _slots(tokens, countries, words)
    hits: list[RoleHit] = []
    index = 0
    while index < len(tokens):
        hit = _phrase_at(tokens, index, words, slots, countries)
        headed = _head_at(tokens, index, words, services, slots)
        if headed is not None and (hit is None or headed.after > hit.after):
            hit = headed
        if hit is None:
            index += 1
            continue
        hit = _with_right_sides(tokens, hit, words, countries)
        if not hit.sides:
            hit = _with_left_sides(tokens, hit, words, countries)
        hits.append(_with_former(tokens, hit, words))
        index = max(hit.after, index + 1)
    return hits


def _slots(tokens: Tokens, countries: dict[int, Hit], words: RoleWords) -> dict[int, int]:
    """Return where nationalities stand inside a role: one adjective, or two joined by "and"."""
    found: dict[int, int] = {}
    for first, hit in countries.items():
        if hit.kind != "adjective":
            continue
        after = hit.after
        if after + 1 < len(tokens) and tokens.words[after] in words.and_words:
            other = countries.get(after + 1)
            after = other.after if other and other.kind == "adjective" else after
        found[first] = after
    return found


def _phrase_at(
    tokens: Tokens,
    index: int,
    words: RoleWords,
    slots: dict[int, int],
    countries: dict[int, Hit],
) -> RoleHit | None:
    found = words.trie.match(tokens, index, slots)
    if found is None:
        return None
    after, phrase, slot = found
    sides: tuple[str, ...] = ()
    if slot >= 0:
        sides = tuple(countries[i].code for i in range(slot, slots[slot]) if i in countries)
    return RoleHit(index, after, phrase.office, sides, phrase.side)


def _head_at(
    tokens: Tokens,
    index: int,
    words: RoleWords,
    services: dict[int, tuple[int, str, str]],
    slots: dict[int, int],
) -> RoleHit | None:
    """Return "head of <service>", or in languages that say so "<service> head", that begins here."""
    if words.adjective_first and index in services:
        after, office, side = services[index]
        head = words.heads.match(tokens, after) if after < len(tokens) else None
        if head is not None and office and tokens.glued[after - 1]:
            return RoleHit(index, head[0], office, (), side)
    head = words.heads.match(tokens, index)
    if head is None or not services:
        return None
    after = head[0]
    if after in slots and tokens.glued[after - 1]:
        after = slots[after]
    for _ in range(2):
        if after in services:
            break
        link = words.head_links.match(tokens, after) if after < len(tokens) else None
        if link is None:
            break
        after = link[0]
    if after not in services or not tokens.glued[after - 1]:
        return None
    end, office, side = services[after]
    while end in services and tokens.glued[end - 1]:  # "patron de la DGSN-DGST"
        end = services[end][0]
    return RoleHit(index, end, office, (), side) if office else None


def _with_right_sides(
    tokens: Tokens, hit: RoleHit, words: RoleWords, countries: dict[int, Hit]
) -> RoleHit:
    """Take the nationality after a role: an adjective, or a country after "of"."""
    if hit.sides:
        return hit
    at, linked = hit.after, False
    for _ in range(_MAX_FILLERS):
        if at >= len(tokens) or not tokens.glued[at - 1] or at in countries:
            break
        of = words.of_words.match(tokens, at)
        if of is None:
            break
        at, linked = of[0], True
    sides: list[str] = []
    end = hit.after
    while at < len(tokens) and len(sides) < _MAX_SIDES:
        country = countries.get(at)
        if country is None or country.kind not in ("name", "adjective"):
            break
        if not tokens.glued[at - 1]:
            break
        if (
            country.kind == "name"
            and not linked
            and words.adjective_first
            and "s" not in (tokens.words[at][-1:])
        ):
            break  # "Innenminister Frankreichs" is of France; "minister Frankrijk" is not said
        sides.append(country.code)
        end = at = country.after
        if at < len(tokens) and tokens.words[at] in words.and_words and at + 1 in countries:
            at += 1
    if not sides:
        return hit
    return replace(hit, after=end, sides=tuple(sides))


def _with_left_sides(
    tokens: Tokens, hit: RoleHit, words: RoleWords, countries: dict[int, Hit]
) -> RoleHit:
    """Take the nationality before a role: "the French and Moroccan interior ministers", "France's ..."."""
    ends = {country.after: country for country in countries.values() if country.after <= hit.first}
    at = hit.first
    if at and tokens.words[at - 1] == "s" and tokens.gap(at - 2) == "'":
        at -= 1
    elif not words.adjective_first:
        return hit
    sides: list[str] = []
    first = hit.first
    while at in ends and len(sides) < _MAX_SIDES and tokens.glued[at - 1]:
        country = ends[at]
        if country.kind not in ("adjective", "name", "metonym"):
            break
        if country.kind != "adjective" and at == hit.first and tokens.gap(at - 1) != "-":
            break
        sides.insert(0, country.code)
        first = at = country.first
        if at and tokens.words[at - 1] in words.and_words:
            at -= 1
    return replace(hit, first=first, sides=tuple(sides)) if sides else hit


def _with_former(tokens: Tokens, hit: RoleHit, words: RoleWords) -> RoleHit:
    """Mark "former": just before the role, or after it in Arabic."""
    around = [i for i in (hit.first - 1, hit.after) if 0 <= i < len(tokens)]
    for index in around:
        joint = index if index < hit.first else index - 1
        if tokens.glued[joint] and any(f in words.former for f in forms(tokens.words[index])):
            return replace(hit, is_former=True)
    if tokens.words[hit.first] in words.former:
        return replace(hit, is_former=True)
    return hit


def is_title(tokens: Tokens, index: int, words: RoleWords) -> bool:
    """True for a word that may stand between a role and a name: Mr, General, السيد."""
    return any(form in words.titles for form in forms(tokens.words[index]))


def known_role_word(word: str, lang: str) -> bool:
    """True when some role phrase of the language begins with the word."""
    return role_words(lang).trie.starts_with(split(word)[0]) if split(word) else False
