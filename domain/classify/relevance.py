"""Is the article of the watch? Two small models say so, each with half a voice.

One weighs some thirty features of the whole article: who acts, what is done, about what, and how
prominently; none looks at style. The other weighs every sentence for itself (`passages.py`): one
that plainly tells of the two working together is enough. The weights are learnt by
`python -m bench.train_relevance` and kept in data/relevance.json and data/passage.json, so that
every decision can be shown as a sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from domain.classify.acts import ActReading
from domain.classify.document import Document, Line
from domain.classify.evidence import (
    OTHER_OFFICES,
    dated_deed,
    evidence,
    foreign,
    rival,
    security,
)
from domain.classify.logistic import Model, load_model
from domain.classify.passages import passage_values, plainest, pooled
from domain.model import Act, Reason

DECOYS = (
    "sport", "trade", "culture", "sahara", "history", "quarrel", "multilateral", "court",
    "politics", "homonym", "refusal",
)  # fmt: skip
_DEEDS = (
    Act.AGREEMENT, Act.MEETING, Act.COMMISSION, Act.ARREST_EXTRADITION, Act.JOINT_OPERATION,
    Act.EXERCISE, Act.TRAINING,
)  # fmt: skip
HALF = 0.5
_OUTWEIGHS = 0.6
_PLAIN = 0.4  # evidence below this is hardly any


_DECOY_WORDS = {
    "decoy_homonym": "security in another sense",
    "decoy_court": "courts and trials",
    "decoy_multilateral": "gatherings of many countries",
    "decoy_refusal": "a refusal",
    "decoy_sahara": "the Sahara question",
}
_FEATURE_WORDS = {
    "shows_any": "how plainly the two cooperate in security",
    "shows_handover": "an arrest or handover for the other",
    "shows_praise": "one praises or works with the other's services",
    "shows_wanted": "one holds whom the other wants",
    "shows_helped": "one acts on what the other passed on",
    "shows_speaks": "an official tells of work with the other's services",
    "nothing_shown": "no cooperation is shown",
    "off_subject": "no cooperation is shown, nor is security the subject",
    "dated_deed": "something is done on a day not long past",
    "deeds": "how much is done rather than said",
    "coop_head": "words of cooperation at the head",
    "officials": "security officials of both named",
    "stronger_party": "presence of the more named country",
    "weaker_party": "presence of the less named country",
    "third_rival": "another country beside the less named one",
    "third_head": "other countries at the head",
    "third_crowd": "other countries taking the place of one of the two",
    "quarrel_title": "the headline tells of a quarrel",
    "quarrel_between": "quarrel between the two",
}


def features(document: Document, acts: ActReading) -> dict[str, float]:
    """Return the features by name; every one lies between 0 and about 3, whatever the length."""
    lines = document.lines
    head = document.head()
    deeds = sum(acts.points.get(a, 0.0) for a in _DEEDS)
    shown = evidence(document)
    strongest = max(shown.values())
    presence = [_presence(lines, code) for code in document.parties]
    values = {
        "shows_any": strongest,
        "shows_handover": shown["handover"],
        "shows_praise": shown["praise"],
        "shows_wanted": shown["wanted"],
        "shows_helped": shown["helped"],
        "shows_speaks": shown["speaks"],
        "dated_deed": dated_deed(document),
        "deeds": math.log1p(deeds),
        "coop_head": math.log1p(sum(line.count("coop") for line in head)),
        "officials": _security_officials(document),
        "stronger_party": max(presence),
        "weaker_party": min(presence),
        **_third(document, head),
    }
    for decoy in DECOYS:
        # A plain showing of cooperation outweighs the subjects told around it.
        values[f"decoy_{decoy}"] = _density(lines, head, decoy) * (1 - _OUTWEIGHS * strongest)
    values["quarrel_title"] = float(lines[0].has("quarrel")) * (1 - _OUTWEIGHS * strongest)
    values["nothing_shown"] = max(0.0, 1 - strongest / _PLAIN)
    values["off_subject"] = values["nothing_shown"] * max(0.0, 1 - _security(document))
    values["quarrel_between"] = min(presence) * values["decoy_quarrel"]
    return values


def relevance(document: Document, acts: ActReading) -> tuple[float, tuple[Reason, ...]]:
    """Return the probability that the article is of the watch, and what spoke most for and against it."""
    whole, sentence = load_model("relevance"), load_model("passage")
    values = features(document, acts)
    each = [sentence.log_odds(v) for v in passage_values(document)]
    together = HALF * (whole.log_odds(values) + pooled(each))
    reasons = (_passage(document, each), *_explain(values, whole))
    return 1.0 / (1.0 + math.exp(-together)), reasons


def _passage(document: Document, each: Sequence[float]) -> Reason:
    """Return what the sentences say together, with the one that says most."""
    line = document.lines[plainest(each)]
    points = HALF * pooled(each)
    words = (
        "this tells of the two working together" if points > 0 else "nothing tells it plainer than"
    )
    return Reason(
        "relevance.passage", words, round(points, 3), (document.span(line.start, line.end),)
    )


def _explain(values: dict[str, float], model: Model) -> tuple[Reason, ...]:
    """Return the strongest terms of the article as a whole, as reasons with their points."""
    terms = sorted(model.terms(values), key=lambda t: (-abs(t[1]), t[0]))[:6]
    return tuple(
        Reason(f"relevance.{name}", f"{_words(name)}: {values[name]:.2f}", round(HALF * points, 3))
        for name, points in terms
    )


def _words(name: str) -> str:
    """Return what a feature measures, for a reader who has never seen the model."""
    if name.startswith("decoy_"):
        return f"how much is about {_DECOY_WORDS.get(name, name.removeprefix('decoy_'))}"
    return _FEATURE_WORDS[name]


def _presence(lines: tuple[Line, ...], code: str) -> float:
    total = sum(line.own.get(code, 0.0) * line.weight for line in lines)
    return math.log1p(total)


def _security_officials(document: Document) -> float:
    """Return 1 when security officials of both parties are named, 0.5 for one, in the weighty lines."""
    sides = {
        a.side
        for line in document.lines[:12]
        for a in line.actors
        if (a.office not in OTHER_OFFICES or a.kind == "service") and a.side in document.parties
    }
    return len(sides) / 2


def _security(document: Document) -> float:
    """Return how much of the article is about security at all, its head counting more."""
    total = sum(line.weight for line in document.lines) or 1.0
    return math.log1p(3 * sum(security(line) * line.weight for line in document.lines) / total)


def _third(document: Document, head: tuple[Line, ...]) -> dict[str, float]:
    """Return how prominent other countries are, against the weaker of the two parties."""
    parties = set(document.parties)
    share = rival(document)
    named = math.log1p(len({code for line in head for code in foreign(line, parties)}))
    return {"third_rival": share, "third_head": named, "third_crowd": share * named}


def _density(lines: tuple[Line, ...], head: tuple[Line, ...], category: str) -> float:
    """Return how much a decoy subject fills the article: per line, its title counting three times."""
    total = sum(min(2, line.count(category)) for line in lines)
    total += 2 * min(2, lines[0].count(category)) + sum(
        min(1, line.count(category)) for line in head
    )
    return math.log1p(3.0 * total / (len(lines) + 3))
