"""What analysts see in Kibana, described once: data views, searches, panels, with the queries they stand for.

`build.py` turns it into saved objects; the tests run each query on a real Elasticsearch. Field names are those of the
templates in schemas/elasticsearch/, which a test holds them to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BUCKETS = 20


@dataclass(frozen=True, slots=True)
class View:
    """A data view: an index pattern and the field of time."""

    key: str
    name: str
    pattern: str
    time_field: str

    @property
    def object_id(self) -> str:
        """The saved object's id; fixed, so that importing again replaces it."""
        return f"vigie-view-{self.key}"


# An event's @timestamp is its own day, or, while that is unknown, when it was first seen: none is hidden. An article's
# is its publication, or when it was first seen.
ARTICLES = View("articles", "Articles", "news-articles*", "@timestamp")
EVENTS = View("events", "Events", "news-events", "@timestamp")
ALERTS = View("alerts", "Alerts", "news-alerts", "@timestamp")
VIEWS = (ARTICLES, EVENTS, ALERTS)
DATES = ("@timestamp", "event_date", "first_seen_at")


@dataclass(frozen=True, slots=True)
class Is:
    """The field has one of the values."""

    field: str
    values: tuple[str, ...]

    def kql(self) -> str:
        """Return it in Kibana's language."""
        return f"{self.field}: ({' or '.join(self.values)})"

    def dsl(self) -> dict[str, Any]:
        """Return it as an Elasticsearch query."""
        return {"terms": {self.field: list(self.values)}}


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The number is not below."""

    field: str
    value: float

    def kql(self) -> str:
        """Return it in Kibana's language."""
        return f"{self.field} >= {self.value:g}"

    def dsl(self) -> dict[str, Any]:
        """Return it as an Elasticsearch query."""
        return {"range": {self.field: {"gte": self.value}}}


@dataclass(frozen=True, slots=True)
class Absent:
    """The field has no value."""

    field: str

    def kql(self) -> str:
        """Return it in Kibana's language."""
        return f"not {self.field}: *"

    def dsl(self) -> dict[str, Any]:
        """Return it as an Elasticsearch query."""
        return {"bool": {"must_not": {"exists": {"field": self.field}}}}


Condition = Is | AtLeast | Absent

# An event that was merged into another is kept for reference and must not be counted twice.
CURRENT = Is("is_merged", ("false",))


def kql(conditions: tuple[Condition, ...]) -> str:
    """Return the conditions, all to be met, in Kibana's language."""
    return " and ".join(c.kql() for c in conditions)


def dsl(conditions: tuple[Condition, ...]) -> dict[str, Any]:
    """Return the same as an Elasticsearch query."""
    return {"bool": {"filter": [c.dsl() for c in conditions]}} if conditions else {"match_all": {}}


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search: what, which columns, newest (or highest) first."""

    key: str
    title: str
    about: str
    view: View
    columns: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    sort: str = ""

    @property
    def sort_field(self) -> str:
        """The field of the order, descending."""
        return self.sort or self.view.time_field

    def body(self) -> dict[str, Any]:
        """Return the search that Kibana sends, its time range apart."""
        return {
            "query": dsl(self.where),
            "sort": [{self.sort_field: {"order": "desc"}}],
            "fields": [*self.columns, self.view.time_field],
            "size": 50,
        }


SEARCHES = (
    Search(
        "new-events",
        "New events",
        "Reports that first told of an event, or told something material of a known one.",
        ARTICLES,
        ("verdict", "title", "act", "event_date", "themes", "lang", "source.name"),
        (Is("verdict", ("NEW", "UPDATE")),),
    ),
    Search(
        "articles-by-verdict",
        "Articles by verdict",
        "Every article with what was decided about it, and why.",
        ARTICLES,
        ("verdict", "score", "title", "lang", "source.name", "watch_id"),
    ),
    Search(
        "recaps",
        "Recaps",
        "Articles that recall an old event as background; none of them alerted.",
        ARTICLES,
        ("title", "event_id", "event_date", "lang", "source.name"),
        (Is("verdict", ("RECAP",)),),
    ),
    Search(
        "off-high-score",
        "Off, though scored high",
        "Articles that were close to the subject and not taken: where to look for what was missed.",
        ARTICLES,
        ("score", "title", "lang", "source.name", "watch_id"),
        (Is("verdict", ("OFF",)), AtLeast("score", 0.3)),
        "score",
    ),
    Search(
        "events-without-day",
        "Events whose day is unknown",
        "Events that no report dates; only a range is known.",
        EVENTS,
        ("act", "status", "actors", "place", "first_seen_at"),
        (Absent("event_date"), CURRENT),
        "first_seen_at",
    ),
    Search(
        "alerts",
        "Alerts",
        "What the watch team was told, by which channel, and whether it arrived.",
        ALERTS,
        ("state", "channel", "verdict", "headline", "event_id"),
    ),
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: count of documents by `by`, perhaps split. A date field makes a histogram, others make terms."""

    key: str
    title: str
    view: View
    kind: str  # number, bars, rows or ring
    by: str = ""
    split: str = ""
    where: tuple[Condition, ...] = ()
    width: int = 16
    interval: str = "auto"

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Everything its documents must meet."""
        return (*self.where, CURRENT) if self.view is EVENTS else self.where

    @property
    def is_over_time(self) -> bool:
        """Whether `by` is a date."""
        return self.by in DATES

    def body(self) -> dict[str, Any]:
        """Return the search that Kibana sends, with a fixed interval for `auto`."""
        inner = {"split": {"terms": {"field": self.split, "size": 10}}} if self.split else {}
        body: dict[str, Any] = {"size": 0, "track_total_hits": True, "query": dsl(self.conditions)}
        if self.is_over_time:
            unit = "month" if self.interval == "M" else "day"
            histogram = {"field": self.by, "calendar_interval": unit, "min_doc_count": 1}
            body["aggs"] = {"by": {"date_histogram": histogram, "aggs": inner}}
        elif self.by:
            body["aggs"] = {"by": {"terms": {"field": self.by, "size": BUCKETS}, "aggs": inner}}
        return body


PANELS = (
    Panel("count", "Events", EVENTS, "number", width=8),
    Panel(
        "new-reports",
        "First reports and updates",
        ARTICLES,
        "number",
        where=(Is("verdict", ("NEW", "UPDATE")),),
        width=8,
    ),
    Panel(
        "expected",
        "Expected, not yet held",
        EVENTS,
        "number",
        where=(Is("status", ("expected",)),),
        width=8,
    ),
    Panel(
        "timeline",
        "Events by their own date",
        EVENTS,
        "bars",
        "event_date",
        "act",
        width=24,
        interval="M",
    ),
    Panel("themes", "Themes", EVENTS, "rows", "themes"),
    Panel("acts", "Acts", EVENTS, "ring", "act"),
    Panel("places", "Places", EVENTS, "rows", "place"),
    Panel("actors", "Actors", EVENTS, "rows", "actors"),
    Panel(
        "languages",
        "Languages of the articles",
        ARTICLES,
        "ring",
        "lang",
        where=(Is("verdict", ("NEW", "UPDATE", "REPEAT")),),
    ),
    Panel(
        "sources",
        "Who reports, and who is first",
        ARTICLES,
        "rows",
        "source.name",
        "verdict",
        where=(Is("verdict", ("NEW", "UPDATE", "REPEAT")),),
    ),
    Panel(
        "arrivals",
        "Articles by verdict, as they came",
        ARTICLES,
        "bars",
        "first_seen_at",
        "verdict",
        width=48,
    ),
)


@dataclass(frozen=True, slots=True)
class MapLayer:
    """Events on a map, one mark each."""

    view: View = EVENTS
    geo_field: str = "location"
    tooltips: tuple[str, ...] = field(
        default=("event_date", "act", "status", "place", "actors", "themes")
    )

    def body(self) -> dict[str, Any]:
        """Return the search of one screen of the map: here from the Canaries to the Baltic."""
        box = {"top_left": {"lat": 60.0, "lon": -20.0}, "bottom_right": {"lat": 20.0, "lon": 20.0}}
        return {
            "query": {
                "bool": {"filter": [CURRENT.dsl(), {"geo_bounding_box": {self.geo_field: box}}]}
            },
            "fields": [self.geo_field, *self.tooltips],
            "_source": False,
            "size": 1000,
        }


MAP = MapLayer()


def fields_used() -> dict[str, set[str]]:
    """Return, by data view, each field that something above reads."""
    used: dict[str, set[str]] = {view.key: {view.time_field} for view in VIEWS}
    for search in SEARCHES:
        used[search.view.key] |= {*search.columns, search.sort_field}
        used[search.view.key] |= {c.field for c in search.where}
    for panel in PANELS:
        used[panel.view.key] |= {f for f in (panel.by, panel.split) if f}
        used[panel.view.key] |= {c.field for c in panel.conditions}
    used[MAP.view.key] |= {MAP.geo_field, *MAP.tooltips}
    return used
