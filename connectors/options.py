"""The connectors' options in one value, and the parts they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.fetch import Fetcher, FetchOptions
from connectors.politeness import Politeness, PolitenessOptions
from runtime.http_body import MAX_BODY_BYTES
from runtime.http_guard import Resolver, resolve


@dataclass(frozen=True, slots=True)
class ConnectorOptions:
    """How the connectors behave. Seconds throughout; every limit of fetching is here."""

    user_agent: str = "vigie/0.1 (news monitoring)"
    allow_hosts: frozenset[str] = frozenset()  # `host` or `host:port` outside the public web
    state_path: Path = Path("var/connectors.sqlite")
    concurrency: int = 16  # polls at once
    entries_at_once: int = 4  # of one source
    min_gap_seconds: float = 2.0  # between requests to one host
    max_crawl_delay_seconds: float = 30.0
    total_seconds: float = 30.0  # one fetch, redirects included
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    max_body_bytes: int = MAX_BODY_BYTES
    obey_robots: bool = True
    ca_file: str | None = None
    parser_children: int = 2
    poll_jitter: float = 0.1  # share of the interval
    start_spread_seconds: float = 20.0  # first polls are spread over this
    max_back_off_seconds: float = 86_400.0
    max_age_floor_seconds: float = 3_600.0  # the longest a Cache-Control header can put a poll off
    stop_grace_seconds: float = 10.0  # for polls under way when the stop comes; then they are cut
    tries_an_entry: int = 3  # of its page, before the listing's own text is taken
    sitemap_children: int = 3  # read of one index at each poll

    def fetch_options(self) -> FetchOptions:
        """Return the fetcher's part."""
        return FetchOptions(
            user_agent=self.user_agent,
            allow_hosts=self.allow_hosts,
            total_seconds=self.total_seconds,
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            max_body_bytes=self.max_body_bytes,
            ca_file=self.ca_file,
            obey_robots=self.obey_robots,
        )

    def politeness_options(self) -> PolitenessOptions:
        """Return the part that is about hosts."""
        return PolitenessOptions(
            min_gap_seconds=self.min_gap_seconds,
            max_crawl_delay_seconds=self.max_crawl_delay_seconds,
            max_back_off_seconds=self.max_back_off_seconds,
        )


def make_fetcher(
    options: ConnectorOptions,
    *,
    resolver: Resolver = resolve,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Fetcher:
    """Return the one fetcher all connectors of a process share, with its budget per host."""
    politeness = Politeness(options.politeness_options())
    return Fetcher(options.fetch_options(), politeness, resolver=resolver, clock=clock)
