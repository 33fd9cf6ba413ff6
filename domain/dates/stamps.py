"""Picks the lines of a text that state when it was published."""

from __future__ import annotations

from collections.abc import Iterator

from domain.text.fold import fold
from domain.text.stamps import find_stamp, says_posted

MAX_LINE = 120  # a stamp stands alone; a longer line is a sentence
_MANY = 3  # more bare dates than this are a list of other articles
_MAX_LINES = 400  # lines with digits looked at; pages with more are no articles
_UPDATED = ("mis a jour", "updated", "modifie", "actualizado", "aktualisiert", "bijgewerkt", "aggiornato", "تحديث", "modified")  # fmt: skip


def stamp_lines(text: str) -> Iterator[str]:
    """Yield the stamps of a text: those that name publication or a time first, updates last.

    Many bare dates on lines of their own are a list of other articles and are left out.
    """
    posted: list[str] = []
    bare: list[str] = []
    updated: list[str] = []
    looked = 0
    for raw in text.splitlines():
        line = raw.strip()
        if not line or len(line) > MAX_LINE or not any(char.isdigit() for char in line):
            continue
        looked += 1
        if looked > _MAX_LINES:
            break
        folded = fold(line).text
        stamp = find_stamp(folded)
        if stamp is None:
            continue
        if any(word in folded for word in _UPDATED):
            updated.append(line)
        else:
            (posted if says_posted(folded) else bare).append(line)
    yield from posted
    if len(bare) <= _MANY:
        yield from bare
    yield from updated
