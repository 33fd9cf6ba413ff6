"""What a page says of itself for machines: JSON-LD, meta tags, language, address.

Every value is taken as written and hostile: of any JSON type, cut to a length, never believed.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from domain.text.extracted import DateCandidate
from domain.text.fold import fold
from domain.text.stamps import find_stamp

_ARTICLE_TYPES = re.compile(
    r"(?:News|Blog|Report|Analysis|Opinion|Liveblog|Review|Background)?\w*(?:Article|Posting)$"
)
_NESTING = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")
_MAX_JSON_CHARS = 1_000_000
_MAX_NODES = 5_000
_MAX_VALUE_CHARS = 100
_CONTROL = re.compile(r"[\x00-\x1f]+")
_TAG = re.compile(r"<[^<>]{1,500}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_HEADLINE = re.compile(r'"headline"\s*:\s*"((?:[^"\\]|\\.){1,500})"')
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"\\]{8,40})"')
_STAMP_WINDOW = 40  # elements after the title in which its stamp is looked for
_STAMP_CHARS, _PROSE_CHARS = 120, 200
_URL_DATE = re.compile(
    r"[/_-]((?:19|20)\d{2})[/_-](0?[1-9]|1[0-2])[/_-](0?[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
)
_URL_DAY = re.compile(r"/((?:20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=\D|$)")
_META_DATES = frozenset(
    [
        "article:published_time",
        "article:published",
        "article.published",
        "article:post_date",
        "og:published_time",
        "og:article:published_time",
        "datepublished",
        "date",
        "pubdate",
        "publishdate",
        "publish-date",
        "publish_date",
        "publication_date",
        "publication-date",
        "publicationdate",
        "dc.date",
        "dc.date.issued",
        "dc.date.created",
        "dcterms.date",
        "dcterms.issued",
        "dcterms.created",
        "dc:date",
        "dc:created",
        "parsely-pub-date",
        "sailthru.date",
        "cxenseparse:recs:publishtime",
        "citation_publication_date",
        "citation_date",
        "bt:pubdate",
        "analyticsattributes.articledate",
        "article_date_original",
        "created",
        "datecreated",
        "rnews:datepublished",
        "vr:published_time",
        "shareaholic:article_published_time",
        "msvalidate.date",
    ]
)
_VAGUE_META = frozenset(
    [
        "date",
        "dc.date",
        "dc:date",
        "dcterms.date",
        "created",
        "datecreated",
        "dc.date.created",
        "dc:created",
        "dcterms.created",
    ]
)
_TIME_CLASS = re.compile(
    r"publi|entry-date|post-date|article-date|posted|dateline|timestamp", re.IGNORECASE
)


@dataclass(slots=True)
class PageFacts:
    """What was found; lists keep the page's order."""

    headlines: list[str] = field(default_factory=list)
    body: str = ""  # JSON-LD articleBody, the longest
    dates: list[DateCandidate] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    og_title: str = ""
    site_name: str = ""


def read_facts(tree: HtmlElement, url: str | None, *, timed: bool = True) -> PageFacts:
    """Return what the page's markup says of its article.

    `timed` says whether the page has marked-up times at all, which costs a walk over it to find.
    """
    facts = PageFacts()
    lang = (
        tree.get("lang")
        or tree.get("xml:lang")
        or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    )
    if lang:
        facts.languages.append(lang[:20])
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            _read_json_ld(script.text, facts)
    meta_lang = _read_meta(tree, facts)
    facts.languages += meta_lang
    if timed:
        _read_times(tree, facts)
    if url and (day := url_day(url)):
        facts.dates.append(DateCandidate(day, "url"))
    facts.dates = list(dict.fromkeys(facts.dates))
    return facts


def url_day(url: str) -> str | None:
    """Return the day that an article's address carries, as YYYY-MM-DD, or None."""
    match = _URL_DATE.search(url) or _URL_DAY.search(url)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    return f"{year:04d}-{month:02d}-{day:02d}"


def _read_json_ld(source: str, facts: PageFacts) -> None:
    """Add what one JSON-LD script says; of a broken one, what patterns can still read."""
    source = source[:_MAX_JSON_CHARS].strip().removeprefix("<!--").removesuffix("-->").strip()
    try:
        data = json.loads(_CONTROL.sub(" ", source), strict=False)
    except (ValueError, RecursionError):
        if "Article" in source or "Posting" in source:
            facts.headlines += [_clean(h) for h in _HEADLINE.findall(source)[:1]]
            facts.dates += [DateCandidate(d, "json_ld") for d in _PUBLISHED.findall(source)[:1]]
        return
    for node in _articles(data):
        if headline := _text(node.get("headline")) or _text(node.get("name")):
            facts.headlines.append(_clean(headline)[:500])
        if published := _text(node.get("datePublished")):
            facts.dates.append(DateCandidate(published[:_MAX_VALUE_CHARS], "json_ld"))
        language = node.get("inLanguage")
        if isinstance(language, dict):
            language = language.get("alternateName") or language.get("name")
        if tag := _text(language):
            facts.languages.append(tag[:20])
        body = _paragraphs(_text(node.get("articleBody")))
        if len(body) > len(facts.body):
            facts.body = body


def _articles(data: object) -> Iterator[dict[str, Any]]:
    """Yield the article nodes of a JSON-LD value, whatever lists and graphs they are in."""
    pending: list[object] = [data]
    seen = 0
    while pending and seen < _MAX_NODES:
        node = pending.pop(0)
        seen += 1
        if isinstance(node, list):
            pending.extend(node[:200])
        elif isinstance(node, dict):
            kinds = node.get("@type")
            names = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(name, str) and _ARTICLE_TYPES.match(name) for name in names):
                yield node
            nested = [node.get(key) for key in _NESTING]
            pending.extend(value for value in nested if isinstance(value, (list, dict)))


def _text(value: object) -> str:
    """Return a JSON value as text: a string, or the first string of a list."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), "")
    return value if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Return one line of text without entities and tags."""
    return " ".join(_TAG.sub(" ", html.unescape(text)).split())


def _paragraphs(text: str) -> str:
    """Return an articleBody, which may hold tags and entities, as lines of text."""
    text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _read_meta(tree: HtmlElement, facts: PageFacts) -> list[str]:
    """Add titles and dates of the meta tags; return the languages they name."""
    languages: list[str] = []
    for meta in tree.iter("meta"):
        value = (meta.get("content") or "").strip()
        if not value:
            continue
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if name in _META_DATES:
            # A name that only says "date" is as often the day the page was built: worth a guess.
            source = "htmldate" if name in _VAGUE_META else "meta"
            facts.dates.append(DateCandidate(value[:_MAX_VALUE_CHARS], source))
        elif name in ("og:title", "twitter:title"):
            facts.og_title = facts.og_title or _clean(value)[:500]
        elif name in ("og:site_name", "application-name"):
            facts.site_name = facts.site_name or _clean(value)[:100]
        elif name in ("og:locale", "language", "dc.language") or (
            (meta.get("http-equiv") or "").lower() == "content-language"
        ):
            languages.append(value[:20])
    return languages


def _read_times(tree: HtmlElement, facts: PageFacts) -> None:
    """Add the dates of marked-up publication times on the page.

    A `time` element is only taken where its markup says that it is the publication: pages are full
    of the times of other articles.
    """
    marked = tree.xpath("//*[contains(@itemprop, 'datePublished')][not(self::meta)] | //time")
    for element in marked[:50]:
        named = (
            "datePublished" in (element.get("itemprop") or "") or element.get("pubdate") is not None
        )
        if not named and not _TIME_CLASS.search(element.get("class") or ""):
            continue
        value = element.get("datetime") or element.get("content") or element.text_content()
        if value := " ".join(value.split())[:_MAX_VALUE_CHARS]:
            facts.dates.append(DateCandidate(value, "meta" if named else "text"))


def visible_stamps(tree: HtmlElement, title: str) -> list[DateCandidate]:
    """Return the publication stamps shown right under the title, in the page's order.

    Only there: dates elsewhere belong to other articles, to comments or to the page's own clock.
    """
    elements = (e for e in tree.iter() if isinstance(e.tag, str))
    if not title or not any(_shows(element, title) for element in elements):
        return []
    found: list[str] = []
    for element in islice(elements, _STAMP_WINDOW):
        if element.tag in ("script", "style"):
            continue
        text = " ".join(" ".join(islice(element.itertext(), 20)).split())
        if element.tag in ("p", "div") and len(text) > _PROSE_CHARS and element.text:
            break
        if 6 <= len(text) <= _STAMP_CHARS and (stamp := find_stamp(fold(text).text)):
            found.append(stamp)
    return [DateCandidate(stamp, "text") for stamp in dict.fromkeys(found[:3])]


def _shows(element: HtmlElement, title: str) -> bool:
    """Tell whether an element of the page's body shows the title, other than as a link elsewhere."""
    if element.tag in ("a", "title", "option", "script"):
        return False
    own = element.text_content() if element.tag in ("h1", "h2") else element.text
    return bool(own) and " ".join(own.split()) == title
