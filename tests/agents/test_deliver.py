"""deliver: each alert once for each recipient, a dead channel holds up nothing but itself, nothing is given up in silence."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from agents.deliver import LEASE_SECONDS, Courier, wait_seconds
from domain.errors import SinkRejected, SinkUnavailable
from runtime.dead_letters import Incoming
from schemas.indices import ALERTS_INDEX
from schemas.records import AlertRaised, EventInfo, encode
from schemas.topics import ALERT_RAISED
from tests.fakes import NOW, FakeChannel, FakeClock, FakeIndex, FakeProducer, cleaned, services

DEAD = f"{ALERT_RAISED.name}.dead-letter"
DOWN = SinkUnavailable("post alert", "team", "503", retry_after_seconds=0.0)


def alert(version: int = 1, channels: tuple[str, ...] = ("console", "webhook")) -> AlertRaised:
    """Return an alert on one event."""
    event = EventInfo(
        event_id="ev-1",
        watch_id="w",
        version=version,
        revision=version,
        act="meeting",
        status="took_place",
        plover="CONSULT",
        cameo="040",
    )
    return AlertRaised(
        alert_id=f"alert-{version}",
        watch_id="w",
        verdict="NEW",
        event=event,
        headline="Meeting in Rabat",
        article=cleaned("a"),
        channels=list(channels),
        first_seen_at=NOW - timedelta(seconds=3),
        raised_at=NOW,
    )


def record(given: AlertRaised, *headers: tuple[str, bytes]) -> Incoming:
    """Return an alert as it comes."""
    return Incoming(ALERT_RAISED.name, 0, 0, b"ev-1", encode(given), headers)


class Desk:
    """A courier with its fakes."""

    def __init__(self, index: FakeIndex | None = None) -> None:
        self.clock, self.producer = FakeClock(), FakeProducer()
        self.index = index or FakeIndex()
        self.console = FakeChannel("console")
        self.webhook = FakeChannel("webhook", ("team",))
        self.services = services("deliver", self.producer, self.clock)
        self.courier = Courier(
            self.services, self.index, [self.console, self.webhook], timedelta(hours=24)
        )

    def counted(self, channel: str, outcome: str) -> float:
        """Return a counter."""
        labels = {"channel": channel, "outcome": outcome}
        return self.services.metrics.registry.get_sample_value("vigie_alerts_total", labels) or 0

    def state_of(self, channel: str) -> str:
        """Return the state of the one claim of a channel."""
        [state] = [d["state"] for d in self.index.documents.values() if d["channel"] == channel]
        return str(state)


async def test_an_alert_reaches_every_recipient_once() -> None:
    """Redelivered, it is answered `already` and nobody is told twice."""
    desk = Desk()
    await desk.courier.handle(record(alert()))
    await desk.courier.handle(record(alert()))
    assert (len(desk.console.taken), len(desk.webhook.taken)) == (1, 1)
    assert desk.counted("webhook", "sent") == 1
    assert desk.counted("webhook", "already") == 1
    assert desk.state_of("webhook") == "sent"


async def test_a_new_version_is_told_again() -> None:
    """A material update has a key of its own."""
    desk = Desk()
    await desk.courier.handle(record(alert(1)))
    await desk.courier.handle(record(alert(2)))
    assert [d.alert.event.version for d in desk.console.taken] == [1, 2]
    assert len({d.key for d in desk.console.taken}) == 2


async def test_latency_runs_from_first_fetch_to_delivery() -> None:
    """The histogram holds the seconds since the article was first seen."""
    desk = Desk()
    await desk.courier.handle(record(alert(channels=("console",))))
    total = desk.services.metrics.registry.get_sample_value("vigie_alert_latency_seconds_sum")
    assert total == pytest.approx(3.0)


async def test_a_dead_channel_is_parked_and_the_others_are_told() -> None:
    """The record does not wait for a channel that is down; the claim is tried again when its time has come."""
    desk = Desk()
    desk.webhook.answers = [DOWN, DOWN, None]
    await desk.courier.handle(record(alert()))
    assert len(desk.console.taken) == 1
    assert (desk.state_of("webhook"), desk.webhook.tries) == ("pending", 1)
    assert await desk.courier.retry_parked() == 0, "its time has not come"
    desk.clock.forward(1.0)
    assert await desk.courier.retry_parked() == 1
    desk.clock.forward(1.0)
    assert await desk.courier.retry_parked() == 0, "the wait doubles"
    desk.clock.forward(1.0)
    assert await desk.courier.retry_parked() == 1
    assert desk.state_of("webhook") == "sent"
    assert (len(desk.webhook.taken), desk.counted("webhook", "sent")) == (1, 1)


async def test_an_alert_nobody_takes_in_a_day_is_a_dead_letter() -> None:
    """It is given up with a letter and a count, not in silence."""
    desk = Desk()
    desk.webhook.answers = [DOWN, DOWN]
    await desk.courier.handle(record(alert(channels=("webhook",))))
    desk.clock.forward(25 * 3600)
    await desk.courier.retry_parked()
    [letter] = desk.producer.of(DEAD)
    headers = dict(letter.headers)
    assert (headers["reason"], headers["original.recipient"]) == (b"expired", b"team")
    assert desk.state_of("webhook") == "failed"
    assert desk.counted("webhook", "dead_letter") == 1


async def test_a_refused_alert_is_a_dead_letter_at_once_and_can_be_retried_by_a_person() -> None:
    """`vigie dead-letters retry` sets a header that opens a failed claim again, and only a failed one."""
    desk = Desk()
    desk.webhook.answers = [SinkRejected("post alert", "team", "400: bad")]
    await desk.courier.handle(record(alert()))
    assert len(desk.producer.of(DEAD)) == 1
    await desk.courier.handle(record(alert()))
    assert desk.webhook.tries == 1, "a plain redelivery leaves a failed claim alone"
    await desk.courier.handle(record(alert(), ("retry", b"1")))
    assert len(desk.webhook.taken) == 1
    assert len(desk.console.taken) == 1, "who has it is not told again"


async def test_killed_between_claim_and_send_it_is_sent_by_the_next_process() -> None:
    """The claim is pending; whoever looks after its lease has run out sends it, once."""
    desk = Desk()
    hung = asyncio.Event()

    async def hang(_delivery: object) -> None:
        await hung.wait()

    desk.webhook.send = hang  # type: ignore[method-assign]
    task = asyncio.create_task(desk.courier.handle(record(alert(channels=("webhook",)))))
    for _ in range(10):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    after = Desk(desk.index)
    await after.courier.handle(record(alert(channels=("webhook",))))
    assert after.webhook.tries == 0, "somebody may still be at it"
    after.clock.forward(LEASE_SECONDS + 1)
    await after.courier.retry_parked()
    assert len(after.webhook.taken) == 1
    assert after.state_of("webhook") == "sent"


async def test_two_processes_do_not_send_one_parked_alert_twice() -> None:
    """The lease is taken with a sequence number, so the slower of two finds it taken."""
    desk = Desk()
    desk.webhook.answers = [DOWN]
    await desk.courier.handle(record(alert(channels=("webhook",))))
    other = Desk(desk.index)
    for one in (desk, other):
        one.clock.forward(2.0)
    await asyncio.gather(desk.courier.retry_parked(), other.courier.retry_parked())
    assert len(desk.webhook.taken) + len(other.webhook.taken) == 1


async def test_an_outage_of_the_claim_store_sends_nothing_twice() -> None:
    """Sent and not marked: when the record is taken again, it is marked and not sent again."""
    desk = Desk()
    away = SinkUnavailable("get document", ALERTS_INDEX, "503")

    async def send_and_lose_the_store(delivery: object) -> None:
        desk.console.taken.append(delivery)  # type: ignore[arg-type]
        desk.index.fail_next.append(away)

    desk.console.send = send_and_lose_the_store  # type: ignore[method-assign]
    with pytest.raises(SinkUnavailable):
        await desk.courier.handle(record(alert(channels=("console",))))
    await desk.courier.handle(record(alert(channels=("console",))))
    assert len(desk.console.taken) == 1
    assert desk.state_of("console") == "sent"
    assert desk.counted("console", "sent") == 1


async def test_a_dead_channel_is_asked_once_and_what_waits_for_it_goes_one_by_one() -> None:
    """Three alerts wait: while the channel is down one of them asks; a crash later would find one on its way."""
    desk = Desk()
    desk.webhook.answers = [DOWN] * 4
    for version in (1, 2, 3):
        await desk.courier.handle(record(alert(version, channels=("webhook",))))
    desk.clock.forward(1.0)
    assert await desk.courier.retry_parked() == 1
    desk.clock.forward(1.0)
    assert await desk.courier.retry_parked() == 2, "taken, so the next one goes"
    assert desk.webhook.tries == 3 + 1 + 2


async def test_a_parked_alert_goes_out_though_the_clock_was_set_back() -> None:
    """By the clock its time is an hour away; by the time that has passed it is due."""
    desk, passed = Desk(), [0.0]
    desk.courier._monotonic = lambda: passed[0]
    desk.webhook.answers = [DOWN]
    await desk.courier.handle(record(alert(channels=("webhook",))))
    desk.clock.forward(-3600)
    assert await desk.courier.retry_parked() == 0, "it waits its second all the same"
    passed[0] += 1.0
    assert await desk.courier.retry_parked() == 1
    assert (len(desk.webhook.taken), desk.state_of("webhook")) == (1, "sent")
    desk.clock.forward(7200)
    assert await desk.courier.retry_parked() == 0


async def test_a_watch_that_names_no_configured_channel_tells_nobody() -> None:
    """Nothing is claimed, nothing fails; the log and `vigie doctor` say so."""
    desk = Desk()
    assert list(await desk.courier.handle(record(alert(channels=("pigeon",))))) == []
    assert desk.index.documents == {}


@pytest.mark.parametrize(
    ("expected", "attempts", "asked"),
    [(1.0, 1, 0.0), (4.0, 3, 1.0), (900.0, 30, 1.0), (1800.0, 2, 1800.0)],
    ids=["first", "doubles", "at most a quarter of an hour", "longer if asked"],
)
def test_waits_grow_and_honour_what_the_channel_asks(
    expected: float, attempts: int, asked: float
) -> None:
    """One second, doubling to fifteen minutes; a Retry-After beyond that is kept to."""
    error = SinkUnavailable("x", retry_after_seconds=asked)
    assert wait_seconds(attempts, error) == expected
