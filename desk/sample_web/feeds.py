"""Listings of the sample web: RSS 2.0, Atom, RDF (RSS 1.0), JSON Feed, news sitemap, plain list page.

A date is written only where the corpus has one, so readers meet entries without dates, as in life.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from email.utils import format_datetime
from xml.sax.saxutils import escape

from desk.sample_web.corpus import CorpusArticle
from desk.sample_web.outlets import Listing, Outlet
from desk.sample_web.pages import article_path, body_html, furniture

SUMMARY_CHARS = 160
XML = "application/xml"


class Sheet:
    """One listing document: its path, bytes and Content-Type."""

    __slots__ = ("body", "content_type", "path")

    def __init__(self, path: str, text: str, content_type: str, codec: str = "utf-8") -> None:
        self.path, self.content_type = path, content_type
        self.body = text.encode(codec, errors="xmlcharrefreplace")


def listings(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    """Return the outlet's listing documents; the first is the one its source entry names."""
    return _WRITERS[outlet.listing](outlet, articles, base_url)


def entry_url(outlet: Outlet, article: CorpusArticle, base_url: str) -> str:
    """Return the link as the listing writes it: behind a redirect, or with tracking, at some outlets."""
    if outlet.redirects:
        return f"{base_url}/r/{article.number}"
    url = base_url + article_path(outlet, article)
    if outlet.outlet_id == "sample-manara":
        url += "?utm_source=rss&utm_medium=feed"
    return url


def _summary(article: CorpusArticle) -> str:
    text = article.paragraphs[0]
    if len(text) <= SUMMARY_CHARS:
        return text
    return text[:SUMMARY_CHARS].rsplit(" ", 1)[0] + " […]"


def _rss(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    items = []
    for a in articles:
        link = escape(entry_url(outlet, a, base_url))
        date = f"<pubDate>{format_datetime(a.published)}</pubDate>" if a.published else ""
        teaser = escape(f'<p><img src="/img/{a.number}.jpg"/> {html.escape(_summary(a))}</p>')
        items.append(
            f"<item><title>{escape(a.title)}</title><link>{link}</link>"
            f'<guid isPermaLink="false">{outlet.outlet_id}-{a.number}</guid>{date}'
            f"<description>{teaser}</description></item>"
        )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(outlet.name)}</title><link>{base_url}/</link>"
        f"<description>{escape(outlet.name)}</description><language>{outlet.langs[0]}</language>"
        f"<ttl>15</ttl>{''.join(items)}</channel></rss>\n"
    )
    return [Sheet("/feed", text, "application/rss+xml; charset=utf-8")]


def _atom(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    codec = outlet.charsets[0].codec
    items = []
    for a in articles:
        stamp = a.published.isoformat() if a.published else ""
        dates = f"<published>{stamp}</published><updated>{stamp}</updated>" if stamp else ""
        full = body_html(a) if outlet.feed_text else f"<p>{html.escape(_summary(a))}</p>"
        kind = "content" if outlet.feed_text else "summary"
        items.append(
            f'<entry xml:lang="{a.lang}"><title type="text">{escape(a.title)}</title>'
            f'<link rel="alternate" href="{escape(entry_url(outlet, a, base_url))}"/>'
            f"<id>tag:{outlet.outlet_id},2026:{a.number}</id>{dates}"
            f'<{kind} type="html">{escape(full)}</{kind}></entry>'
        )
    label = "windows-1256" if codec == "cp1256" else "utf-8"
    text = (
        f'<?xml version="1.0" encoding="{label}"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(outlet.name)}</title><id>{base_url}/</id>"
        f'<link href="{base_url}/"/><link rel="self" href="{base_url}/atom.xml"/>'
        f"{''.join(items)}</feed>\n"
    )
    return [Sheet("/atom.xml", text, "application/atom+xml", codec)]


def _rdf(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    links = [escape(entry_url(outlet, a, base_url)) for a in articles]
    items = []
    for a, link in zip(articles, links, strict=True):
        date = f"<dc:date>{a.published.isoformat()}</dc:date>" if a.published else ""
        items.append(
            f'<item rdf:about="{link}"><title>{escape(a.title)}</title><link>{link}</link>'
            f"<description>{escape(_summary(a))}</description>{date}</item>"
        )
    order = "".join(f'<rdf:li resource="{link}"/>' for link in links)
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{base_url}/"><title>{escape(outlet.name)}</title>'
        f"<link>{base_url}/</link><description>{escape(outlet.name)}</description>"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>{''.join(items)}</rdf:RDF>\n"
    )
    return [Sheet("/backend.rdf", text, XML, "iso-8859-1")]


def _json_feed(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    items = []
    for a in articles:
        link = entry_url(outlet, a, base_url)
        item: dict[str, object] = {"id": link, "url": link, "title": a.title, "language": a.lang}
        item["summary"] = _summary(a)
        if a.published:
            item["date_published"] = a.published.isoformat()
        items.append(item)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base_url}/",
        "feed_url": f"{base_url}/feed.json",
        "items": items,
    }
    text = json.dumps(feed, ensure_ascii=False, indent=1)
    return [Sheet("/feed.json", text, "application/feed+json")]


def _sitemap(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    items = []
    for a in articles:
        day = a.published.isoformat() if a.published else ""
        date = f"<news:publication_date>{day}</news:publication_date>" if day else ""
        items.append(
            f"<url><loc>{escape(entry_url(outlet, a, base_url))}</loc><news:news>"
            f"<news:publication><news:name>{escape(outlet.name)}</news:name>"
            f"<news:language>{a.lang}</news:language></news:publication>{date}"
            f"<news:title>{escape(a.title)}</news:title></news:news></url>"
        )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    news = (
        f'{head}<urlset xmlns="{schema}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        f"{''.join(items)}</urlset>\n"
    )
    index = (
        f'{head}<sitemapindex xmlns="{schema}"><sitemap><loc>{base_url}/sitemap-news.xml</loc>'
        "</sitemap></sitemapindex>\n"
    )
    return [Sheet("/sitemap-news.xml", news, XML), Sheet("/sitemap.xml", index, XML)]


def _list_page(outlet: Outlet, articles: tuple[CorpusArticle, ...], base_url: str) -> list[Sheet]:
    words = furniture()[outlet.langs[0]]
    menu = "".join(
        f'<li><a href="/section/{i}">{s}</a></li>' for i, s in enumerate(words["sections"])
    )
    cards = "".join(
        f'<div class="x-card"><a href="{article_path(outlet, a)}"><img src="/img/{a.number}.jpg" alt=""></a>'
        f'<h3><a href="{article_path(outlet, a)}">{html.escape(a.title)}</a></h3>'
        f"<p>{html.escape(_summary(a))}</p></div>"
        for a in articles
    )
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{outlet.name}</title></head>'
        f'<body dir="rtl"><ul>{menu}</ul><div class="x-list">{cards}</div>'
        '<a href="?page=2">2</a> <a href="mailto:desk@sample.invalid">@</a> '
        '<a href="javascript:void(0)">+</a> <a href="/print/1.html">print</a>'
        f"<div>{words['footer']}</div></body></html>\n"
    )
    return [Sheet("/latest", text, "text/html; charset=utf-8")]


_Writer = Callable[[Outlet, tuple[CorpusArticle, ...], str], list[Sheet]]
_WRITERS: dict[Listing, _Writer] = {
    Listing.RSS: _rss,
    Listing.ATOM: _atom,
    Listing.RDF: _rdf,
    Listing.JSON_FEED: _json_feed,
    Listing.SITEMAP: _sitemap,
    Listing.LIST_PAGE: _list_page,
}
