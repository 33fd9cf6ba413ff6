"""Case 6: the index is away for minutes: nothing is put aside, nothing is lost, and the lag is worked off in time."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.ground import AGENTS, FLOW_SECONDS, Ground, ground, own_index
from tests.harness.process import RunFolder
from tests.harness.reliability import SCALE, Reliability
from tests.integration.test_spine import corpus
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(400 + 1000 * (SCALE - 1))]

OUTAGE_SECONDS = 30.0 * SCALE  # five minutes are a scale of 10
BEFORE, DURING = 20, 40


def test_an_outage_of_the_index_grows_the_lag_and_is_worked_off_within_twice_its_length(
    run_folder: RunFolder,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    reliability: Reliability,
) -> None:
    """First nobody listens, then the server is frozen and answers nothing; articles keep coming all the time."""
    with ground(run_folder, own_index(request.config, run_folder), tmp_path) as made:
        made.start(*AGENTS, VIGIE_ELASTICSEARCH__TIMEOUT_SECONDS="5")
        articles = corpus(BEFORE + DURING)
        made.send(articles[:BEFORE])
        made.drain()
        made.await_states(sent=2 * len(made.alerts()))
        told_before = len(made.hook.copies)
        half = OUTAGE_SECONDS / 2
        wait_until(lambda: made.lag("index") == 0, FLOW_SECONDS, "no lag before it")
        lags = [0.0]
        server = made.servers.elasticsearch.child

        def freeze() -> None:
            # A connection that was waiting is neither refused nor answered.
            server.signal(signal.SIGSTOP)
            made.index_proxy.restore()

        stages: list[tuple[Callable[[], None], int]] = [
            (made.index_proxy.refuse, BEFORE),
            (freeze, BEFORE + DURING // 2),
        ]
        began = time.monotonic()
        try:
            for begin, first in stages:
                begin()
                until = time.monotonic() + half
                made.send(articles[first : first + DURING // 2])
                # It lasts at least its time, and until what came has reached the stage that waits.
                wait_until(
                    lambda u=until: time.monotonic() > u and made.lag("index") > lags[-1],  # type: ignore[misc]
                    half + FLOW_SECONDS,
                    f"a lag over {lags[-1]}",
                )
                lags.append(made.lag("index"))
        finally:
            server.signal(signal.SIGCONT)
        outage = time.monotonic() - began
        drained = made.drain(2 * outage)
        assert 0 < lags[1] < lags[2]
        assert made.dead_letters() == []
        made.await_states(sent=2 * len(made.alerts()))
        assert_everything_is_there(made, BEFORE + DURING)
        assert made.restart_ended() == [], "an outage of the index ends no process"
        told = len(made.hook.copies) - told_before
        assert told > 0
        assert made.hook.duplicates == made.mail.duplicates == 0
        reliability.seen(
            6,
            f"index refused, then frozen, {outage:.0f} s in all: lag of `index` {lags[1]:.0f}, then "
            f"{lags[2]:.0f} records; worked off {drained:.0f} s after; 0 dead letters, all {BEFORE + DURING} articles "
            f"stored, {told} alerts held back by the outage told once",
        )


def assert_everything_is_there(made: Ground, articles: int) -> None:
    """Check that each article is stored once and each event in its newest revision."""
    assert len(made.documents("news-articles")) == articles
    newest = made.newest_revisions()
    stored = {i: d["revision"] for i, d in made.documents("news-events").items()}
    assert stored == newest
