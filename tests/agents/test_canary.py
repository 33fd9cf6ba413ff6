"""The canary flies the whole way on fakes: always news, never in sight, and no other article takes its place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from agents.classify import ClassifyAgent
from agents.clean import CleanAgent
from agents.deliver import Courier
from agents.detect import DetectAgent
from agents.index import ArticleIndexer, EventIndexer
from connectors.canary import keep_sending, make
from connectors.files import read_paths
from connectors.parser_pool import ParserPool
from connectors.sources import parse_sources
from desk.pipeline import configured_watches
from domain.errors import ConfigError, SinkRejected
from domain.knowledge import Knowledge
from domain.model import Watch
from runtime.settings import Settings
from schemas.canary import CANARY, CANARY_ALERTS_INDEX, CANARY_EVENTS_INDEX
from schemas.records import AlertRaised, ClassifiedArticle, FetchedArticle, decode, encode
from schemas.topics import (
    ALERT_RAISED,
    ARTICLE_CLASSIFIED,
    ARTICLE_CLEANED,
    ARTICLE_JUDGED,
    EVENT_CHANGED,
)
from sinks.canary import CanaryChannel
from sinks.channel import Delivery
from tests.connectors.fakes import FakePublisher, until
from tests.fakes import (
    FakeChannel,
    FakeClock,
    FakeIndex,
    FakeProducer,
    FakeStateLog,
    Services,
    fetched,
    incoming,
    services,
)

AT = datetime(2026, 12, 31, 23, 50, tzinfo=UTC)
WATCHES = {
    "morocco-france": Watch("morocco-france", "Morocco–France", ("MA", "FR")),
    "sweden-brazil": Watch("sweden-brazil", "Sweden–Brazil", ("SE", "BR")),
}


async def canary(at: datetime) -> FetchedArticle:
    """Return the canary of a time, read from its feed."""
    async with ParserPool(1) as parser:
        return await make(parser, at)


class Line:
    """Every stage on fakes, one record at a time."""

    def __init__(self) -> None:
        self.clock, self.producer = FakeClock(AT), FakeProducer()
        self.services: Services = services("all", self.producer, self.clock)
        self.index, self.log = FakeIndex(), FakeStateLog()
        self.people = FakeChannel("console")
        self.channel = CanaryChannel(self.services.metrics, self.clock)
        self.clean = CleanAgent(self.services)
        self.classify = ClassifyAgent(self.services, WATCHES, Knowledge.load())
        self.detect = DetectAgent(self.services, WATCHES, self.log)
        self.courier = Courier(self.services, self.index, [self.channel, self.people])
        self.verdicts: list[str] = []
        self._offset = 0

    async def fly(self, article: FetchedArticle) -> None:
        """Take one fetched article through every stage."""
        await self.clean.handle(incoming(encode(article)))
        await self.classify.handle(incoming(self._last(ARTICLE_CLEANED.name)))
        self._offset += 1
        classified = incoming(self._last(ARTICLE_CLASSIFIED.name), self._offset)
        self.verdicts += await self.detect.handle(classified)
        articles = ArticleIndexer(self.services, self.index)
        await articles.handle(incoming(self._last(ARTICLE_JUDGED.name)))
        events = EventIndexer(self.services, self.index)
        await events.handle(incoming(self._last(EVENT_CHANGED.name)))
        await self.courier.handle(incoming(self._last(ALERT_RAISED.name)))

    def _last(self, topic: str) -> bytes:
        value = self.producer.of(topic)[-1].value
        assert value is not None
        return value

    def gauge(self, name: str) -> float:
        """Return a gauge of the one process."""
        return float(self.services.metrics.registry.get_sample_value(name) or 0.0)


@pytest.mark.parametrize("month", range(1, 13))
async def test_the_canary_of_any_day_is_news_and_arrives(month: int) -> None:
    """In every month its words are cleaned, found relevant, judged NEW and delivered."""
    line = Line()
    line.clock.now = AT.replace(month=month, day=27) + timedelta(seconds=3)
    await line.fly(await canary(line.clock.now - timedelta(seconds=3)))
    assert line.verdicts == ["NEW"]
    assert line.gauge("vigie_canary_last_arrival_timestamp_seconds") == line.clock.now.timestamp()
    assert line.gauge("vigie_canary_latency_seconds") == 3.0


async def test_each_canary_is_news_and_leaves_as_much_as_one() -> None:
    """A day's worth on one date: all NEW, two documents, one state shard, and nobody is told."""
    line = Line()
    sizes = []
    for n in range(12):
        line.clock.now = AT.replace(hour=8) + timedelta(minutes=15 * n)
        await line.fly(await canary(line.clock.now))
        sizes.append(len(line.log.records[-1].value or b""))
    assert line.verdicts == ["NEW"] * 12
    assert max(sizes) < 1.1 * sizes[0]
    assert {r.key for r in line.log.records} == {b"claim", b"canary/2026-12"}
    stored = [index for index, _ in line.index.documents]
    assert stored.count(CANARY_EVENTS_INDEX) == 2
    assert stored.count(CANARY_ALERTS_INDEX) == 12
    assert set(stored) == {CANARY_EVENTS_INDEX, CANARY_ALERTS_INDEX}
    assert line.people.taken == []


async def test_a_canary_that_comes_again_is_told_once() -> None:
    """The same record twice has one claim, and the second is answered `already`."""
    line = Line()
    article = await canary(AT)
    await line.fly(article)
    await line.fly(article)
    claims = [d for (index, _), d in line.index.documents.items() if index == CANARY_ALERTS_INDEX]
    assert [c["state"] for c in claims] == ["sent"]


async def test_nobody_elses_watch_reads_the_canary_and_it_reads_nobody_else() -> None:
    """Not even a watch on the two countries it tells of; and its own watch sees no other article."""
    line = Line()
    await line.fly(await canary(AT))
    read = [decode(ClassifiedArticle, r.value).watch_id for r in line.producer.of(ARTICLE_CLASSIFIED.name)]  # fmt: skip
    assert read == [CANARY]
    await line.clean.handle(
        incoming(encode(fetched("Some words of another article, long enough.")))
    )
    await line.classify.handle(incoming(line.producer.of(ARTICLE_CLEANED.name)[-1].value))
    read = [decode(ClassifiedArticle, r.value).watch_id for r in line.producer.of(ARTICLE_CLASSIFIED.name)]  # fmt: skip
    assert read[1:] == sorted(WATCHES)


async def test_the_latency_of_alerts_is_that_of_news_alone() -> None:
    """A canary does not show in the figures about the watch team's alerts."""
    line = Line()
    await line.fly(await canary(AT))
    assert line.gauge("vigie_alert_latency_seconds_count") == 0


async def test_the_channel_takes_the_canary_alone() -> None:
    """An alert of a real watch that got here would be seen by nobody: it is refused, hence a dead letter."""
    line = Line()
    await line.fly(await canary(AT))
    alert = decode(AlertRaised, line.producer.of(ALERT_RAISED.name)[-1].value)
    other = Delivery(msgspec.structs.replace(alert, watch_id="morocco-france"), CANARY, CANARY)
    with pytest.raises(SinkRejected, match="expected the canary"):
        await line.channel.send(other)


def test_the_name_is_refused_to_sources_watches_and_channels(tmp_path: Path) -> None:
    """Each refusal says which name is taken."""
    source = '[[source]]\nid = "canary"\nname = "X"\ncountry = "FR"\nkind = "rss"\nurl = "https://a.example/"\n'
    with pytest.raises(ConfigError, match="canary"):
        parse_sources(source)
    for name, channels in (("canary", '["console"]'), ("other", '["console", "canary"]')):
        folder = tmp_path / name
        folder.mkdir()
        text = (
            f'id = "{name}"\nname = "X"\nparties = ["MA", "FR"]\n[alerts]\nchannels = {channels}\n'
        )
        (folder / f"{name}.toml").write_text(text)
        with pytest.raises(ConfigError, match="reserved"):
            configured_watches(Settings(watches_dir=str(folder)))


def test_a_file_cannot_hide_its_articles_as_canaries(tmp_path: Path) -> None:
    """A line that names the canary as its source is an article like any other."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "1", "text": "some words", "source": "canary"}\n')
    [article] = read_paths([path], AT)
    assert isinstance(article, FetchedArticle)
    assert article.source.source_id == "file"


async def test_canaries_are_sent_at_the_interval_and_wait_for_kafka() -> None:
    """One that Kafka does not take is made anew and sent as soon as it is back."""
    publisher = FakePublisher(down={1, 2})
    stop, sent = asyncio.Event(), []
    task = asyncio.create_task(
        keep_sending(0.01, publisher, FakeClock(AT), stop, lambda: sent.append(1))
    )
    await until(lambda: len(sent) >= 3)
    stop.set()
    await task
    assert publisher.calls == len(sent) + 2
    assert {a.source.source_id for a in publisher.articles} == {CANARY}
