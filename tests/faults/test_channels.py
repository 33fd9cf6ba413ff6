"""Cases 15 and 16: channels that refuse for minutes, and `deliver` killed between sending and noting it."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.ground import FLOW_SECONDS, LEASE_SECONDS, Ground, ground, own_index
from tests.harness.collector import HANGS, TAKEN, Answer, Arrival
from tests.harness.process import RunFolder
from tests.harness.reliability import SCALE, Reliability
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(300 + 700 * (SCALE - 1))]

DOWN_SECONDS = 10.0 * SCALE  # 10 minutes are a scale of 60
KILLS = 6 * SCALE
RETRY_AFTER = 3
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def servers(
    run_folder: RunFolder,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ground]:
    """Give servers to run `deliver` on, shared by the tests of this file."""
    folder = tmp_path_factory.mktemp("channels")
    with ground(run_folder, own_index(request.config, run_folder), folder) as made:
        yield made


@pytest.fixture
def desk(servers: Ground) -> Iterator[Ground]:
    """Give them with collectors that remember nothing and take everything."""
    for collector in (servers.hook, servers.mail):
        collector.forget()
    yield servers
    servers.stop_all()


def next_numbers(count: int) -> list[int]:
    """Return numbers of events that no other test of this file has."""
    return [next(_numbers) for _ in range(count)]


def test_a_channel_that_refuses_for_minutes_gets_each_alert_once_when_it_is_up(
    desk: Ground, reliability: Reliability
) -> None:
    """500 from the webhook, 451 from the mail server: everything parked, nothing lost, nothing twice.

    A mail server that says 451 is left alone for a minute, so it does so in the long run only.
    """
    desk.start("deliver")
    desk.hook.answer, desk.mail.answer = Answer(500), Answer(451) if SCALE > 1 else TAKEN
    numbers = next_numbers(6)
    started = time.monotonic()
    for number in numbers:
        desk.raise_alerts(number)
        time.sleep(DOWN_SECONDS / len(numbers) / 2)
    desk.hook.wait(lambda: len(desk.hook.arrivals) >= 6, FLOW_SECONDS, "six tries")
    wait_until(lambda: time.monotonic() - started >= DOWN_SECONDS, DOWN_SECONDS + 5, "down enough")
    assert desk.hook.taken == []
    if SCALE > 1:
        assert desk.mail.taken == []
    else:  # one channel does not hold up another
        desk.mail.wait(lambda: len(desk.mail.copies) == 6, FLOW_SECONDS, "told by mail meanwhile")
        assert desk.hook.taken == []
    tries = len(desk.hook.arrivals)
    desk.hook.answer = desk.mail.answer = TAKEN
    up = time.monotonic()
    # The wait between two tries has grown to as much as the outage itself, at most a quarter of an hour.
    for collector in (desk.hook, desk.mail):
        collector.wait(
            lambda c=collector: len(c.copies) == 6,  # type: ignore[misc]
            60 + 2 * DOWN_SECONDS,
            "all told",
        )
    after = time.monotonic() - up
    wait_until(lambda: desk.counts("deliver")["sent"] == 12, FLOW_SECONDS, "all marked")
    assert desk.hook.duplicates == desk.mail.duplicates == 0
    assert desk.counts("deliver")["dead_letter"] == 0
    reliability.seen(
        15,
        f"webhook 500{' and mail 451' * (SCALE > 1)} for {DOWN_SECONDS:.0f} s: {tries} tries of 6 alerts at the webhook, all 12 "
        f"deliveries {after:.0f} s after, 0 duplicates",
    )


def test_a_webhook_that_asks_for_patience_is_left_alone_as_long(
    desk: Ground, reliability: Reliability
) -> None:
    """429 with Retry-After, as chat services answer: no try of an alert comes before its time."""
    desk.start("deliver")
    desk.hook.answer = Answer(429, retry_after=str(RETRY_AFTER))
    numbers = next_numbers(3)
    desk.raise_alerts(*numbers)
    desk.hook.wait(lambda: len(desk.hook.arrivals) >= 6, FLOW_SECONDS, "each tried twice")
    desk.hook.answer = TAKEN
    desk.hook.wait(lambda: len(desk.hook.copies) == 3, FLOW_SECONDS, "all told")
    gaps = [
        after.at - before.at
        for key in desk.hook.copies
        for before, after in itertools.pairwise(a for a in desk.hook.arrivals if a.key == key)
    ]
    # The time of a claim has milliseconds; the two clocks of this test differ by less.
    await_all_sent(desk, 6, numbers)
    assert min(gaps) >= RETRY_AFTER - 0.05
    assert desk.hook.duplicates == 0
    assert len(desk.mail.copies) == 3, "the mail does not wait for the webhook"
    reliability.seen(
        15,
        f"429 with Retry-After {RETRY_AFTER}: {len(gaps)} pauses of {min(gaps):.1f} s and more, 3 alerts told, "
        "0 duplicates",
    )


def test_killed_between_send_and_mark_an_alert_comes_twice_at_most_and_under_one_key(
    desk: Ground, reliability: Reliability
) -> None:
    """kill -9 while both receivers have the alert and have not answered, again and again."""
    numbers, killed_at = next_numbers(KILLS), []
    desk.start("deliver")
    for event_id in [f"event-{n}" for n in numbers]:
        for collector in (desk.hook, desk.mail):
            collector.answers = {event_id: HANGS}  # those killed before may go out meanwhile
        desk.raise_alerts(int(event_id.removeprefix("event-")))
        for collector in (desk.hook, desk.mail):
            collector.wait(
                lambda c=collector, e=event_id: c.has(e) == 1,  # type: ignore[misc]
                FLOW_SECONDS,
                "taken",
            )
        desk.workers["deliver"].kill()
        killed_at.append(time.monotonic())
        desk.start("deliver")
    desk.hook.answers = desk.mail.answers = {}
    await_all_sent(desk, 2 * KILLS, numbers)
    assert len(desk.hook.copies) == len(desk.mail.copies) == KILLS
    assert_a_copy_for_each_kill(desk, killed_at)
    for key in desk.hook.copies:
        bodies = {a.body for a in desk.hook.taken if a.key == key}
        assert len(bodies) == 1, "the copy says the same"
        assert {a.json["key"] for a in desk.hook.taken if a.key == key} == {key}
    told = {m.event_id for m in desk.mail.taken}
    assert told == {f"event-{n}" for n in numbers}
    reliability.seen(
        16,
        f"killed with the alert at both receivers and no answer: {KILLS} alerts, {desk.hook.duplicates} and "
        f"{desk.mail.duplicates} copies more, none that no kill explains: by "
        "webhook (same Idempotency-Key, same bytes) and by mail (same Message-ID), none lost",
        runs=KILLS,
    )


def assert_a_copy_for_each_kill(desk: Ground, killed_at: list[float]) -> None:
    """Check that each alert came again after its kill, and no more often than kills fell between its copies."""
    for collector in (desk.hook, desk.mail):
        for key, count in collector.copies.items():
            times = [a.at for a in collector.taken if a.key == key]
            excused = sum(times[0] <= at <= times[-1] for at in killed_at)
            assert 2 <= count <= 1 + excused, (key, times, killed_at)


def await_all_sent(desk: Ground, claims: int, numbers: list[int]) -> None:
    """Return once every claim of these events says that it was sent."""
    events = {f"event-{n}" for n in numbers}

    def states() -> Counter[object]:
        found = desk.documents("news-alerts").values()
        return Counter(d["state"] for d in found if d.get("event_id") in events)

    seconds = LEASE_SECONDS + FLOW_SECONDS
    log = desk.workers["deliver"].log
    wait_until(lambda: states() == Counter(sent=claims), seconds, "all claims sent", log)


@pytest.mark.parametrize("is_killed", [False] + [True] * (SCALE > 1))
def test_a_flood_is_three_alerts_and_one_digest_of_the_others(
    desk: Ground, is_killed: bool, reliability: Reliability
) -> None:
    """Eight alerts, three an hour: three are told, five come in one digest; killed while it is sent, it is the same.

    The kill costs the half minute until a claim may be taken over, so it is made in the long run only; at every
    single call to the claims it is made in tests/agents/test_digest.py.
    """
    env = {
        "VIGIE_ALERTS__MAX_PER_HOUR": "3",
        "VIGIE_ALERTS__DIGEST_AFTER_MINUTES": "0.1",
        # Claims of the other tests of this file are in the index too: this recipient is new.
        "VIGIE_ALERTS__SMTP__TO": f"flood-{is_killed}@watch.test",
        "VIGIE_ALERTS__WEBHOOKS": "[]",
    }
    numbers = next_numbers(8)
    desk.start("deliver", **env)
    desk.raise_alerts(*numbers)
    desk.mail.wait(lambda: len(desk.mail.taken) >= 3, FLOW_SECONDS, "three alerts")
    # Only the digest is without an event.
    desk.mail.answers = {"": HANGS} if is_killed else {}
    desk.mail.wait(lambda: len(desk.mail.taken) >= 4, FLOW_SECONDS, "the digest")
    if is_killed:
        desk.workers["deliver"].kill()
        desk.mail.answers = {}
        desk.start("deliver", **env)
        desk.mail.wait(lambda: len(desk.mail.taken) >= 5, LEASE_SECONDS + FLOW_SECONDS, "it again")
    wait_until(lambda: len(told(desk, numbers)) == 5, FLOW_SECONDS, "all five in digests")
    wait_until(lambda: desk.counts("deliver")["digested"] >= 5, FLOW_SECONDS, "counted")
    digests = digests_of(desk)
    by_key = {d.key: text_of(d) for d in digests}
    assert {(d.key, text_of(d)) for d in digests} == set(by_key.items()), "a copy says the same"
    assert len(digests) == len(by_key) + is_killed
    alone = {a.event_id for a in desk.mail.taken if a not in digests}
    listed = told(desk, numbers)
    # On a busy machine the five may be parked over more than one digest's time: each is in one of them.
    assert set(Counter(listed).values()) == {1}
    assert (len(alone), len(listed)) == (3, 5)
    assert alone | set(listed) == {f"event-{n}" for n in numbers}
    reliability.seen(
        16,
        "eight alerts where three an hour are allowed: three told alone, five in one digest"
        + (
            "; killed while it was sent, it came again under its Message-ID with the same words"
            * is_killed
        ),
    )


def digests_of(desk: Ground) -> list[Arrival]:
    """Return the digests that came by mail, copies too."""
    return [a for a in desk.mail.taken if a.headers["Subject"].startswith("[DIGEST]")]


def told(desk: Ground, numbers: list[int]) -> list[str]:
    """Return the events that digests list, once for each digest that does."""
    texts = {d.key: text_of(d) for d in digests_of(desk)}.values()
    return [f"event-{n}" for text in texts for n in numbers if f"event event-{n}," in text]


def text_of(arrival: Arrival) -> str:
    """Return the plain words of a mail."""
    part = arrival.mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
