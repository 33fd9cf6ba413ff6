"""Links stories of any subject across languages, with no watch: which articles tell of one event.

Three likenesses are added up: meaning (sentence vectors of title and head), figures, and names,
which are compared by their consonants so that Arabic and Latin spellings meet. Distance in
publication days is taken off. What counts is how far a pair stands above the usual likeness around
it, because on one beat everything is alike. Then average-link clustering.
Weights were set on bench/corpus/dev and bench/corpus/tune (docs/detection.md).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from domain.classify.cues import arabic_forms
from domain.text.fold import fold
from domain.text.sentences import split_sentences
from domain.text.skeleton import arabic_skeleton, latin_skeleton

Array = NDArray[np.float64]
Encoder = Callable[[Sequence[str]], Array]

HEAD_SENTENCES = 4
FIGURES_WEIGHT, NAMES_WEIGHT, DAYS_WEIGHT = 0.5, 0.5, 0.02
MAX_GAP_DAYS = 30
LINK_AT = 0.6
# Neighbours of these ranks are taken as the usual likeness around an article: beyond the size of
# most stories, within the size of a beat.
BACKGROUND_RANKS = (6, 20)
# With fewer articles than that there is no background to measure; this stands in for it.
USUAL_LIKENESS = 0.45

_FIGURE = re.compile(r"(?<!\w)\d{2,}(?!\w)")
_THOUSANDS = re.compile(r"(?<=\d)[ .,\u00a0\u202f](?=\d{3}\b)")
_CAPITALISED = re.compile(r"(?<=[\w,;:’'(«\"„“] )[A-ZÀ-Þ][\w-]{2,}")
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{3,}")
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

    `encode` turns n sentences into an (n, d) array of vectors. Memory grows with the square of the
    number of stories (about 0.2 GB for 5,000).
    """
    if not stories:
        return {}
    if len(stories) == 1:
        return {stories[0].story_id: stories[0].story_id}
    above = _above_background(likeness(stories, encode))
    distance = above.max() - above
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average")
    labels = fcluster(tree, above.max() - LINK_AT, "distance")
    first: dict[int, str] = {}
    for story, label in sorted(zip(stories, labels, strict=True), key=lambda p: p[0].story_id):
        first.setdefault(int(label), story.story_id)
    return {s.story_id: first[int(k)] for s, k in zip(stories, labels, strict=True)}


def likeness(stories: Sequence[Story], encode: Encoder) -> Array:
    """Return the symmetric (n, n) matrix of likenesses, about 0 to 2."""
    vectors = np.vstack([_vector(s, encode) for s in stories])
    total = vectors @ vectors.T
    total += FIGURES_WEIGHT * _overlap([figures(s) for s in stories])
    total += NAMES_WEIGHT * _overlap(name_skeletons(stories))
    days = np.array([s.day.toordinal() if s.day else np.nan for s in stories], dtype=float)
    gap = np.abs(days[:, None] - days[None, :])
    total -= DAYS_WEIGHT * np.minimum(np.nan_to_num(gap, nan=0.0), MAX_GAP_DAYS)
    return np.asarray(total, dtype=float)


def figures(story: Story) -> frozenset[str]:
    """Return the numbers of two and more digits, thousands marks taken out."""
    text = fold(f"{story.title} {story.text}").text
    return frozenset(_FIGURE.findall(_THOUSANDS.sub("", text)))


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


def _latin_names(story: Story) -> frozenset[str]:
    words = _CAPITALISED.findall(f"{story.title}. {story.text}")
    return frozenset(s for w in words if len(s := latin_skeleton(w)) >= _MIN_SKELETON)


def _arabic_names(story: Story, known: frozenset[str]) -> frozenset[str]:
    words = _ARABIC_WORD.findall(fold(f"{story.title} {story.text}").text)
    forms: Iterable[str] = (form for w in set(words) for form in arabic_forms(w))
    skeletons = {arabic_skeleton(form) for form in forms}
    return frozenset(s for s in skeletons if len(s) >= _MIN_SKELETON and s in known)


def _vector(story: Story, encode: Encoder) -> Array:
    head = split_sentences(story.text, story.lang)[:HEAD_SENTENCES]
    sentences = [
        t for t in (story.title, *(story.text[s.start : s.end] for s in head)) if t.strip()
    ]
    mean = np.asarray(encode(sentences or ["-"]), dtype=float).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=float)


def _overlap(sets: Sequence[frozenset[str]]) -> Array:
    """Return the cosine of the sets, each element weighed by how rare it is."""
    counts = Counter(x for s in sets for x in s)
    index = {x: i for i, x in enumerate(sorted(counts))}
    rows = np.zeros((len(sets), max(1, len(index))))
    for n, s in enumerate(sets):
        for x in s:
            rows[n, index[x]] = math.log((len(sets) + 1) / (counts[x] + 0.5))
    norms = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    unit = rows / norms
    return np.asarray(unit @ unit.T, dtype=float)


def _above_background(total: Array) -> Array:
    """Return how far each pair stands above the usual likeness around its two articles."""
    low, high = BACKGROUND_RANKS
    others = total.copy()
    np.fill_diagonal(others, -np.inf)
    ranked = -np.sort(-others, axis=1)[:, :-1]
    if ranked.shape[1] > low:
        usual = np.maximum(ranked[:, low:high].mean(axis=1), USUAL_LIKENESS - 0.2)
    else:
        usual = np.full(len(total), USUAL_LIKENESS)
    return np.asarray(total - (usual[:, None] + usual[None, :]) / 2, dtype=float)
