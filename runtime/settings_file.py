"""Reads settings from the TOML file and the environment, and tells all that is wrong at once."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from domain.errors import ConfigError
from runtime.settings import Settings

PREFIX = "VIGIE_"
CONFIG_VARIABLE = "VIGIE_CONFIG"
DEFAULT_FILE = "vigie.toml"
MAX_SECRET_BYTES = 64_000
_FILE = "_file"


class SettingsError(ConfigError):
    """One or more settings are wrong; every one of them is told, each on its own line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("read settings", f"{len(problems)} wrong")
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n  ".join([f"read settings: {len(self.problems)} wrong", *self.problems])


@dataclass(slots=True)
class Loaded:
    """The settings, and where each that is not a default came from (`kafka.bootstrap` -> `environment`)."""

    settings: Settings
    origins: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as it may be shown to anybody."""

    name: str
    value: str
    doc: str


def load_settings(env: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Return the settings; raises SettingsError that names every wrong one."""
    return load(env, folder).settings


def load(env: Mapping[str, str] | None = None, folder: Path | None = None) -> Loaded:
    """Return the settings and where each came from."""
    env = os.environ if env is None else env
    folder = folder or Path.cwd()
    reader = _Reader(env)
    table, path = _file_table(env, folder)
    settings = reader.build(Settings, table, (), path)
    reader.refuse_unknown_environment()
    reader.problems += _cross_checks(settings)
    if reader.problems:
        raise SettingsError(reader.problems)
    return Loaded(settings, reader.origins)


def _file_table(env: Mapping[str, str], folder: Path) -> tuple[dict[str, Any], str]:
    named = env.get(CONFIG_VARIABLE, "")
    path = Path(named) if named else folder / DEFAULT_FILE
    if not named and not path.is_file():
        return {}, ""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), str(path)
    except OSError as e:
        raise SettingsError(
            [f"{CONFIG_VARIABLE}: seen {path}, expected a file that can be read: {e.strerror}"]
        ) from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as e:
        raise SettingsError([f"{path}: expected TOML: {e}"]) from e


class _Reader:
    """Builds the settings section by section, gathering problems instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []
        self.origins: dict[str, str] = {}
        self._known: set[str] = {CONFIG_VARIABLE}

    def build(self, kind: Any, table: Any, path: tuple[str, ...], origin: str) -> Any:
        """Return one section from its TOML table and the environment."""
        if not isinstance(table, dict):
            self.problems.append(f"{'.'.join(path)}: seen {_short(table)}, expected a table")
            table = {}
        values: dict[str, Any] = {}
        hints = typing.get_type_hints(kind, include_extras=True)
        allowed: set[str] = set()
        for f in dataclasses.fields(kind):
            here = (*path, f.name)
            allowed.add(f.name)
            if dataclasses.is_dataclass(hints[f.name]):
                values[f.name] = self.build(hints[f.name], table.get(f.name, {}), here, origin)
                continue
            if f.metadata["secret"]:
                allowed.add(f.name + _FILE)
            found = self._find(f, table, here, origin)
            if found is not None:
                raw, source = found
                self._take(values, f, hints[f.name], raw, here, source)
        for name in sorted(set(table) - allowed):
            self.problems.append(f"{'.'.join((*path, name))}: unknown{_near(name, allowed)}")
        return kind(**values)

    def _take(
        self,
        values: dict[str, Any],
        f: dataclasses.Field[Any],
        hint: Any,
        raw: Any,
        here: tuple[str, ...],
        source: str,
    ) -> None:
        name = ".".join(here)
        try:
            values[f.name] = self._convert(raw, hint, here, source)
        except (msgspec.ValidationError, ValueError) as e:
            seen = "a secret" if f.metadata["secret"] else _short(raw)
            self.problems.append(f"{name} ({source}): seen {seen}: {_allowed(hint, e)}")
        else:
            self.origins[name] = source

    def _find(
        self, f: dataclasses.Field[Any], table: dict[str, Any], here: tuple[str, ...], origin: str
    ) -> tuple[Any, str] | None:
        """Return the raw value that wins and where it was found, or None for the default."""
        variable = PREFIX + "__".join(here).upper()
        self._known.add(variable)
        if variable in self._env:
            return self._env[variable], variable
        if f.metadata["secret"]:
            self._known.add(variable + "_FILE")
            named = self._env.get(variable + "_FILE")
            if named:
                return self._secret(named, variable + "_FILE")
        if f.name in table:
            return table[f.name], origin
        if f.metadata["secret"] and f.name + _FILE in table:
            return self._secret(str(table[f.name + _FILE]), ".".join(here) + _FILE)
        return None

    def _secret(self, path: str, name: str) -> tuple[str, str] | None:
        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_SECRET_BYTES)
            text = data.decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            why = e.strerror if isinstance(e, OSError) else "not UTF-8"
            self.problems.append(f"{name}: seen {path}, expected a file that can be read: {why}")
            return None
        if not text:
            self.problems.append(f"{name}: seen {path}, which is empty, expected a secret in it")
            return None
        return text, f"{name} {path}"

    def _convert(self, raw: Any, hint: Any, here: tuple[str, ...], source: str) -> Any:
        if typing.get_origin(hint) is tuple:
            return self._convert_list(raw, typing.get_args(hint)[0], here, source)
        return msgspec.convert(raw, hint, strict=False)

    def _convert_list(self, raw: Any, item: Any, here: tuple[str, ...], source: str) -> Any:
        if isinstance(raw, str):
            if dataclasses.is_dataclass(item):
                raw = json.loads(raw) if raw.strip() else []
            else:
                raw = [part.strip() for part in raw.split(",") if part.strip()]
        if not isinstance(raw, list):
            raise ValueError("expected a list")  # noqa: TRY004  (gathered with the other wrong values)
        if dataclasses.is_dataclass(item):
            return tuple(
                self.build(item, entry, (*here, str(n)), source) for n, entry in enumerate(raw)
            )
        return msgspec.convert(tuple(raw), tuple[item, ...], strict=False)

    def refuse_unknown_environment(self) -> None:
        """A misspelt variable must not be passed over in silence; those without `__` may be others'."""
        for name in sorted(self._env):
            if name.startswith(PREFIX) and "__" in name and name not in self._known:
                self.problems.append(f"{name}: unknown{_near(name, self._known)}")


def _cross_checks(settings: Settings) -> Iterator[str]:
    """Yield what is wrong between settings that are right by themselves."""
    kafka, index, smtp = settings.kafka, settings.elasticsearch, settings.alerts.smtp
    if kafka.security_protocol.startswith("SASL") and not (
        kafka.sasl_username and kafka.sasl_password
    ):
        yield "kafka.sasl_username, kafka.sasl_password: empty, expected both with SASL"
    for url in index.urls:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            yield (
                f"elasticsearch.urls: seen {_without_secrets(url)}, expected "
                "http(s)://host:port without credentials"
            )
    if not index.urls:
        yield "elasticsearch.urls: empty, expected at least one address"
    if index.username and not index.password:
        yield "elasticsearch.password: empty, expected one with elasticsearch.username"
    if settings.topics.min_insync > settings.topics.replication:
        yield (
            f"topics.min_insync: seen {settings.topics.min_insync}, expected at most "
            f"topics.replication ({settings.topics.replication})"
        )
    if smtp.host and not (smtp.sender and smtp.to):
        yield "alerts.smtp.sender, alerts.smtp.to: empty, expected both with alerts.smtp.host"
    yield from _webhook_checks(settings)


def _webhook_checks(settings: Settings) -> Iterator[str]:
    names = [w.name for w in settings.alerts.webhooks]
    for n, hook in enumerate(settings.alerts.webhooks):
        where = f"alerts.webhooks.{n}"
        if not hook.name or ":" in hook.name or names.count(hook.name) > 1:
            yield f"{where}.name: seen {hook.name!r}, expected a unique name without a colon"
        if urlsplit(hook.url).scheme not in {"http", "https"}:
            yield f"{where}.url: expected an http or https address"
        if len(hook.secret) < 16:
            yield f"{where}.secret: {len(hook.secret)} characters, expected at least 16"


def shown(settings: Settings) -> list[Shown]:
    """Return every setting with its value as it may be shown: secrets only as set or not set."""
    return list(_walk(settings, ""))


def secrets_of(settings: Settings) -> list[str]:
    """Return the values that must never be logged."""
    return [value for value in _secret_values(settings) if value]


def _secret_values(section: Any) -> Iterator[str]:
    for f in dataclasses.fields(section):
        value = getattr(section, f.name)
        if dataclasses.is_dataclass(value):
            yield from _secret_values(value)
        elif isinstance(value, tuple):
            for entry in value:
                if dataclasses.is_dataclass(entry):
                    yield from _secret_values(entry)
        elif f.metadata["secret"]:
            yield str(value)


def _walk(section: Any, prefix: str) -> Iterator[Shown]:
    for f in dataclasses.fields(section):
        value = getattr(section, f.name)
        name = f"{prefix}{f.name}"
        if dataclasses.is_dataclass(value):
            yield from _walk(value, f"{name}.")
        elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            for n, entry in enumerate(value):
                yield from _walk(entry, f"{name}.{n}.")
        else:
            yield Shown(name, _as_shown(f, value), f.metadata["doc"])


def _as_shown(f: dataclasses.Field[Any], value: Any) -> str:
    if f.metadata["secret"]:
        if f.name == "url" and value:
            return _without_secrets(str(value))
        return "(set)" if value else ""
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_secrets(url: str) -> str:
    """Return scheme and host alone: chat services put the secret in the path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}/…"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _allowed(hint: Any, error: Exception) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return "expected one of " + ", ".join(str(a) for a in typing.get_args(hint))
    if isinstance(error, json.JSONDecodeError):
        return "expected JSON"
    text = str(error)
    return text[:1].lower() + text[1:]


def _near(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


__all__ = ["Loaded", "SettingsError", "Shown", "load", "load_settings", "secrets_of", "shown"]
