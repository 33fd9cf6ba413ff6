"""Records of releases past and to come: stored bytes are read for ever, unknown fields pass, missing ones default."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.state import STATE_FORMAT, StateEntry, pack, unpack
from domain.errors import ConfigError, ContractError
from domain.events.codec import load_shards
from schemas import convert
from schemas.indices import article_document, event_document
from schemas.records import WIRE_RECORDS, EventChanged, JudgedArticle, ReadingInfo, decode, encode
from schemas.topic_versions import TopicVersions
from schemas.topics import ARTICLE_CLEANED, EVENT_CHANGED, WATCH_STATE
from tests.fixtures.make_records import FOLDER

STORED = sorted(FOLDER.glob("*/*.json"))
STATES = sorted(FOLDER.glob("*/*.bin"))
IDS = [f"{p.parent.name}-{p.stem}" for p in STORED]


def kind_of(path: Path) -> Any:
    """Return the class that reads a stored record today."""
    return WIRE_RECORDS[path.stem]


def within(stored: Any, now: Any) -> bool:
    """Return whether all that was stored is still there; what was added since does not count."""
    if isinstance(stored, dict):
        return isinstance(now, dict) and all(
            k in now and within(v, now[k]) for k, v in stored.items()
        )
    if isinstance(stored, list):
        return len(stored) == len(now) and all(map(within, stored, now))
    return bool(stored == now)


def test_every_topic_has_bytes_of_the_first_release() -> None:
    """A topic without stored bytes would be outside these tests."""
    there = {p.stem for p in STORED if p.parent.name == "v1"}
    assert there == set(WIRE_RECORDS)
    assert [p.stem for p in STATES] == [WATCH_STATE.name]


@pytest.mark.parametrize("path", STORED, ids=IDS)
def test_stored_bytes_keep_every_value(path: Path) -> None:
    """Read and written again, all that an older release said is still said."""
    stored = path.read_bytes()
    again = json.loads(encode(decode(kind_of(path), stored)))
    assert within(json.loads(stored), again)


@pytest.mark.parametrize("path", STORED, ids=IDS)
def test_a_reader_passes_over_fields_of_tomorrow(path: Path) -> None:
    """Unknown fields at every level, of every kind of value, change nothing."""

    def grown(value: Any) -> Any:
        if isinstance(value, list):
            return [grown(v) for v in value]
        if not isinstance(value, dict):
            return value
        return {k: grown(v) for k, v in value.items()} | {"of_tomorrow": {"deep": [1, None, "x"]}}

    stored = path.read_bytes()
    later = json.dumps(grown(json.loads(stored))).encode()
    assert decode(kind_of(path), later) == decode(kind_of(path), stored)


@pytest.mark.parametrize("path", STORED, ids=IDS)
def test_a_reader_of_tomorrow_has_defaults_for_bytes_of_today(path: Path) -> None:
    """A release that adds a field with a default reads what lies in the topics."""
    later = msgspec.defstruct(
        "Later", [("of_tomorrow", str, "default"), ("and_more", list[int], [])],
        bases=(kind_of(path),), frozen=True, kw_only=True,
    )  # fmt: skip
    read = msgspec.json.decode(path.read_bytes(), type=later)
    assert (read.of_tomorrow, read.and_more) == ("default", [])


@pytest.mark.parametrize("path", STORED, ids=IDS)
def test_each_field_is_needed_or_has_its_default(path: Path) -> None:
    """Left out, an optional field takes its default; a needed one is named in the reason."""
    kind, stored = kind_of(path), json.loads(path.read_bytes())
    for info in msgspec.structs.fields(kind):
        rest = json.dumps({k: v for k, v in stored.items() if k != info.name}).encode()
        if info.required:
            with pytest.raises(ContractError, match=info.name):
                decode(kind, rest)
        else:
            default = info.default_factory() if info.default is msgspec.NODEFAULT else info.default
            assert getattr(decode(kind, rest), info.name) == default


@pytest.mark.parametrize(
    ("field", "value"),
    [("act", "summit_of_tomorrow"), ("status", "postponed_sine_die"), ("themes", ["space"])],
)
def test_an_unknown_member_of_a_closed_set_is_named(field: str, value: Any) -> None:
    """The reason of the dead letter says which value no release of ours knows."""
    info = msgspec.convert({"relevant": True, "score": 0.9, field: value}, ReadingInfo)
    with pytest.raises(ContractError, match=value if isinstance(value, str) else value[0]):
        convert.reading(info)


def test_documents_are_built_of_stored_bytes() -> None:
    """What an older release judged can be indexed by today's."""
    judged = decode(JudgedArticle, (FOLDER / "v1" / "news.article.judged.v1.json").read_bytes())
    change = decode(EventChanged, (FOLDER / "v1" / f"{EVENT_CHANGED.name}.json").read_bytes())
    assert article_document(judged)["event_id"] == event_document(change)["event_id"]


@pytest.mark.parametrize("path", STATES, ids=lambda p: p.parent.name)
def test_stored_state_is_read(path: Path) -> None:
    """The book of an older release is known to today's."""
    entry = unpack(path.read_bytes(), "stored")
    assert entry.format == STATE_FORMAT
    book = load_shards(entry.watch_id, [v.book for v in entry.shards.values()])
    [known] = book.open_entries()
    assert known.event.place is not None
    assert known.event.place.name == "Rabat"


def entry_of_today() -> StateEntry:
    """Return the stored entry."""
    return unpack(STATES[0].read_bytes(), "stored")


def test_state_of_a_newer_release_is_refused_by_its_number() -> None:
    """Even when the rest of the entry is of a kind that nobody knows."""
    newer = pack(msgspec.structs.replace(entry_of_today(), format=STATE_FORMAT + 1))
    with pytest.raises(ContractError, match=f"format {STATE_FORMAT + 1}, expected at most"):
        unpack(newer, "offset 3")


def test_state_of_an_older_format_is_lifted_step_by_step() -> None:
    """Each format is lifted to the next; one that is no longer read is refused by its number."""
    old, newest = pack(entry_of_today()), STATE_FORMAT + 2

    def named(plain: dict[str, Any]) -> dict[str, Any]:
        return plain | {"outcome": plain["outcome"].lower()}

    def marked(plain: dict[str, Any]) -> dict[str, Any]:
        return plain | {"outcome": plain["outcome"] + "!"}

    steps = {STATE_FORMAT: named, STATE_FORMAT + 1: marked}
    lifted = unpack(old, "stored", newest, steps)
    assert (lifted.outcome, lifted.format) == ("new!", newest)
    assert lifted.shards == entry_of_today().shards
    with pytest.raises(ContractError, match="is no longer read"):
        unpack(old, "stored", newest, {STATE_FORMAT + 1: marked})


def test_topic_versions_are_read_beside_and_written_instead() -> None:
    """The release's own name stays readable; extra ones bring their dead letters."""
    name = "news.article.cleaned.v2"
    versions = TopicVersions.of([name], [name])
    assert versions.read(ARTICLE_CLEANED) == (ARTICLE_CLEANED.name, name)
    assert versions.written(ARTICLE_CLEANED.name) == name
    assert versions.written(EVENT_CHANGED.name) == EVENT_CHANGED.name
    assert [t.name for t in versions.extra()] == [name, f"{name}.dead-letter"]


@pytest.mark.parametrize(
    ("said", "also", "write"),
    [
        ("expected of", ["news.weather.v2"], []),
        ("expected of", ["news.article.cleaned"], []),
        ("expected a name that topics.also_read has", [], ["news.article.cleaned.v2"]),
    ],
    ids=["no such family", "no version", "written and not read"],
)
def test_topic_versions_that_would_lose_records_are_refused(
    said: str, also: list[str], write: list[str]
) -> None:
    """A name no role knows, or one written before everybody reads it, stops the start."""
    with pytest.raises(ConfigError, match=said):
        TopicVersions.of(also, write)


def test_times_of_stored_records_are_aware() -> None:
    """A time without a zone would move by hours on another machine."""
    for path in STORED:
        record = decode(kind_of(path), path.read_bytes())
        times = [v for v in msgspec.structs.asdict(record).values() if isinstance(v, datetime)]
        assert all(t.tzinfo is not None for t in times)
