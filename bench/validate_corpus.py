"""Say what is wrong with the labelled corpus: fields, labels, dates, split, near-duplicates.

Run `python -m bench.validate_corpus` from the repository root; the exit status is the verdict.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent / "corpus"
SPLITS = ("tune", "check", "check2", "tune2", "check3", "check4")
LANGUAGES = frozenset({"ar", "fr", "en", "es", "nl", "de", "it"})
ACTS = frozenset(
    {
        "agreement",
        "meeting",
        "commission",
        "arrest_extradition",
        "joint_operation",
        "exercise",
        "training",
        "statement",
    }
)
THEMES = frozenset(
    {
        "terrorism",
        "migration",
        "trafficking",
        "intelligence",
        "organised_crime",
        "sahel",
        "legal_framework",
        "event_security",
        "cyber",
        "military",
    }
)
ROLES = frozenset({"first_report", "followup", "preview", "repeat", "retrospective"})
HINTS = frozenset({"NEW", "UPDATE", "REPEAT", "RECAP"})
KINDS = frozenset(
    {
        "other_pair_security",
        "multilateral",
        "domestic_fr",
        "domestic_ma",
        "crisis_noncoop",
        "mar_fra_nonsecurity",
        "visas_travel",
        "sahara_diplomacy",
        "royal_presidential",
        "royal_tourism",
        "arms_sale",
        "military_domestic",
        "old_recall",
        "sport",
        "opinion_history",
        "ticker_list",
        "homonyms_noise",
        "misc",
    }
)
COMMON_FIELDS = frozenset(
    {
        "id",
        "url",
        "lang",
        "title",
        "published",
        "text",
        "text_noisy",
        "relevant",
        "event_id",
    }
)
EVENT_FIELDS = ("event_type", "event_date", "place", "actors", "topics")
POSITIVE_FIELDS = COMMON_FIELDS | frozenset(EVENT_FIELDS) | {"role"}
NEGATIVE_FIELDS = COMMON_FIELDS | {"kind"}
EVENT_RECORD_FIELDS = frozenset(
    {"event_id", "title_en", "mentioned", "n_articles"} | set(EVENT_FIELDS)
)
# Arabic writes articles, prepositions and pronouns on to the word, so the same
# telling counts fewer words there.
MINIMUM_WORDS = {"ar": 95}
DEFAULT_MINIMUM_WORDS = 105
MAXIMUM_WORDS = 360
# Short wires and long features belong in these sets.
OTHER_WORD_LIMITS = {"tune2": (55, 450), "check3": (60, 450), "check4": (55, 450)}
# Two tellings of one event in one language share names and figures; above this
# overlap of four-word runs one is a copy of the other (tellings measured under 0.12).
NEAR_DUPLICATE = 0.25
RUN_WORDS = 4
RECAP_DAYS = 14

Row = dict[str, Any]


def load(path: Path) -> list[Row]:
    """Return the records of a JSON-lines file in file order."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def corpus(root: Path = ROOT) -> dict[str, tuple[list[Row], list[Row]]]:
    """Return, for each split, its articles and its NewsEvents."""
    return {
        split: (load(root / split / "articles.jsonl"), load(root / split / "events.jsonl"))
        for split in SPLITS
    }


def problems(data: dict[str, tuple[list[Row], list[Row]]]) -> list[str]:
    """Return one sentence for each fault found; an empty list means the corpus is sound."""
    found: list[str] = []
    everything: list[Row] = []
    for split, (articles, events) in data.items():
        known = {event.get("event_id"): event for event in events}
        found += [f"{split}: {fault}" for event in events for fault in _event_faults(event)]
        for article in articles:
            faults = [*_article_faults(article, known), *_length_faults(article, split)]
            found += [f"{split}: {fault}" for fault in faults]
        found += [f"{split}: {fault}" for fault in _count_faults(articles, events)]
        everything += articles
    found += _repeated("article id", (article["id"] for article in everything))
    found += _repeated("title", (article["title"] for article in everything))
    found += _repeated(
        "event id across splits",
        (event["event_id"] for _, events in data.values() for event in events),
    )
    return found + _near_duplicates(everything)


def _article_faults(article: Row, known: dict[Any, Row]) -> Iterable[str]:
    name = article.get("id", "article without id")
    wanted = POSITIVE_FIELDS if article.get("relevant") else NEGATIVE_FIELDS
    if set(article) - {"verdict_hint"} != wanted:
        yield f"{name}: fields: {sorted(set(article) ^ wanted)} differ"
        return
    if article["lang"] not in LANGUAGES:
        yield f"{name}: language: {article['lang']!r}"
    if not str(article["url"]).startswith(("http://", "https://")):
        yield f"{name}: url: {article['url']!r}"
    yield from _text_faults(name, article)
    if article["published"] is not None and _day(article["published"]) is None:
        yield f"{name}: published: {article['published']!r} is not an ISO 8601 time with a zone"
    if article["relevant"]:
        yield from _positive_faults(name, article, known)
    else:
        if article["event_id"] is not None:
            yield f"{name}: event_id: a negative belongs to no NewsEvent"
        if article["kind"] not in KINDS:
            yield f"{name}: kind: {article['kind']!r}"


def _length_faults(article: Row, split: str) -> Iterable[str]:
    words = len(article["text"].split())
    least = MINIMUM_WORDS.get(article["lang"], DEFAULT_MINIMUM_WORDS)
    least, most = OTHER_WORD_LIMITS.get(split, (least, MAXIMUM_WORDS))
    if not least <= words <= most:
        yield f"{article['id']}: text: {words} words, expected {least} to {most}"


def _text_faults(name: str, article: Row) -> Iterable[str]:
    if article["text"] != article["text"].strip() or "\n\n\n" in article["text"]:
        yield f"{name}: text: stray blank space"
    if not article["title"].strip():
        yield f"{name}: title: empty"
    noisy = article["text_noisy"]
    if noisy is not None:
        missing = [p for p in article["text"].split("\n\n") if p not in noisy]
        if missing:
            yield f"{name}: text_noisy: lacks the paragraph {missing[0][:40]!r}"
        if len(noisy) < len(article["text"]) + 40:
            yield f"{name}: text_noisy: has no furniture"


def _positive_faults(name: str, article: Row, known: dict[Any, Row]) -> Iterable[str]:
    event = known.get(article["event_id"])
    if event is None:
        yield f"{name}: event_id: {article['event_id']!r} is not in this split"
        return
    for field in EVENT_FIELDS:
        if article[field] != event[field]:
            yield f"{name}: {field}: differs from its NewsEvent"
    if article["role"] not in ROLES:
        yield f"{name}: role: {article['role']!r}"
    hint = article.get("verdict_hint")
    if hint is not None and hint not in HINTS:
        yield f"{name}: verdict_hint: {hint!r}"
    if hint == "RECAP" and article["role"] != "retrospective":
        yield f"{name}: verdict_hint: RECAP belongs to a retrospective"
    yield from _age_faults(name, article, event)


def _age_faults(name: str, article: Row, event: Row) -> Iterable[str]:
    if article["published"] is None or event["event_date"] is None:
        return
    published = _day(article["published"])
    if published is None:
        return
    age = (published - date.fromisoformat(event["event_date"])).days
    role = article["role"]
    if role == "retrospective" and age <= RECAP_DAYS:
        yield f"{name}: role: retrospective {age} days after the event"
    if role == "preview" and age > 0:
        yield f"{name}: role: preview {age} days after the event"
    if role == "first_report" and age < -1:
        yield f"{name}: role: first report {-age} days before the event"


def _event_faults(event: Row) -> Iterable[str]:
    name = event.get("event_id", "event without id")
    if set(event) != EVENT_RECORD_FIELDS:
        yield f"{name}: fields: {sorted(set(event) ^ EVENT_RECORD_FIELDS)} differ"
        return
    if event["event_type"] not in ACTS:
        yield f"{name}: event_type: {event['event_type']!r}"
    strange = set(event["topics"]) - THEMES
    if strange:
        yield f"{name}: topics: {sorted(strange)}"
    if event["event_date"] is not None:
        try:
            date.fromisoformat(event["event_date"])
        except ValueError:
            yield f"{name}: event_date: {event['event_date']!r}"
        else:
            if not name.startswith(f"ev-{event['event_date']}-"):
                yield f"{name}: event_id: does not begin with its date {event['event_date']}"
    for actor in (*event["actors"], *event["mentioned"]):
        if re.search(r"[^\W\d_]", actor) is None or re.search(r"[\u0590-\u08ff]", actor):
            yield f"{name}: actors: {actor!r} is not a Latin-script name"


def _count_faults(articles: Sequence[Row], events: Sequence[Row]) -> Iterable[str]:
    counted = Counter(article["event_id"] for article in articles if article["event_id"])
    for event in events:
        if counted[event["event_id"]] != event["n_articles"]:
            yield f"{event['event_id']}: n_articles: {event['n_articles']}, counted {counted[event['event_id']]}"


def _repeated(what: str, values: Iterable[str]) -> list[str]:
    return [f"{what}: {value!r} occurs {n} times" for value, n in Counter(values).items() if n > 1]


def _near_duplicates(articles: Sequence[Row]) -> list[str]:
    runs = [(article, _runs(article["text"])) for article in articles]
    found = []
    for (one, first), (two, second) in combinations(runs, 2):
        if one["lang"] != two["lang"]:
            continue
        overlap = len(first & second) / max(1, min(len(first), len(second)))
        if overlap > NEAR_DUPLICATE:
            found.append(f"{one['id']} and {two['id']}: share {overlap:.0%} of their word runs")
    return found


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + RUN_WORDS]) for i in range(len(words) - RUN_WORDS + 1)}


def _day(published: object) -> date | None:
    try:
        moment = datetime.fromisoformat(str(published))
    except ValueError:
        return None
    return moment.date() if moment.tzinfo is not None else None


def summary(data: dict[str, tuple[list[Row], list[Row]]]) -> str:
    """Return the counts a reader of the corpus wants, one line a split and label."""
    lines = []
    for split, (articles, events) in data.items():
        lines.append(
            f"{split}: {len(articles)} articles, {sum(a['relevant'] for a in articles)} relevant, "
            f"{len(events)} NewsEvents, {sum(a['text_noisy'] is not None for a in articles)} noisy, "
            f"{sum(a['published'] is None for a in articles)} undated"
        )
        for label, values in (
            ("lang", [a["lang"] for a in articles]),
            ("act", [e["event_type"] for e in events]),
            ("kind", [a["kind"] for a in articles if not a["relevant"]]),
            ("role", [a["role"] for a in articles if a["relevant"]]),
        ):
            counts = ", ".join(f"{name} {n}" for name, n in Counter(values).most_common())
            lines.append(f"  {label}: {counts}")
    return "\n".join(lines)


def main() -> int:
    """Print the counts and every fault; return 1 when there is one."""
    data = corpus()
    faults = problems(data)
    print(summary(data))
    print("\n".join(faults) or "no fault found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
