"""Records, their JSON Schemas, conversions and index documents agree with each other."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ContractError
from domain.model import (
    Act,
    Actor,
    DateRange,
    Member,
    NewsEvent,
    Place,
    Reading,
    Reason,
    Span,
    Status,
    Theme,
)
from schemas import convert, export
from schemas.indices import (
    COMPONENT,
    TEMPLATES,
    alert_document,
    article_document,
    article_document_id,
    articles_index,
    event_document,
    template,
)
from schemas.records import (
    WIRE_RECORDS,
    ActorInfo,
    EventChanged,
    EventInfo,
    JudgedArticle,
    MemberInfo,
    PlaceInfo,
    ReadingInfo,
    ReasonInfo,
    SpanInfo,
    encode,
)
from tests.fakes import NOW, cleaned, fetched
from tests.unit.sinks.samples import alert

PLACES = st.builds(
    Place, st.just("Rabat"), st.just("MA"), st.none() | st.floats(-90, 90), st.none()
)
ACTORS = st.tuples(st.builds(Actor, st.text(max_size=9), st.sampled_from(["person", "service"])))
READINGS = st.builds(
    Reading,
    relevant=st.booleans(),
    score=st.floats(0, 1),
    act=st.none() | st.sampled_from(Act),
    status=st.none() | st.sampled_from(Status),
    event_date=st.none() | st.dates(),
    event_date_range=st.none() | st.builds(DateRange, st.dates(), st.dates()),
    weekday=st.none() | st.integers(0, 6),
    place=st.none() | PLACES,
    actors=ACTORS,
    mentioned=ACTORS,
    themes=st.lists(st.sampled_from(Theme), unique=True).map(tuple),
    date_basis=st.sampled_from(['', 'told']),
    figures=st.tuples(st.text(max_size=5)),
    month_days=st.tuples(st.just("05-27")),
    places=st.tuples(st.text(max_size=5)),
    names=st.tuples(st.text(max_size=5)),
    is_recap=st.booleans(),
    reasons=st.tuples(
        st.builds(Reason, st.text(max_size=5), st.text(max_size=5), st.none() | st.floats(0, 9),
                  st.tuples(st.builds(Span, st.integers(0, 9), st.integers(0, 9))))
    ),
)  # fmt: skip


def test_the_exported_schemas_are_those_of_the_code() -> None:
    """`python -m schemas.export` was run after the last change of a record."""
    assert export.stale() == []


def test_a_stale_schema_is_noticed(tmp_path: Any) -> None:
    """A missing file, a changed one and one left over are each named."""
    for name, text in export.documents().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert export.stale(tmp_path) == []
    (tmp_path / "news.event.changed.v1.json").write_text("{}", encoding="utf-8")
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    (tmp_path / "news.article.fetched.v1.json").unlink()
    assert export.stale(tmp_path) == [
        "news.article.fetched.v1.json",
        "news.event.changed.v1.json",
        "old.json",
    ]


@pytest.mark.parametrize("topic", sorted(WIRE_RECORDS))
def test_schemas_are_valid_and_self_contained(topic: str) -> None:
    """Readers in other languages can use them as they are."""
    schema = json.loads((export.FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == topic


@pytest.mark.parametrize(
    ("topic", "record"),
    [
        ("news.article.fetched.v1", fetched("text")),
        ("news.article.cleaned.v1", cleaned("a")),
        ("news.alert.raised.v1", alert()),
    ],
)
def test_records_on_the_wire_fit_their_schema(topic: str, record: Any) -> None:
    """What is sent is what the schema promises."""
    schema = json.loads((export.FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(encode(record)), schema)


@settings(max_examples=60, deadline=None)
@given(READINGS)
def test_a_reading_comes_back_from_the_wire_as_it_was(reading: Reading) -> None:
    """detect judges exactly what classify read."""
    wire = msgspec.json.decode(msgspec.json.encode(convert.reading_info(reading)), type=ReadingInfo)
    assert convert.reading(wire) == reading


PAIRS = [
    (Reading, ReadingInfo),
    (Actor, ActorInfo),
    (Place, PlaceInfo),
    (NewsEvent, EventInfo),
    (Member, MemberInfo),
    (Reason, ReasonInfo),
]


@pytest.mark.parametrize(("value", "record"), PAIRS)
def test_a_record_carries_every_field_of_its_value(value: Any, record: Any) -> None:
    """A field added to the domain must travel, or the pipeline would differ from `vigie detect`."""
    wanted = {f.name for f in dataclasses.fields(value)}
    assert wanted <= set(record.__struct_fields__)


def test_a_reading_with_an_unknown_act_is_no_record_of_ours() -> None:
    """It is a dead letter, not a defect."""
    with pytest.raises(ContractError, match="dance"):
        convert.reading(ReadingInfo(relevant=True, score=1.0, act="dance"))


def test_plain_text_in_utf8_is_decoded_as_such() -> None:
    """Files say what they are; no charset is guessed for them."""
    raw = convert.raw_article(fetched("تعاون"))
    assert raw.text == "تعاون"
    assert raw.body is None


# -- documents and templates ------------------------------------------------------------------------


def properties(name: str) -> dict[str, Any]:
    """Return the fields of a template with those of the shared component."""
    base = template(COMPONENT)["template"]["mappings"]["properties"]
    own = template(name)["template"]["mappings"]["properties"]
    return {**base, **own}


def unmapped(document: Any, fields: dict[str, Any], path: str = "") -> list[str]:
    """Return the fields of a document that a strict mapping would refuse."""
    found = []
    for key, value in document.items():
        field = fields.get(key)
        if field is None:
            found.append(path + key)
            continue
        inner = field.get("properties")
        for item in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(item, dict):
                found += unmapped(item, inner, f"{path}{key}.")
    return found


def judged(lang: str = "ar") -> JudgedArticle:
    """Return a verdict with everything in it."""
    given = alert()
    reading = convert.reading_info(
        Reading(
            relevant=True,
            score=0.9,
            act=Act.MEETING,
            status=Status.TOOK_PLACE,
            event_date=date(2025, 4, 14),
            place=Place("Rabat", "MA", 34.0, -6.8),
            actors=(Actor("A", "person", "MA", "minister"),),
            mentioned=(Actor("B", "person"),),
            themes=(Theme.TERRORISM,),
            figures=("3 arrests",),
        )
    )
    return JudgedArticle(
        watch_id="w",
        article=cleaned("a", lang=lang, declared_id="x"),
        reading=reading,
        verdict="NEW",
        event_id="ev-1",
        event_version=1,
        compared=[("ev-2", 0.5)],
        changed=["x"],
        reasons=[
            *given.reasons,
            ReasonInfo(rule="r", detail="d", spans=[SpanInfo(start=0, end=1)]),
        ],
    )


def test_every_field_of_a_document_is_in_its_template() -> None:
    """A strict mapping refuses the rest, and then every document would be a dead letter."""
    event = alert().event
    changed = msgspec.structs.replace(
        event,
        event_date_range=convert.DateRangeInfo(earliest=date(2025, 4, 1), latest=date(2025, 4, 2)),
        related=["ev-2"],
        merged_into="ev-3",
    )
    change = EventChanged(
        event=changed,
        verdict="NEW",
        article_id="a",
        changed=["x"],
        first_seen_at=NOW,
        changed_at=NOW,
    )
    claim = {
        **alert_document(alert()),
        **dict.fromkeys(
            ["channel", "recipient", "state", "attempts", "next_attempt_at", "sent_at", "last_error", "alert"], 1
        ),
    }  # fmt: skip
    assert unmapped(article_document(judged()), properties("news-articles")) == []
    assert unmapped(event_document(change), properties("news-events")) == []
    assert unmapped(claim, properties("news-alerts")) == []


@pytest.mark.parametrize("lang", ["ar", "fr", "en", "es", "nl", "de", "it"])
def test_an_article_stands_in_the_fields_of_its_language_alone(lang: str) -> None:
    """Each language has its own analyzer, and no text is stored seven times."""
    document = article_document(judged(lang))
    assert [f for f in document if f.startswith("text_")] == [f"text_{lang}"]
    analyzer = properties("news-articles")[f"text_{lang}"]["analyzer"]
    names = {"ar": "arabic", "fr": "french", "en": "english", "es": "spanish"}
    assert analyzer == {**names, "nl": "dutch", "de": "german", "it": "italian"}[lang]


def test_a_language_that_is_not_ours_is_still_searchable() -> None:
    """An article in an eighth language is kept under the plain analyzer."""
    assert "text_other" in article_document(judged("pt"))


@pytest.mark.parametrize("name", [COMPONENT, *TEMPLATES])
def test_templates_are_strict_and_small(name: str) -> None:
    """Nothing unknown gets in, and the number of fields is bounded."""
    assert template(name)["template"]["mappings"]["dynamic"] == "strict"
    assert len(properties(name)) < 150


def test_replicas_come_from_the_settings() -> None:
    """One node has none, a cluster one or more."""
    assert template(COMPONENT, 2)["template"]["settings"]["index"]["number_of_replicas"] == 2


def test_ids_and_indices_depend_on_the_article_alone() -> None:
    """A replay next month finds the document where it was."""
    assert article_document_id("a", "w") == article_document_id("a", "w")
    assert article_document_id("a", "w") != article_document_id("a", "v")
    assert articles_index(NOW) == "news-articles-2025.04"
