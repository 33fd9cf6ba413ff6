"""deliver: at most so many alerts an hour for one recipient; the others come in a digest, each once, none lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from agents.deliver import LEASE_SECONDS, Courier
from agents.digest import Limit
from domain.errors import SinkRejected, SinkUnavailable
from schemas.indices import ALERTS_INDEX
from schemas.records import AlertRaised
from sinks.channel import Delivery, Digest
from tests.agents.test_deliver import DEAD, DOWN, alert, record
from tests.fakes import FakeChannel, FakeClock, FakeIndex, FakeProducer, services

AFTER = timedelta(minutes=15)


def event(number: int) -> AlertRaised:
    """Return an alert on an event of its own, for one webhook."""
    made = alert(channels=("webhook",))
    named = msgspec.structs.replace(made.event, event_id=f"ev-{number}")
    return msgspec.structs.replace(made, event=named, headline=f"Meeting {number}")


class Desk:
    """A courier with a limit of two an hour and its fakes."""

    def __init__(
        self, index: FakeIndex | None = None, clock: FakeClock | None = None, per_hour: int = 2
    ) -> None:
        self.clock, self.producer = clock or FakeClock(), FakeProducer()
        self.index = index or FakeIndex()
        self.webhook = FakeChannel("webhook", ("team",))
        self.console = FakeChannel("console")
        self.services = services("deliver", self.producer, self.clock)
        self.courier = Courier(
            self.services,
            self.index,
            [self.webhook, self.console],
            timedelta(hours=24),
            Limit(per_hour, AFTER),
        )

    async def raise_alerts(self, *numbers: int, seconds: float = 1.0) -> None:
        """Handle alerts, some time apart."""
        for number in numbers:
            await self.courier.handle(record(event(number)))
            self.clock.forward(seconds)

    def states(self) -> dict[str, str]:
        """Return the state of each event's claim, and of digests."""
        return {
            str(d.get("event_id", d["verdict"])): str(d["state"])
            for d in self.index.documents.values()
        }

    def counted(self, outcome: str, channel: str = "webhook") -> float:
        """Return a counter."""
        labels = {"channel": channel, "outcome": outcome}
        return self.services.metrics.registry.get_sample_value("vigie_alerts_total", labels) or 0

    @property
    def alone(self) -> list[str]:
        """The events told in a message of their own."""
        return [d.alert.event.event_id for d in self.webhook.taken if isinstance(d, Delivery)]

    @property
    def digests(self) -> list[Digest]:
        """The digests told."""
        return [d for d in self.webhook.taken if isinstance(d, Digest)]


def listed(digest: Digest) -> list[str]:
    """Return the events of a digest."""
    return [a.event_id for a in digest.alerts]


async def test_what_is_beyond_the_limit_comes_in_one_digest() -> None:
    """Two are told at once, three wait a quarter of an hour for each other; each ends in one counted outcome."""
    desk = Desk()
    await desk.raise_alerts(1, 2, 3, 4, 5)
    assert desk.alone == ["ev-1", "ev-2"]
    desk.clock.forward(AFTER.total_seconds() - 10)
    assert await desk.courier.send_digests() == 0
    desk.clock.forward(10)
    assert await desk.courier.send_digests() == 1
    [digest] = desk.digests
    assert listed(digest) == ["ev-3", "ev-4", "ev-5"]
    assert desk.states() == {
        **dict.fromkeys(["ev-1", "ev-2", "DIGEST"], "sent"),
        **dict.fromkeys(["ev-3", "ev-4", "ev-5"], "digested"),
    }
    assert (desk.counted("sent"), desk.counted("digested")) == (2, 3)
    assert await desk.courier.send_digests() == 0


async def test_after_an_hour_alerts_are_told_at_once_again() -> None:
    """The hour slides: what was sent 60 minutes ago makes room, and the digest took none."""
    desk = Desk()
    await desk.raise_alerts(1, 2, 3)
    desk.clock.forward(AFTER.total_seconds())
    await desk.courier.send_digests()
    desk.clock.forward(3600 - AFTER.total_seconds())
    await desk.raise_alerts(4)
    assert desk.alone == ["ev-1", "ev-2", "ev-4"]


async def test_another_process_knows_what_was_sent() -> None:
    """The limit stands in the claims, so a restart or a second process does not begin to count anew."""
    desk = Desk()
    await desk.raise_alerts(1, 2)
    after = Desk(desk.index, desk.clock)
    await after.raise_alerts(3)
    assert after.webhook.taken == []
    assert after.states()["ev-3"] == "held"


async def test_an_alert_that_comes_again_is_neither_told_nor_listed_twice() -> None:
    """Held, digested, delivered again by Kafka: answered `already`."""
    desk = Desk()
    await desk.raise_alerts(1, 2, 3)
    await desk.raise_alerts(3)
    desk.clock.forward(AFTER.total_seconds())
    await desk.courier.send_digests()
    await desk.raise_alerts(3)
    desk.clock.forward(AFTER.total_seconds())
    await desk.courier.send_digests()
    assert [listed(d) for d in desk.digests] == [["ev-3"]]
    assert desk.counted("already") == 2


async def test_what_was_parked_while_a_channel_was_down_does_not_flood_it() -> None:
    """Five alerts wait for the webhook; when it is back two are told at once and three in a digest."""
    desk = Desk()
    desk.webhook.answers = [DOWN] * 5
    await desk.raise_alerts(1, 2, 3, 4, 5, seconds=0.0)
    desk.clock.forward(2.0)
    await desk.courier.retry_parked()
    assert len(desk.alone) == 2
    desk.clock.forward(AFTER.total_seconds())
    await desk.courier.send_digests()
    [digest] = desk.digests
    assert sorted([*desk.alone, *listed(digest)]) == [f"ev-{n}" for n in range(1, 6)]


async def test_a_try_that_failed_takes_no_place() -> None:
    """Only what the recipient got counts."""
    desk = Desk()
    desk.webhook.answers = [DOWN, DOWN]
    await desk.raise_alerts(1, 2, 3, 4)
    assert desk.alone == ["ev-3", "ev-4"]


@pytest.mark.parametrize("stop_after", range(1, 16))
async def test_killed_anywhere_a_digest_is_the_same_after(stop_after: int) -> None:
    """Whatever call to the claims is the last of a process: the next one tells each alert, under the same key.

    A digest that was sent and not marked comes a second time with its key; nothing else comes twice.
    """
    desk = Desk()
    await desk.raise_alerts(1, 2, 3, 4, 5)
    desk.clock.forward(AFTER.total_seconds())
    before = DyingIndex(desk.index, stop_after)
    desk.courier._held.claims = before
    desk.courier._outbox = before
    died = False
    try:
        await desk.courier.send_digests()
    except Died:
        died = True
    after = Desk(desk.index, desk.clock)
    await after.courier.send_digests()
    after.clock.forward(LEASE_SECONDS + 1)
    await after.courier.retry_parked()
    await after.courier.send_digests()
    told = desk.digests + after.digests
    assert {event_id for d in told for event_id in listed(d)} == {"ev-3", "ev-4", "ev-5"}
    assert len({d.key for d in told}) == 1
    assert len(told) <= (2 if died else 1)
    assert set(after.states().values()) == {"sent", "digested"}


class Died(BaseException):
    """Stands for kill -9."""


class DyingIndex:
    """An index whose client is killed before its n-th call."""

    def __init__(self, index: FakeIndex, calls: int) -> None:
        self._index, self._left = index, calls

    def __getattr__(self, name: str) -> Any:
        """Count down, then die."""
        self._left -= 1
        if self._left < 0:
            raise Died
        return getattr(self._index, name)


async def test_a_digest_that_is_not_taken_now_is_parked_and_sent_later() -> None:
    """It waits as an alert does, and lists the same when it goes."""
    desk = Desk()
    await desk.raise_alerts(1, 2, 3)
    desk.clock.forward(AFTER.total_seconds())
    desk.webhook.answers = [DOWN]
    await desk.courier.send_digests()
    assert desk.digests == []
    assert desk.states()["DIGEST"] == "pending"
    desk.clock.forward(2.0)
    assert await desk.courier.retry_parked() == 1
    assert [listed(d) for d in desk.digests] == [["ev-3"]]
    assert desk.counted("digested") == 1


async def test_the_alerts_of_a_refused_digest_are_dead_letters_that_a_person_can_retry() -> None:
    """Each is a letter of its own; retried, it is told alone when there is room."""
    desk = Desk()
    await desk.raise_alerts(1, 2, 3, 4)
    desk.clock.forward(AFTER.total_seconds())
    desk.webhook.answers = [SinkRejected("post alert", "team", "400: bad")]
    await desk.courier.send_digests()
    assert len(desk.producer.of(DEAD)) == 2
    assert desk.counted("dead_letter") == 2
    assert {desk.states()[f"ev-{n}"] for n in (3, 4)} == {"failed"}
    desk.clock.forward(3600)
    for number in (3, 4):
        await desk.courier.handle(record(event(number), ("retry", b"1")))
    assert desk.alone == ["ev-1", "ev-2", "ev-3", "ev-4"]


async def test_an_alert_held_again_after_a_retry_gets_a_digest_again() -> None:
    """The digest that was refused has a key of its own, which bars no later one."""
    desk = Desk()
    await desk.raise_alerts(1, 2, 3)
    desk.clock.forward(AFTER.total_seconds())
    desk.webhook.answers = [SinkRejected("post alert", "team", "400: bad")]
    await desk.courier.send_digests()
    await desk.courier.handle(record(event(3), ("retry", b"1")))
    desk.clock.forward(AFTER.total_seconds())
    await desk.courier.send_digests()
    assert [listed(d) for d in desk.digests] == [["ev-3"]]


async def test_terminals_and_recipients_without_a_limit_get_everything() -> None:
    """The console wakes nobody; a limit of 0 is none."""
    desk, free = Desk(), Desk(per_hour=0)
    for number in range(5):
        both = msgspec.structs.replace(event(number), channels=["console"])
        await desk.courier.handle(record(both))
        await free.raise_alerts(number)
    assert len(desk.console.taken) == 5
    assert len(free.webhook.taken) == 5


async def test_parked_alerts_that_were_sent_and_not_marked_are_not_sent_again() -> None:
    """The claim store goes away between send and mark; when it is back the alert is marked, and sent once."""
    desk = Desk()
    desk.webhook.answers = [DOWN]
    await desk.raise_alerts(1, seconds=2.0)
    send = desk.webhook.send

    async def send_and_lose_the_store(delivery: Any) -> None:
        await send(delivery)
        desk.index.fail_next.append(SinkUnavailable("get document", ALERTS_INDEX, "503"))

    desk.webhook.send = send_and_lose_the_store  # type: ignore[method-assign]
    with pytest.raises(SinkUnavailable):
        await desk.courier.retry_parked()
    desk.clock.forward(LEASE_SECONDS + 1)
    await desk.courier.retry_parked()
    assert desk.alone == ["ev-1"]
    assert desk.states() == {"ev-1": "sent"}


async def test_a_claim_that_the_http_client_made_twice_is_known_as_ours() -> None:
    """The connection broke, the client asked again by itself: we only see that there is a claim, and it is ours."""
    desk = Desk()
    create = desk.index.create

    async def create_twice(*arguments: Any) -> Any:
        await create(*arguments)
        return await create(*arguments)

    desk.index.create = create_twice  # type: ignore[method-assign]
    await desk.courier.handle(record(event(1)))
    assert desk.alone == ["ev-1"]
    assert (desk.counted("sent"), desk.counted("already")) == (1, 0)


async def test_a_claim_made_without_an_answer_is_known_as_ours() -> None:
    """The index stored it and the answer was lost: the alert goes out at once, and counts once."""
    desk = Desk()
    create = desk.index.create

    async def create_and_lose_the_answer(*arguments: Any) -> Any:
        desk.index.create = create  # type: ignore[method-assign]
        await create(*arguments)
        raise SinkUnavailable("create document", ALERTS_INDEX, "timed out")

    desk.index.create = create_and_lose_the_answer  # type: ignore[method-assign]
    with pytest.raises(SinkUnavailable):
        await desk.courier.handle(record(event(1)))
    desk.clock.forward(LEASE_SECONDS + 1)
    assert await desk.courier.retry_parked() == 0, "its record is about to come again"
    await desk.courier.handle(record(event(1)))
    assert desk.alone == ["ev-1"]
    assert (desk.counted("sent"), desk.counted("already")) == (1, 0)
