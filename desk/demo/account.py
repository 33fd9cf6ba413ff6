"""Decides whether every article that was sent is accounted for, and says what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desk.demo.ledger import Ledger
from domain.outcome import CleanOutcome, FetchOutcome, Stage
from runtime.metrics import DEAD_LETTER

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Account:
    """Where the articles of a run are. For several watches, `judged` counts each article once for each."""

    offered: int  # articles on the sample web
    sent: int  # by the connectors, produced or partial
    fetched: int  # different articles on the first topic
    watches: int
    judged: int
    empty: int
    dead: int
    articles_indexed: int
    events: int
    events_indexed: int
    deliveries: int  # alerts times their channels
    delivered: int

    def problems(self) -> list[str]:
        """Return what does not add up, in words; nothing means that every article is accounted for."""
        found: list[str] = []

        def must(equal: bool, what: str) -> None:
            if not equal:
                found.append(what)

        must(self.sent == self.offered, f"{self.offered} articles offered, {self.sent} sent")
        must(
            self.fetched == self.sent,
            f"{self.sent} articles sent, {self.fetched} on the first topic",
        )
        ended = self.judged + (self.empty + self.dead) * self.watches
        must(
            ended == self.sent * self.watches,
            f"{self.sent} articles sent to {self.watches} watch(es), {self.judged} judged, "
            f"{self.empty} empty, {self.dead} dead-lettered",
        )
        must(
            self.articles_indexed == self.judged,
            f"{self.judged} articles judged, {self.articles_indexed} in the index",
        )
        must(
            self.events_indexed == self.events,
            f"{self.events} events changed, {self.events_indexed} in the index",
        )
        must(
            self.delivered >= self.deliveries,
            f"{self.deliveries} alerts to deliver, {self.delivered} delivered",
        )
        return found

    @property
    def in_words(self) -> str:
        """The account in one line."""
        return (
            f"{self.sent} articles sent = {self.judged // max(self.watches, 1)} judged + "
            f"{self.empty} empty + {self.dead} dead-lettered"
        )


def sent_in(summary: Mapping[str, Mapping[str, int]]) -> int:
    """Return how many articles the connectors say they sent, from their summary by source."""
    kinds = (FetchOutcome.PRODUCED, FetchOutcome.PARTIAL)
    return sum(counts.get(kind, 0) for counts in summary.values() for kind in kinds)


def fetch_counts(summary: Mapping[str, Mapping[str, int]]) -> dict[tuple[str, str], int]:
    """Return the connectors' summary as (stage, outcome) counts, beside those read from /metrics."""
    return {
        (Stage.FETCH.value, kind.value): sum(c.get(kind, 0) for c in summary.values())
        for kind in FetchOutcome
    }


def make_account(
    ledger: Ledger,
    counts: Counts,
    *,
    offered: int,
    sent: int,
    watches: int,
    indexed: tuple[int, int],
    delivered: int,
) -> Account:
    """Return the account of what the topics, the metrics and the index (articles, events) hold now."""
    dead = sum(
        counts.get((stage.value, DEAD_LETTER), 0)
        for stage in (Stage.CLEAN, Stage.CLASSIFY, Stage.DETECT)
    )
    return Account(
        offered=offered,
        sent=sent,
        fetched=len(ledger.fetched),
        watches=watches,
        judged=len(ledger.judged),
        empty=counts.get((Stage.CLEAN.value, CleanOutcome.EMPTY.value), 0),
        dead=dead,
        articles_indexed=indexed[0],
        events=len(ledger.events),
        events_indexed=indexed[1],
        deliveries=sum(len(alert.channels) for alert in ledger.alerts.values()),
        delivered=delivered,
    )
