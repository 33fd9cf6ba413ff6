"""Case 7: the network to the broker and to the index is slow, cut, or takes everything and answers nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.ground import AGENTS, Ground, ground, own_index
from tests.harness.process import RunFolder
from tests.harness.proxy import HALF_OPEN, FaultProxy, Faults
from tests.harness.reliability import SCALE, Reliability
from tests.integration.test_spine import corpus

pytestmark = [pytest.mark.real, pytest.mark.timeout(600 + 600 * (SCALE - 1))]

SLOW = Faults(latency_seconds=1.0)
HALF_OPEN_SECONDS = 12.0 * SCALE
CUTS = 4
EACH = 6  # articles that come during one fault
# A worker that gave up needs the time of a start; a machine under load is several times slower than a quiet one.
BACK_SECONDS = 120.0


@dataclass
class Journey:
    """A pipeline, the articles still to send, and how long it took to be back after each fault."""

    made: Ground
    rest: list[object]
    sent: int = 0
    restarts: int = 0
    took: dict[str, float] = field(default_factory=dict)

    def send(self) -> None:
        """Let the next articles come."""
        now, self.rest = self.rest[:EACH], self.rest[EACH:]
        assert len(now) == EACH
        self.made.send(now)  # type: ignore[arg-type]
        self.sent += EACH

    def through(self, what: str) -> None:
        """Note how long until everything sent is stored, starting again what ended with 75."""
        started = time.monotonic()
        while len(self.made.documents("news-articles")) < self.sent:
            self.restarts += len(self.made.restart_ended())
            assert time.monotonic() - started < BACK_SECONDS, f"not through after {what}"
            time.sleep(0.2)
        self.took[what] = time.monotonic() - started


@pytest.fixture
def journey(
    run_folder: RunFolder, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Journey]:
    """Give a running pipeline through which the first articles went."""
    with ground(run_folder, own_index(request.config, run_folder), tmp_path) as made:
        made.start(*AGENTS, VIGIE_ELASTICSEARCH__TIMEOUT_SECONDS="5")
        ready = Journey(made, list(corpus(80)))
        ready.send()
        ready.through("a good network")
        yield ready


@pytest.mark.parametrize("toward", ["broker", "index"])
def test_a_slow_a_cut_and_a_silent_network_lose_nothing(
    journey: Journey, toward: str, reliability: Reliability
) -> None:
    """One second of latency, connections cut again and again, half open for a while: each article once, 0 dead letters."""
    made = journey.made
    proxy: FaultProxy = made.kafka_proxy if toward == "broker" else made.index_proxy
    faults: list[tuple[str, Callable[[], None]]] = [
        ("cut", lambda: cut(journey, proxy)),
        ("half open", lambda: half_open(journey, proxy)),
    ]
    proxy.set(SLOW)
    journey.send()
    journey.through("a second of latency, still there")
    proxy.restore()
    for name, make in faults:
        make()
        journey.through(name)
    made.drain()
    made.await_states(sent=2 * len(made.alerts()))
    assert made.dead_letters() == []
    assert len(made.documents("news-articles")) == journey.sent
    stored = {i: d["revision"] for i, d in made.documents("news-events").items()}
    assert stored == made.newest_revisions()
    assert len(made.hook.copies) == len(made.mail.copies) == len(made.alerts()) > 0
    # A worker that gave up between sending and noting it sends once more, under the same key.
    assert max(made.hook.duplicates, made.mail.duplicates) <= journey.restarts
    told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in journey.took.items())
    reliability.seen(
        7,
        f"toward the {toward}: {journey.sent} articles, each stored once, 0 dead letters, {len(made.alerts())} alerts "
        f"once by each channel; until all was through: {told}; processes started again: {journey.restarts}",
    )


def cut(journey: Journey, proxy: FaultProxy) -> None:
    """Reset every connection while articles come, some times."""
    for n in range(CUTS):
        proxy.cut()
        if n == CUTS // 2:
            journey.send()
        time.sleep(0.5)


def half_open(journey: Journey, proxy: FaultProxy) -> None:
    """Take everything and pass on nothing, for longer than a session lasts; then the network is well."""
    proxy.set(HALF_OPEN)
    journey.send()
    time.sleep(HALF_OPEN_SECONDS)
    proxy.restore()
