"""Story linking without a watch, with a stand-in for sentence vectors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import numpy as np

from domain.linking import Array, Story, figures, link, name_skeletons
from domain.text.skeleton import skeleton


def encode(sentences: Sequence[str]) -> Array:
    """Return vectors that only know whether a sentence is on the harbour or on the election."""
    marks = ("harbour", "puerto", "haven"), ("election", "eleccion", "verkiezing")
    rows = [[float(any(m in s.lower() for m in kind)) for kind in marks] for s in sentences]
    return np.array(rows) + 0.01


STORIES = [
    Story("a", "Fire in the harbour", "A fire in the harbour of Rostenburg killed 14 people.", "en", date(2024, 5, 1)),
    Story("b", "Incendio en el puerto", "Un incendio en el puerto de Rostenburg mató a 14 personas.", "es", date(2024, 5, 1)),
    Story("c", "Brand in de haven", "Een brand in de haven van Rostenburg kostte 14 levens.", "nl", date(2024, 5, 2)),
    Story("d", "Election won", "The election in Karlovia was won by Marta Belin with 52 percent.", "en", date(2024, 5, 1)),
]  # fmt: skip


def groups(stories: Sequence[Story]) -> set[frozenset[str]]:
    """Return the ids that were linked."""
    events = link(stories, encode)
    return {frozenset(s for s in events if events[s] == e) for e in events.values()}


def test_translations_of_one_story_are_one_event() -> None:
    """Three languages, one fire; the election is another story."""
    assert groups(STORIES) == {frozenset("abc"), frozenset("d")}


def test_order_of_lines_changes_nothing() -> None:
    """The same stories in any order are the same events, with the same names."""
    wanted = link(STORIES, encode)
    for seed in range(5):
        shuffled = random.Random(seed).sample(STORIES, len(STORIES))
        assert link(shuffled, encode) == wanted


def test_nothing_and_one_story_are_no_special_case() -> None:
    """No stories give no events; one is its own."""
    assert link([], encode) == {}
    assert link(STORIES[:1], encode) == {"a": "a"}


def test_thousands_marks_do_not_part_figures() -> None:
    """1,278 and 1.278 and 1 278 are one number."""
    texts = ("1,278 kilos", "1.278 kilos", "1 278 kilos")
    assert {figures(Story("x", "", t, "en")) for t in texts} == {frozenset({"1278"})}


def test_arabic_and_latin_spellings_share_their_consonants() -> None:
    """A name is met again across scripts."""
    for latin_name, arabic_name in (
        ("Laftit", "لفتيت"),
        ("Darmanin", "دارمانان"),
        ("Chergui", "شرقي"),
    ):
        assert skeleton(latin_name) == skeleton(arabic_name)
    stories = [
        Story("l", "", "The man named Marouane Laftit spoke, said Laftit later.", "en"),
        Story("r", "", "وقال لفتيت إن الأمر انتهى", "ar"),
    ]
    latin, arabic = name_skeletons(stories)
    assert latin & arabic
