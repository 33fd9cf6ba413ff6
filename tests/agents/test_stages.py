"""clean, classify and index: what they send or store for a record, and that a repeat changes nothing."""

from __future__ import annotations

import pytest

from agents.classify import ClassifyAgent
from agents.clean import CleanAgent
from agents.index import ArticleIndexer, EventIndexer
from domain.errors import ContractError, SinkRejected
from domain.knowledge import Knowledge
from domain.model import Watch
from schemas.indices import EVENTS_INDEX
from schemas.records import (
    ClassifiedArticle,
    CleanedArticle,
    EventChanged,
    EventInfo,
    JudgedArticle,
    ReadingInfo,
    decode,
    encode,
)
from schemas.topics import ARTICLE_CLASSIFIED, ARTICLE_CLEANED
from tests.fakes import NOW, FakeIndex, FakeProducer, cleaned, fetched, incoming, services

TEXT = (
    "Rabat – Le ministre français de l'Intérieur a rencontré lundi son homologue marocain. "
    "Les deux ministres ont signé une feuille de route contre le terrorisme et le trafic de drogue. "
    "La coopération entre les services des deux pays a été saluée par les deux parties."
)
WATCHES = {
    "morocco-france": Watch("morocco-france", "Morocco–France", ("MA", "FR")),
    "morocco-spain": Watch("morocco-spain", "Morocco–Spain", ("MA", "ES")),
}


async def test_clean_sends_the_article_under_the_same_key() -> None:
    """One cleaned record, same key, so that one address stays in order."""
    producer = FakeProducer()
    agent = CleanAgent(services("clean", producer))
    record = incoming(encode(fetched(TEXT, published="2025-04-14T10:00:00Z")), key=b"url-key")
    assert list(await agent.handle(record)) == ["cleaned"]
    [sent] = producer.of(ARTICLE_CLEANED.name)
    article = decode(CleanedArticle, sent.value)
    assert sent.key == b"url-key"
    assert article.lang == "fr"
    assert article.published is not None
    assert article.published.at.isoformat() == "2025-04-14T10:00:00+00:00"


async def test_clean_gives_the_same_bytes_for_a_redelivery() -> None:
    """Nothing in the record comes from the clock, so a repeat is the same record."""
    producer = FakeProducer()
    agent = CleanAgent(services("clean", producer))
    for _ in range(2):
        await agent.handle(incoming(encode(fetched(TEXT))))
    first, second = producer.of(ARTICLE_CLEANED.name)
    assert first.value == second.value


async def test_clean_counts_a_page_without_text_as_empty() -> None:
    """No article is no record, and no dead letter either."""
    producer = FakeProducer()
    agent = CleanAgent(services("clean", producer))
    assert list(await agent.handle(incoming(encode(fetched(""))))) == ["empty"]
    assert producer.records == []


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b'{"url": 1}', b"\xff\xfe"])
async def test_clean_refuses_what_is_no_record(value: bytes | None) -> None:
    """Whatever bytes come, they end as an expected error that the loop buries."""
    with pytest.raises(ContractError):
        await CleanAgent(services("clean")).handle(incoming(value))


async def test_classify_sends_one_reading_for_each_watch() -> None:
    """Each watch gets its own record under its own key."""
    producer = FakeProducer()
    agent = ClassifyAgent(services("classify", producer), WATCHES, Knowledge.load())
    outcomes = await agent.handle(incoming(encode(cleaned("a", text=TEXT, title="Rencontre"))))
    sent = producer.of(ARTICLE_CLASSIFIED.name)
    assert [s.key for s in sent] == [b"morocco-france", b"morocco-spain"]
    assert [decode(ClassifiedArticle, s.value).watch_id for s in sent] == sorted(WATCHES)
    assert len(outcomes) == 2


def judged(article_id: str = "a") -> JudgedArticle:
    """Return a verdict."""
    return JudgedArticle(
        watch_id="w",
        article=cleaned(article_id),
        reading=ReadingInfo(relevant=False, score=0.1),
        verdict="OFF",
    )


def change(revision: int, version: int = 1) -> EventChanged:
    """Return an event at a revision."""
    event = EventInfo(
        event_id="ev-1",
        watch_id="w",
        version=version,
        revision=revision,
        act="meeting",
        status="took_place",
        plover="CONSULT",
        cameo="040",
    )
    return EventChanged(
        event=event, verdict="NEW", article_id="a", first_seen_at=NOW, changed_at=NOW
    )


async def test_index_stores_an_article_once() -> None:
    """A redelivered verdict is answered `already` and leaves one document, in the month of its first fetch."""
    index = FakeIndex()
    agent = ArticleIndexer(services("index"), index)
    record = incoming(encode(judged()))
    assert [*(await agent.handle(record)), *(await agent.handle(record))] == ["indexed", "already"]
    [(name, _)] = index.documents
    assert name == "news-articles-2025.04"


async def test_index_never_puts_an_older_revision_over_a_newer_one() -> None:
    """Whatever the order of arrival, the newest revision stays."""
    index = FakeIndex()
    agent = EventIndexer(services("index"), index)
    outcomes = [
        (await agent.handle(incoming(encode(change(revision)))))[0] for revision in (1, 3, 2, 3)
    ]
    assert outcomes == ["indexed", "indexed", "already", "already"]
    assert index.documents[EVENTS_INDEX, "ev-1"]["revision"] == 3


async def test_index_counts_a_refused_document() -> None:
    """A document that the index refuses for good is counted before the loop buries it."""
    given = services("index")
    index = FakeIndex(fail_next=[SinkRejected("create document", "news-articles", "400")])
    with pytest.raises(SinkRejected):
        await ArticleIndexer(given, index).handle(incoming(encode(judged())))
    labels = {"index": "news-articles", "outcome": "dead_letter"}
    value = given.metrics.registry.get_sample_value("vigie_index_documents_total", labels)
    assert value == 1
