"""Decides whether a judgement is told to the watch team, and in which words."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.model import Judgement, NewsEvent, Published, Status, Watch
from domain.outcome import Verdict

_ACT_WORDS = {
    "agreement": "agreement",
    "meeting": "meeting",
    "commission": "joint commission",
    "arrest_extradition": "arrest or extradition",
    "joint_operation": "joint operation",
    "exercise": "exercise",
    "training": "training or reinforcement",
    "statement": "statement",
}
_STATUS_WORDS = {
    Status.EXPECTED: "expected",
    Status.UNDER_WAY: "under way",
    Status.CANCELLED: "cancelled",
}


def decide_alert(
    judgement: Judgement,
    watch: Watch,
    published: Published | None,
    first_seen_at: datetime,
    now: datetime,
) -> bool:
    """Return True for a NEW event or a material UPDATE that is not old news.

    Old is judged by the publication time, or by the first fetch where that is unknown: a backlog
    replayed after an outage must not wake anybody (`alert_max_age_hours`, 0 switches this off).
    """
    if judgement.event is None or judgement.verdict not in (Verdict.NEW, Verdict.UPDATE):
        return False
    if watch.alert_max_age_hours == 0:
        return True
    told_at = min(published.at, first_seen_at) if published else first_seen_at
    return now - told_at <= timedelta(hours=watch.alert_max_age_hours)


def headline(event: NewsEvent) -> str:
    """Return one English line for the alert: act, who, where, when."""
    people = [a.name for a in event.actors if a.kind == "person"][:3]
    who = ", ".join(people or [a.name for a in event.actors][:3])
    when = event.event_date.isoformat() if event.event_date else "date not told"
    status = _STATUS_WORDS.get(event.status, "")
    act = _ACT_WORDS[event.act.value]
    parts = [f"{act} ({status})" if status else act, who, event.place.name if event.place else ""]
    line = " – ".join(p for p in parts if p)
    return f"{line[:1].upper()}{line[1:]}, {when}"
