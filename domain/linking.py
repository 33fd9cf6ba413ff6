"""Links stories of any subject across languages, with no watch: which articles tell of one event.

A pair of articles is judged by what it shares: sentences that mean the same, amounts, names
(compared by their consonants, so that Arabic and Latin spellings meet), the publication day. On one
beat everything is alike, and how alike differs from beat to beat, so no fixed likeness decides.
What decides as much is whether either article has a better partner in another language: beside its
translation, last week's story about the same company is far behind. Then average-link clustering.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from domain.classify.cues import arabic_forms
from domain.text.amounts import amounts
from domain.text.fold import fold
from domain.text.sentences import split_sentences
from domain.text.skeleton import arabic_skeleton, latin_skeleton

Array = NDArray[np.float64]
Encoder = Callable[[Sequence[str]], Array]

MAX_SENTENCES, MAX_SENTENCE_CHARS, MAX_TEXT_CHARS = 8, 500, 20_000
ENCODE_AT_ONCE = 64
_ROWS_AT_ONCE = 128  # articles aligned with all others at a time; bounds memory

# Weights of a logistic model of "same event" over pairs: python -m bench.train_linking, on
# bench/link/tune, bench/corpus/dev and bench/corpus/tune (2026-11-23, docs/linking.md).
WEIGHTS: dict[str, float] = {
    "sentences": 4.01,
    "behind_best_sentences": -21.58,
    "ahead_of_next": 40.88,
    "amounts": 6.69,
    "behind_best_amounts": -1.35,
    "names": 4.76,
    "same_language": -4.11,
    "days_known": 8.27,
    "log_days_apart": -1.44,
}
OFFSET = -4.59
# One pair never outweighs the rest of two clusters.
MOST = 5.0
# Few amounts or names in common say less than many: these act as if each article had, besides its
# own, that much that it shares with none.
_AMOUNTS_ALONE, _NAMES_ALONE = 9.0, 50.0
# Among three stories no name is rare: rarity is reckoned as if among this many at least.
_LEAST_STORIES = 60
_LEAST_BEST = 0.2  # best likeness taken for an article without partners in other languages

_CAPITALISED = re.compile(r"(?<=[\w,;:’'(«\"„“] )[A-ZÀ-Þ][\w-]{2,40}")
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{3,40}")
_MIN_SKELETON = 3


@dataclass(frozen=True, slots=True)
class Story:
    """One article to link; `day` is its publication day if known."""

    story_id: str
    title: str
    text: str
    lang: str
    day: date | None = None


def link(stories: Sequence[Story], encode: Encoder) -> dict[str, str]:
    """Return the event id of each story; an event is named after its first story in id order.

    `encode` turns n sentences into an (n, d) array of unit vectors. Stories are looked at in id
    order, so the order in which they come changes nothing. Memory grows with the square of their
    number (docs/linking.md).
    """
    ordered = sorted(stories, key=lambda s: (s.story_id, s.title, s.text))
    if len(ordered) < 2:
        return {s.story_id: s.story_id for s in ordered}
    distance = MOST - np.clip(evidence(ordered, encode), -MOST, MOST)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average")
    events: dict[int, str] = {}
    return {
        story.story_id: events.setdefault(int(label), story.story_id)
        for story, label in zip(ordered, fcluster(tree, MOST, "distance"), strict=True)
    }


def evidence(stories: Sequence[Story], encode: Encoder) -> Array:
    """Return the symmetric (n, n) matrix of log odds that two stories tell of one event."""
    total = np.full((len(stories), len(stories)), OFFSET)
    for name, signal in signals(stories, encode):
        total += WEIGHTS[name] * signal
    return np.asarray((total + total.T) / 2, dtype=float)


def signals(stories: Sequence[Story], encode: Encoder) -> Iterator[tuple[str, Array]]:
    """Yield what speaks for and against each pair, by name, one (n, n) matrix at a time."""
    langs = np.array([s.lang for s in stories])
    other_language = langs[:, None] != langs[None, :]
    sentences = _alignment(stories, encode)
    yield "sentences", sentences
    yield "behind_best_sentences", _behind_best(sentences, other_language, _LEAST_BEST)
    yield "ahead_of_next", np.where(other_language, _ahead_of_next(sentences, langs), 0.0)
    del sentences
    figures = _overlap([amounts(_readable(s)) for s in stories], 1.0, _AMOUNTS_ALONE)
    yield "amounts", figures
    yield "behind_best_amounts", _behind_best(figures, other_language, 0.0)
    del figures
    yield "names", _overlap(name_skeletons(stories), 2.0, _NAMES_ALONE)
    yield "same_language", (~other_language).astype(float)
    days = np.array([s.day.toordinal() if s.day else np.nan for s in stories], dtype=float)
    gap = np.abs(days[:, None] - days[None, :])
    yield "days_known", np.isfinite(gap).astype(float)
    yield "log_days_apart", np.log1p(np.nan_to_num(gap, nan=0.0))


def sentences_of(story: Story) -> list[str]:
    """Return what of a story is compared by meaning: its title and first sentences, never nothing."""
    text = story.text[:MAX_TEXT_CHARS]
    head = split_sentences(text, story.lang)[:MAX_SENTENCES]
    parts = (story.title, *(text[s.start : s.end] for s in head))
    return [p[:MAX_SENTENCE_CHARS] for p in parts if p.strip()] or ["-"]


def name_skeletons(stories: Sequence[Story]) -> list[frozenset[str]]:
    """Return each story's names as consonant skeletons; only those met in two languages count.

    In Arabic, which has no capitals, a word counts as a name if some other story's name is
    written with the same consonants.
    """
    found: list[frozenset[str]] = [
        frozenset() if s.lang == "ar" else _latin_names(s) for s in stories
    ]
    known = frozenset().union(*found)
    found = [
        _arabic_names(s, known) if s.lang == "ar" else names
        for s, names in zip(stories, found, strict=True)
    ]
    languages: dict[str, set[str]] = {}
    for story, names in zip(stories, found, strict=True):
        for name in names:
            languages.setdefault(name, set()).add(story.lang)
    # Nouns are capitalised in German: what only one language writes so tells nothing across.
    several = len({s.lang for s in stories}) > 1
    return [frozenset(n for n in names if not several or len(languages[n]) > 1) for names in found]


def _readable(story: Story) -> str:
    return f"{story.title[:MAX_SENTENCE_CHARS]} . {story.text[:MAX_TEXT_CHARS]}"


def _latin_names(story: Story) -> frozenset[str]:
    words = set(_CAPITALISED.findall(_readable(story)))
    return frozenset(s for w in words if len(s := latin_skeleton(w)) >= _MIN_SKELETON)


def _arabic_names(story: Story, known: frozenset[str]) -> frozenset[str]:
    words = set(_ARABIC_WORD.findall(fold(_readable(story)).text))
    forms: Iterable[str] = (form for w in words for form in arabic_forms(w))
    skeletons = {arabic_skeleton(form) for form in forms}
    return frozenset(s for s in skeletons if len(s) >= _MIN_SKELETON and s in known)


def _alignment(stories: Sequence[Story], encode: Encoder) -> Array:
    """Return how well each story's sentences find their like in each other's, on average."""
    heads = [sentences_of(s) for s in stories]
    flat = [sentence for head in heads for sentence in head]
    vectors = np.vstack([np.asarray(encode(part), np.float32) for part in _slices(flat)])
    sizes = np.array([len(head) for head in heads])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    one_way = np.empty((len(stories), len(stories)))
    for first in range(0, len(stories), _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, len(stories))
        rows = vectors[starts[first] : starts[last]] @ vectors.T
        best = np.maximum.reduceat(rows, starts[:-1], axis=1)
        summed = np.add.reduceat(best, starts[first:last] - starts[first], axis=0)
        one_way[first:last] = summed / sizes[first:last, None]
    return np.asarray((one_way + one_way.T) / 2, dtype=float)


def _slices(flat: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(flat), ENCODE_AT_ONCE):
        yield flat[first : first + ENCODE_AT_ONCE]


def _behind_best(likeness: Array, other_language: NDArray[np.bool_], least: float) -> Array:
    """Return how far a pair is behind the best its two stories have in other languages.

    The best in the same language does not count: an agency text printed twice is no reason to
    take an independent telling for another event.
    """
    best = np.where(other_language, likeness, least).max(axis=1).clip(least)
    return np.asarray(((best[:, None] + best[None, :]) / 2 - likeness).clip(0), dtype=float)


def _ahead_of_next(likeness: Array, langs: NDArray[np.str_]) -> Array:
    """Return how far a pair is ahead of the second best each has in the other's language.

    Zero unless both are each other's best there, or where there is no second to compare with.
    """
    others = likeness.copy()
    np.fill_diagonal(others, -1.0)
    ahead = np.zeros_like(likeness)
    for lang in np.unique(langs):
        columns = np.flatnonzero(langs == lang)
        if len(columns) > 1:
            second, best = np.sort(others[:, columns], axis=1)[:, -2:].T
            rival = np.where(others[:, columns] >= best[:, None], second[:, None], best[:, None])
            ahead[:, columns] = others[:, columns] - rival
    return np.asarray(np.minimum(ahead, ahead.T).clip(0), dtype=float)


def _overlap(sets: Sequence[frozenset[str]], power: float, alone: float) -> Array:
    """Return the cosine of the sets, each element weighed by how rare it is."""
    counts = Counter(x for s in sets for x in s)
    shared = sorted(x for x, n in counts.items() if n > 1)
    index = {x: i for i, x in enumerate(shared)}
    rows = np.zeros((len(sets), max(1, len(shared))), dtype=np.float32)
    norms = np.full(len(sets), alone)
    total = max(len(sets), _LEAST_STORIES)
    for n, s in enumerate(sets):
        for x in s:
            weight = math.log((total + 1) / (counts[x] + 0.5)) ** power
            norms[n] += weight**2
            if x in index:
                rows[n, index[x]] = weight
    unit = rows / np.sqrt(norms)[:, None].astype(np.float32)
    return np.asarray(unit @ unit.T, dtype=float)
