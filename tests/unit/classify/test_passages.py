"""The sentence that tells of cooperation makes an article one of the watch, and is shown as the reason."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from domain.classify.acts import read_acts
from domain.classify.document import Document, build
from domain.classify.passages import SOFTNESS, passage_values, plainest, pooled
from domain.classify.relevance import features, relevance
from domain.knowledge import Knowledge
from domain.model import Article, Published

KNOWLEDGE = Knowledge.load()
AT = Published(datetime(2023, 5, 9, 12, tzinfo=UTC), "input", 1.0)


def document(title: str, text: str, lang: str = "fr") -> Document:
    """Return an article as the reading sees it."""
    return build(Article("a", title, text, lang, published=AT), ("MA", "FR"), KNOWLEDGE)


ARREST = document(
    "Un homme arrêté à Tanger",
    "La ville se remet d'un week-end agité. Un Français de 30 ans, recherché par la justice de son pays, a été arrêté "
    "lundi par la police marocaine sur un mandat émis par la France. Il dormait dans une pension du port.",
)
SCHOOL = document(
    "Rentrée des lycées français au Maroc",
    "Les élèves du lycée français de Rabat retrouvent leurs classes lundi. La France finance deux nouveaux bâtiments "
    "au Maroc. Les parents attendent une baisse des frais.",
)


def test_the_pool_is_hardly_more_than_its_plainest_sentence() -> None:
    """Many dull sentences do not add up to one that tells; two plain ones weigh a little more than one."""
    assert pooled([2.0]) == 2.0
    assert 2.0 < pooled([2.0, -3.0, -3.0]) < 2.01
    assert pooled([2.0, 2.0]) == pytest.approx(2.0 + SOFTNESS * math.log(2))
    assert plainest([-1.0, 2.0, 2.0]) == 1


def test_values_are_given_for_each_sentence_and_leave_out_what_is_zero() -> None:
    """One row a line, title included; no zero is stored."""
    values = passage_values(ARREST)
    assert len(values) == len(ARREST.lines)
    assert all(v for row in values for v in row.values())
    assert values[0]["title"] == 1.0


def test_the_reason_points_at_the_sentence_that_tells_of_the_arrest() -> None:
    """The span of the first reason is the sentence with the warrant, not the one about the town."""
    score, reasons = relevance(ARREST, read_acts(ARREST))
    assert reasons[0].rule == "relevance.passage"
    (span,) = reasons[0].spans
    assert "mandat émis par la France" in ARREST.article.text[span.start : span.end]
    assert reasons[0].score is not None
    assert reasons[0].score > 0
    assert score > 0.5


def test_an_article_without_such_a_sentence_is_not_of_the_watch() -> None:
    """Both countries in every sentence and no security in any."""
    score, reasons = relevance(SCHOOL, read_acts(SCHOOL))
    assert reasons[0].score is not None
    assert reasons[0].score < 0
    assert score < 0.2


def test_no_cooperation_and_no_security_is_a_feature_of_its_own() -> None:
    """What is about schools is off the subject; what is about an arrest is not."""
    assert features(SCHOOL, read_acts(SCHOOL))["off_subject"] > 0.8
    assert features(ARREST, read_acts(ARREST))["off_subject"] == 0.0
