"""A short soak on a real pair: what does not depend on the speed of the machine; and the measures themselves."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.soak import report
from bench.soak.measure import Sample, read_page
from bench.soak.picture import Panel, picture
from bench.soak.run import ROLES, Options, Outcome, read_outcome, read_samples, soak
from bench.soak.stories import plan
from bench.soak.verdict import judge_role, trend
from tests.harness.elastic import ElasticsearchServer
from tests.harness.kafka import KafkaServer
from tests.harness.process import RunFolder

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FILLERS = [("Title", ("A paragraph.",), "en")]
SHORT_MINUTES, SHORT_RATE = 0.75, 4.0


@pytest.mark.real
@pytest.mark.timeout(600)
def test_a_short_soak_accounts_for_everything_and_leaves_nothing_open(
    run_folder: RunFolder, real_elasticsearch: ElasticsearchServer, tmp_path: Path
) -> None:
    """Every article stored once, every alert received once, no file left open, no role restarted or ended badly."""
    broker = KafkaServer(run_folder).start()
    try:
        options = Options(
            SHORT_MINUTES, SHORT_RATE, tmp_path, broker.bootstrap, real_elasticsearch.url, 2.0
        )
        outcome = asyncio.run(soak(options))
    finally:
        broker.stop()
    assert outcome.problems() == []
    assert outcome.published == outcome.stored == round(SHORT_MINUTES * 60 * SHORT_RATE)
    assert outcome.alerts_received >= 2
    assert all(seconds > 0 for _, seconds in outcome.latencies)
    assert outcome.exit_codes == dict.fromkeys(ROLES, 0)
    samples = read_samples(tmp_path)
    found = {v.role: v for v in report.verdicts(samples, outcome)}
    assert found.keys() == set(ROLES)
    assert [v.restarts for v in found.values()] == [0] * len(ROLES)
    for role in ROLES:
        mine = [s for s in samples if s.role == role]
        middle = max(s.files for s in mine[len(mine) // 3 : 2 * len(mine) // 3 + 1])
        assert mine[-1].files <= middle + 5, f"{role} collects open files"
    assert read_outcome(tmp_path) == outcome


def test_the_plan_tells_each_event_twice_and_keeps_the_rate() -> None:
    """A run of ten minutes: the articles asked for, in order of time, 30 events, each told once more."""
    stories = plan(600, 12, NOW, FILLERS)
    assert len(stories) == 7200
    assert [s.due_seconds for s in stories] == sorted(s.due_seconds for s in stories)
    assert len({s.path for s in stories}) == len(stories)
    events = {s.event for s in stories if s.event >= 0}
    tellings = [s for s in stories if s.event >= 0]
    assert (len(events), {s.lang for s in tellings}) == (30, {"fr", "en"})
    assert len(tellings) >= 2 * len(events) - 2
    assert plan(600, 12, NOW, FILLERS) == stories


@pytest.mark.parametrize(
    ("expected", "values"),
    [
        (0.0, [100.0] * 50),
        (49.0, [100.0 + n for n in range(50)]),
        (0.0, [100.0] * 24 + [900.0] + [100.0] * 25),
        (-49.0, [100.0 - n for n in range(50)]),
    ],
    ids=["flat", "grows", "one peak", "shrinks"],
)
def test_the_line_follows_growth_and_not_a_peak(expected: float, values: list[float]) -> None:
    """A single peak moves no line."""
    assert trend(range(50), values).growth == pytest.approx(expected)


def sample(at: float, rss: int, **changes: object) -> Sample:
    """Return one look at detect."""
    given: dict[str, object] = {"pid": 7, "files": 15, "threads": 4, "cpu": at / 10, **changes}
    return Sample(at=at, role="detect", rss=rss, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flat", "samples"),
    [
        (True, [sample(t, 100_000_000 + (t < 150) * 10 * t) for t in range(0, 600, 5)]),
        (False, [sample(t, 100_000_000 + 20_000 * t) for t in range(0, 600, 5)]),
        (False, [sample(t, 100_000_000, files=15 + t // 20) for t in range(0, 600, 5)]),
        (False, [sample(t, 100_000_000, threads=4 + t // 20) for t in range(0, 600, 5)]),
    ],
    ids=["grows in the warm-up only", "leaks memory", "leaks files", "leaks threads"],
)
def test_growth_after_the_warm_up_is_called_by_its_name(flat: bool, samples: list[Sample]) -> None:
    """5 % of memory, five files, five threads."""
    assert judge_role("detect", samples, 600).is_flat is flat


def test_a_new_process_counts_as_a_restart() -> None:
    """Whatever its memory says."""
    samples = [sample(t, 100, pid=7 + (t > 300)) for t in range(0, 600, 5)]
    assert judge_role("detect", samples, 600).restarts == 1


WHOLE = Outcome(1, 1, "2026-11-23T12:00:00+00:00", 2, published=60, stored=60)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("no final state", replace(WHOLE, missing=["http://a.test/1"])),
        ("stored twice", replace(WHOLE, doubled=["http://a.test/1"])),
        ("dead letters", replace(WHOLE, dead_letters=1)),
        ("alerts raised", replace(WHOLE, alerts_raised=2, alerts_received=1)),
        ("received", replace(WHOLE, alerts_repeated=1)),
        ("ended", replace(WHOLE, exit_codes={"detect": 70})),
    ],
    ids=["missing", "doubled", "dead letters", "untold", "told twice", "ended"],
)
def test_whatever_is_not_accounted_for_is_said(said: str, outcome: Outcome) -> None:
    """A whole account has no problem, any other names it."""
    assert WHOLE.problems() == []
    [problem] = outcome.problems()
    assert said in problem


def test_the_picture_is_well_formed_and_escapes_its_words() -> None:
    """Any title and any value, none at all included, make an SVG that a browser can read."""
    panels = [Panel("a < b & c", {"detect": [(0, 0.0), (60, 5.5e9)]}), Panel("none", {})]
    root = ET.fromstring(picture(panels, "<script>"))
    assert root.tag.endswith("svg")
    assert len(root.findall(".//{*}polyline")) == 1


def test_lag_and_outcomes_are_read_from_a_metrics_page() -> None:
    """Partitions are summed, outcomes kept by stage."""
    page = (
        '# TYPE vigie_consumer_lag_records gauge\nvigie_consumer_lag_records{topic="t",partition="0"} 3\n'
        'vigie_consumer_lag_records{topic="t",partition="1"} 4\n'
        "# TYPE vigie_stage_records counter\n"
        'vigie_stage_records_total{stage="clean",outcome="cleaned"} 9\n'
    )
    found = read_page(page)
    assert (found.lag, dict(found.outcomes)) == (7, {"clean/cleaned": 9})
