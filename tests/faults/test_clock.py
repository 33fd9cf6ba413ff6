"""Case 13: the clock of every process jumps an hour forwards and back while alerts flow and some are parked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.records import FetchedArticle
from tests.faults.ground import AGENTS, FLOW_SECONDS, Ground, ground, own_index
from tests.harness.clock_shift import ClockShift, make_clock_shift
from tests.harness.collector import TAKEN, Answer
from tests.harness.plugin import absent
from tests.harness.process import MissingToolError, RunFolder
from tests.harness.reliability import SCALE, Reliability
from tests.integration.test_spine import corpus
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(400 + 400 * (SCALE - 1))]

HOUR = 3600
JUMPS = (0, HOUR, -HOUR, 0) * SCALE


def test_no_alert_is_lost_or_told_twice_when_the_clock_jumps_an_hour(
    request: pytest.FixtureRequest, run_folder: RunFolder, tmp_path: Path, reliability: Reliability
) -> None:
    """At each jump a channel is down and alerts are parked: they go out by the time that passed, not by the clock."""
    try:
        clock = make_clock_shift(tmp_path)
    except MissingToolError as e:
        absent(request.config, str(e))
        raise
    with ground(run_folder, own_index(request.config, run_folder), tmp_path) as made:
        made.start(*AGENTS, **clock.environment)
        articles = corpus(8 * len(JUMPS))
        offs = []
        for n, shift in enumerate(JUMPS):
            offs.append(jump(made, clock, shift, articles[n :: len(JUMPS)], number=13_000 + n))
        made.drain()
        raised = made.alerts()
        made.await_states(sent=2 * len(raised))
        assert len(made.hook.copies) == len(made.mail.copies) == len(raised)
        assert made.hook.duplicates == made.mail.duplicates == 0
        assert made.dead_letters() == []
        assert len(made.documents("news-articles")) == len(articles)
        assert {w.process.poll() for w in made.workers.values()} == {None}, "a jump ends no process"
        assert offs == pytest.approx(JUMPS, abs=600), "the clocks really were off"
        reliability.seen(
            13,
            f"clock of all processes set {len(JUMPS) - 1} times by an hour or two, each time with alerts parked: "
            f"{len(raised)} alerts told once by each of two channels, 0 lost, 0 repeated, {len(articles)} articles "
            "stored",
            runs=len(JUMPS) - 1,
        )


def jump(
    made: Ground, clock: ClockShift, shift: int, articles: Sequence[FetchedArticle], number: int
) -> float:
    """Park an alert, let the clock jump, let everything flow; return how far off the stored times are."""
    event_id = f"event-{number}"
    made.hook.answer = Answer(503)
    made.raise_alerts(number)
    made.hook.wait(lambda: tries_of(made, event_id) >= 1, FLOW_SECONDS, "tried")
    clock.set(shift)
    made.send(articles)
    made.hook.answer = TAKEN
    made.hook.wait(lambda: made.hook.has(event_id) == 1, FLOW_SECONDS, f"told at {shift}")
    wait_until(lambda: state_of(made, event_id) == Counter(sent=2), FLOW_SECONDS, "marked")
    [claim] = [
        d
        for d in made.documents("news-alerts").values()
        if d["event_id"] == event_id and d["channel"] == "webhook"
    ]
    return (datetime.fromisoformat(str(claim["sent_at"])) - datetime.now(UTC)).total_seconds()


def tries_of(made: Ground, event_id: str) -> int:
    """Return how often the webhook was asked to take an event's alert."""
    return sum(a.event_id == event_id for a in list(made.hook.arrivals))


def state_of(made: Ground, event_id: str) -> Counter[object]:
    """Return the states of an event's claims."""
    found = made.documents("news-alerts").values()
    return Counter(d["state"] for d in found if d["event_id"] == event_id)
