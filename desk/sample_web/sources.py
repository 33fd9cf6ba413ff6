"""The sample outlets as entries of a sources file, so that connectors read them like any other."""

from __future__ import annotations

import json

from connectors.sources import Source
from desk.sample_web.outlets import Listing
from desk.sample_web.server import SampleWeb, ServedOutlet

KINDS = {Listing.SITEMAP: "sitemap", Listing.LIST_PAGE: "list"}
LIST_LINKS = "css:.x-card h3 a"


def sources(web: SampleWeb) -> tuple[Source, ...]:
    """Return one source for each outlet of a started sample web."""
    return tuple(_source(served) for served in web.outlets)


def allow_hosts(web: SampleWeb) -> tuple[str, ...]:
    """Return the `host:port` pairs that the fetch guard must let through to reach the sample web."""
    return tuple(served.base_url.removeprefix("http://") for served in web.outlets)


def sources_toml(web: SampleWeb) -> str:
    """Return the text of a sources file for the sample web."""
    tables = []
    for source in sources(web):
        told = {
            "id": source.id,
            "name": source.name,
            "country": source.country,
            "kind": source.kind,
            "url": source.url,
            "language": source.language,
            "link_pattern": source.link_pattern,
        }
        # A JSON string is a TOML string for all of what is written here.
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()]
        tables.append("\n".join(["[[source]]", *lines]))
    return "\n\n".join(tables) + "\n"


def _source(served: ServedOutlet) -> Source:
    outlet = served.outlet
    kind = KINDS.get(outlet.listing, "rss")
    return Source(
        id=outlet.outlet_id,
        name=outlet.name,
        country=outlet.country,
        kind=kind,  # type: ignore[arg-type]
        url=served.listing_url,
        language=outlet.langs[0] if len(outlet.langs) == 1 else "",
        link_pattern=LIST_LINKS if kind == "list" else "",
    )
