"""What a release does not know becomes a dead letter with a reason, and never ends a process; unknown state waits."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from agents.base import StageLoop
from agents.classify import ClassifyAgent
from agents.clean import CleanAgent
from agents.detect import DetectAgent
from agents.index import ArticleIndexer, EventIndexer
from agents.state import RESET_KEY, STATE_FORMAT, LogRecord, pack, replay, reset_value, unpack
from domain.errors import SinkUnavailable
from domain.knowledge import Knowledge
from domain.outcome import Stage
from runtime.dead_letters import Incoming
from tests.fakes import FakeIndex, FakeProducer, FakeStateLog, services
from tests.fixtures.make_records import FOLDER, WATCH

WATCHES = {WATCH.watch_id: WATCH}
V1 = FOLDER / "v1"


def changed(topic: str, *where: str, value: Any) -> bytes:
    """Return the stored record of a topic with one value of tomorrow."""
    record = json.loads((V1 / f"{topic}.json").read_bytes())
    inner = record
    for name in where[:-1]:
        inner = inner[name]
    inner[where[-1]] = value
    return json.dumps(record).encode()


def loop_of(topic: str, producer: FakeProducer) -> StageLoop:
    """Return the loop of the stage that reads a topic."""
    given = services("all", producer)
    match topic.split(".")[2]:
        case "fetched":
            return StageLoop(Stage.CLEAN, CleanAgent(given).handle, given)
        case "cleaned":
            agent = ClassifyAgent(given, WATCHES, Knowledge.load())
            return StageLoop(Stage.CLASSIFY, agent.handle, given)
        case "classified":
            return StageLoop(
                Stage.DETECT, DetectAgent(given, WATCHES, FakeStateLog()).handle, given
            )
        case "judged":
            return StageLoop(Stage.INDEX, ArticleIndexer(given, FakeIndex()).handle, given)
        case _:
            return StageLoop(Stage.INDEX, EventIndexer(given, FakeIndex()).handle, given)


CASES = {
    "act": ("news.article.classified.v1", ("reading", "act"), "summit_of_tomorrow"),
    "status": ("news.article.classified.v1", ("reading", "status"), "frozen"),
    "theme": ("news.article.classified.v1", ("reading", "themes"), ["space"]),
    "watch": ("news.article.classified.v1", ("watch_id",), "moon-mars"),
    "time of another kind": ("news.article.cleaned.v1", ("fetched_at",), 1763900000),
    "text that became a list": ("news.article.cleaned.v1", ("text",), ["a", "b"]),
    "body that is no base64": ("news.article.fetched.v1", ("body",), "%%%"),
    "reading gone": ("news.article.judged.v1", ("reading",), None),
    "revision of another kind": ("news.event.changed.v1", ("event", "revision"), "third"),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_no_release_knows_is_a_dead_letter_that_says_why(case: str) -> None:
    """The reason is `contract`, the message names the field or the value, the bytes are whole."""
    topic, where, value = CASES[case]
    producer = FakeProducer()
    sent = changed(topic, *where, value=value)
    outcomes = await loop_of(topic, producer).take(Incoming(topic, 0, 3, b"k", sent))
    assert set(outcomes) == {"dead_letter"}
    [letter] = producer.of(f"{topic}.dead-letter")
    headers = dict(letter.headers)
    assert letter.value == sent
    assert headers["reason"] == b"contract"
    named = str(value if isinstance(value, str) else where[-1])
    told = headers["message"].decode()
    assert named in told or where[-1] in told or (isinstance(value, list) and value[0] in told)


@pytest.mark.parametrize("where", [("verdict",), ("source_of_tomorrow",)], ids=["verdict", "field"])
async def test_what_only_passes_through_needs_no_knowledge(where: tuple[str, ...]) -> None:
    """A verdict or field of tomorrow does not keep an article out of the index."""
    sent = changed("news.article.judged.v1", *where, value="RETRACTED")
    loop = loop_of("news.article.judged.v1", FakeProducer())
    outcomes = await loop.take(Incoming("news.article.judged.v1", 0, 3, b"k", sent))
    assert list(outcomes) == ["indexed"]


def classified() -> Incoming:
    """Return the stored classified article as it comes."""
    value = (V1 / "news.article.classified.v1.json").read_bytes()
    return Incoming("news.article.classified.v1", 0, 8, b"k", value)


def spoilt_shard(entry: Any) -> bytes:
    """Return an entry whose book has an act of tomorrow."""
    shards = {
        name: msgspec.structs.replace(v, book=v.book.replace(b'"meeting"', b'"summit"'))
        for name, v in entry.shards.items()
    }
    return pack(msgspec.structs.replace(entry, shards=shards))


async def test_what_lies_before_a_reset_does_not_count() -> None:
    """Neither what was known nor what nobody can read: `vigie rebuild-state --write` begins anew after it."""
    stored = (V1 / "news.watch.state.v1.bin").read_bytes()
    log, key = FakeStateLog(), b"morocco-france/2025-04"
    log.records += [
        LogRecord(0, b"morocco-france/2019-01", b"garbage", -1),
        LogRecord(1, key, stored, -1),
        LogRecord(2, RESET_KEY, reset_value(), -1),
    ]
    assert replay(log.records).shards == {}
    log.records.append(LogRecord(3, key, stored, -1))
    agent = DetectAgent(services("detect", FakeProducer()), WATCHES, log)
    assert await agent.handle(classified()) == ["NEW"]
    assert set(replay(log.records).shards) == {("morocco-france", "2025-04")}
    log.compacted()
    assert set(replay(log.records).shards) == {("morocco-france", "2025-04")}


@pytest.mark.parametrize("kind", ["newer format", "unknown act", "not ours"])
async def test_state_that_cannot_be_read_is_waited_for_and_no_article_is_lost(kind: str) -> None:
    """detect judges nothing, buries nothing and says what to do; with the state mended it goes on."""
    stored = (V1 / "news.watch.state.v1.bin").read_bytes()
    entry = unpack(stored, "stored")
    bad = {
        "newer format": pack(msgspec.structs.replace(entry, format=STATE_FORMAT + 1)),
        "unknown act": spoilt_shard(entry),
        "not ours": b"\x00garbage",
    }[kind]
    log, producer = FakeStateLog(), FakeProducer()
    log.records.append(LogRecord(0, b"morocco-france/2025-04", bad, -1))
    agent = DetectAgent(services("detect", producer), WATCHES, log)
    with pytest.raises(SinkUnavailable, match="rebuild-state"):
        await agent.handle(classified())
    assert producer.records == []
    log.records[0] = LogRecord(0, b"morocco-france/2025-04", stored, -1)
    assert await agent.handle(classified()) == ["NEW"], "the stored verdict of the same article"
