"""Story linking without a watch, with a stand-in for sentence vectors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from domain.linking import (
    ENCODE_AT_ONCE,
    Array,
    Story,
    evidence,
    link,
    name_skeletons,
    sentences_of,
)
from domain.text.skeleton import skeleton

MEANINGS = (
    ("harbour", "puerto", "haven", "ميناء"),
    ("election", "eleccion", "verkiezing", "انتخاب"),
    ("order", "pedido", "bestelling", "طلبي"),
    ("norvair", "نورفير"),
    ("gulfstar",),
    ("tellina",),
)


def encode(sentences: Sequence[str]) -> Array:
    """Return unit vectors that only know which of the meanings above a sentence has."""
    rows = [[float(any(m in s.lower() for m in kind)) for kind in MEANINGS] for s in sentences]
    vectors = np.hstack([np.array(rows), np.full((len(rows), 1), 0.2)])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


STORIES = [
    Story("a", "Fire in the harbour", "A fire in the harbour of Rostenburg killed 14 people.", "en", date(2024, 5, 1)),
    Story("b", "Incendio en el puerto", "Un incendio en el puerto de Rostenburg mató a 14 personas.", "es", date(2024, 5, 1)),
    Story("c", "Brand in de haven", "Een brand in de haven van Rostenburg kostte 14 levens.", "nl", date(2024, 5, 2)),
    Story("d", "Election won", "The election in Karlovia was won by Marta Belin with 52 percent.", "en", date(2024, 5, 1)),
]  # fmt: skip


def order(ident: str, lang: str, buyer: str, count: int, price: str) -> Story:
    """Return one of many stories of a beat: somebody orders planes from the same maker."""
    texts = {
        "en": f"In a large order the airline {buyer} takes {count} planes of Aerovia for {price} dollars.",
        "es": f"En un gran pedido la aerolínea {buyer} compra {count} aviones de Aerovia por {price} dólares.",
        "nl": f"Met een grote bestelling koopt de maatschappij {buyer} {count} toestellen van Aerovia voor {price} dollar.",
    }
    return Story(ident, "", texts[lang], lang)


BEAT = [
    *(order(f"n-{k}", k, "Norvair", 40, p) for k, p in (("en", "4.8 billion"), ("es", "4.800 millones"), ("nl", "4,8 miljard"))),
    *(order(f"g-{k}", k, "Gulfstar", 25, p) for k, p in (("en", "3.2 billion"), ("es", "3.200 millones"), ("nl", "3,2 miljard"))),
    *(order(f"t-{k}", k, "Tellina", 61, p) for k, p in (("en", "910 million"), ("es", "910 millones"), ("nl", "910 miljoen"))),
]  # fmt: skip


def groups(stories: Sequence[Story]) -> set[frozenset[str]]:
    """Return the ids that were linked."""
    events = link(stories, encode)
    return {frozenset(s for s in events if events[s] == e) for e in events.values()}


def test_translations_of_one_story_are_one_event() -> None:
    """Three languages, one fire; the election is another story."""
    assert groups(STORIES) == {frozenset("abc"), frozenset("d")}


def test_stories_of_one_beat_stay_apart() -> None:
    """Sentences that differ in the buyer only, with number and price, are told apart."""
    assert groups(BEAT) == {frozenset(f"{x}-{k}" for k in ("en", "es", "nl")) for x in "ngt"}


def test_a_better_partner_in_another_language_speaks_against_a_pair() -> None:
    """The same two stories are less likely one when each has its translation beside it."""
    alone = evidence([BEAT[0], BEAT[4]], encode)[0, 1]
    among = evidence(BEAT, encode)[0, 4]
    assert among < alone


def test_two_articles_of_one_language_need_more_than_two_of_different_languages() -> None:
    """What is enough across languages is less within one."""
    across = evidence(STORIES[:2], encode)[0, 1]
    copy = Story("b", STORIES[1].title, STORIES[1].text, "en", STORIES[1].day)
    within = evidence([STORIES[0], copy], encode)[0, 1]
    assert within < across


def test_near_days_join_and_far_days_part() -> None:
    """The evidence falls with the distance in days; an unknown day is neither near nor far."""
    days = (date(2024, 5, 1), date(2024, 5, 4), None, date(2025, 5, 1))
    seen = [
        evidence([STORIES[0], Story("b", "", STORIES[1].text, "es", day)], encode)[0, 1]
        for day in days
    ]
    assert all(near > far for near, far in pairwise(seen))


def test_order_of_lines_changes_nothing() -> None:
    """The same stories in any order are the same events, with the same names."""
    stories = STORIES + BEAT
    wanted = link(stories, encode)
    for seed in range(10):
        assert link(random.Random(seed).sample(stories, len(stories)), encode) == wanted


def test_an_event_is_named_after_its_first_story_in_id_order() -> None:
    """The name does not depend on which article came first."""
    assert link(list(reversed(STORIES)), encode)["c"] == "a"


def test_nothing_and_one_story_are_no_special_case() -> None:
    """No stories give no events; one is its own."""
    assert link([], encode) == {}
    assert link(STORIES[:1], encode) == {"a": "a"}


def test_two_stories_are_judged_without_a_background() -> None:
    """Two tellings join and two subjects do not, with nothing else to compare with."""
    assert groups(STORIES[:2]) == {frozenset("ab")}
    assert groups([STORIES[0], STORIES[3]]) == {frozenset("a"), frozenset("d")}


def test_unknown_language_is_linked_like_any_other() -> None:
    """A language that nothing is known about still joins by what it shares."""
    stranger = Story("z", "", "harbour Rostenburg, 14 harbour", "und", date(2024, 5, 1))
    assert frozenset("abcz") in groups([*STORIES, stranger])


@pytest.mark.parametrize(
    "text",
    ["", "\x00" * 50, "9" * 100_000, "1,000" * 50_000, "A" * 1_000_000, ". " * 300_000, "\u202e٣٫٥"],
    ids=["empty", "nul", "digits", "thousands", "one-word", "dots", "bidi"],
)  # fmt: skip
def test_hostile_text_is_a_story_of_its_own(text: str) -> None:
    """Whatever the text holds, the others are linked as without it, and it joins none of them."""
    events = link([*STORIES, Story("x", "", text, "en")], encode)
    assert events == {"a": "a", "b": "a", "c": "a", "d": "d", "x": "x"}


def test_what_is_embedded_is_bounded() -> None:
    """A very long article costs no more than a long one, and sentences come in small batches."""
    sizes = []

    def counting(sentences: Sequence[str]) -> Array:
        sizes.append((len(sentences), max(len(s) for s in sentences)))
        return encode(sentences)

    long = [Story(str(n), "Title", "A harbour sentence. " * 50_000, "en") for n in range(30)]
    link(long, counting)
    assert max(n for n, _ in sizes) <= ENCODE_AT_ONCE
    assert sum(n for n, _ in sizes) == 30 * 9
    assert len(sentences_of(Story("x", "", "w" * 1_000_000, "en"))[0]) == 500


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


def test_arabic_telling_joins_the_latin_ones() -> None:
    """Amounts and the name of the buyer are enough across scripts."""
    arabic = Story("n-ar", "", "في طلبية كبيرة اشترت شركة نورفير 40 طائرة من أيروفيا مقابل 4.8 مليار دولار", "ar")  # fmt: skip
    events = link([*BEAT, arabic], encode)
    assert events["n-ar"] == events["n-en"]
