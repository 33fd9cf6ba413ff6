"""Themes of the event and the figures told of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from domain.classify.acts import ActReading, is_background
from domain.classify.cues import arabic_forms
from domain.classify.document import Document
from domain.classify.logistic import load_model
from domain.model import Act, Reason, Theme, Watch
from domain.text.fold import fold
from domain.text.ranges import Ranges
from domain.text.skeleton import arabic_skeleton, latin_skeleton

THEME_AT = 0.45
MAX_NAMES = 80
_CAPITALISED = re.compile(r"(?<=[\w,;:’'(«\"„“-] )[A-ZÀ-Þ][\w-]{2,}|(?<=[«\"„“])[A-ZÀ-Þ][\w-]{2,}")
_FULL_NAME = re.compile(r"[A-ZÀ-Þ][\w’-]+ [A-ZÀ-Þ][\w’-]{2,}")
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{4,}")
_NUMBER = re.compile(
    r"(?<![\w.,/-])\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+(?![\w/-])|(?<![\w.,/-])\d{2,6}(?![\w/-]|[.,]\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


_KIND: dict[Act | None, str] = {
    Act.ARREST_EXTRADITION: "deed",
    Act.JOINT_OPERATION: "deed",
    Act.EXERCISE: "drill",
    Act.TRAINING: "drill",
}


@dataclass(frozen=True, slots=True)
class What:
    """Themes by weight of evidence, and figures as digits."""

    themes: tuple[Theme, ...]
    figures: tuple[str, ...]
    names: tuple[str, ...]
    reasons: tuple[Reason, ...]


def read_what(document: Document, acts: ActReading, watch: Watch) -> What:
    """Return the themes told of the event itself, and its figures."""
    model = load_model("theme")
    themes, reasons = [], []
    for theme, values in theme_values(document, acts).items():
        probability = model.probability(values)
        if probability < THEME_AT or theme not in watch.themes:
            continue
        cues = [cue for line in document.lines for cue in line.cues.get(theme.value, ())]
        spans = tuple(document.span(cue.start, cue.end) for cue in cues[:3])
        themes.append(theme)
        reasons.append(
            Reason(f"theme.{theme.value}", f"told {len(cues)} times", round(probability, 3), spans)
        )
    keys = set(acts.key_lines()[:5])
    return What(tuple(themes), _figures(document, keys), _names(document), tuple(reasons))


def theme_values(document: Document, acts: ActReading) -> dict[Theme, dict[str, float]]:
    """Return the features of every theme that has a cue, in the order of the taxonomy.

    Which feature weighs how much is learnt (`python -m bench.train_fields`).
    """
    keys = set(acts.key_lines()[:5])
    head = {line.index for line in document.head()}
    found: dict[Theme, dict[str, float]] = {}
    for theme in Theme:
        lines = [line for line in document.lines if line.has(theme.value)]
        if not lines:
            continue
        fresh = [line for line in lines if not line.has("recall")]
        cues = sum(line.count(theme.value) for line in lines)
        found[theme] = {
            theme.value: 1.0,
            f"{theme.value}_often": math.log1p(cues),
            "weight": max(line.weight for line in lines),
            "title": float(any(line.is_title for line in lines)),
            "head": math.log1p(sum(line.index in head for line in lines)),
            "key": math.log1p(sum(line.index in keys for line in lines)),
            "lines": math.log(len(lines)),
            "share": len(lines) / len(document.lines),
            "often": math.log1p(cues),
            "recalled": 1 - len(fresh) / len(lines),
            "background": float(all(is_background(document, line) for line in lines)),
            "joint": max(document.joint(line) for line in lines),
            f"{theme.value}_{_KIND.get(acts.act, 'talks')}": 1.0,
        }
    return found


def _figures(document: Document, keys: set[int]) -> tuple[str, ...]:
    """Return the numbers of the lines that tell the act, dates and ages of years left out."""
    found: dict[str, None] = {}
    for line in document.lines:
        if line.index not in keys and line.index > 3:
            continue
        busy = Ranges((d.start - 1 if d.start else 0, d.end) for d in line.dates)
        text = fold(document.full[line.start : line.end]).text
        for m in _NUMBER.finditer(text):
            start = line.start + m.start()
            if start in busy:
                continue
            digits = re.sub(r"\D", "", m.group())
            if not _YEAR.fullmatch(digits):
                found.setdefault(digits)
    return tuple(sorted(found))


def _names(document: Document) -> tuple[str, ...]:
    """Return the skeletons of names that are not those of known people, services, places or countries.

    Arabic has no capitals, so every longer word stands in for a name there; in German, where nouns
    have them, only two capitalised words together count.
    """
    lang = document.article.lang
    known = _known_ranges(document)
    found: dict[str, None] = {}
    if lang == "ar":
        folded = fold(document.full)
        for m in _ARABIC_WORD.finditer(folded.text):
            for form in arabic_forms(m.group()):
                _add(found, arabic_skeleton(form), 4)
        return tuple(sorted(found))[: 3 * MAX_NAMES]
    pattern = _FULL_NAME if lang == "de" else _CAPITALISED
    for m in pattern.finditer(document.full):
        if m.start() not in known:
            for word in m.group().split():
                _add(found, latin_skeleton(word), 3)
    return tuple(sorted(found))[:MAX_NAMES]


def _add(found: dict[str, None], name: str, least: int) -> None:
    if len(name) >= least:
        found.setdefault(name)


def _known_ranges(document: Document) -> Ranges:
    ranges: list[tuple[int, int]] = []
    for line in document.lines:
        ranges += [(m.start, m.end) for m in line.actors]
        ranges += [(m.start, m.end) for m in line.places]
        ranges += [(m.start, m.end) for m in line.countries]
        ranges += [(m.start, m.end) for m in line.dates]
    return Ranges(ranges)
