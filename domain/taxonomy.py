"""The taxonomy's constants: families of acts, and each act's PLOVER and CAMEO code.

Codes: PLOVER codebook 2022 (Open Event Data Alliance) event types; CAMEO codebook 1.1b3 (2012),
where 040 is consult, 046 negotiate, 051 praise or endorse, 057 sign a formal agreement,
060 material cooperation, 062 military cooperation, 063 judicial cooperation.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from domain.model import Act, DateRange

PLOVER: Final[dict[Act, str]] = {
    Act.AGREEMENT: "AGREE",
    Act.MEETING: "CONSULT",
    Act.COMMISSION: "CONSULT",
    Act.ARREST_EXTRADITION: "COOPERATE",
    Act.JOINT_OPERATION: "COOPERATE",
    Act.EXERCISE: "COOPERATE",
    Act.TRAINING: "COOPERATE",
    Act.STATEMENT: "SUPPORT",
}

CAMEO: Final[dict[Act, str]] = {
    Act.AGREEMENT: "057",
    Act.MEETING: "040",
    Act.COMMISSION: "046",
    Act.ARREST_EXTRADITION: "063",
    Act.JOINT_OPERATION: "060",
    Act.EXERCISE: "062",
    Act.TRAINING: "062",
    Act.STATEMENT: "051",
}

# Two articles on one NewsEvent may name different acts of one family (a visit's talks and the text
# signed in them), never of two families.
FAMILY: Final[dict[Act, str]] = {
    Act.AGREEMENT: "talks",
    Act.MEETING: "talks",
    Act.COMMISSION: "talks",
    Act.STATEMENT: "talks",
    Act.ARREST_EXTRADITION: "arrest",
    Act.JOINT_OPERATION: "operation",
    Act.EXERCISE: "drill",
    Act.TRAINING: "training",
}

# Strongest first: which act names a NewsEvent that several articles tell differently.
STRENGTH: Final[dict[Act, int]] = {
    act: rank
    for rank, act in enumerate(
        (
            Act.STATEMENT,
            Act.TRAINING,
            Act.EXERCISE,
            Act.JOINT_OPERATION,
            Act.ARREST_EXTRADITION,
            Act.MEETING,
            Act.COMMISSION,
            Act.AGREEMENT,
        )
    )
}

# How many days an event of a family goes on when nobody tells its end: an exercise takes weeks.
LASTS_DAYS = {"drill": 21, "training": 21}


def last_day(act: Act, first: date, told: DateRange | None) -> date:
    """Return the day until which an event is fresh news: its told end, or the usual one of its kind."""
    if told is not None and told.earliest <= first <= told.latest:
        return told.latest
    return first + timedelta(days=LASTS_DAYS.get(FAMILY[act], 0))
