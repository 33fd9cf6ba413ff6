"""Article extraction from HTML: the page is parsed once and every reader shares that tree.

markup facts -> main text (trafilatura, precision; more generous only where that finds too little)
-> furniture pass -> title -> date candidates (htmldate only where the markup names no date).
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, fromstring
from trafilatura import bare_extraction
from trafilatura.baseline import html2txt
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt

from domain.errors import ParseError
from domain.text.blocks import tokens_of
from domain.text.extracted import DateCandidate, Extracted
from domain.text.plain import isolate, tidy
from domain.text.structured import PageFacts, read_facts, visible_stamps
from domain.text.titles import without_site_name

MAX_CHARS = 5_000_000
MAX_TAGS = 40_000  # at about 0.1 ms a tag a page stays under five seconds whatever is in it
# What is read of a page: 25,000 elements took 4 s, 40,000 took 10 s, because trafilatura's passes are not quite linear
# (2026-11-23). The largest news pages have some 15,000, and the article stands before the comments.
MAX_ELEMENTS = 25_000
MIN_GOOD_CHARS = 250  # less than this is tried again with more generous settings
_SURE_SOURCES = ("json_ld", "meta")
_MIN_LINKS = 3
_DISCARDED = (
    "script", "style", "noscript", "svg", "iframe", "nav", "footer", "aside", "select", "button",
    "head", "menu", "dialog", "picture", "video", "audio", "object", "embed", "canvas", "textarea",
)  # fmt: skip
_TIMED = re.compile(r"<time\b|itemprop\s*=\s*[\"']?datePublished", re.IGNORECASE)
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def extract_html(html: str, url: str | None) -> Extracted:
    """Return the article of an HTML page; an empty `text` means that the page has none.

    Raises:
        ParseError: the page is too large to be a news article (over 5 MB or 40,000 elements).
    """
    if len(html) > MAX_CHARS or html.count("<") > 2 * MAX_TAGS:
        detail = (
            f"{len(html)} characters, {html.count('<')} tags: at most {MAX_CHARS}, {2 * MAX_TAGS}"
        )
        raise ParseError("extract html", _subject(url), detail, reason="too_large")
    tree = _parse(html)
    if tree is None:
        return Extracted("", "")
    facts = read_facts(tree, url, timed=_TIMED.search(html) is not None)
    title = _title(tree, facts)
    candidates = [*facts.dates, *visible_stamps(tree, title)]
    if not any(c.source in _SURE_SOURCES for c in candidates):
        candidates += _htmldate(tree, url)
    found = _main_text(html, tree, facts, title)
    return Extracted(
        title=title,
        text=found.text,
        lang_tag=next(iter(facts.languages), ""),
        candidates=tuple(dict.fromkeys([*candidates, *found.candidates])),
        dropped=found.dropped,
    )


def _subject(url: str | None) -> str:
    """Return the address without its query string, for messages."""
    return (url or "page").split("?", 1)[0][:200]


def _parse(html: str) -> HtmlElement | None:
    """Return the page's tree. libxml2 itself cuts nesting at 256 levels, so depth cannot hurt us."""
    source = _XML_DECLARATION.sub("", _UNREADABLE.sub(" ", html), count=1)
    if not source.strip():
        return None
    parser = HTMLParser(collect_ids=False, remove_comments=True, remove_pis=True)
    try:
        tree = fromstring(source, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    if not isinstance(tree, HtmlElement) or not isinstance(tree.tag, str):
        return None
    _cut(tree)
    return tree


def _cut(tree: HtmlElement) -> None:
    """Remove all but the first elements of a page that has more than any article."""
    for element in list(islice(tree.iter(), MAX_ELEMENTS, None)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


@cache
def _options(focus: str) -> Extractor:
    """Return trafilatura's settings for one attempt; without metadata, comments and tables."""
    return Extractor(
        output_format="txt",
        fast=True,
        precision=focus == "precision",
        comments=False,
        tables=focus != "precision",
        with_metadata=False,
    )


def _thin(tree: HtmlElement) -> None:
    """Remove what trafilatura would discard anyway, and lists that are nothing but links.

    Its passes walk the whole tree a dozen times; menus and lists of other articles are most of a
    news page, so this nearly halves its time (synthetic pages, 2026-11-22).
    """
    for element in list(tree.iter(*_DISCARDED)):
        if element.getparent() is not None:
            element.drop_tree()
    for element in list(tree.iter("ul", "ol")):
        if element.getparent() is None or sum(1 for _ in element.iter("a")) < _MIN_LINKS:
            continue
        linked = sum(len(text) for link in element.iter("a") for text in link.itertext())
        told = sum(len(text.strip()) for text in element.itertext())
        if linked >= 0.8 * told:
            element.drop_tree()


def _trafilatura(tree: HtmlElement, focus: str) -> str:
    """Return the main text by trafilatura, or '' if it finds none."""
    try:
        document = bare_extraction(tree, options=_options(focus))
        if document is None or isinstance(document, dict) or document.body is None:
            return ""
        return str(xmltotxt(document.body, include_formatting=False)).strip()
    except Exception:  # hostile trees reach corners of the library; the next attempt is tried
        return ""


def _main_text(html: str, tree: HtmlElement, facts: PageFacts, title: str) -> Extracted:
    """Return the main text after the furniture pass; `tree` is used up.

    Attempts go from strict to generous and stop at the first that finds enough.
    """
    _thin(tree)
    best = tidy(_trafilatura(tree, "precision"), title)
    if facts.body and len(best.text) < 0.6 * len(facts.body):
        best = tidy(facts.body, title)
    if len(best.text) >= MIN_GOOD_CHARS or (whole := _parse(html)) is None:
        return best
    generous = tidy(_trafilatura(whole, "balanced"), title)
    best = max(best, generous, key=lambda found: len(found.text))
    if len(best.text) < MIN_GOOD_CHARS:
        page = isolate(_all_text(whole), title)
        if len(page.text) > 2 * len(best.text):
            best = page
    return best


def _all_text(tree: HtmlElement) -> str:
    """Return every word of a page by trafilatura, or as they stand where it stumbles."""
    try:
        return str(html2txt(tree))
    except Exception:  # as in `_trafilatura`
        return str(tree.text_content())


def _htmldate(tree: HtmlElement, url: str | None) -> list[DateCandidate]:
    """Return what htmldate reads from the visible page, if anything."""
    try:
        found = find_date(tree, extensive_search=False, original_date=True, url=url)
    except Exception:  # asserts that the root is no video, for one; other sources of dates remain
        return []
    return [DateCandidate(found, "htmldate")] if found else []


def _title(tree: HtmlElement, facts: PageFacts) -> str:
    """Return the headline without the site's name.

    The visible headline is preferred, because those for machines are often cut; but only if it
    agrees with one of them, since the first `h1` may be the site's own name.
    """
    tag = tree.find(".//title")
    page_title = " ".join((tag.text_content() if tag is not None else "").split())[:500]
    machine = [t for t in (*facts.headlines, facts.og_title, page_title) if t]
    shown = [" ".join(h.text_content().split()) for h in tree.xpath("//h1")[:5]]
    shown = [h for h in shown if 1 <= len(h) <= 400]
    for heading in shown:
        said = set(tokens_of(heading))
        agreed = any(len(said & set(tokens_of(t))) >= 0.6 * len(said) for t in machine)
        if said and agreed and heading.casefold() != facts.site_name.casefold():
            return heading
    for candidate in machine:
        if candidate.casefold() != facts.site_name.casefold():
            return _without_site(candidate, facts.site_name, shown)
    return shown[0] if shown else ""


def _without_site(title: str, site: str, shown: list[str]) -> str:
    """Return a machine-readable title without the name of the site before or after it."""
    known = next((h for h in shown if len(h.split()) >= 3 and h in title), "")
    if not known and site and title.casefold().endswith(site.casefold()):
        cut = title[: -len(site)].rstrip(" |-–—·»:•")
        if len(cut.split()) >= 2:
            return cut
    return without_site_name(title, known)
