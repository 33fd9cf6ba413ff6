"""Build Kibana's saved objects: `python -m ops.kibana.build` rewrites vigie.ndjson.

The objects have the shape that Kibana 8.9 exports (their `typeMigrationVersion` says so); Kibana 9 brings them up to
date when it imports them. Ids are fixed, so importing a later release replaces what an earlier one made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ops.kibana.views import (
    BUCKETS,
    CURRENT,
    MAP,
    PANELS,
    SEARCHES,
    VIEWS,
    MapLayer,
    Panel,
    Search,
    View,
    kql,
)

TARGET = Path(__file__).parent / "vigie.ndjson"
DASHBOARD_ID = "vigie-dashboard-events"
MAP_ID = "vigie-map-events"
DASHBOARD_COLUMNS = 48
# Versions of each type's shape in a Kibana 8.9 export.
SHAPES = {
    "index-pattern": "8.0.0",
    "search": "8.0.0",
    "lens": "8.9.0",
    "map": "8.4.0",
    "dashboard": "8.9.0",
}
CORE_SHAPE = "8.8.0"

Json = dict[str, Any]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(kind: str, object_id: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "attributes": attributes,
        "coreMigrationVersion": CORE_SHAPE,
        "id": object_id,
        "managed": False,
        "references": references,
        "type": kind,
        "typeMigrationVersion": SHAPES[kind],
    }


def _reference(name: str, kind: str, object_id: str) -> Json:
    return {"id": object_id, "name": name, "type": kind}


def _query(text: str) -> Json:
    return {"language": "kuery", "query": text}


def data_view(view: View) -> Json:
    """Return the saved object of a data view."""
    attributes = {
        "allowHidden": False,
        "fieldAttrs": "{}",
        "fieldFormatMap": "{}",
        "fields": "[]",
        "name": view.name,
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "timeFieldName": view.time_field,
        "title": view.pattern,
    }
    return _object("index-pattern", view.object_id, attributes, [])


def saved_search(search: Search) -> Json:
    """Return the saved object of a search."""
    name = "kibanaSavedObjectMeta.searchSourceJSON.index"
    source = {"filter": [], "indexRefName": name, "query": _query(kql(search.where))}
    attributes = {
        "columns": list(search.columns),
        "description": search.about,
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _dump(source)},
        "sort": [[search.sort_field, "desc"]],
        "timeRestore": False,
        "title": f"Vigie: {search.title}",
    }
    reference = _reference(name, "index-pattern", search.view.object_id)
    return _object("search", f"vigie-search-{search.key}", attributes, [reference])


def _terms(field: str, size: int) -> Json:
    return {
        "dataType": "string",
        "isBucketed": True,
        "label": field,
        "operationType": "terms",
        "params": {
            "exclude": [],
            "excludeIsRegex": False,
            "include": [],
            "includeIsRegex": False,
            "missingBucket": False,
            "orderBy": {"columnId": "count", "type": "column"},
            "orderDirection": "desc",
            "otherBucket": True,
            "parentFormat": {"id": "terms"},
            "size": size,
        },
        "scale": "ordinal",
        "sourceField": field,
    }


def _columns(panel: Panel) -> Json:
    columns: Json = {}
    if panel.is_over_time:
        columns["by"] = {
            "dataType": "date",
            "isBucketed": True,
            "label": panel.by,
            "operationType": "date_histogram",
            "params": {
                "dropPartials": False,
                "includeEmptyRows": True,
                "interval": panel.interval,
            },
            "scale": "interval",
            "sourceField": panel.by,
        }
    elif panel.by:
        columns["by"] = _terms(panel.by, BUCKETS)
    if panel.split:
        columns["split"] = _terms(panel.split, 10)
    columns["count"] = {
        "customLabel": True,
        "dataType": "number",
        "isBucketed": False,
        "label": panel.view.name,
        "operationType": "count",
        "params": {"emptyAsNull": True},
        "scale": "ratio",
        "sourceField": "___records___",
    }
    return columns


def _visualization(panel: Panel) -> tuple[str, Json]:
    layer: Json = {"layerId": "layer", "layerType": "data"}
    if panel.kind == "number":
        return "lnsMetric", {**layer, "metricAccessor": "count"}
    if panel.kind == "ring":
        ring = {
            **layer,
            "categoryDisplay": "default",
            "legendDisplay": "default",
            "metrics": ["count"],
            "nestedLegend": False,
            "numberDisplay": "value",
            "primaryGroups": ["by"],
        }
        return "lnsPie", {"layers": [ring], "shape": "donut"}
    series = "bar_stacked" if panel.kind == "bars" else "bar_horizontal_stacked"
    bars = {
        **layer,
        "accessors": ["count"],
        "position": "top",
        "seriesType": series,
        "showGridlines": False,
        "xAccessor": "by",
    }
    if panel.split:
        bars["splitAccessor"] = "split"
    return "lnsXY", {
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "layers": [bars],
        "legend": {"isVisible": bool(panel.split), "position": "right"},
        "preferredSeriesType": series,
        "valueLabels": "hide",
    }


def lens(panel: Panel) -> Json:
    """Return the saved object of a chart."""
    kind, visualization = _visualization(panel)
    columns = _columns(panel)
    layer = {
        "columnOrder": list(columns),
        "columns": columns,
        "incompleteColumns": {},
        "sampling": 1,
    }
    attributes = {
        "description": "",
        "state": {
            "adHocDataViews": {},
            "datasourceStates": {"formBased": {"layers": {"layer": layer}}},
            "filters": [],
            "internalReferences": [],
            "query": _query(kql(panel.conditions)),
            "visualization": visualization,
        },
        "title": f"Vigie: {panel.title}",
        "visualizationType": kind,
    }
    name = "indexpattern-datasource-layer-layer"
    reference = _reference(name, "index-pattern", panel.view.object_id)
    return _object("lens", f"vigie-lens-{panel.key}", attributes, [reference])


def _event_layer(layer: MapLayer) -> Json:
    size = {"options": {"size": 9}, "type": "STATIC"}
    colour = {
        "options": {
            "color": None,
            "colorCategory": "palette_0",
            "field": {"name": "act", "origin": "source"},
            "fieldMetaOptions": {"isEnabled": True, "sigma": 3},
            "type": "CATEGORICAL",
        },
        "type": "DYNAMIC",
    }
    return {
        "alpha": 0.8,
        "id": "events",
        "includeInFitToBounds": True,
        "joins": [],
        "label": "Events",
        "query": _query(CURRENT.kql()),
        "maxZoom": 24,
        "minZoom": 0,
        "sourceDescriptor": {
            "applyForceRefresh": True,
            "applyGlobalQuery": True,
            "applyGlobalTime": True,
            "filterByMapBounds": True,
            "geoField": layer.geo_field,
            "id": "events-source",
            "indexPatternRefName": "layer_1_source_index_pattern",
            "scalingType": "LIMIT",
            "sortField": "",
            "sortOrder": "desc",
            "tooltipProperties": list(layer.tooltips),
            "topHitsGroupByTimeseries": False,
            "topHitsSize": 1,
            "topHitsSplitField": "",
            "type": "ES_SEARCH",
        },
        "style": {
            "isTimeAware": True,
            "properties": {"fillColor": colour, "iconSize": size},
            "type": "VECTOR",
        },
        "type": "GEOJSON_VECTOR",
        "visible": True,
    }


def event_map(layer: MapLayer) -> Json:
    """Return the saved object of the map."""
    base = {
        "alpha": 1,
        "id": "base",
        "includeInFitToBounds": True,
        "label": None,
        "maxZoom": 24,
        "minZoom": 0,
        "sourceDescriptor": {
            "isAutoSelect": True,
            "lightModeDefault": "road_map_desaturated",
            "type": "EMS_TMS",
        },
        "style": {"color": "", "type": "EMS_VECTOR_TILE"},
        "type": "EMS_VECTOR_TILE",
        "visible": True,
    }
    events = _event_layer(layer)
    state = {
        "center": {"lat": 39.0, "lon": -2.0},
        "filters": [],
        "query": _query(""),
        "refreshConfig": {"interval": 0, "isPaused": True},
        "settings": {"initialLocation": "FIT_TO_BOUNDS", "autoFitToDataBounds": True},
        "timeFilters": {"from": "now-90d", "to": "now+30d"},
        "zoom": 3.5,
    }
    attributes = {
        "description": "Where events happened, coloured by act.",
        "layerListJSON": _dump([base, events]),
        "mapStateJSON": _dump(state),
        "title": "Vigie: Events on the map",
        "uiStateJSON": _dump({"isLayerTOCOpen": False, "openTOCDetails": []}),
    }
    reference = _reference("layer_1_source_index_pattern", "index-pattern", layer.view.object_id)
    return _object("map", MAP_ID, attributes, [reference])


def _positions() -> list[tuple[str, str, Json]]:
    """Return (type, id, grid position) of each thing on the dashboard, in reading order."""
    placed: list[tuple[str, str, Json]] = []
    x = y = row = 0

    def place(kind: str, object_id: str, width: int, height: int) -> None:
        nonlocal x, y, row
        if x + width > DASHBOARD_COLUMNS:
            x, y, row = 0, y + row, 0
        placed.append((kind, object_id, {"x": x, "y": y, "w": width, "h": height}))
        x, row = x + width, max(row, height)

    for panel in PANELS:
        if panel.kind == "number":
            place("lens", f"vigie-lens-{panel.key}", DASHBOARD_COLUMNS // 3, 5)
    place("map", MAP_ID, 24, 16)
    for panel in PANELS:
        if panel.kind != "number":
            place("lens", f"vigie-lens-{panel.key}", panel.width, 16 if panel.width == 24 else 12)
    place("search", "vigie-search-new-events", DASHBOARD_COLUMNS, 16)
    return placed


def dashboard() -> Json:
    """Return the saved object of the events dashboard."""
    panels, references = [], []
    for number, (kind, object_id, grid) in enumerate(_positions(), 1):
        index = str(number)
        name = f"panel_{index}"
        panels.append(
            {
                "embeddableConfig": {"enhancements": {}},
                "gridData": {**grid, "i": index},
                "panelIndex": index,
                "panelRefName": name,
                "type": kind,
                "version": "8.9.0",
            }
        )
        references.append(_reference(f"{index}:{name}", kind, object_id))
    options = {
        "hidePanelTitles": False,
        "syncColors": True,
        "syncCursor": True,
        "syncTooltips": False,
        "useMargins": True,
    }
    attributes = {
        "description": "Events by place, date, theme, act, language and source.",
        "kibanaSavedObjectMeta": {"searchSourceJSON": _dump({"filter": [], "query": _query("")})},
        "optionsJSON": _dump(options),
        "panelsJSON": _dump(panels),
        "refreshInterval": {"pause": False, "value": 60000},
        "timeFrom": "now-90d",
        "timeRestore": True,
        "timeTo": "now+30d",  # what is announced lies ahead
        "title": "Vigie: Events",
        "version": 1,
    }
    return _object("dashboard", DASHBOARD_ID, attributes, references)


def build() -> list[Json]:
    """Return every saved object, each after those it refers to."""
    return [
        *(data_view(view) for view in VIEWS),
        *(saved_search(search) for search in SEARCHES),
        *(lens(panel) for panel in PANELS),
        event_map(MAP),
        dashboard(),
    ]


def render() -> str:
    """Return the file's text: one object a line."""
    return "".join(_dump(item) + "\n" for item in build())


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
