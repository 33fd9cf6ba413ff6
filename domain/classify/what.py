"""Themes of the event and the figures told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.classify.acts import ActReading
from domain.classify.cues import arabic_forms
from domain.classify.document import Document
from domain.model import Act, Reason, Span, Theme, Watch
from domain.text.fold import fold
from domain.text.skeleton import arabic_skeleton, latin_skeleton

THEME_AT = 0.2
MAX_NAMES = 80
_CAPITALISED = re.compile(r"(?<=[\w,;:’'(«\"„“-] )[A-ZÀ-Þ][\w-]{2,}|(?<=[«\"„“])[A-ZÀ-Þ][\w-]{2,}")
_FULL_NAME = re.compile(r"[A-ZÀ-Þ][\w’-]+ [A-ZÀ-Þ][\w’-]{2,}")
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{4,}")
_NUMBER = re.compile(
    r"(?<![\w.,/-])\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+(?![\w/-])|(?<![\w.,/-])\d{2,6}(?![\w/-]|[.,]\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class What:
    """Themes by weight of evidence, and figures as digits."""

    themes: tuple[Theme, ...]
    figures: tuple[str, ...]
    names: tuple[str, ...]
    reasons: tuple[Reason, ...]


def read_what(document: Document, acts: ActReading, watch: Watch) -> What:
    """Return the themes told of the event itself, and its figures."""
    keys = set(acts.key_lines()[:5])
    points: dict[Theme, float] = {}
    spans: dict[Theme, list[Span]] = {}
    for line in document.lines:
        for theme in Theme:
            cues = line.cues.get(theme.value, ())
            if not cues:
                continue
            value = 0.35 * line.weight + (0.35 if line.index in keys else 0.0)
            value += 0.25 if line in document.head() else 0.0
            if line.has("recall"):
                value *= 0.5
            points[theme] = points.get(theme, 0.0) + value * min(1.3, 0.85 + 0.15 * len(cues))
            spans.setdefault(theme, []).append(document.span(cues[0].start, cues[0].end))
    if acts.act in (Act.EXERCISE, Act.COMMISSION) and Theme.MILITARY in points:
        points[Theme.MILITARY] += 0.5
    themes = tuple(t for t in Theme if points.get(t, 0.0) >= THEME_AT and t in watch.themes)
    reasons = tuple(
        Reason(
            f"theme.{t.value}", f"{len(spans[t])} lines", round(points[t], 2), tuple(spans[t][:3])
        )
        for t in themes
    )
    return What(themes, _figures(document, keys), _names(document), reasons)


def _figures(document: Document, keys: set[int]) -> tuple[str, ...]:
    """Return the numbers of the lines that tell the act, dates and ages of years left out."""
    found: dict[str, None] = {}
    for line in document.lines:
        if line.index not in keys and line.index > 3:
            continue
        busy = [(d.start, d.end) for d in line.dates]
        text = fold(document.full[line.start : line.end]).text
        for m in _NUMBER.finditer(text):
            start = line.start + m.start()
            if any(a - 1 <= start < b for a, b in busy):
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
        if not any(a <= m.start() < b for a, b in known):
            for word in m.group().split():
                _add(found, latin_skeleton(word), 3)
    return tuple(sorted(found))[:MAX_NAMES]


def _add(found: dict[str, None], name: str, least: int) -> None:
    if len(name) >= least:
        found.setdefault(name)


def _known_ranges(document: Document) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for line in document.lines:
        ranges += [(m.start, m.end) for m in line.actors]
        ranges += [(m.start, m.end) for m in line.places]
        ranges += [(m.start, m.end) for m in line.countries]
        ranges += [(m.start, m.end) for m in line.dates]
    return ranges
