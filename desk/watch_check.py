"""Says whether the watches of a folder can be used, and how much is known about their countries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desk.watch_new import CHANNELS
from desk.watch_trial import labelled_set, read_labelled
from domain.errors import ConfigError
from domain.gazetteer import tables
from domain.gazetteer.countries import country_names
from domain.gazetteer.ledger import AS_OF, Ledger
from domain.model import Watch
from domain.watch import parse_watch
from schemas.canary import CANARY

# Whoever does most of what a watch tells; without them roles are still read, but nobody is known by name.
OFFICES = (
    "interior_minister",
    "justice_minister",
    "defence_minister",
    "national_police_chief",
    "foreign_intelligence_chief",
    "armed_forces_chief",
)
LEAST_SERVICES = 4
LEAST_PLACES = 15
LEAST_LABELLED = 12


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at; `to_do` is '' when it is well, `is_wrong` when the watch cannot be used."""

    watch: str
    what: str
    seen: str
    to_do: str = ""
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """How much the gazetteer knows of one country."""

    services: int
    offices: tuple[str, ...]  # of OFFICES, those with a holder today
    places: int


def read_watches(folder: Path, names: Iterable[str] = ()) -> tuple[dict[str, Watch], list[Point]]:
    """Return the watches of a folder that can be read, and a point for each that cannot."""
    wanted = set(names)
    watches: dict[str, Watch] = {}
    wrong = []
    for path in sorted(folder.glob("*.toml")):
        if wanted and path.stem not in wanted:
            continue
        wanted.discard(path.stem)
        try:
            watch = parse_watch(path.read_text(encoding="utf-8"), path.name)
        except (ConfigError, OSError, UnicodeDecodeError) as e:
            wrong.append(Point(path.stem, "file", str(e), "mend the file", is_wrong=True))
            continue
        watches[path.stem] = watch
    for name in sorted(wanted):
        have = ", ".join(p.stem for p in sorted(folder.glob("*.toml"))) or "none"
        raise ConfigError("find watch", name, f"not in {folder}, which has {have}")
    return watches, wrong


def check_watch(stem: str, watch: Watch, folder: Path) -> list[Point]:
    """Return what is well and what is not about one watch."""
    points = [*_file_points(stem, watch)]
    names = country_names()
    for code in watch.parties:
        if code not in names:
            to_do = "add it to countries.toml (docs/watches.md)"
            points.append(Point(stem, f"country {code}", "not in the gazetteer", to_do, True))
        else:
            points.append(_country_point(stem, code, names[code]))
    points.append(_labelled_point(stem, folder))
    return points


def _file_points(stem: str, watch: Watch) -> Iterable[Point]:
    if watch.watch_id != stem:
        seen = f"{watch.watch_id!r} in {stem}.toml"
        yield Point(stem, "id", seen, "id and file name must be the same", True)
    if CANARY in (watch.watch_id, *watch.channels):
        yield Point(stem, "id", f"{CANARY!r}", "reserved for Vigie's own article", True)
    if watch.parties[0] == watch.parties[1]:
        yield Point(stem, "parties", " ".join(watch.parties), "name two countries", True)
    strange = [c for c in watch.channels if c not in CHANNELS]
    told = ", ".join(watch.channels) or "none"
    if strange or not watch.channels:
        yield Point(stem, "channels", told, f"expected of {', '.join(CHANNELS)}", True)
    else:
        yield Point(stem, "channels", told)


def known_of(code: str) -> Known:
    """Return how much is known of a country on the day the tables were last brought up to date."""
    ledger = Ledger.load()
    return Known(
        services=sum(s.side == code for s in ledger.services.values()),
        offices=tuple(o for o in OFFICES if ledger.holder(o, code, AS_OF)),
        places=_places()[code],
    )


@cache
def _places() -> Counter[str]:
    rows = (*tables.read_rows("places.csv"), *tables.read_rows("cities.csv"))
    return Counter(row["country"] for row in rows)


def _country_point(stem: str, code: str, name: str) -> Point:
    known = known_of(code)
    lacking = [o for o in OFFICES if o not in known.offices]
    seen = (
        f"{known.services} services, {len(known.offices)} of {len(OFFICES)} main offices, "
        f"{known.places} places"
    )
    to_do = []
    if known.services < LEAST_SERVICES:
        to_do.append("services.csv: its police, intelligence and armed forces")
    if lacking:
        to_do.append(f"people.csv, terms.csv: {', '.join(lacking)}")
    if known.places < LEAST_PLACES:
        to_do.append("places.csv: capital, ports, border towns")
    return Point(stem, name, seen, "; ".join(to_do))


def _labelled_point(stem: str, folder: Path) -> Point:
    try:
        path = labelled_set(folder, stem)
    except ConfigError:
        return Point(stem, "labelled set", "none", f"write {stem}.test.jsonl (docs/watches.md)")
    try:
        rows = read_labelled(path)
    except ConfigError as e:
        return Point(stem, "labelled set", str(e), "mend the labels", is_wrong=True)
    relevant = sum(bool(row["relevant"]) for row in rows)
    seen = f"{len(rows)} articles, {relevant} relevant"
    if len(rows) < LEAST_LABELLED or not 0 < relevant < len(rows):
        to_do = f"at least {LEAST_LABELLED}, both relevant ones and others"
        return Point(stem, "labelled set", seen, to_do)
    return Point(stem, "labelled set", seen)
