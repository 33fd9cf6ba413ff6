"""Places a text names: cities, regions, sites and countries, and the place of a dateline.

A name that is also an everyday word ("Nice", "Tours", العيون) counts only after a word that expects a
place, or in a dateline; which ones is data (flags in places.csv). Capital letters are checked in the
original text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from domain.gazetteer import tables
from domain.gazetteer.countries import country_names, scan_countries
from domain.gazetteer.phrases import Tokens, Trie, forms, split, tokens_of, word_set
from domain.gazetteer.spellings import spellings
from domain.model import LANGUAGES

# Datelines stand near the top: after a repeated title, a byline or a caption, not after the story began.
_DATELINE_WITHIN = 1200
_LINE_START = re.compile(r"(?:^|\n)[\s\"'«»“”•*|►>()\[\]\-–—]*\Z")
# What may follow the place of a dateline: "– ", "(AFP) -", "/ الأناضول", ", 14 abr.-", ", Maroc (MAP) –", ":".
_DATELINE_TAIL = re.compile(
    r"""[)\]]?\s{0,2}(?:
        [/|]\s{0,2}\S
      | [–—ـ―]
      | -{1,2}\s
      | \(\s?[^()\n]{2,40}\)\s{0,2}(?:[-–—ـ:/.,،]|\S)
      | :\s
      | [,،]\s[^\n.:–—]{2,60}?(?:\([^()\n]{2,30}\))?\s{0,2}(?:[–—ـ]|\.?\s?-{1,2}\s|\(\s?[A-Z]{2,8}[^()\n]{0,20}\)|:\s)
      | \.\s{0,1}[–—-]
      | \s+[A-Z]{2,8}\s{0,2}[–—-]\s
    )""",
    re.VERBOSE,
)
_ARABIC_PLACE_PREPOSITIONS = frozenset(("في", "الي", "من", "قرب", "نحو", "بين"))


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place in a text; `name` as GeoNames has it in English, `country` ISO code or '' (a sea)."""

    start: int
    end: int
    name: str
    country: str
    lat: float | None
    lon: float | None
    kind: str  # city, country, region or site
    dateline: bool = False
    city: str = ""  # of a site that lies in a city (an airport, a palace): that city


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    country: str
    kind: str
    lat: float
    lon: float
    cue: frozenset[str]  # languages in which a cue word must stand before, "*" for all
    city: str = ""
    listed: bool = False  # from the long list: needs a cue, in Arabic a preposition suffices


# Stands for a longer phrase that hides a place's name: "Paris Saint-Germain".
_HIDDEN = _Place("", "", "", 0.0, 0.0, frozenset())


@dataclass(frozen=True, slots=True)
class PlaceIndex:
    """All places and their spellings; immutable. `load()` reads the package's tables."""

    _trie: Trie[_Place]
    _countries: dict[str, _Place]

    @classmethod
    def load(cls) -> PlaceIndex:
        """Return the index shipped with the package; the same object each time."""
        return _load()

    def find_places(self, text: str, lang: str) -> tuple[PlaceMention, ...]:
        """Return the places of a text in order, offsets as given; at most one is the dateline."""
        tokens = tokens_of(text)
        cues = _cues(lang)
        mentions: list[PlaceMention] = []
        dateline = False
        index = 0
        while index < len(tokens):
            found = self._trie.match(tokens, index)
            if found is None:
                index += 1
                continue
            after, place, _ = found
            if place is _HIDDEN:
                index = after
                continue
            is_line = (
                not dateline
                and place.kind in ("city", "site")
                and _is_dateline(tokens, index, after)
            )
            if is_line or _counts(tokens, index, after, place, lang, cues):
                dateline = dateline or is_line
                mentions.append(_mention(tokens, index, after, place, is_line))
                index = after
            else:
                index += 1
        mentions += self._country_mentions(tokens, text, lang)
        return tuple(sorted(mentions, key=lambda m: (m.start, m.end)))

    def _country_mentions(self, tokens: Tokens, text: str, lang: str) -> list[PlaceMention]:
        return [
            _mention(tokens, hit.first, hit.after, self._countries[hit.code], False)
            for hit in scan_countries(text, lang)
            if hit.kind == "name"
        ]


def _mention(tokens: Tokens, first: int, after: int, place: _Place, dateline: bool) -> PlaceMention:
    start, end = tokens.span(first, after)
    return PlaceMention(
        start,
        end,
        place.name,
        place.country,
        place.lat,
        place.lon,
        place.kind,
        dateline,
        place.city,
    )


@cache
def _cues(lang: str) -> frozenset[str]:
    """Return the words that expect a place, of one language or of all Latin-script ones."""
    words = tables.read_toml("place_words.toml")["cues"]
    langs = (lang,) if lang in LANGUAGES else tuple(x for x in LANGUAGES if x != "ar")
    return frozenset().union(*(word_set(words[name]) for name in langs))


def _counts(
    tokens: Tokens, first: int, after: int, place: _Place, lang: str, cues: frozenset[str]
) -> bool:
    """True when a match is written like a place and, where it must, stands after a cue."""
    arabic = tokens.words[first][0] >= "\u0621"
    # "l'aéroport Mohammed V", "détroit de Gibraltar": the common noun is small.
    if not arabic and not any(tokens.is_capital(i) for i in range(first, after)):
        return False
    if not arabic and place.listed and not tokens.is_capital(first):
        return False  # "la Garde des Sceaux", "ministre de la Défense"
    script = "ar" if arabic else lang
    if not arabic and after - first == 1 and _is_in_a_name(tokens, first):
        return False
    needs = "*" in place.cue or script in place.cue or ("latin" in place.cue and not arabic)
    if not (needs or place.listed):
        return True
    if first and tokens.gap(first - 1) in (" ", "'", "-", " '"):
        before = tokens.words[first - 1]
        if any(form in cues for form in forms(before)):
            return True
        if arabic and place.listed and before in _ARABIC_PLACE_PREPOSITIONS:
            return True
    return arabic and place.listed and tokens.words[first][0] == "ب" and not needs


def _is_in_a_name(tokens: Tokens, index: int) -> bool:
    """True for one word of a person's name: "Paul Lyon", "Nancy Faeser"."""
    given = spellings().given_names
    if index and tokens.gap(index - 1) == " " and tokens.words[index - 1] in given:
        return tokens.is_capital(index - 1)
    following = index + 1 < len(tokens) and tokens.gap(index) == " "
    return following and tokens.words[index] in given and tokens.is_capital(index + 1)


def _is_dateline(tokens: Tokens, first: int, after: int) -> bool:
    """True when a place opens a line near the top and what follows is the way of a dateline."""
    start, end = tokens.span(first, after)
    if start > _DATELINE_WITHIN:
        return False
    original = tokens.original
    word = tokens.words[first]
    if word[0] < "\u0621" and not tokens.is_capital(first):
        return False
    if not _LINE_START.search(original[max(0, start - 12) : start]) and start > 0:
        return False
    tail = _DATELINE_TAIL.match(original, end)
    if tail is None:
        return False
    # "Rabat - Paris : ..." and "Rabat-Salé" are about relations and routes.
    following = original[tail.end() - 1 : tail.end() + 24].lstrip(" -–—:/")
    other = split(following)[:1]
    if after < len(tokens) and tokens.words[after] in _city_words():
        return False  # "Bordeaux, Lyon, Nice : ..."
    return not (other and other[0] in _city_words())


@cache
def _city_words() -> frozenset[str]:
    """Return the first words of the capitals and largest cities, folded."""
    return frozenset(
        split(spelling)[0]
        for row in tables.read_rows("places.csv")
        for spelling in tables.parts(row["latin"]) + tables.parts(row["arabic"])
        if row["kind"] == "city"
        and row["flags"] != "block"
        and split(spelling)[0]
        not in ("la", "le", "el", "l", "den", "the", "il", "new", "abu", "abou", "aix", "saint")
    )


def _row_cues(flags: tuple[str, ...]) -> frozenset[str]:
    cues = {flag.partition("-")[2] or "*" for flag in flags if flag.startswith("cue")}
    return frozenset(cues)


@cache
def _load() -> PlaceIndex:
    trie: Trie[_Place] = Trie()
    for row in tables.read_rows("places.csv"):
        flags = tables.parts(row["flags"])
        if "block" in flags:
            continue
        place = _Place(
            row["name"],
            row["country"],
            row["kind"],
            float(row["lat"]),
            float(row["lon"]),
            _row_cues(flags),
            next((f.removeprefix("in-") for f in flags if f.startswith("in-")), ""),
        )
        arabic = () if "block-ar" in flags else tables.parts(row["arabic"])
        for spelling in tables.parts(row["latin"]) + arabic:
            trie.add(spelling, place)
    for phrases in tables.read_toml("country_words.toml")["block"].values():
        for phrase in phrases:
            trie.add(phrase, _HIDDEN)
    _add_listed(trie)
    names = country_names()
    at = tables.read_toml("countries.toml")
    countries = {
        code: _Place(name, code, "country", at[code]["at"][0], at[code]["at"][1], frozenset())
        for code, name in names.items()
    }
    return PlaceIndex(trie, countries)


def _add_listed(trie: Trie[_Place]) -> None:
    """Add the long list of cities; larger ones come first, so an equal name means the larger."""
    words = tables.read_toml("place_words.toml")
    never = {tuple(split(name)) for name in words["never"]["names"]}
    never_arabic = {tuple(split(name)) for name in words["never_arabic"]["names"]}
    for row in tables.read_rows("cities.csv"):
        place = _Place(
            row["name"],
            row["country"],
            "city",
            float(row["lat"]),
            float(row["lon"]),
            frozenset(),
            listed=True,
        )
        if tuple(split(row["name"])) not in never and len(row["name"]) > 3:
            trie.add(row["name"], place)
        for spelling in tables.parts(row["arabic"]):
            if tuple(split(spelling)) not in never_arabic:
                trie.add(spelling, place)
