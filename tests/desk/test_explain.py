"""`vigie explain` shows the article with its evidence painted, and the sentence that tells it most plainly."""

from __future__ import annotations

from desk.commands.explain import COLOURS, _coloured
from domain.model import Reason, Span

TEXT = (
    "La ville est calme. La police marocaine a remis un homme à la France.\nOn n'en sait pas plus."
)


def test_the_plainest_sentence_is_underlined_and_the_rest_is_not() -> None:
    """The span of relevance.passage is painted, to the letter."""
    start = TEXT.index("La police")
    end = TEXT.index("\n")
    shown = _coloured(TEXT, (Reason("relevance.passage", "told", 2.0, (Span(start, end),)),))
    assert [(s.start, s.end, s.style) for s in shown.spans] == [(start, end, "underline")]


def test_every_kind_of_evidence_has_a_style_of_its_own() -> None:
    """The legend can be read: no two kinds look alike."""
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_offsets_hold_when_the_text_has_signs_that_a_terminal_obeys() -> None:
    """A control sign becomes one blank, so that the span still covers the same letters."""
    text = "a\x1b[31mb police"
    at = text.index("police")
    shown = _coloured(text, (Reason("act.meeting", "told", 1.0, (Span(at, at + 6),)),))
    assert "\x1b" not in shown.plain
    assert shown.plain[shown.spans[0].start : shown.spans[0].end] == "police"
