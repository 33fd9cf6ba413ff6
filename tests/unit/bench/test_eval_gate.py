"""The gate: floors only rise, a figure under its floor is named, and the development corpus stays above its floors."""

from __future__ import annotations

import json

from bench.eval_gate import FLOORS, SHOWN, SLACK, blind, compare, load, raised, run_vigie
from bench.scorer import score
from desk.commands.score import figures
from tests.paths import REPO


def test_figure_under_its_floor_is_named() -> None:
    """A worse figure is told with the floor it missed."""
    worse = compare({"dev": {"date": 0.8}}, {"dev": {"date": 0.9}})
    assert worse == ["dev date: 0.8, floor 0.9"]


def test_false_alarms_have_a_ceiling_not_a_floor() -> None:
    """For false NEW a higher figure is the worse one."""
    assert compare({"dev": {"false_new": 0.1}}, {"dev": {"false_new": 0.05}})
    assert not compare({"dev": {"false_new": 0.0}}, {"dev": {"false_new": 0.05}})


def test_unmeasured_run_is_not_a_pass() -> None:
    """A split that was not run does not count as above its floors."""
    assert compare({}, {"dev": {"date": 0.9}}) == ["dev date: not measured, floor 0.9"]


def test_floors_only_rise() -> None:
    """Raising keeps the better of old and new."""
    found = dict.fromkeys(SHOWN, 0.5)
    lifted = raised({"dev": found}, {"dev": {"date": 0.9, "false_new": 0.01}})
    assert lifted["dev"]["date"] == 0.9
    assert lifted["dev"]["false_new"] == 0.01
    assert lifted["dev"]["place"] == 0.5 - SLACK


def test_detector_sees_no_label() -> None:
    """What is scored is hidden from what is scored."""
    row = load("dev", False)[0]
    assert set(blind([row])[0]) == {"id", "title", "text", "url", "lang", "published"}


def test_development_corpus_stays_above_its_floors() -> None:
    """The quick part of the gate: the development corpus, clean and noisy."""
    floors = json.loads((REPO / FLOORS).read_text(encoding="utf-8"))
    for name, noisy in (("dev", False), ("dev.noisy", True)):
        rows = load("dev", noisy)
        reached = {name: figures(score(rows, run_vigie(rows)))}
        assert compare(reached, {name: floors[name]}) == []
