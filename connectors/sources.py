"""The sources: what `sources.toml` may say of one, read strictly, so that a slip stops the start with a clear sentence."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from connectors.entries import web_url
from connectors.listing import css_to_xpath, is_css
from domain.errors import ConfigError
from domain.model import LANGUAGES
from domain.toml_text import load_toml
from schemas.canary import CANARY

MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS = 30.0, 86_400.0
_ID = re.compile(r"^[a-z0-9][a-z0-9-]{1,47}$")
_COUNTRY = re.compile(r"^[A-Z]{2}$")


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place that lists articles. `id` is a metric label and never changes once in use."""

    id: str
    name: str
    country: str  # ISO 3166-1 alpha-2 of the outlet; EU for bodies of the Union
    kind: Literal["rss", "sitemap", "list"]
    url: str
    language: str = ""  # '' when it publishes in several
    interval_seconds: float = 300.0
    include: str = ""  # regular expression; an entry must match it in title or URL
    exclude: str = ""  # regular expression; an entry that matches it in title or URL is skipped
    page: bool = True  # fetch the page behind the entry; False: the feed carries the article
    link_pattern: str = ""  # kind list: regular expression on the URL, or css:SELECTOR
    max_age_hours: float | None = None  # entries dated longer ago are skipped
    enabled: bool = True
    note: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: list[dict[str, Any]] = []
    defaults: dict[str, Any] = {}


def load_sources(path: Path | None = None) -> tuple[Source, ...]:
    """Return the sources of a file, or of the shipped list; raises ConfigError naming source, field, seen, allowed."""
    if path is None:
        text, name = (files("connectors") / "sources.toml").read_text("utf-8"), "sources.toml"
    else:
        name = str(path)
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as e:
            raise ConfigError("read sources", name, str(e)) from e
    return parse_sources(text, name)


def parse_sources(text: str, name: str = "sources.toml") -> tuple[Source, ...]:
    """Return the sources that a TOML text defines."""
    try:
        table = msgspec.convert(load_toml(text), _File)
    except ValueError as e:  # msgspec's ValidationError is one too
        raise ConfigError("read sources", name, str(e)) from e
    sources: list[Source] = []
    known: set[str] = set()
    for number, row in enumerate(table.source, 1):
        source = _convert({**table.defaults, **row}, name, number)
        _check(source, name)
        if source.id in known:
            raise ConfigError(
                "read sources", f"{name}: source {source.id}", "field id: seen twice, allowed once"
            )
        known.add(source.id)
        sources.append(source)
    return tuple(sources)


_EXPECTED = {
    "kind": "rss, sitemap or list",
    "interval_seconds": f"{MIN_INTERVAL_SECONDS:g} to {MAX_INTERVAL_SECONDS:g}",
    "max_age_hours": "a number above 0",
    "page": "true or false",
    "enabled": "true or false",
}


def _convert(row: dict[str, Any], name: str, number: int) -> Source:
    subject = f"{name}: source {row.get('id', f'number {number}')}"
    unknown = sorted(set(row) - set(Source.__struct_fields__))
    if unknown:
        allowed = ", ".join(Source.__struct_fields__)
        detail = f"field {unknown[0]}: seen {row[unknown[0]]!r}, allowed only {allowed}"
        raise ConfigError("read sources", subject, detail)
    try:
        return msgspec.convert(row, Source, strict=True)
    except msgspec.ValidationError as e:
        field = re.search(r"\$\.(\w+)", str(e)) or re.search(r"field `(\w+)`", str(e))
        key = field[1] if field else ""
        seen = repr(row[key]) if key in row else "nothing"
        detail = f"field {key}: seen {seen}, allowed {_EXPECTED.get(key, 'a text')}"
        raise ConfigError("read sources", subject, detail) from e


def _check(source: Source, name: str) -> None:
    """Raise ConfigError for the first value that has the right type and no sense."""

    def refuse(field: str, allowed: str) -> ConfigError:
        seen = getattr(source, field)
        detail = f"field {field}: seen {seen!r}, allowed {allowed}"
        return ConfigError("read sources", f"{name}: source {source.id}", detail)

    if not _ID.match(source.id):
        raise refuse("id", "2 to 48 of a-z, 0-9 and -")
    if source.id == CANARY:
        raise refuse("id", "any other: Vigie's own canary is called so")
    if not source.name.strip():
        raise refuse("name", "a name")
    if not _COUNTRY.match(source.country):
        raise refuse("country", "two capital letters (ISO 3166-1)")
    if source.language and source.language not in LANGUAGES:
        raise refuse("language", f"{', '.join(LANGUAGES)} or '' for several")
    if not web_url(source.url):
        raise refuse("url", "an http or https address")
    if not MIN_INTERVAL_SECONDS <= source.interval_seconds <= MAX_INTERVAL_SECONDS:
        raise refuse("interval_seconds", f"{MIN_INTERVAL_SECONDS:g} to {MAX_INTERVAL_SECONDS:g}")
    if source.max_age_hours is not None and source.max_age_hours <= 0:
        raise refuse("max_age_hours", "a number above 0")
    for field in ("include", "exclude", "link_pattern"):
        problem = _pattern_problem(getattr(source, field))
        if problem:
            raise refuse(field, f"a regular expression ({problem})")


def _pattern_problem(pattern: str) -> str:
    try:
        if is_css(pattern):
            css_to_xpath(pattern.removeprefix("css:").strip())
        else:
            re.compile(pattern)
    except (re.error, ValueError) as e:
        return str(e)
    return ""


def is_wanted(source: Source, title: str, url: str) -> bool:
    """Return whether the source's include and exclude rules let an entry through."""
    text = f"{title}\n{url}"
    if source.exclude and re.search(source.exclude, text, re.IGNORECASE):
        return False
    return not source.include or bool(re.search(source.include, text, re.IGNORECASE))
