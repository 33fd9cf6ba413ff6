"""Logs: JSON lines that hold no secret, whoever wrote them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from runtime.logs import MAX_VALUE_CHARS, Redactor, get_logger, setup_logs
from runtime.settings import LogSettings


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Give a stream that takes the log, and put the loggers back after."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    setup_logs(LogSettings(format="json"), "clean", ["s3cret-key"], stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_says_what_when_and_who(out: io.StringIO) -> None:
    """One JSON object a line, with role, level and time."""
    get_logger("x").info("record", outcome="cleaned", seconds=0.1)
    [line] = lines(out)
    assert line["event"] == "record"
    assert (line["role"], line["level"], line["outcome"]) == ("clean", "info", "cleaned")
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_are_redacted_too(out: io.StringIO) -> None:
    """A library that logs an address with credentials or a known secret does not give it away."""
    logging.getLogger("somelib").warning("GET %s", "https://u:pw@h.test/a?key=s3cret-key&b=1")
    logging.getLogger("somelib").error("header s3cret-key refused")
    first, second = lines(out)
    assert first["event"] == "GET https://h.test/a"
    assert second["event"] == "header *** refused"


def test_chatty_libraries_are_quiet_below_warnings(out: io.StringIO) -> None:
    """faust and its like tell of themselves only what needs somebody."""
    logging.getLogger("faust.worker").info("hello")
    logging.getLogger("aiokafka.consumer").warning("heartbeat failed")
    assert [line["event"] for line in lines(out)] == ["heartbeat failed"]


@pytest.mark.parametrize(
    ("expected", "event"),
    [
        ({"password": "***"}, {"password": "x"}),
        ({"api_key": "***"}, {"api_key": ["x"]}),
        ({"a": "b *** c"}, {"a": "b tok-1234 c"}),
        ({"a": "ValueError: ***"}, {"a": ValueError("tok-1234")}),
        ({"n": 3}, {"n": 3}),
    ],
)
def test_redaction(expected: dict[str, object], event: dict[str, object]) -> None:
    """By name, by value, inside errors; numbers stay numbers."""
    assert Redactor(["tok-1234"])(None, "", event) == expected


def test_long_values_are_cut() -> None:
    """A page that found its way into an error does not fill the disk."""
    cut = Redactor().clean("x" * 10_000)
    assert len(cut) == MAX_VALUE_CHARS + 1


def test_a_traceback_is_one_line_of_json(out: io.StringIO) -> None:
    """An exception does not break the line format, and its secrets are gone."""
    try:
        raise RuntimeError("with s3cret-key inside")
    except RuntimeError:
        get_logger("x").exception("defect")
    [line] = lines(out)
    assert "RuntimeError" in line["exception"]
    assert "s3cret-key" not in line["exception"]
