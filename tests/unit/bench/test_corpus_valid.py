"""The labelled corpus keeps its contract, and the validator sees it when it does not."""

from __future__ import annotations

import copy
from collections import Counter

import pytest

from bench.validate_corpus import LANGUAGES, Row, corpus, problems

Data = dict[str, tuple[list[Row], list[Row]]]


@pytest.fixture(scope="module")
def data() -> Data:
    """The corpus as it is in the repository."""
    return corpus()


def test_corpus_has_no_fault(data: Data) -> None:
    """Schema, labels, dates, uniqueness and split hold for every record."""
    assert problems(data) == []


def test_no_event_is_in_both_splits(data: Data) -> None:
    """What is tuned on never names an event that is checked on."""
    tune, check = ({event["event_id"] for event in data[split][1]} for split in ("tune", "check"))
    assert tune
    assert check
    assert tune & check == set()


def test_every_language_has_both_answers_in_each_split(data: Data) -> None:
    """A language without a positive or a negative could not be measured."""
    for articles, _ in data.values():
        seen = {(article["lang"], article["relevant"]) for article in articles}
        assert {(lang, answer) for lang in LANGUAGES for answer in (True, False)} <= seen


def test_a_quarter_of_the_articles_come_as_a_noisy_page(data: Data) -> None:
    """Cleaning is measured on enough pages."""
    articles = [article for part, _ in data.values() for article in part]
    noisy = [article for article in articles if article["text_noisy"]]
    assert len(noisy) * 4 >= len(articles)


def test_first_dated_article_of_an_event_is_new_or_recap(data: Data) -> None:
    """Hints follow the order in which the articles are read."""
    for articles, _ in data.values():
        dated = sorted(
            (a for a in articles if a["event_id"] and a["published"]), key=lambda a: a["published"]
        )
        firsts: dict[str, Row] = {}
        for article in dated:
            firsts.setdefault(article["event_id"], article)
        if not any("verdict_hint" in article for article in articles):
            continue  # check4 was written without hints
        hints = Counter(article.get("verdict_hint") for article in firsts.values())
        assert set(hints) <= {"NEW", "RECAP"}


BREAKAGES = {
    "unknown language": ("lang", "xx", "language"),
    "naive time": ("published", "2024-01-01T10:00:00", "published"),
    "too short": ("text", "Two words.", "text"),
    "no address": ("url", "about:blank", "url"),
}


@pytest.mark.parametrize(("field", "value", "said"), BREAKAGES.values(), ids=BREAKAGES.keys())
def test_validator_names_a_broken_field(data: Data, field: str, value: str, said: str) -> None:
    """A single wrong value is reported with the article and the field."""
    broken = copy.deepcopy(data)
    article = broken["tune"][0][0]
    article[field] = value
    assert any(f"{article['id']}: {said}" in fault for fault in problems(broken))


def test_validator_sees_an_event_in_both_splits(data: Data) -> None:
    """Copying an event across the split is a fault."""
    broken = copy.deepcopy(data)
    event = broken["tune"][1][0]
    broken["check"][1].append(event)
    assert any("across splits" in fault for fault in problems(broken))


def test_validator_sees_a_copied_text(data: Data) -> None:
    """The same words under another id are a near-duplicate."""
    broken = copy.deepcopy(data)
    twin = copy.deepcopy(broken["tune"][0][0])
    twin["id"], twin["title"] = "t-999", "Another title"
    broken["tune"][0].append(twin)
    assert any("t-999" in fault and "share" in fault for fault in problems(broken))
