"""Finds the articles on a plain list page with no feed: by the source's own pattern, else by how such links look.

A headline link leads to the same site, has the words of a headline, and its path carries a number, a
date or a long slug; menus, share buttons, tags and pagers have none of that.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import urldefrag, urlsplit

from lxml import etree, html

from connectors.entries import (
    MAX_ENTRIES,
    DateBounds,
    Entry,
    ParsedFeed,
    language_tag,
    plain,
    web_url,
)
from connectors.feed_fast import Unusual, build

MAX_LINKS = 5_000
MIN_WORDS = 4
MIN_CHARS = 20
_DATE_PATH = re.compile(r"/(?:19|20)\d{2}[/-]\d{1,2}(?:[/-]\d{1,2})?(?:/|-|$)")
_NUMBER = re.compile(r"\d{3,}")
_QUERY_ID = re.compile(
    r"(?:^|&)(?:p|id|art(?:icle)?|news|nid|aid|post|story|item)(?:_?id)?=\d+", re.IGNORECASE
)
_NOT_ARTICLE = re.compile(
    r"/(?:tags?|category|categorie|categories|author|auteur|autor|search|recherche|page|login|register|print|rss|feed|"
    r"section|rubrique|topics?|about|contact|video-live|newsletter|subscribe|abonne\w*|wp-content|cdn-cgi)(?:/|$|\?)"
    r"|\.(?:jpe?g|png|gif|webp|pdf|mp[34]|zip|xml|css|js)$",
    re.IGNORECASE,
)
_CSS_PREFIX = "css:"
_FURNITURE = frozenset({"nav", "footer", "aside", "form"})


def read_list_page(text: str, url: str, bounds: DateBounds, link_pattern: str = "") -> ParsedFeed:
    """Return the articles a page links to, in page order.

    `link_pattern` is a regular expression searched in the absolute URL, or `css:SELECTOR` naming the
    links or the boxes around them; without it the general rule applies.
    """
    try:
        root = html.document_fromstring(
            text, parser=html.HTMLParser(huge_tree=False, no_network=True)
        )
    except (etree.LxmlError, ValueError) as e:
        raise Unusual from e
    base_tag = root.find(".//base[@href]")
    base = web_url(base_tag.get("href", ""), url) if base_tag is not None else ""
    links = _links(root, link_pattern)
    candidates = _gather(links, base or url)
    chosen = dict(list(_choose(candidates, url, link_pattern).items())[:MAX_ENTRIES])
    times = _times(links, base or url, chosen)
    lang = language_tag(root.get("lang", ""))
    title = root.find(".//title")
    return ParsedFeed(
        title=plain(title.text or "") if title is not None else "",
        lang=lang,
        entries=[
            _entry(link, words, times.get(link, ""), bounds) for link, words in chosen.items()
        ],
        how="list",
    )


def is_css(link_pattern: str) -> bool:
    """Return whether a link_pattern is a selector, not a regular expression."""
    return link_pattern.startswith(_CSS_PREFIX)


def _links(root: Any, link_pattern: str) -> list[Any]:
    if not is_css(link_pattern):
        return list(root.iter("a"))[:MAX_LINKS]
    found = []
    for element in select(root, link_pattern.removeprefix(_CSS_PREFIX).strip()):
        found += [element] if element.tag == "a" else list(element.iter("a"))
        if len(found) > MAX_LINKS:
            break
    return found[:MAX_LINKS]


_STEP = re.compile(r"^([a-zA-Z][\w-]*|\*)?((?:[.#][\w-]+)*)$")


def select(root: Any, selector: str) -> list[Any]:
    """Return the elements of a simple selector: tag, .class and #id, blanks meaning 'inside'."""
    return list(root.xpath(css_to_xpath(selector)))


def css_to_xpath(selector: str) -> str:
    """Return the XPath of a simple selector; raises ValueError for anything beyond tag, .class and #id."""
    steps = []
    for step in selector.split():
        found = _STEP.match(step)
        if not found or not step:
            raise ValueError(f"{step!r}, expected tag, .class or #id")
        tests = ""
        for mark, name in re.findall(r"([.#])([\w-]+)", found[2]):
            tests += (
                f"[@id='{name}']"
                if mark == "#"
                else f"[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
            )
        steps.append(f"//{found[1] or '*'}{tests}")
    if not steps:
        raise ValueError("no selector")
    return "".join(steps)


def _gather(links: list[Any], base: str) -> dict[str, str]:
    """Return each linked address once with the longest words of the links to it, in page order."""
    found: dict[str, str] = {}
    for link in links:
        url = urldefrag(web_url(link.get("href", ""), base))[0]
        if not url:
            continue
        words = plain(link.text_content()) or plain(link.get("title", ""), is_html=False)
        if len(words) > len(found.get(url, "")):
            found[url] = words
        else:
            found.setdefault(url, words)
    return found


def _choose(candidates: dict[str, str], page: str, link_pattern: str) -> dict[str, str]:
    if is_css(link_pattern):
        return candidates
    if link_pattern:
        pattern = re.compile(link_pattern)
        return {url: words for url, words in candidates.items() if pattern.search(url)}
    site = _site(page)
    likely = {
        url: words
        for url, words in candidates.items()
        if _site(url) == site
        and url.rstrip("/") != page.rstrip("/")
        and _looks_like_article(url, words)
    }
    # A page's headlines share a shape of path; a lone long link of another shape is furniture.
    shapes = Counter(_shape(url) for url in likely)
    if len(likely) >= 8:
        likely = {u: w for u, w in likely.items() if shapes[_shape(u)] > 1 or _is_strong(u)}
    return likely


def _site(url: str) -> str:
    host = (urlsplit(url).hostname or "").lower()
    return host.removeprefix("www.").removeprefix("m.")


def _shape(url: str) -> tuple[int, bool, str]:
    path = urlsplit(url).path
    last = path.rstrip("/").rpartition("/")[2]
    return (
        path.count("/"),
        bool(_NUMBER.search(path)),
        last.rpartition(".")[2] if "." in last else "",
    )


def _is_strong(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_DATE_PATH.search(parts.path) or _QUERY_ID.search(parts.query))


def _looks_like_article(url: str, words: str) -> bool:
    parts = urlsplit(url)
    if _NOT_ARTICLE.search(parts.path):
        return False
    if len(words) < MIN_CHARS or len(words.split()) < MIN_WORDS:
        return False
    last = parts.path.rstrip("/").rpartition("/")[2]
    has_slug = last.count("-") >= 3 or last.count("_") >= 3 or last.lower().count("%d8") >= 3
    has_slug = has_slug or sum(c > "\u0590" for c in last) >= 8
    return bool(has_slug or _is_strong(url) or _NUMBER.search(parts.path))


def _times(links: list[Any], base: str, chosen: dict[str, str]) -> dict[str, str]:
    """Return the dates of `<time datetime>` tags that share a card (two levels up at most) with a single link."""
    found: dict[str, str] = {}
    for link in links:
        url = urldefrag(web_url(link.get("href", ""), base))[0]
        if url not in chosen or url in found:
            continue
        card = link
        for _ in range(3):
            card = card.getparent()
            if card is None or card.tag in {"body", "main", *_FURNITURE}:
                break
            stamps = {t.get("datetime", "") for t in card.iter("time")} - {""}
            if len(stamps) == 1:
                found[url] = stamps.pop()
                break
    return found


def _entry(url: str, words: str, raw_date: str, bounds: DateBounds) -> Entry:
    return build(
        ident=url,
        url=url,
        title=words,
        summary="",
        content="",
        raw_date=raw_date,
        author="",
        lang="",
        bounds=bounds,
    )
