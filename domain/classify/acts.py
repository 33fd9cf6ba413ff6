"""Which act an article tells, and in which lines: cue patterns, weighed by position and by who acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.classify.act_choice import act_values
from domain.classify.document import Document, Line, anchor_day
from domain.classify.logistic import load_model
from domain.model import Act

_BACKGROUND_DAYS, _BACKGROUND_FACTOR = 14, 0.35


@dataclass(frozen=True, slots=True)
class Frame:
    """One line that tells an act, with the points it gives."""

    act: Act
    line: int
    points: float


@dataclass(frozen=True, slots=True)
class ActReading:
    """The act of the article (None if none is told), all frames, and the points of each act."""

    act: Act | None
    frames: tuple[Frame, ...]
    points: dict[Act, float]

    def key_lines(self) -> list[int]:
        """Return the lines that tell the article's act, strongest first."""
        own = sorted((f for f in self.frames if f.act is self.act), key=lambda f: -f.points)
        return [f.line for f in own]


def _agreement(line: Line) -> float:
    return 1.0 if line.has("sign") and line.has("text") else 0.0


def _meeting(line: Line) -> float:
    strength = 0.6 * line.has("meet") + 0.4 * line.has("visit")
    return strength if line.has("official") or line.actors else 0.4 * strength


def _commission(line: Line) -> float:
    return 1.0 if line.has("commission") else 0.0


def _arrest(line: Line) -> float:
    caught = line.has("arrest") or line.has("extradite")
    if not caught:
        return 0.0
    return 0.5 + 0.3 * line.has("request", "extradite") + 0.2 * line.has("suspect")


def _operation(line: Line) -> float:
    if not line.has("operation"):
        return 0.0
    return 0.45 + 0.35 * line.has("tip") + 0.2 * line.has("coop")


def _exercise(line: Line) -> float:
    if not line.has("exercise"):
        return 0.0
    return 1.0 if line.has("military") else 0.35


def _training(line: Line) -> float:
    if not line.has("training"):
        return 0.0
    return 0.4 + 0.3 * line.has("security", "military") + 0.2 * line.has("coop")


def _statement(line: Line) -> float:
    return 0.35 if line.has("statement") and line.has("coop", "security") else 0.0


_PATTERNS: dict[Act, Callable[[Line], float]] = {
    Act.AGREEMENT: _agreement,
    Act.MEETING: _meeting,
    Act.COMMISSION: _commission,
    Act.ARREST_EXTRADITION: _arrest,
    Act.JOINT_OPERATION: _operation,
    Act.EXERCISE: _exercise,
    Act.TRAINING: _training,
    Act.STATEMENT: _statement,
}


def is_background(document: Document, line: Line) -> bool:
    """True when a line tells of days well before the article: what led up to its subject."""
    anchor = anchor_day(document.article)
    if anchor is None or line.is_title:
        return line.has("recall")
    days = [m.day or m.latest for m in line.dates]
    told = [(anchor - day).days for day in days if day is not None]
    return bool(told) and min(told) > _BACKGROUND_DAYS


def read_acts(document: Document) -> ActReading:
    """Return the article's act and the lines that tell it.

    Each line gives an act its pattern's strength, times the line's position weight, times how far
    both parties act there (half of it even when only one does: reports name the other beside it).
    """
    frames: list[Frame] = []
    points: dict[Act, float] = {}
    for line in document.lines:
        joint = document.joint(line)
        past = is_background(document, line)
        for act, pattern in _PATTERNS.items():
            strength = pattern(line)
            if strength == 0.0:
                continue
            value = strength * line.weight * (0.35 + 0.65 * joint)
            if past:
                value *= _BACKGROUND_FACTOR
            frames.append(Frame(act, line.index, round(value, 4)))
            points[act] = points.get(act, 0.0) + value * (1.5 if line.is_title else 1.0)
    return ActReading(_choose(document, points, frames), tuple(frames), points)


def candidates(document: Document, acts: ActReading) -> dict[Act, dict[str, float]]:
    """Return the features of every act, from which one is chosen."""
    told = [(f.act, f.line, f.points) for f in acts.frames]
    return act_values(document, acts.points, told)


def _choose(document: Document, points: dict[Act, float], frames: list[Frame]) -> Act | None:
    if not points:
        return None
    told = act_values(document, points, [(f.act, f.line, f.points) for f in frames])
    shares = load_model("act").shares(list(told.values()))
    return max(zip(told, shares, strict=True), key=lambda pair: pair[1])[0]
