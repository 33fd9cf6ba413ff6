"""What the demo shows at its end: events, alerts, outcomes, as rich tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich import box
from rich.table import Table
from rich.text import Text

from domain.outcome import Stage
from schemas.records import AlertRaised, EventInfo, ReasonInfo

ACT_STYLE = {
    "agreement": "bold magenta",
    "meeting": "bold cyan",
    "commission": "cyan",
    "arrest_extradition": "bold red",
    "joint_operation": "bold yellow",
    "exercise": "green",
    "training": "green",
    "statement": "dim",
}
OUTCOME_STYLE = {
    "dead_letter": "bold red",
    "failed": "red",
    "partial": "yellow",
    "empty": "yellow",
    "NEW": "bold green",
    "UPDATE": "green",
}
MAX_ACTORS = 4
WHY_CHARS = 110


@dataclass(frozen=True, slots=True)
class EventView:
    """A detected event with what the table needs beside it."""

    event: EventInfo
    first_seen_at: datetime | None
    reasons: Sequence[ReasonInfo] = ()


def day_of(event: EventInfo) -> str:
    """Return the event's day, or the range it must lie in, or a dash."""
    if event.event_date is not None:
        return event.event_date.isoformat()
    if event.event_date_range is not None:
        days = event.event_date_range
        return f"{days.earliest:%Y-%m-%d} to {days.latest:%Y-%m-%d}"
    return "-"


def why_of(reasons: Sequence[ReasonInfo]) -> str:
    """Return the strongest reasons in one short line: those with a score first, highest first."""
    ranked = sorted(reasons, key=lambda r: -(r.score if r.score is not None else -1.0))
    told: list[str] = []
    for reason in ranked:
        line = f"{reason.rule}: {reason.detail}" if reason.detail else reason.rule
        if told and len("; ".join([*told, line])) > WHY_CHARS:
            break
        told.append(line[:WHY_CHARS])
    return "; ".join(told)


def events_table(views: Iterable[EventView]) -> Table:
    """Return the detected events, by day."""
    table = Table(
        title="Detected events",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        expand=True,
        pad_edge=False,
    )
    for name, ratio in (
        ("date", 10), ("act", 11), ("place", 9), ("actors", 20), ("themes", 14),
        ("articles", 9), ("sources", 12), ("first seen", 8), ("why", 26),
    ):  # fmt: skip
        table.add_column(name, ratio=ratio, overflow="fold")
    for view in sorted(views, key=lambda v: (day_of(v.event), v.event.event_id)):
        event = view.event
        langs = Counter(m.lang for m in event.members)
        table.add_row(
            day_of(event),
            Text(event.act, style=ACT_STYLE.get(event.act, "")) + Text(f"\n{event.status}", style="dim"),
            event.place.name if event.place else "-",
            _some([a.name for a in event.actors], MAX_ACTORS),
            ", ".join(event.themes) or "-",
            Text(f"{len(event.members)}", style="bold")
            + Text("\n" + " ".join(f"{lang}:{n}" for lang, n in sorted(langs.items())), style="dim"),
            ", ".join(sorted({m.source_id.removeprefix("sample-") for m in event.members})),
            f"{view.first_seen_at:%H:%M:%S}" if view.first_seen_at else "-",
            Text(why_of(view.reasons), style="dim"),
        )  # fmt: skip
        table.add_section()
    return table


def alerts_table(alerts: Iterable[AlertRaised], sent: Mapping[str, Sequence[str]]) -> Table:
    """Return the alerts raised, and by which channels each was sent (`sent`: alert_id to channels)."""
    table = Table(
        title="Alerts", title_style="bold", box=box.SIMPLE_HEAD, expand=True, pad_edge=False
    )
    for name, ratio in (("verdict", 7), ("event", 11), ("headline", 50), ("sent by", 18)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for alert in sorted(alerts, key=lambda a: (day_of(a.event), a.raised_at, a.alert_id)):
        table.add_row(
            Text(alert.verdict, style=OUTCOME_STYLE.get(alert.verdict, "")),
            day_of(alert.event),
            alert.headline,
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


def _some(names: Sequence[str], most: int) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "") or "-"
