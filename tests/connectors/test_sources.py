"""The list of sources is read strictly, and the shipped one is in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.sources import Source, is_wanted, load_sources, parse_sources
from domain.errors import ConfigError
from domain.model import LANGUAGES

GOOD = """
[[source]]
id = "a-b"
name = "A"
country = "MA"
language = "fr"
kind = "rss"
url = "https://a.example/feed"
"""


def test_source_has_sensible_defaults() -> None:
    """Five minutes, page fetched, enabled, no age limit."""
    (source,) = parse_sources(GOOD)
    assert (source.interval_seconds, source.page, source.enabled, source.max_age_hours) == (
        300.0, True, True, None,
    )  # fmt: skip


def test_defaults_apply_to_every_source_and_can_be_overruled() -> None:
    """[defaults] is written once."""
    text = "[defaults]\ninterval_seconds = 60.0\nmax_age_hours = 5.0\n" + GOOD
    (source,) = parse_sources(text + "max_age_hours = 9.0\n")
    assert (source.interval_seconds, source.max_age_hours) == (60.0, 9.0)


@pytest.mark.parametrize(
    ("field", "seen", "line"),
    [
        ("kind", "'atom'", 'kind = "atom"'),
        ("url", "'ftp://a.example/'", 'url = "ftp://a.example/"'),
        ("url", "'file:///etc/passwd'", 'url = "file:///etc/passwd"'),
        ("country", "'Morocco'", 'country = "Morocco"'),
        ("language", "'pt'", 'language = "pt"'),
        ("id", "'A B'", 'id = "A B"'),
        ("name", "' '", 'name = " "'),
        ("interval_seconds", "5.0", "interval_seconds = 5.0"),
        ("interval_seconds", "'x'", 'interval_seconds = "x"'),
        ("max_age_hours", "0.0", "max_age_hours = 0.0"),
        ("include", "'('", 'include = "("'),
        ("link_pattern", "'css:a > b'", 'link_pattern = "css:a > b"'),
        ("page", "'yes'", 'page = "yes"'),
        ("pages", "True", "pages = true"),
    ],
)
def test_slip_is_told_with_source_field_seen_and_allowed(field: str, seen: str, line: str) -> None:
    """The operator reads which source, which field, what stands there and what may."""
    key = line.split(" ")[0]
    text = re.sub(rf"^{key} = .*$", "", GOOD, flags=re.MULTILINE) + line + "\n"
    with pytest.raises(ConfigError) as caught:
        parse_sources(text, "my.toml")
    message = str(caught.value)
    assert "my.toml: source " in message
    assert f"field {field}: seen {seen}, allowed" in message


def test_missing_field_and_double_id_are_told() -> None:
    """Nothing is guessed."""
    with pytest.raises(ConfigError, match="field url: seen nothing"):
        parse_sources(GOOD.replace('url = "https://a.example/feed"', ""))
    with pytest.raises(ConfigError, match="field id: seen twice"):
        parse_sources(GOOD + GOOD)


@pytest.mark.parametrize("text", ["[[source", "x = 1", "source = 3"])
def test_file_that_is_no_list_of_sources_is_told(text: str) -> None:
    """Broken TOML and foreign tables."""
    with pytest.raises(ConfigError, match=r"my\.toml"):
        parse_sources(text, "my.toml")


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_sources(tmp_path / "none.toml")


def test_shipped_list_covers_the_languages_and_countries() -> None:
    """At least 30 sources are polled, in all seven languages, from both parties."""
    sources = load_sources()
    polled = [s for s in sources if s.enabled]
    assert len(polled) >= 30
    assert {s.language for s in polled} >= set(LANGUAGES)
    assert {s.country for s in polled} >= {"MA", "FR", "ES", "BE", "NL", "DE", "IT"}
    assert all(s.note for s in sources if not s.enabled)


@pytest.mark.parametrize(
    ("wanted", "include", "exclude", "title"),
    [
        (True, "", "", "x"),
        (True, "maroc", "", "Le Maroc"),
        (False, "maroc", "", "La France"),
        (False, "", "sport", "Sport: x"),
        (False, "maroc", "sport", "Sport au Maroc"),
        (True, "/politique/", "", "x"),
    ],
)
def test_include_and_exclude_look_at_title_and_url(
    wanted: bool, include: str, exclude: str, title: str
) -> None:
    """Case does not matter, exclude wins."""
    source = Source(
        id="a", name="A", country="MA", kind="rss", url="https://a.example/", include=include, exclude=exclude
    )  # fmt: skip
    assert is_wanted(source, title, "https://a.example/politique/1") is wanted
