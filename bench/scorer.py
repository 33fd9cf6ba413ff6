"""Scores `vigie detect` output against gold labels; pure functions over lists of dictionaries.

Gold lines are articles with `relevant`, and for relevant ones the labels of their NewsEvent:
`event_id`, `event_date`, `place`, `event_type` or `act`, `actors`, `topics` or `themes`, `role`.
BCubed is computed over the gold articles that have an event; an article the system missed counts
as a cluster of its own. Dates count within one day; a missing date counts as wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]
DAY_TOLERANCE = 1


@dataclass(frozen=True, slots=True)
class Ratio:
    """A count out of a total, shown with both because small totals mislead."""

    hits: float
    total: float

    @property
    def value(self) -> float:
        """The share, 0.0 of nothing."""
        return self.hits / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class F1:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    support: int = 0

    @property
    def value(self) -> float:
        """The F1 score."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything `vigie score` prints."""

    relevance: F1
    relevance_by_lang: dict[str, F1]
    bcubed: F1
    announced_once: Ratio
    false_new: Ratio
    dates: Ratio
    wrong_dates: Ratio
    places: Ratio
    acts: Ratio
    actors: F1
    themes: F1
    errors: dict[str, list[str]] = field(default_factory=dict)


def score(gold: Iterable[Row], out: Iterable[Row]) -> Scores:
    """Return all scores; raises ValueError naming the ids if an article has no output line."""
    gold_rows = list(gold)
    by_id = {str(row["id"]): row for row in out}
    missing = [str(g["id"]) for g in gold_rows if str(g["id"]) not in by_id]
    if missing:
        raise ValueError(f"no output for {len(missing)} articles: {', '.join(missing[:5])}")
    pairs = [(g, by_id[str(g["id"])]) for g in gold_rows]
    told = [(g, o) for g, o in pairs if g.get("event_id")]
    found = [(g, o) for g, o in told if o.get("relevant")]
    errors: dict[str, list[str]] = defaultdict(list)
    relevance = _relevance(pairs, errors)
    langs = sorted({str(g.get("lang")) for g in gold_rows})
    return Scores(
        relevance=relevance,
        relevance_by_lang={
            lang: _relevance([p for p in pairs if p[0].get("lang") == lang], {}) for lang in langs
        },
        bcubed=bcubed(
            [(str(g["id"]), str(g["event_id"]), str(o.get("event_id") or o["id"])) for g, o in told]
        ),
        announced_once=_announced(told, errors),
        false_new=_false_new(pairs, errors),
        dates=_accuracy(found, "event_date", same_day, errors),
        wrong_dates=_wrong_dates(found),
        places=_accuracy(found, "place", same_place, errors),
        acts=_accuracy(found, "act", lambda a, b: a == b, errors),
        actors=_sets(found, _actor_keys("actors"), errors, "actors"),
        themes=_sets(found, _theme_keys, errors, "themes"),
        errors=dict(errors),
    )


def bcubed(items: list[tuple[str, str, str]]) -> F1:
    """Return BCubed over (item, gold cluster, predicted cluster)."""
    gold, predicted = defaultdict(set), defaultdict(set)
    for item, g, p in items:
        gold[g].add(item)
        predicted[p].add(item)
    precision = recall = 0.0
    for _, g, p in items:
        shared = len(gold[g] & predicted[p])
        precision += shared / len(predicted[p])
        recall += shared / len(gold[g])
    n = len(items)
    return F1(precision / n, recall / n, n) if n else F1(0.0, 0.0)


def same_day(gold: object, seen: object) -> bool:
    """True when both are days at most one day apart; gold may be a list of accepted days."""
    if not seen:
        return False
    wanted = gold if isinstance(gold, list) else [gold]
    day = date.fromisoformat(str(seen))
    return any(abs((date.fromisoformat(str(w)) - day).days) <= DAY_TOLERANCE for w in wanted)


def same_place(gold: object, seen: object) -> bool:
    """True when the place seen is one of those the gold label names (separated by a slash)."""
    name = seen.get("name") if isinstance(seen, Mapping) else seen
    return bool(name) and key(str(name)) in {key(part) for part in str(gold).split("/")}


def key(name: str) -> str:
    """Return a name without accents, case and punctuation, for comparison."""
    plain = unicodedata.normalize("NFKD", name.lower())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9؀-ۿ]+", " ", letters).strip()


def _relevance(pairs: list[tuple[Row, Row]], errors: dict[str, list[str]]) -> F1:
    hit = miss = false = 0
    for g, o in pairs:
        if g["relevant"] and o["relevant"]:
            hit += 1
        elif g["relevant"]:
            miss += 1
            errors.setdefault("missed", []).append(str(g["id"]))
        elif o["relevant"]:
            false += 1
            errors.setdefault("false relevant", []).append(str(g["id"]))
    precision = hit / (hit + false) if hit + false else 0.0
    recall = hit / (hit + miss) if hit + miss else 0.0
    return F1(precision, recall, hit + miss)


def _announced(told: list[tuple[Row, Row]], errors: dict[str, list[str]]) -> Ratio:
    news: dict[str, int] = {}
    for g, o in told:
        if g.get("role") == "retrospective" and g["event_id"] not in news:
            continue
        news[g["event_id"]] = news.get(g["event_id"], 0) + (o.get("verdict") == "NEW")
    for event_id, n in news.items():
        if n != 1:
            errors.setdefault("not announced once", []).append(f"{event_id} x{n}")
    return Ratio(sum(n == 1 for n in news.values()), len(news))


def _false_new(pairs: list[tuple[Row, Row]], errors: dict[str, list[str]]) -> Ratio:
    off = [(g, o) for g, o in pairs if not g["relevant"]]
    wrong = [str(g["id"]) for g, o in off if o.get("verdict") == "NEW"]
    if wrong:
        errors.setdefault("false NEW", []).extend(wrong)
    return Ratio(len(wrong), len(off))


def _accuracy(
    found: list[tuple[Row, Row]],
    name: str,
    same: Callable[[object, object], bool],
    errors: dict[str, list[str]],
) -> Ratio:
    hits = total = 0
    for g, o in found:
        wanted = g.get(name) or (g.get("event_type") if name == "act" else None)
        if not wanted:
            continue
        total += 1
        seen = o.get(name)
        if same(wanted, seen):
            hits += 1
        else:
            shown = seen.get("name") if isinstance(seen, Mapping) else seen
            errors.setdefault(name, []).append(f"{g['id']}: {shown} for {wanted}")
    return Ratio(hits, total)


def _wrong_dates(found: list[tuple[Row, Row]]) -> Ratio:
    told = [(g, o) for g, o in found if g.get("event_date") and o.get("event_date")]
    wrong = sum(not same_day(g["event_date"], o["event_date"]) for g, o in told)
    return Ratio(wrong, len(told))


def _sets(
    found: list[tuple[Row, Row]],
    keys: Callable[[Row], set[str]],
    errors: dict[str, list[str]],
    name: str,
) -> F1:
    hit = miss = false = 0
    for g, o in found:
        wanted, seen = keys(g), keys(o)
        if not wanted:
            continue
        hit += len(wanted & seen)
        miss += len(wanted - seen)
        false += len(seen - wanted)
        if wanted - seen:
            errors.setdefault(name, []).append(f"{g['id']}: -{sorted(wanted - seen)}")
    precision = hit / (hit + false) if hit + false else 0.0
    recall = hit / (hit + miss) if hit + miss else 0.0
    return F1(precision, recall, hit + miss)


def _actor_keys(name: str) -> Callable[[Row], set[str]]:
    def keys(row: Row) -> set[str]:
        actors = row.get(name) or []
        names = [a["name"] if isinstance(a, Mapping) else str(a) for a in actors]
        # The last word of a name: first names are spelt in too many ways to compare.
        return {key(n).split()[-1] for n in names if key(n)}

    return keys


def _theme_keys(row: Row) -> set[str]:
    return set(row.get("themes") or row.get("topics") or ())
