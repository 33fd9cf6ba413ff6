"""Records fit into Kafka, whatever page they are made of, and reach it acknowledged."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from connectors.articles import fit
from connectors.canonical import url_key
from connectors.publisher import KafkaOptions, KafkaPublisher
from domain.errors import SinkUnavailable
from schemas.records import MAX_VALUE_BYTES, FeedEntry, FetchedArticle, SourceRef, decode, encode
from tests.harness.fixtures import *  # noqa: F403
from tests.harness.kafka import KafkaServer
from tests.harness.web import noise

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def article(body: bytes, summary: str = "") -> FetchedArticle:
    """Return an article with a body and a teaser."""
    return FetchedArticle(
        url="https://a.example/1",
        canonical_url="https://a.example/1",
        source=SourceRef(source_id="a"),
        body=body,
        media_type="text/html",
        fetched_at=NOW,
        first_seen_at=NOW,
        entry=FeedEntry(title="t", summary=summary),
    )


def test_usual_article_is_left_as_it_is() -> None:
    """Nothing is touched below the limit."""
    usual = article(b"<script>x</script>" + b"<p>x</p>" * 10_000, "teaser")
    assert fit(usual) is usual


def test_scripts_and_drawings_go_before_any_text() -> None:
    """A page that is large by its scripts loses them, not its article; structured data stays."""
    data = b'<script type="application/ld+json">{"datePublished": "2024-04-22"}</script>'
    body = b"<script>" + noise(400_000).hex().encode() + b"</script>" + data + b"<p>article</p>"
    fitted = fit(article(body))
    assert fitted.body == data + b"<p>article</p>"
    assert not fitted.partial


def test_scripts_without_end_cost_no_time() -> None:
    """Five megabytes of opening tags are looked at once, not once for each."""
    started = time.process_time()
    fitted = fit(article(b"<script" * 700_000))
    assert fitted.partial
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("summary", ["", "x" * 200_000, "\x01" * 60_000, "أ" * 100_000])
def test_largest_page_is_cut_to_the_limit_and_marked(summary: str) -> None:
    """Five megabytes of text: the beginning is kept, the record says that it is partial."""
    fitted = fit(article(b"<p>start</p>" + noise(5_000_000), summary))
    size = len(encode(fitted))
    assert MAX_VALUE_BYTES * 0.9 < size <= MAX_VALUE_BYTES
    assert fitted.body.startswith(b"<p>start</p>")
    assert fitted.partial


async def test_broker_that_is_not_there_is_told() -> None:
    """Connecting to nothing is SinkUnavailable, with the address and no password."""
    options = KafkaOptions(
        "127.0.0.1:1", request_timeout_ms=500,
        security_protocol="SASL_PLAINTEXT", sasl_username="u", sasl_password="hidden",
    )  # fmt: skip
    with pytest.raises(SinkUnavailable) as caught:
        await KafkaPublisher(options).start()
    assert "127.0.0.1:1" in str(caught.value)
    assert "hidden" not in str(caught.value) + repr(options)


@pytest.mark.real
async def test_article_is_in_kafka_when_publish_returns(kafka_server: KafkaServer) -> None:
    """Key and value as promised, read back from the broker."""
    topic = f"test.{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    options = KafkaOptions(kafka_server.bootstrap, topic=topic)
    sent = [article(b"<p>%d</p>" % n) for n in range(3)] + [article(noise(2_000_000))]
    async with KafkaPublisher(options) as publisher:
        for one in sent:
            await publisher.publish(one)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_server.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            records = [await consumer.getone() for _ in sent]
    finally:
        await consumer.stop()
    assert {r.key for r in records} == {url_key("https://a.example/1").encode()}
    assert [decode(FetchedArticle, r.value) for r in records] == [fit(one) for one in sent]
