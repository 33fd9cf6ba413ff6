"""The saved objects are what their description says, and every query behind them finds its documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ops.kibana import build, views
from tests.harness.elastic import ElasticsearchServer
from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.ops.index_samples import fields_of, load_templates, samples

OBJECTS: list[dict[str, Any]] = [json.loads(line) for line in build.TARGET.read_text().splitlines()]
BODIES = [
    *((f"search {s.key}", s.view, s.body()) for s in views.SEARCHES),
    *((f"panel {p.key}", p.view, p.body()) for p in views.PANELS),
    ("map", views.MAP.view, views.MAP.body()),
]


def test_checked_in_objects_are_those_of_the_generator() -> None:
    """Nobody edits the file by hand, and nobody forgets to rebuild it."""
    assert build.TARGET.read_text() == build.render()


def test_every_reference_is_to_an_object_before_it() -> None:
    """Nothing refers outside the file, so one import is enough."""
    seen: set[tuple[str, str]] = set()
    for item in OBJECTS:
        assert {(r["type"], r["id"]) for r in item["references"]} <= seen, item["id"]
        seen.add((item["type"], item["id"]))
    assert len(seen) == len(OBJECTS)


def test_each_panel_of_the_dashboard_resolves_to_its_reference() -> None:
    """A panel names its reference by number and name; both must agree, or Kibana shows an empty box."""
    dashboard = OBJECTS[-1]
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    names = {r["name"]: r["type"] for r in dashboard["references"]}
    resolved = {f"{p['panelIndex']}:{p['panelRefName']}": p["type"] for p in panels}
    assert resolved == names


def test_dashboard_has_every_panel_and_none_overlap() -> None:
    """Each chart and the map are placed once, within the 48 columns."""
    panels = json.loads(OBJECTS[-1]["attributes"]["panelsJSON"])
    cells = [
        (x, y)
        for g in (p["gridData"] for p in panels)
        for x in range(g["x"], g["x"] + g["w"])
        for y in range(g["y"], g["y"] + g["h"])
    ]
    placed = {r["id"] for r in OBJECTS[-1]["references"]}
    assert {o["id"] for o in OBJECTS if o["type"] in ("lens", "map")} <= placed
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < build.DASHBOARD_COLUMNS


def test_objects_carry_the_query_that_is_tested() -> None:
    """The text in Kibana's language is made of the same conditions as the query run below."""
    by_id = {o["id"]: o for o in OBJECTS}
    for search in views.SEARCHES:
        meta = by_id[f"vigie-search-{search.key}"]["attributes"]["kibanaSavedObjectMeta"]
        assert json.loads(meta["searchSourceJSON"])["query"]["query"] == views.kql(search.where)
    for panel in views.PANELS:
        state = by_id[f"vigie-lens-{panel.key}"]["attributes"]["state"]
        assert state["query"]["query"] == views.kql(panel.conditions)


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ((), ""),
        ((views.Is("verdict", ("NEW", "UPDATE")),), "verdict: (NEW or UPDATE)"),
        ((views.Is("a", ("b",)), views.AtLeast("score", 0.3)), "a: (b) and score >= 0.3"),
        ((views.Absent("event_date"),), "not event_date: *"),
    ],
)
def test_conditions_read_as_kibana_writes_them(
    conditions: tuple[views.Condition, ...], text: str
) -> None:
    """Each condition has its form in Kibana's language."""
    assert views.kql(conditions) == text


@pytest.mark.parametrize("view", views.VIEWS, ids=lambda v: v.key)
def test_every_field_is_in_the_template(view: views.View) -> None:
    """A strict mapping knows each field that a search, panel or map reads."""
    assert views.fields_used()[view.key] - fields_of(view.key) == set()


@pytest.mark.real
def test_every_query_finds_its_documents(real_elasticsearch: ElasticsearchServer) -> None:
    """With documents indexed by our templates, no search, panel or map is empty, and none is refused."""
    load_templates(real_elasticsearch)
    for index, documents in samples().items():
        for number, document in enumerate(documents):
            path = f"/{index}/_create/{number}?refresh=true"
            real_elasticsearch.call("PUT", path, document)
    empty = []
    for title, view, body in BODIES:
        answer = real_elasticsearch.call("POST", f"/{view.pattern}/_search", body)
        buckets = answer.get("aggregations", {}).get("by", {}).get("buckets")
        if answer["hits"]["total"]["value"] == 0 or buckets == [] or answer["_shards"]["failed"]:
            empty.append(title)
    assert empty == []
