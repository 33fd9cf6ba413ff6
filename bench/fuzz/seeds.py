"""Where fuzzing starts: the listings and pages of the sample web, and short pieces of each other kind."""

from __future__ import annotations

import functools
import gzip
import json

from desk.sample_web.corpus import default_corpus, load_corpus
from desk.sample_web.feeds import listings
from desk.sample_web.outlets import OUTLETS, Listing, allot
from desk.sample_web.pages import page

BASE = "https://sample.example"
PAGES_AN_OUTLET = 3
_KINDS = {Listing.SITEMAP: "sitemap", Listing.LIST_PAGE: "list"}
_URLS = (
    "https://site.example/a/1?utm_source=x#y", "http://user:pw@site.example:8080/", "//a//b/amp/",
    "https://[::ffff:127.0.0.1]:80/", "http://0x7f.1/", "https://مثال.إختبار/خبر?id=٣", "javascript:alert(1)",
    "file:///etc/passwd", "http://a.example\\@b.example/", "https://a.example/%2e%2e/%zz?&&=&a=b",
)  # fmt: skip
_DATES = (
    "Mon, 14 Apr 2025 10:00:00 +0100", "2025-04-14T10:00:00Z", "14 avril 2025 à 10h30", "الإثنين 14 أبريل 2025",
    "20250414", "April 14, 2025 5:00 pm", "١٤ أبريل ٢٠٢٥", "Sat Apr 14 10:00:00 CEST 2025", "14.04.2025 - 10:00 Uhr",
    "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "1744617600",
)  # fmt: skip
_HEADERS = (
    "text/html; charset=utf-8", "application/rss+xml;charset=\"windows-1256\"; q=1", "120",
    "Mon, 14 Apr 2025 10:00:00 GMT", "public, max-age=3600, no-cache=\"x\"", "text/html; charset*=utf-8''x",
)  # fmt: skip
_ROBOTS = (
    "User-agent: *\nDisallow: /private\nCrawl-delay: 7\nSitemap: https://a.example/s.xml\n",
    "User-agent: vigie\nAllow: /*?x=$\nDisallow: /*.pdf$\nRequest-rate: 1/5s 0600-0845\nVisit-time: 0600-0845\n",
    "\ufeffuser-agent:*\r\ndisallow:%D8%A7\r\ncrawl-delay: 1e9\r\n",
)  # fmt: skip


@functools.cache
def seeds(kind: str) -> tuple[bytes, ...]:
    """Return the starting inputs of a kind, each with the leading byte that targets choose by."""
    if kind in {"feed", "sitemap", "list", "page"}:
        return tuple(b"\x00" + body for body in _documents()[kind])
    if kind == "row":
        return _rows()
    if kind == "header":
        return (*(h.encode("latin-1") for h in _HEADERS), gzip.compress(b"x" * 500, mtime=0)[4:])
    return tuple(text.encode() for text in {"url": _URLS, "date": _DATES, "robots": _ROBOTS}[kind])


@functools.cache
def _documents() -> dict[str, list[bytes]]:
    articles = load_corpus(default_corpus())
    dealt = allot(articles, 0)
    found: dict[str, list[bytes]] = {"feed": [], "sitemap": [], "list": [], "page": []}
    for outlet in OUTLETS:
        mine = dealt[outlet.outlet_id]
        kind = _KINDS.get(outlet.listing, "feed")
        found[kind] += [sheet.body for sheet in listings(outlet, mine[:6], BASE)]
        for article in mine[:PAGES_AN_OUTLET]:
            others = tuple(a for a in articles if a.lang == article.lang)
            found["page"].append(page(outlet, article, BASE, others, 0)[0])
    return found


def _rows() -> tuple[bytes, ...]:
    rows = [
        {"id": a.article_id, "title": a.title, "text": "\n".join(a.paragraphs), "lang": a.lang}
        for a in load_corpus(default_corpus())[:12]
    ]
    rows += [
        {
            "id": 1,
            "html": "<p>some words of an article here</p>",
            "url": _URLS[0],
            "published": _DATES[0],
        }
    ]
    return tuple(json.dumps(row, ensure_ascii=n % 2 == 0).encode() for n, row in enumerate(rows))
