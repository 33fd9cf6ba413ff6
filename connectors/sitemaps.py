"""Reads sitemaps: news sitemaps, plain ones with lastmod, and indexes (which name their children)."""

from __future__ import annotations

from typing import Any

from connectors.entries import (
    MAX_ENTRIES,
    DateBounds,
    Entry,
    ParsedFeed,
    language_tag,
    plain,
    web_url,
)
from connectors.feed_dates import read_date
from connectors.feed_fast import Unusual, build, parse_tree

MAX_CHILDREN = 50


def read_sitemap(text: str, base: str, bounds: DateBounds) -> ParsedFeed:
    """Return the entries of a sitemap, newest first, or the children of an index; raises Unusual otherwise."""
    root = parse_tree(text)
    name = _local(root)
    if name == "sitemapindex":
        return ParsedFeed(children=_children(root, base), how="sitemap")
    if name != "urlset":
        raise Unusual
    urls = [el for el in root if _local(el) == "url"]
    found = [_entry(el, base, bounds) for el in urls]
    # A plain sitemap may list a whole archive, oldest first: keep the newest, in a stable order.
    found.sort(key=lambda e: e.published.timestamp() if e.published else 0.0, reverse=True)
    return ParsedFeed(entries=found[:MAX_ENTRIES], how="sitemap")


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _children(root: Any, base: str) -> list[str]:
    """Return the sitemaps an index names, news ones and the lately changed first."""
    found = []
    for child in root:
        values = {_local(el): (el.text or "").strip() for el in child}
        url = web_url(values.get("loc", ""), base)
        if url:
            changed = read_date(values.get("lastmod", ""))
            found.append(("news" in url.lower(), changed.timestamp() if changed else 0.0, url))
    found.sort(key=lambda item: item[:2], reverse=True)
    return list(dict.fromkeys(url for _, _, url in found))[:MAX_CHILDREN]


def _entry(element: Any, base: str, bounds: DateBounds) -> Entry:
    values: dict[str, str] = {}
    for child in element.iter():
        name = _local(child)
        if name and name not in values and child.text and child.text.strip():
            values[name] = child.text.strip()
    url = web_url(values.get("loc", ""), base)
    return build(
        ident=url,
        url=url,
        title=plain(values.get("title", "")),
        summary="",
        content="",
        raw_date=values.get("publication_date") or values.get("lastmod", ""),
        author="",
        lang=language_tag(values.get("language", "")),
        bounds=bounds,
    )
