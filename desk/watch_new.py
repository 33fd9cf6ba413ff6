"""Makes the TOML file of a new watch from two countries and a few choices; never writes over one."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from domain.errors import ConfigError
from domain.gazetteer.countries import country_names, find_countries
from domain.model import LANGUAGES, Theme
from domain.watch import parse_watch
from schemas.canary import CANARY

CHANNELS = ("console", "webhook", "email")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAX_NAME = 60
_SUGGESTIONS = 3
_ALIKE = 0.7  # of 1; "Morroco" and "Belgum" are above, "Atlantis" and "Albania" below


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new watch shall be."""

    name: str
    parties: tuple[str, str]  # ISO codes
    title: str = ""
    themes: tuple[str, ...] = ()  # empty: all
    threshold: float = 0.5
    recap_after_days: int = 14
    max_age_hours: float = 24.0
    channels: tuple[str, ...] = ("console",)


def country_code(told: str) -> str:
    """Return the ISO code of a country given by code or by name in any of the seven languages.

    Raises ConfigError with the nearest names: another country needs an entry in the gazetteer first.
    """
    names = country_names()
    text = told.strip()
    if text.upper() in names:
        return text.upper()
    for lang in LANGUAGES:
        for spelling in (text, text.title()):
            found = find_countries(spelling, lang)
            whole = [m for m in found if (m.start, m.end, m.kind) == (0, len(spelling), "name")]
            if whole:
                return whole[0].code
    raise ConfigError("make watch", f"country {text!r}", _not_known(text, names))


def _not_known(text: str, names: dict[str, str]) -> str:
    by_name = {name.lower(): code for code, name in names.items()}
    near = difflib.get_close_matches(text.lower(), by_name, _SUGGESTIONS, cutoff=_ALIKE)
    if near:
        told = " or ".join(f"{names[by_name[n]]} ({by_name[n]})" for n in near)
        return f"not known, did you mean {told}?"
    return f"not known, expected one of {' '.join(sorted(names))}; docs/watches.md: how to add one"


def parties_of(told: list[str]) -> tuple[str, str]:
    """Return two different ISO codes, or raise ConfigError."""
    if len(told) != 2:
        seen = ", ".join(told) or "none"
        raise ConfigError("make watch", "parties", f"seen {seen}, expected two countries")
    first, second = country_code(told[0]), country_code(told[1])
    if first == second:
        raise ConfigError("make watch", "parties", f"seen {first} twice, expected two countries")
    return first, second


def check_name(name: str) -> str:
    """Return the name if it may be one of a watch: it becomes a file, a record key and a metric label."""
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
        seen = f"expected words of a-z and 0-9 joined by hyphens, at most {_MAX_NAME} letters"
        raise ConfigError("make watch", f"name {name!r}", seen)
    if name == CANARY:
        raise ConfigError("make watch", f"name {name!r}", "is reserved for Vigie's own article")
    return name


def check_choices(themes: tuple[str, ...], channels: tuple[str, ...]) -> None:
    """Raise ConfigError for a theme or channel that there is not."""
    for what, told, allowed in (
        ("themes", themes, tuple(t.value for t in Theme)),
        ("channels", channels, CHANNELS),
    ):
        strange = [one for one in told if one not in allowed]
        if strange:
            seen = f"seen {', '.join(strange)}, expected of {', '.join(allowed)}"
            raise ConfigError("make watch", what, seen)
    if not channels:
        raise ConfigError("make watch", "channels", f"seen none, expected of {', '.join(CHANNELS)}")


def default_title(parties: tuple[str, str]) -> str:
    """Return the title a watch has if none is given."""
    names = country_names()
    return f"{names[parties[0]]}–{names[parties[1]]} security cooperation"


def scaffold(wanted: Wanted) -> str:
    """Return the text of the watch's file, each line explained; raises ConfigError for what is wrong."""
    check_name(wanted.name)
    check_choices(wanted.themes, wanted.channels)
    names = country_names()
    title = wanted.title or default_title(wanted.parties)
    if not title.isprintable():
        raise ConfigError("make watch", "title", "has characters that cannot be shown")
    themes = wanted.themes or tuple(t.value for t in Theme)
    text = _TEMPLATE.format(
        first=names[wanted.parties[0]],
        second=names[wanted.parties[1]],
        id=json.dumps(wanted.name),
        title=json.dumps(title, ensure_ascii=False),
        parties=json.dumps(list(wanted.parties)),
        threshold=f"{wanted.threshold:g}",
        recap=wanted.recap_after_days,
        themes=json.dumps(list(themes)),
        age=f"{wanted.max_age_hours:g}",
        channels=json.dumps(list(wanted.channels)),
    )
    parse_watch(text, f"{wanted.name}.toml")  # what is written can be read, bounds included
    return text


def write_watch(folder: Path, wanted: Wanted) -> tuple[Path, bool]:
    """Write the watch's file; returns its path, and False if just this file is there already.

    Raises ConfigError when a file of that name says something else: it may have been edited.
    """
    text = scaffold(wanted)
    path = folder / f"{wanted.name}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as e:
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
            return path, False
        told = "is there and says something else, left as it is; edit it or choose another name"
        raise ConfigError("make watch", str(path), told) from e
    except OSError as e:
        raise ConfigError("make watch", str(path), e.strerror or str(e)) from e
    return path, True


_TEMPLATE = """\
# New security-cooperation events between {first} and {second}. docs/watches.md explains the steps.

# The name of the watch: file, record keys, metrics, index. Changing it later starts from nothing.
id = {id}
# What people read in alerts.
name = {title}
# The two countries (ISO 3166-1). An event counts only if both are parties to it.
parties = {parties}
# From which calibrated probability (0 to 1) an article is of the watch. Higher: fewer false alerts,
# more missed events. Change it only with `vigie watch test` at hand.
relevance_threshold = {threshold}
# An article on an event this many days older than itself recalls it (RECAP) and alerts nobody.
recap_after_days = {recap}
# The themes that events are labelled with; an event of another theme still counts, without label.
themes = {themes}

[alerts]
# News older than this when it is first seen is indexed, never alerted; 0 switches the gate off.
max_age_hours = {age}
# Who is told: console, webhook, email. Their addresses are settings (docs/settings.md).
channels = {channels}
"""
