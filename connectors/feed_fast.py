"""Reads well-formed RSS 2.0, RSS 1.0 (RDF), Atom and JSON Feed; anything else is `Unusual` and goes to feedparser.

lxml builds the tree in C with entities, network and external DTDs off, so a usual feed costs a few
hundred microseconds and needs no child process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
from lxml import etree

from connectors.entries import (
    MAX_AUTHOR_CHARS,
    MAX_ENTRIES,
    MAX_ID_CHARS,
    MAX_RAW_DATE_CHARS,
    MAX_SUMMARY_CHARS,
    DateBounds,
    Entry,
    ParsedFeed,
    ParseReason,
    language_tag,
    plain,
    web_url,
)
from connectors.feed_dates import read_date
from connectors.feed_text import repair
from domain.errors import ParseError

ATOM = "{http://www.w3.org/2005/Atom}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_DCTERMS = "{http://purl.org/dc/terms/}"
_ORIGINAL = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_RSS_SPACES = (
    "",
    "{http://purl.org/rss/1.0/}",
    "{http://my.netscape.com/rdf/simple/0.9/}",
    "{http://channel.netscape.com/rdf/simple/0.9/}",
    "{http://backend.userland.com/rss2}",
    "{http://blogs.law.harvard.edu/tech/rss}",
)
_XMLNS = re.compile(r' xmlns(?::\w+)?="[^"]*"')


class Unusual(Exception):
    """The document is not one the fast reader understands; feedparser may."""


@lru_cache(maxsize=16)
def _rss_fields(space: str) -> dict[str, str]:
    return {
        space + "title": "title",
        space + "link": "link",
        space + "guid": "guid",
        space + "description": "summary",
        space + "pubDate": "published",
        space + "author": "author",
        space + "language": "lang",
        _CONTENT + "encoded": "content",
        _DC + "date": "date",
        _DC + "creator": "author",
        _DC + "language": "lang",
        _DCTERMS + "issued": "date",
        _DCTERMS + "created": "date",
        _ORIGINAL: "original",
        ATOM + "published": "date",
        ATOM + "updated": "updated",
        _DCTERMS + "modified": "updated",
    }


def parse_tree(text: str) -> Any:
    """Return the root element, mending once what breaks feeds most; raises Unusual if it stays broken."""
    for attempt in (text, None):
        try:
            return etree.fromstring((attempt or repair(text)).encode("utf-8"), _parser())
        except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError):
            continue
    raise Unusual


def _parser() -> Any:
    # One per document: an XMLParser keeps state and is not shared between threads.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )


def read_xml(text: str, base: str, bounds: DateBounds) -> ParsedFeed:
    """Return the feed in the text, or raise Unusual."""
    root = parse_tree(text)
    if root.tag == ATOM + "feed":
        return _read_atom(root, base, bounds)
    if root.tag in {"rss", RDF + "RDF"}:
        return _read_rss(root, base, bounds)
    raise Unusual


def _read_rss(root: Any, base: str, bounds: DateBounds) -> ParsedFeed:
    space, channel = "", None
    for space in _RSS_SPACES:
        channel = root.find(space + "channel")
        if channel is not None:
            break
    if channel is None:
        raise Unusual
    # RSS 1.0 puts items beside the channel, RSS 2.0 inside it.
    items = channel.findall(space + "item") or root.findall(space + "item")
    if not items and root.find(".//{*}item") is not None:
        raise Unusual
    head = _collect((el for el in channel if el.tag != space + "item"), _rss_fields(space))
    lang = language_tag(head.get("lang", "") or root.get(XML_LANG, ""))
    base = base or web_url(head.get("link", "").strip())
    fields = _rss_fields(space)
    return ParsedFeed(
        title=plain(head.get("title", "")),
        lang=lang,
        entries=[_rss_entry(item, fields, lang, base, bounds) for item in items[:MAX_ENTRIES]],
        how="fast",
    )


def _collect(elements: Iterable[Any], fields: dict[str, str]) -> dict[str, str]:
    """Return the first non-empty text of each known child."""
    found: dict[str, str] = {}
    for element in elements:
        name = fields.get(element.tag)
        if name is None or found.get(name):
            continue
        found[name] = inner(element) if len(element) else (element.text or "")
        if name == "guid":
            found["permalink"] = element.get("isPermaLink", "true").strip().lower()
    return found


def inner(element: Any) -> str:
    """Return the markup inside an element, without namespace declarations."""
    parts = [element.text or ""]
    parts += [etree.tostring(child, encoding="unicode") for child in element]
    return _XMLNS.sub("", "".join(parts))


def _rss_entry(
    item: Any, fields: dict[str, str], lang: str, base: str, bounds: DateBounds
) -> Entry:
    found = _collect(item, fields)
    guid = found.get("guid", "").strip()
    about = item.get(RDF + "about", "").strip()
    url = web_url(found.get("original", "")) or web_url(found.get("link", ""), base)
    if not url and guid and found.get("permalink") != "false":
        url = web_url(guid)
    url = url or web_url(about)
    raw = found.get("published") or found.get("date") or found.get("updated") or ""
    return build(
        ident=guid or about,
        url=url,
        title=plain(found.get("title", "")),
        summary=found.get("summary", ""),
        content=found.get("content", ""),
        raw_date=raw,
        author=found.get("author", ""),
        lang=found.get("lang", "") or item.get(XML_LANG, "") or lang,
        bounds=bounds,
    )


def build(
    *,
    ident: str,
    url: str,
    title: str,
    summary: str,
    content: str,
    raw_date: str,
    author: str,
    lang: str,
    bounds: DateBounds,
) -> Entry:
    """Return the entry with each value cut to size; without an id it gets its URL, or a hash of its words."""
    raw_date = " ".join(raw_date.split())[:MAX_RAW_DATE_CHARS]
    ident = ident[:MAX_ID_CHARS] or url
    if not ident:
        ident = (
            "sha256:" + sha256(f"{title}\n{summary[:1000]}".encode("utf-8", "replace")).hexdigest()
        )
    return Entry(
        id=ident,
        url=url,
        title=title,
        summary=summary.strip()[:MAX_SUMMARY_CHARS],
        content=content.strip()[:MAX_SUMMARY_CHARS],
        published=bounds.keep(read_date(raw_date)),
        published_raw=raw_date,
        author=plain(author[: MAX_AUTHOR_CHARS * 4])[:MAX_AUTHOR_CHARS],
        lang=language_tag(lang),
    )


def _read_atom(root: Any, base: str, bounds: DateBounds) -> ParsedFeed:
    lang = root.get(XML_LANG, "")
    title = _atom_text(root.find(ATOM + "title"))
    links = [el for el in root if el.tag == ATOM + "link"]
    base = root.base or base or _alternate(links, "")
    entries = root.findall(ATOM + "entry")
    if not entries and root.find(".//{*}entry") is not None:
        raise Unusual
    return ParsedFeed(
        title=title,
        lang=language_tag(lang),
        entries=[_atom_entry(entry, lang, base, bounds) for entry in entries[:MAX_ENTRIES]],
        how="fast",
    )


def _atom_entry(entry: Any, lang: str, base: str, bounds: DateBounds) -> Entry:
    found: dict[str, Any] = {}
    links = []
    for child in entry:
        tag = child.tag
        if tag == ATOM + "link":
            links.append(child)
        elif tag not in found:
            found[tag] = child
    ident = _text(found.get(ATOM + "id"))
    base = entry.base or base
    url = web_url(_text(found.get(_ORIGINAL))) or _alternate(links, base) or web_url(ident)
    raw = _text(found.get(ATOM + "published")) or _text(found.get(ATOM + "updated"))
    author = found.get(ATOM + "author")
    return build(
        ident=ident,
        url=url,
        title=_atom_text(found.get(ATOM + "title")),
        summary=_atom_html(found.get(ATOM + "summary")),
        content=_atom_html(found.get(ATOM + "content")),
        raw_date=raw or _text(found.get(_DC + "date")),
        author=_text(author.find(ATOM + "name")) if author is not None else "",
        lang=entry.get(XML_LANG, "") or lang,
        bounds=bounds,
    )


def _alternate(links: list[Any], base: str) -> str:
    """Return the entry's page: the first alternate link that is HTML or of no stated type, else the first."""
    urls = []
    for link in links:
        if link.get("rel", "alternate").strip().lower() != "alternate":
            continue
        url = web_url(link.get("href", ""), base)
        if url and "html" in link.get("type", "html"):
            return url
        urls.append(url)
    return next((url for url in urls if url), "")


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""


def _atom_text(element: Any) -> str:
    if element is None:
        return ""
    kind = element.get("type", "text")
    if kind == "xhtml" or len(element):
        return plain(inner(element))
    return plain(element.text or "", is_html="html" in kind)


def _atom_html(element: Any) -> str:
    if element is None or element.get("src"):
        return ""
    if element.get("type") == "xhtml" and len(element) == 1:
        return inner(element[0])  # the div that the standard asks for is not part of it
    return inner(element) if len(element) else (element.text or "")


def read_json(text: str, base: str, bounds: DateBounds, subject: str) -> ParsedFeed:
    """Return a JSON Feed (1.0 or 1.1); raises ParseError when it is other JSON."""
    try:
        feed = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as e:
        raise ParseError("read feed", subject, str(e), reason=ParseReason.NOT_A_FEED) from e
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ParseError("read feed", subject, "JSON without items", reason=ParseReason.NOT_A_FEED)
    base = base or _string(feed, "home_page_url")
    lang = _string(feed, "language")
    return ParsedFeed(
        title=plain(_string(feed, "title"), is_html=False),
        lang=language_tag(lang),
        entries=[
            _json_entry(item, lang, base, bounds)
            for item in items[:MAX_ENTRIES]
            if isinstance(item, dict)
        ],
        how="json",
    )


def _string(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _json_entry(item: dict[str, Any], lang: str, base: str, bounds: DateBounds) -> Entry:
    authors = item.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return build(
        ident=_string(item, "id").strip(),
        url=web_url(_string(item, "url"), base) or web_url(_string(item, "id")),
        title=plain(_string(item, "title"), is_html=False),
        summary=_string(item, "summary"),
        content=_string(item, "content_html") or _string(item, "content_text"),
        raw_date=_string(item, "date_published") or _string(item, "date_modified"),
        author=_string(first, "name") if isinstance(first, dict) else "",
        lang=_string(item, "language") or lang,
        bounds=bounds,
    )
