"""Recognises publication stamps: short lines that say when an article was published.

Only recognised here, not read: `domain.dates` turns the words into a day.
"""

from __future__ import annotations

import re

from domain.text.fold import fold_term
from domain.text.vocabulary import load_toml

_MONTHS = (
    "jan(?:uar[yi]?|v(?:ier)?|uari)?|ene(?:ro)?|gen(?:naio)?|feb(?:r(?:uary|uar|uari|ero|aio))?|fev(?:rier)?|"
    "mar(?:ch|s|zo)?|marz|maart|mrt|marzo|apr(?:il(?:e)?)?|avr(?:il)?|abr(?:il)?|ma[iy]o?|mei|maggio|mag|"
    "june?|juin|jun[io]*|giu(?:gno)?|july?|juil(?:let)?|jul[io]*|lug(?:lio)?|aug(?:ust(?:us)?)?|aout|ago(?:sto)?|"
    "sep(?:t(?:ember|embre|iembre)?)?|set(?:tembre)?|o[ck]t(?:ob(?:er|re|re)|ubre)?|ott(?:obre)?|nov(?:ember|embre|iembre)?|"
    "de[cz](?:ember|embre)?|dic(?:iembre|embre)?|"
    "يناير|فبراير|مارس|ابريل|افريل|نيسان|ماي|مايو|يونيو|يونيه|جوان|يوليوز|يوليو|جويليه|غشت|اغسطس|اوت|شتنبر|سبتمبر|"
    "اكتوبر|نونبر|نوفمبر|دجنبر|ديسمبر|كانون الثاني|شباط|اذار|ايار|حزيران|تموز|اب|ايلول|تشرين الاول|تشرين الثاني|كانون الاول"
)
_YEAR = r"(?:19|20)\d{2}"
_TIME = r"(?:\d{1,2}\s?[:hH.]\s?\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?|\s?[صم]\b)?|\d{1,2}\s?h\b)"
_DATE = re.compile(
    rf"\b{_YEAR}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{1,2}}(?:[t ]\d{{2}}:\d{{2}}\S*)?"
    rf"|\b\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?{_YEAR}\b"
    rf"|\b\d{{1,2}}(?:er|st|nd|rd|th|\.)?,?\s(?:de\s|of\s)?(?:{_MONTHS})\.?(?:\s?/\s?[^\W\d]+)?,?\s(?:de\s|del\s)?{_YEAR}\b"
    rf"|\b(?:{_MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s{_YEAR}\b"
)
# Some templates write "14th, April 2025".
_ORDINAL_COMMA = re.compile(r"^(\d{1,2}(?:er|st|nd|rd|th)?),")
_CLOCK = re.compile(rf"\b{_TIME}")
_WORD = re.compile(r"[^\W\d_]+")
_WEEKDAYS = frozenset(
    fold_term(
        """lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday
        mon tue wed thu fri sat sun lunes martes miércoles jueves viernes sábado domingo maandag dinsdag woensdag
        donderdag vrijdag zaterdag zondag montag dienstag mittwoch donnerstag freitag samstag sonntag lunedì martedì
        mercoledì giovedì venerdì sabato domenica الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد gmt utc cet
        ص م صباحا مساء uhr uur h ore heures"""
    ).split()
)
MAX_STAMP_WORDS = 16
_MAX_OTHER_WORDS = 5  # the name of an author or of the outlet


def _posted_words() -> frozenset[str]:
    """Return the single words that stand next to a publication date."""
    posted = load_toml("furniture.toml")["posted"]
    return frozenset(
        word
        for phrases in posted.values()
        for phrase in phrases
        for word in fold_term(phrase).split()
    )


_POSTED = _posted_words()


def find_stamp(folded: str) -> str | None:
    """Return the date and time written in a short line if the line is a publication stamp.

    `folded` is the line after `fold`; a headline or sentence that merely contains a date is none.
    """
    date = _DATE.search(folded)
    if date is None:
        return None
    rest = folded[: date.start()] + " " + folded[date.end() :]
    clock = _CLOCK.search(folded, date.end()) or _CLOCK.search(folded, 0, date.start())
    if clock:
        rest = rest.replace(clock.group(), " ", 1)
    others = [word for word in _WORD.findall(rest) if word not in _POSTED and word not in _WEEKDAYS]
    if len(others) > _MAX_OTHER_WORDS:
        return None
    day = _ORDINAL_COMMA.sub(r"\1", date.group())
    return f"{day} {clock.group()}" if clock else day


def says_posted(folded: str) -> bool:
    """Tell whether a stamp line names publication or gives a time of day, not just a date."""
    return bool(_CLOCK.search(folded)) or any(
        len(word) > 2 and word in _POSTED for word in _WORD.findall(folded)
    )
