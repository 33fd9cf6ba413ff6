"""The rows of `domain/gazetteer/data`, read once. What each file says and where from: SOURCES.md."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """One person's time in one office. `start` or `end` None: unknown, or still in office."""

    person_id: str
    office: str
    side: str
    start: date | None
    end: date | None
    source: str = ""

    def covers(self, day: date) -> bool:
        """True when the day lies within the term, both ends included."""
        return (self.start or date.min) <= day <= (self.end or date.max)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who holds or held an office; `name` is the canonical full name in Latin script."""

    person_id: str
    name: str
    givens: tuple[str, ...]
    surnames: tuple[str, ...]
    givens_ar: tuple[str, ...]
    surnames_ar: tuple[str, ...]
    also: tuple[str, ...]
    distinctive: str  # "yes", "latin" or "no": may the surname stand alone, and in which script
    source: str


@dataclass(frozen=True, slots=True)
class Service:
    """A police, intelligence, military or judicial service; `side` '' for an international one."""

    service_id: str
    name: str
    side: str
    names: tuple[str, ...]
    head_office: str
    source: str


def read_text(name: str) -> str:
    """Return one data file as text."""
    return files("domain.gazetteer").joinpath("data", name).read_text(encoding="utf-8")


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Return one TOML data file as a dictionary."""
    return tomllib.loads(read_text(name))


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one CSV data file."""
    return list(csv.DictReader(io.StringIO(read_text(name))))


def parts(cell: str) -> tuple[str, ...]:
    """Return the entries of a cell, which are set apart by semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


@cache
def people() -> tuple[Person, ...]:
    """Return the rows of people.csv."""
    return tuple(
        Person(
            row["id"],
            row["name"],
            parts(row["given"]),
            parts(row["surname"]),
            parts(row["given_ar"]),
            parts(row["surname_ar"]),
            parts(row["also"]),
            row["distinctive"],
            row["source"],
        )
        for row in read_rows("people.csv")
    )


@cache
def terms() -> tuple[Term, ...]:
    """Return the rows of terms.csv."""
    return tuple(
        Term(
            row["person"],
            row["office"],
            row["side"],
            _day(row["start"]),
            _day(row["end"]),
            row["source"],
        )
        for row in read_rows("terms.csv")
    )


@cache
def services() -> tuple[Service, ...]:
    """Return the rows of services.csv."""
    return tuple(
        Service(
            row["id"],
            row["name"],
            row["side"],
            parts(row["names"]) + parts(row["arabic"]),
            row["head_office"],
            row["source"],
        )
        for row in read_rows("services.csv")
    )
