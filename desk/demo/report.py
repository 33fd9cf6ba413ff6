"""What the demo says at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from desk.demo.account import Account, Counts
from desk.demo.index import IndexState
from desk.demo.ledger import Ledger
from desk.demo.tables import alerts_table, outcomes_table
from desk.tables import events_table
from schemas.indices import Document


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run found and counted."""

    ledger: Ledger
    counts: Counts
    index: IndexState
    events: Sequence[Document]  # as they are in the index
    why: Mapping[str, str]  # by event id
    account: Account
    seconds: float
    webhooks: tuple[int, int]  # taken with a right signature, refused
    mails: int
    stuck: str = ""  # why the run ended before everything was accounted for
    notes: list[str] = field(default_factory=list)


def problems_of(findings: Findings) -> list[str]:
    """Return everything that keeps the run from being a success."""
    found = findings.account.problems()
    if findings.webhooks[1]:
        found.append(f"{findings.webhooks[1]} webhook calls had a wrong signature")
    if findings.stuck:
        found.append(findings.stuck)
    return found


def print_findings(console: Console, findings: Findings) -> list[str]:
    """Print events, alerts, outcomes and the account; return the problems."""
    problems = problems_of(findings)
    console.print(events_table(findings.events, findings.why))
    console.print(alerts_table(findings.ledger.alerts.values(), findings.index.sent))
    console.print(outcomes_table(findings.counts))
    sent = findings.index.deliveries
    console.print(
        Text.assemble(
            (
                f"{len(findings.events)} events, {len(findings.ledger.alerts)} alerts, {sent} deliveries: "
            ),
            f"webhook {findings.webhooks[0]} (signatures checked), e-mail {findings.mails}, ",
            f"console {_console(findings.index)}",
        )
    )
    style, mark = ("bold green", "✓") if not problems else ("bold red", "✗")
    verdict = "all accounted for" if not problems else "not all accounted for"
    console.print(
        Text(
            f"{mark} {findings.account.in_words}: {verdict} in {findings.seconds:.1f} s",
            style=style,
        )
    )
    for problem in problems:
        console.print(Text(f"  {problem}", style="red"))
    for note in findings.notes:
        console.print(Text(note, style="dim"))
    return problems


def _console(index: IndexState) -> int:
    return sum(channels.count("console") for channels in index.sent.values())
