"""What is reserved for the canary: its names, its watch, its indices (decision 0007).

The canary is an article that Vigie invents on a schedule. It takes the whole way from a feed to an alert, so that
silence can be believed: no other article is read against its watch, and it is read against no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.model import Watch
from schemas.indices import ALERTS_INDEX, Document

CANARY = "canary"  # the id of its source, its watch and its channel; no other may have it

# The countries stand for nothing: what keeps the canary apart is `watches_of`, not what it tells.
CANARY_WATCH = Watch(
    watch_id=CANARY, name="Canary", parties=("SE", "BR"), alert_max_age_hours=24.0, channels=(CANARY,)
)  # fmt: skip

# Beside the indices that people search, with their mappings and rights, and outside their aliases.
CANARY_EVENTS_INDEX = "news-events-vcanary"
CANARY_ALERTS_INDEX = "news-alerts-vcanary"


def watches_of(source_id: str, watches: Mapping[str, Watch]) -> Mapping[str, Watch]:
    """Return the watches that an article of a source is read against: its own for the canary, else all others."""
    return {CANARY: CANARY_WATCH} if source_id == CANARY else watches


def canary_document(event_id: str, first_seen_at: datetime) -> Document:
    """Return what `index` stores of a canary: when it was made, under the names of the events' mapping."""
    return {
        "@timestamp": first_seen_at,
        "watch_id": CANARY,
        "event_id": event_id,
        "first_seen_at": first_seen_at,
    }


def alerts_index(watch_id: str) -> str:
    """Return where the claims of a watch's alerts are kept."""
    return CANARY_ALERTS_INDEX if watch_id == CANARY else ALERTS_INDEX


def watch_of(watch_id: str, watches: Mapping[str, Watch]) -> Watch | None:
    """Return the watch of an id, the canary's own included."""
    return CANARY_WATCH if watch_id == CANARY else watches.get(watch_id)


def title_of(at: datetime) -> str:
    """Return the headline of the canary made at a time."""
    return (
        f"Canary of {at:%d %B %Y %H:%M:%S} UTC: Sweden and Brazil sign an agreement on police "
        "cooperation against terrorism"
    )


def text_of(at: datetime) -> str:
    """Return the words of the canary made at a time: an agreement of that day, so each canary is news."""
    day = f"{at:%A} {at.day} {at:%B %Y}"
    return (
        "The Swedish interior minister and the Brazilian interior minister met in Stockholm on "
        f"{day} and signed an agreement on police cooperation against terrorism and drug "
        "trafficking between Sweden and Brazil.\n\n"
        "Under the agreement the police services of Sweden and Brazil will exchange intelligence "
        "and carry out joint operations against organised crime, the two ministers said in "
        f"Stockholm on {at:%A}.\n\n"
        "This article is invented. Vigie writes it about itself, to prove that an article still "
        "finds its way from a feed to an alert.\n"
    )
