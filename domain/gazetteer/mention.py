"""The values of actor matching."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActorMention:
    """A person, service or unnamed role in a text.

    `name` is canonical Latin; '' for a role whose holder the text does not name. `office` '' means
    not known. `in_office`: whether the person held the office on the day asked about; None when no
    day was given or the person is not in the ledger.
    """

    start: int
    end: int
    name: str
    entity_id: str
    kind: str  # person, service or role
    side: str
    office: str = ""
    known: bool = True
    in_office: bool | None = None
    is_former: bool = False
