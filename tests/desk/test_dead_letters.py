"""The book of settled dead letters: offsets below a line, and single ones beyond it."""

from __future__ import annotations

import asyncio

import pytest

from desk.dead_letters import LetterBox, folded
from domain.errors import ConfigError
from runtime.kafka import KafkaProducer
from schemas.topics import ARTICLE_FETCHED
from tests.servers import Pipeline


@pytest.mark.parametrize(
    ("expected", "low", "settled"),
    [
        ((0, set()), 0, set()),
        ((3, set()), 0, {0, 1, 2}),
        ((0, {2}), 0, {2}),
        ((2, {4}), 0, {0, 1, 4}),
        ((5, {7}), 3, {1, 3, 4, 7}),
    ],
    ids=["none", "all", "one beyond", "run and one", "below the line"],
)
def test_settled_letters_fold_into_the_line(
    expected: tuple[int, set[int]], low: int, settled: set[int]
) -> None:
    """Consecutive ones move the line, others are kept by number."""
    assert folded(low, settled) == expected


@pytest.mark.embedded
def test_letters_are_listed_settled_one_by_one_and_sent_again(pipeline: Pipeline) -> None:
    """Dropping one leaves the others; sending one again restores bytes, key and headers; both stay settled."""

    async def go() -> None:
        name = ARTICLE_FETCHED.name
        producer = await KafkaProducer(pipeline.settings.kafka, "test").start()
        try:
            for n in range(3):
                headers = [("reason", b"contract"), ("original.trace", b"7")]
                await producer.send(f"{name}.dead-letter", b"k", b"bad %d" % n, headers=headers)
        finally:
            await producer.stop()
        async with LetterBox(pipeline.settings) as box:
            letters = await box.open_letters()
            assert [x.id for x in letters] == [f"{name}@0", f"{name}@1", f"{name}@2"]
            await box.settle(letters[1:2])
        async with LetterBox(pipeline.settings) as box:
            letters = await box.open_letters()
            assert [x.offset for x in letters] == [0, 2]
            assert await box.open_letters(reason="defect") == []
            assert await box.retry(letters) == 2
            with pytest.raises(ConfigError, match="expected one of"):
                await box.open_letters(topic="no.such.topic")
        async with LetterBox(pipeline.settings) as box:
            assert await box.open_letters() == []

    asyncio.run(go())
    listed = pipeline.vigie("dead-letters", "list")
    assert "no dead letters" in listed.stdout
