"""What the demo shows of alerts and outcomes, as rich tables; events are shown as `vigie events` shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from desk.tables import foreign
from domain.outcome import Stage
from schemas.records import AlertRaised

OUTCOME_STYLE = {
    "dead_letter": "bold red",
    "failed": "red",
    "partial": "yellow",
    "empty": "yellow",
    "NEW": "bold green",
    "UPDATE": "green",
}


def alerts_table(alerts: Iterable[AlertRaised], sent: Mapping[str, Sequence[str]]) -> Table:
    """Return the alerts raised, and by which channels each was sent (`sent`: alert_id to channels)."""
    table = Table(
        title="Alerts", title_style="bold", box=box.SIMPLE_HEAD, expand=True, pad_edge=False
    )
    for name, ratio in (("verdict", 7), ("event", 11), ("headline", 50), ("sent by", 18)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for alert in sorted(alerts, key=_by_day):
        table.add_row(
            Text(alert.verdict, style=OUTCOME_STYLE.get(alert.verdict, "")),
            str(alert.event.event_date or "-"),
            foreign(alert.headline),
            ", ".join(sorted(sent.get(alert.alert_id, ()))) or Text("not sent", style="bold red"),
        )
    return table


def outcomes_table(counts: Mapping[tuple[str, str], int]) -> Table:
    """Return the count of every outcome, one line a stage, in the order of the flow."""
    table = Table(title="Outcomes", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage", style="bold")
    table.add_column("records", justify="right")
    table.add_column("outcomes")
    for stage in Stage:
        total = sum(n for (name, _), n in counts.items() if name == stage)
        table.add_row(stage.value, str(total), outcomes_line(counts, stage))
    return table


def outcomes_line(counts: Mapping[tuple[str, str], int], stage: Stage) -> Text:
    """Return the outcomes of one stage that have occurred, the most frequent first."""
    mine = sorted(
        ((n, outcome) for (s, outcome), n in counts.items() if s == stage and n),
        key=lambda pair: (-pair[0], pair[1]),
    )
    told = [Text(f"{outcome} {n}", style=OUTCOME_STYLE.get(outcome, "")) for n, outcome in mine]
    return Text("  ").join(told)


def _by_day(alert: AlertRaised) -> tuple[str, str, int]:
    event = alert.event
    return str(event.event_date or ""), event.event_id, event.version
