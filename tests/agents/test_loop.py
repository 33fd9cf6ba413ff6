"""The loop of every stage: nothing escapes, every record ends once, what cannot be handled is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from agents.base import StageLoop, in_thread
from domain.errors import ContractError, SinkUnavailable
from domain.outcome import CleanOutcome, Stage
from runtime.dead_letters import EX_SOFTWARE, Incoming
from tests.fakes import FakeProducer, ProcessEnded, incoming, services

DEAD = "t.dead-letter"


class Scripted:
    """A handler that does for each record what its value says."""

    def __init__(self) -> None:
        self.calls: Counter[int] = Counter()

    async def __call__(self, record: Incoming) -> Sequence[str]:
        self.calls[record.offset] += 1
        match record.value:
            case b"bad":
                raise ContractError("decode record", "X", "no")
            case b"defect":
                raise KeyError("ours")
            case b"down twice" if self.calls[record.offset] <= 2:
                raise SinkUnavailable("send", "x", "down", retry_after_seconds=0.0)
            case b"empty":
                return [CleanOutcome.EMPTY]
        return [CleanOutcome.CLEANED]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the waits out of the retries."""
    monkeypatch.setattr("agents.base.FIRST_WAIT_SECONDS", 0.0)


def outcomes(loop_services: object, stage: str = "clean") -> dict[str, int]:
    """Return the counted outcomes of a stage."""
    registry = loop_services.metrics.registry  # type: ignore[attr-defined]
    names = ("cleaned", "empty", "dead_letter")
    found = {
        n: registry.get_sample_value("vigie_stage_records_total", {"stage": stage, "outcome": n})
        for n in names
    }
    return {n: int(v) for n, v in found.items() if v}


async def test_every_record_ends_in_exactly_one_outcome() -> None:
    """The sum of the outcomes is the number of records, whatever they were."""
    producer = FakeProducer()
    given = services("clean", producer)
    loop = StageLoop(Stage.CLEAN, Scripted(), given)
    values = [b"ok", b"bad", b"empty", b"defect", b"down twice", b"ok"]
    for offset, value in enumerate(values):
        await loop.take(incoming(value, offset))
    assert outcomes(given) == {"cleaned": 3, "empty": 1, "dead_letter": 2}
    assert len(producer.of(DEAD)) == 2


async def test_dead_letter_keeps_the_bytes_and_says_why_and_where() -> None:
    """Who reads the letter finds the original record, its place, and the reason."""
    producer = FakeProducer()
    loop = StageLoop(Stage.CLEAN, Scripted(), services("clean", producer))
    record = Incoming("t", 3, 41, b"key", b"bad", (("trace", b"1"),))
    await loop.take(record)
    [letter] = producer.of(DEAD)
    headers = dict(letter.headers)
    assert (letter.key, letter.value) == (b"key", b"bad")
    assert headers["stage"] == b"clean"
    assert headers["reason"] == b"contract"
    assert (headers["topic"], headers["partition"], headers["offset"]) == (b"t", b"3", b"41")
    assert headers["original.trace"] == b"1"
    assert headers["location"].startswith(b"agents/test_loop.py:")
    assert headers["at"].startswith(b"2025-04-15T09:00")


async def test_a_defect_is_tried_three_times_and_then_buried() -> None:
    """An error that nobody expected may pass; one that stays must not stop the stage."""
    handler, producer = Scripted(), FakeProducer()
    await StageLoop(Stage.CLEAN, handler, services("clean", producer)).take(incoming(b"defect"))
    assert handler.calls[0] == 3
    assert dict(producer.of(DEAD)[0].headers)["attempts"] == b"3"


async def test_a_sink_outage_is_waited_out_in_place() -> None:
    """A sink that is down makes no dead letter; the record is taken until it passes."""
    handler, producer = Scripted(), FakeProducer()
    found = await StageLoop(Stage.CLEAN, handler, services("clean", producer)).take(
        incoming(b"down twice")
    )
    assert list(found) == ["cleaned"]
    assert handler.calls[0] == 3
    assert producer.of(DEAD) == []


async def test_an_unwritable_dead_letter_ends_the_process() -> None:
    """Going on would lose the record, so the process ends before the offset moves."""
    producer = FakeProducer(fail_on=set(range(1, 100)))
    loop = StageLoop(Stage.CLEAN, Scripted(), services("clean", producer))
    with pytest.raises(ProcessEnded) as ended:
        await loop.take(incoming(b"bad"))
    assert ended.value.args == (EX_SOFTWARE,)


async def test_a_dead_letter_counts_for_every_outcome_owed() -> None:
    """classify owes one outcome for each watch, for a bad record too."""
    given = services("clean")
    await StageLoop(Stage.CLEAN, Scripted(), given, weight=2).take(incoming(b"bad"))
    assert outcomes(given) == {"dead_letter": 2}


async def test_a_waiting_record_is_left_when_the_process_stops() -> None:
    """Returning would acknowledge the record: it is held, so that the next start reads it again."""
    given = services("clean")

    async def always_down(_record: Incoming) -> Sequence[str]:
        raise SinkUnavailable("send", "x", "down", retry_after_seconds=5.0)

    task = asyncio.create_task(StageLoop(Stage.CLEAN, always_down, given).take(incoming(b"x")))
    await asyncio.sleep(0)
    given.stopping.requested.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    assert given.stopping.held == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outcomes(given) == {}


async def test_a_domain_call_that_does_not_end_is_a_dead_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One hostile article must not hold up all others."""
    import threading

    monkeypatch.setattr("agents.base.DOMAIN_SECONDS", 0.05)
    release = threading.Event()
    with pytest.raises(ContractError) as caught:
        await in_thread(release.wait)
    release.set()
    assert caught.value.reason == "too_slow"
