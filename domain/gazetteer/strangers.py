"""Names that are not spelt as in the ledger: known people under a new spelling, and people not known.

Precision first. A sound key alone never names anybody: the given name must agree too, or a role must
stand beside it and the letters be alike.
"""

from __future__ import annotations

import re
from functools import cache

from domain.gazetteer.countries import scan_countries
from domain.gazetteer.names import MIN_KEY, MIN_LIKENESS, is_arabic, keys, likeness, transliterate
from domain.gazetteer.phrases import Tokens, split
from domain.gazetteer.roles import RoleHit, RoleWords, is_title
from domain.gazetteer.spellings import Spellings
from domain.gazetteer.tables import Person

_ALONE_LIKENESS = 0.75
_SHORT_LIKENESS = 0.85  # a key of one or two sounds says little
_PARTICLES = frozenset(
    [
        "de",
        "du",
        "des",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "el",
        "al",
        "ben",
        "bin",
        "ould",
        "d",
        "di",
        "da",
        "del",
        "della",
        "dos",
    ]
)
_CLOSE = re.compile(r"[\s,،\"'(\u2013-]{0,3}")
_COMMA = re.compile(r"\s?[,،]\s?")
_ARTICLES = frozenset(("the", "a", "le", "la", "l", "el", "il", "lo", "de", "het", "der", "die"))
# Countries in which a given name is at home, as far as watches are likely to meet them.
_SPOKEN_IN = {
    "ar": frozenset(("MA", "DZ", "TN", "MR", "LY", "EG")),
    "fr": frozenset(("FR", "BE", "CH", "CA", "LU")),
    "es": frozenset(("ES", "MX", "AR", "CO", "CL")),
}
_INSIDE = re.compile(r" |-|'")
_MAX_WORDS = 4
# Arabic words that begin a surname and never end a name.
_ARABIC_JOINTS = frozenset(("بن", "ابن", "بنت", "ولد", "ايت", "ابو", "دي", "دو", "فان", "لو", "ال"))
# Given names that mostly come with a second one: Jean-Pierre, Mohamed Yassine.
_DOUBLE_GIVEN = frozenset(
    (
        "جان",
        "ماري",
        "محمد",
        "خوسيه",
        "خوان",
        "مولاي",
        "jean",
        "marie",
        "anne",
        "mohamed",
        "mohammed",
        "moulay",
        "jose",
        "juan",
    )
)
_NOT_NAMES = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)


@cache
def folded_words(name: str) -> tuple[str, ...]:
    """Return the folded words of a name."""
    return tuple(split(name))


def sounds_like_known(
    tokens: Tokens, index: int, given: str, spellings: Spellings
) -> tuple[int, str] | None:
    """Return (word after, person) when known given names and a like-sounding surname begin here."""
    for person_id in spellings.by_given[given]:
        person = spellings.people[person_id]
        if person.distinctive == "no":
            continue
        for full_given in person.givens + person.givens_ar:
            steps = folded_words(full_given)
            at = index + len(steps)
            if steps[0] != given or at >= len(tokens):
                continue
            if list(steps[1:]) != tokens.words[index + 1 : at]:
                continue
            if not all(tokens.gap(i) in (" ", "-") for i in range(index, at)):
                continue
            word = tokens.words[at]
            if not (word[0] >= "\u0621" or tokens.is_capital(at)):
                continue
            if _same_surname(word, person, _ALONE_LIKENESS):
                return at + 1, person_id
    return None


def _same_surname(word: str, person: Person, floor: float) -> bool:
    """True when a word sounds like one of a person's surnames and is spelt much like it."""
    same_script = person.surnames_ar if is_arabic(word) else person.surnames
    sounds = keys(word)
    if max((len(s) for s in sounds), default=0) < MIN_KEY - 1:
        return False
    return any(sounds & keys(s) and likeness(word, s) >= floor for s in same_script)


def resolve(name: str, spellings: Spellings) -> str | None:
    """Return the person whom a spelling, in either script, means; None rather than a guess."""
    words = split(name)
    if not words:
        return None
    candidates: dict[str, float] = {}
    for size in range(1, min(3, len(words)) + 1):
        surname = " ".join(words[-size:])
        given = words[:-size]
        for key in keys(surname):
            for person_id in spellings.by_surname_key.get(key, ()):
                score = _score(given, surname, key, spellings.people[person_id])
                if score:
                    candidates[person_id] = max(candidates.get(person_id, 0.0), score)
    if not candidates:
        return None
    ranked = sorted(candidates.items(), key=lambda item: (-item[1], item[0]))
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < 0.1:
        return None
    return ranked[0][0]


def _score(given: list[str], surname: str, key: str, person: Person) -> float:
    """Return how well given name and surname fit a person, 0 when they do not."""
    spelt = person.surnames_ar if is_arabic(surname) else person.surnames
    like = max((likeness(surname, s) for s in spelt), default=0.0)
    if not given:
        alone = len(key) >= MIN_KEY and person.distinctive == "yes" and like >= _ALONE_LIKENESS
        return like if alone else 0.0
    if like < (MIN_LIKENESS if len(key) >= MIN_KEY else _SHORT_LIKENESS):
        return 0.0
    own = person.givens_ar if is_arabic(given[0]) else person.givens
    joined = " ".join(given)
    alike = max(
        (likeness(joined, g) for g in own if keys(joined) & keys(g) or joined in split(g)),
        default=0.0,
    )
    initial = len(joined) == 1 and any(split(g)[0][0] == joined for g in own)
    if alike < MIN_LIKENESS and not initial:
        return 0.0
    return 1.0 + like


def name_beside(
    tokens: Tokens,
    words: RoleWords,
    role: RoleHit,
    lang: str,
    spellings: Spellings,
    taken: set[int],
) -> tuple[int, int, str] | None:
    """Return (first word, word after, name as written) of somebody named right after a role, unless a word is `taken`."""
    at = role.after
    for _ in range(3):
        if at >= len(tokens) or not _CLOSE.fullmatch(tokens.gap(at - 1)):
            return None
        if not is_title(tokens, at, words) or _is_given(tokens, at, spellings):
            break
        at += 1
    if at >= len(tokens):
        return None
    arabic = tokens.words[at][0] >= "\u0621"
    after = (
        _arabic_name(tokens, at, spellings) if arabic else _latin_name(tokens, at, lang, spellings)
    )
    if after is None:
        return None
    if any(i in taken for i in range(at, after)):
        return None
    start, end = tokens.span(at, after)
    return at, after, tokens.original[start:end]


def name_apposed(
    tokens: Tokens,
    words: RoleWords,
    role: RoleHit,
    lang: str,
    spellings: Spellings,
    taken: set[int],
) -> tuple[int, int, str] | None:
    """Return (first word, word after, name as written) of somebody named before a role and a comma.

    "Isabelle Gorce, the director of ...": the name must begin with a given name that is known.
    """
    after = role.first
    for _ in range(3):
        if not after or _COMMA.match(tokens.gap(after - 1)) or tokens.gap(after - 1) != " ":
            break
        if not is_title(tokens, after - 1, words) and tokens.words[after - 1] not in _ARTICLES:
            return None
        after -= 1
    if not after or not _COMMA.fullmatch(tokens.gap(after - 1)):
        return None
    for first in range(max(0, after - _MAX_WORDS), after - 1):
        if any(i in taken for i in range(first, after)) or not _is_given(tokens, first, spellings):
            continue
        arabic = tokens.words[first][0] >= "\u0621"
        end = (
            _arabic_name(tokens, first, spellings)
            if arabic
            else _latin_name(tokens, first, lang, spellings)
        )
        if end == after:
            start, stop = tokens.span(first, after)
            return first, after, tokens.original[start:stop]
    return None


def side_of_name(tokens: Tokens, first: int, countries: frozenset[str], given: Spellings) -> str:
    """Return the country that a given name speaks for, among those a text names; '' when it is not clear."""
    for size in (2, 1):
        name = " ".join(tokens.words[first : first + size])
        if name in given.given_of:
            possible = _SPOKEN_IN.get(given.given_of[name], frozenset()) & countries
            return next(iter(possible)) if len(possible) == 1 else ""
    return ""


def begins_with_given(tokens: Tokens, first: int, spellings: Spellings) -> bool:
    """True when a known given name begins here."""
    return _is_given(tokens, first, spellings)


def _is_country(tokens: Tokens, at: int, lang: str) -> bool:
    start, end = tokens.span(at, at + 1)
    return bool(scan_countries(tokens.original[start:end], lang))


def _is_given(tokens: Tokens, at: int, spellings: Spellings) -> bool:
    if at >= len(tokens):
        return False
    word = tokens.words[at]
    if word == "علي":  # folding makes one of the name Ali and of the preposition "on"
        start, end = tokens.span(at, at + 1)
        return tokens.original[start:end].endswith("ي")
    return word in spellings.given_names


def _latin_name(tokens: Tokens, at: int, lang: str, spellings: Spellings) -> int | None:
    """Return the word after a run of two to four capitalised words, before any country."""
    index, capitals = at, 0
    most = _MAX_WORDS
    if (
        lang == "de"
    ):  # nouns have capitals too: a given name, perhaps a second one, and one more word
        most = (
            3 if tokens.words[at] in _DOUBLE_GIVEN and _is_given(tokens, at + 1, spellings) else 2
        )
    while index < len(tokens) and index - at < most:
        if capitals and _is_country(tokens, index, lang):
            break
        word = tokens.words[index]
        if tokens.is_capital(index) and word not in _NOT_NAMES and not word.isdigit():
            capitals += 1
        elif word not in _PARTICLES or not capitals:
            break
        index += 1
        if index < len(tokens) and not _INSIDE.fullmatch(tokens.gap(index - 1)):
            break
    while index > at and not tokens.is_capital(index - 1):
        index -= 1
    if capitals < 2:
        return None
    # German writes all nouns with a capital; elsewhere two capitals beside a role are a name.
    if lang == "de" and not _is_given(tokens, at, spellings):
        return None
    return index


def _arabic_name(tokens: Tokens, at: int, spellings: Spellings) -> int | None:
    """Return the word after an Arabic-script name: a common given name, and what must follow it."""
    index = at
    pair = " ".join(tokens.words[at : at + 2])
    if pair in spellings.given_names and " " in pair:
        index = at + 2
    elif _is_given(tokens, at, spellings):
        index = at + 1
    else:
        return None
    while index < len(tokens) and tokens.gap(index - 1) in (" ", "-"):
        word = tokens.words[index]
        if word in _ARABIC_JOINTS:
            index += 2
            break
        index += 1
        double = tokens.words[index - 2] in _DOUBLE_GIVEN and _is_given(
            tokens, index - 1, spellings
        )
        nxt = tokens.words[index] if index < len(tokens) else ""
        if index - at > 2 or not (
            double or (nxt.startswith("ال") and word in spellings.given_names)
        ):
            break
    return index if at + 1 < index <= len(tokens) else None


def latin(name: str, spellings: Spellings) -> str:
    """Return a name in Latin script: as written, or given names as usual and the rest letter by letter."""
    if not is_arabic(name):
        return " ".join(name.split())
    words = split(name)
    result: list[str] = []
    index = 0
    while index < len(words):
        pair = " ".join(words[index : index + 2])
        if pair in spellings.given_latin and index + 2 < len(words):
            result.append(spellings.given_latin[pair])
            index += 2
        elif words[index] in spellings.given_latin and index + 1 < len(words):
            result.append(spellings.given_latin[words[index]])
            index += 1
        else:
            result.append(transliterate(words[index]))
            index += 1
    return " ".join(result)
