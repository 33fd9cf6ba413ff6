"""Fixtures of the hostile tests: a site that misbehaves, and a fetcher with the limits of production, time apart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from connectors.fetch import Fetcher, FetchOptions
from connectors.politeness import Politeness, PolitenessOptions
from tests.harness.reliability import Reliability
from tests.harness.web import ScriptedServer, Site

TOTAL_SECONDS = 1.5  # 30 in production


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A server that starts sites."""
    async with ScriptedServer() as running:
        yield running


@pytest_asyncio.fixture
async def site(server: ScriptedServer) -> Site:
    """One site with an open robots.txt."""
    return await server.site()


@pytest_asyncio.fixture
async def fetcher(site: Site) -> AsyncIterator[Fetcher]:
    """A fetcher that may reach the site."""
    options = FetchOptions(
        allow_hosts=frozenset({site.netloc}), total_seconds=TOTAL_SECONDS, read_seconds=0.5
    )
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as made:
        yield made


@dataclass
class Tally:
    """Sums up what the many kinds of one hostile test came to, as one line of the reliability table."""

    test: str
    kinds: dict[str, float] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def seen(
        self,
        case: int,
        headline: str,
        kind: str,
        outcome: str = "",
        worst: float = 0.0,
        unit: str = "",
    ) -> None:
        """Add one kind of input that did no harm, with its outcome and the figure that must stay small."""
        self.kinds[kind], self.outcomes[kind] = worst, outcome
        text = f"{headline}: {len(self.kinds)} kinds"
        if any(self.outcomes.values()):
            counts = {
                o: list(self.outcomes.values()).count(o) for o in sorted({*self.outcomes.values()})
            }
            text += " (" + ", ".join(f"{n} {o}" for o, n in counts.items()) + ")"
        if unit:
            text += f", at most {max(self.kinds.values()):.3g} {unit}"
        Reliability(self.test).seen(case, text, len(self.kinds))


_TALLIES = pytest.StashKey[dict[str, Tally]]()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Give the tally that all kinds of a parametrised test share."""
    known = request.config.stash.setdefault(_TALLIES, {})
    name = request.node.nodeid.partition("[")[0]
    return known.setdefault(name, Tally(name))
