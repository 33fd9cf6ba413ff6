"""Article pages of the sample web: the article inside the furniture of its outlet's template."""

from __future__ import annotations

import functools
import hashlib
import html
import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from desk.sample_web.corpus import CorpusArticle
from desk.sample_web.outlets import Charset, MetaDate, Outlet

HERE = Path(__file__).resolve().parent
# What a page that writes its build day into its head says: a fixed day, long after every article.
RENDERED_AT = datetime(2026, 10, 1, 6, 30, tzinfo=UTC)
TICKER_ITEMS, RELATED_ITEMS = 6, 5


@functools.cache
def furniture() -> dict[str, dict[str, Any]]:
    """Return the words of menus, share bars and the like, by language."""
    loaded: dict[str, dict[str, Any]] = json.loads(
        (HERE / "furniture.json").read_text(encoding="utf-8")
    )
    return loaded


@functools.cache
def _template(name: str) -> Template:
    return Template((HERE / "templates" / f"{name}.html").read_text(encoding="utf-8"))


def article_path(outlet: Outlet, article: CorpusArticle) -> str:
    """Return the path of the article on its outlet, percent-encoded, with its day where the outlet shows it."""
    day = f"{article.published:%Y/%m/%d}" if article.published else "archive"
    return outlet.path.format(number=article.number, date=day, slug=slug(article.title))


def slug(title: str) -> str:
    """Return a URL piece from a title; Arabic letters stay, percent-encoded, as Arabic sites do."""
    words = re.findall(r"\w+", title.lower())[:7]
    return quote("-".join(words))


def charset_of(outlet: Outlet, article: CorpusArticle) -> Charset:
    """Return the encoding of this article's page: an outlet's articles take its charsets in turn."""
    return outlet.charsets[int(article.number) % len(outlet.charsets)]


def dateline(article: CorpusArticle, numeric: bool = False) -> str:
    """Return the visible date in the article's language, or '' when the corpus has none."""
    at = article.published
    if at is None:
        return ""
    if numeric:
        return f"{at:%d/%m/%Y - %H:%M}"
    months = furniture()[article.lang]["months"]
    return f"{at.day} {months[at.month - 1]} {at.year}, {at:%H:%M}"


def page(
    outlet: Outlet,
    article: CorpusArticle,
    base_url: str,
    others: tuple[CorpusArticle, ...],
    seed: int,
) -> tuple[bytes, Charset]:
    """Return the article's page as bytes, and the charset it is in.

    `others` are the headlines that its ticker and lists are drawn from, relevant ones too: a page
    whose ticker tells of a visit is still about what its own article says.
    """
    charset = charset_of(outlet, article)
    # The seed of the furniture depends on the article alone, so that a page never changes between requests.
    digest = hashlib.sha256(f"{seed}|{outlet.outlet_id}|{article.article_id}".encode()).digest()
    rng = random.Random(digest)
    fields = _head(outlet, article, base_url, charset) | _furniture(outlet, article, others, rng)
    text = _template(outlet.template).substitute(fields)
    return text.encode(charset.codec, errors="xmlcharrefreplace"), charset


def body_html(article: CorpusArticle, read_also: str = "") -> str:
    """Return the article's paragraphs as HTML, with a `read also` line after the first if given."""
    paragraphs = [f"<p>{html.escape(p, quote=False)}</p>" for p in article.paragraphs]
    if read_also:
        paragraphs.insert(1, read_also)
    return "\n".join(paragraphs)


def _head(
    outlet: Outlet, article: CorpusArticle, base_url: str, charset: Charset
) -> dict[str, str]:
    canonical = base_url + article_path(outlet, article)
    lang = article.lang if outlet.html_lang is None else outlet.html_lang
    at = article.published
    meta_charset = ""
    if charset.meta:
        meta_charset = (
            f'<meta http-equiv="Content-Type" content="text/html; charset={charset.meta}">\n'
        )
    head_date = {
        MetaDate.RIGHT: at,
        MetaDate.MISSING: None,
        # Wrong beside a right date in the feed; with no other date at all nobody could know better.
        MetaDate.RENDERED: RENDERED_AT if at else None,
    }[outlet.meta_date]
    property_name = "date" if outlet.meta_date is MetaDate.RENDERED else "article:published_time"
    return {
        "title": html.escape(article.title),
        "site": html.escape(outlet.name),
        "canonical": canonical,
        "number": article.number,
        "lang_attr": f' lang="{lang}"' if lang else "",
        "locale": f"{article.lang}_{outlet.country}",
        "dir": "rtl" if article.lang == "ar" else "ltr",
        "meta_charset": meta_charset,
        "meta_date": f'<meta property="{property_name}" content="{head_date.isoformat()}">\n'
        if head_date
        else "",
        "json_ld": _json_ld(outlet, article, canonical) if outlet.json_ld else "",
        "dateline": dateline(article, numeric=outlet.template in {"oldtable", "divsoup"}),
        "datetime_attr": f' datetime="{at.isoformat()}"' if at else "",
        "listing": "/",
    }


def _json_ld(outlet: Outlet, article: CorpusArticle, canonical: str) -> str:
    value: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "inLanguage": article.lang,
        "mainEntityOfPage": canonical,
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    if article.published:
        value["datePublished"] = article.published.isoformat()
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, value]}
    told = value if outlet.template != "agency" else graph
    encoded = json.dumps(told, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{encoded}</script>\n'


def _furniture(
    outlet: Outlet,
    article: CorpusArticle,
    others: tuple[CorpusArticle, ...],
    rng: random.Random,
) -> dict[str, str]:
    words = furniture()[article.lang]
    headlines = [(a.title, "/" + a.number) for a in others if a.article_id != article.article_id]
    headlines += [(title, "/breve") for title in words["fillers"]]
    ticker = rng.sample(headlines, min(TICKER_ITEMS, len(headlines)))
    related = rng.sample(headlines, min(RELATED_ITEMS, len(headlines)))
    most_read = rng.sample(headlines, min(RELATED_ITEMS, len(headlines)))
    also = rng.choice(headlines)
    read_also = (
        f'<p class="read-also"><strong>{words["read_also"]} :</strong> {_link(*also)}</p>'
        if rng.random() < 0.5
        else ""
    )
    return {
        "body": body_html(article, read_also),
        "nav": _items([(words["home"], "/"), *((s, "/s") for s in words["sections"])]),
        "section": words["sections"][0],
        "ticker": _items(ticker),
        "ticker_inline": " &#9632; ".join(_link(*t) for t in ticker),
        "ticker_divs": "".join(f'<div class="s">{_link(*t)}</div>' for t in ticker),
        "ticker_plus": " +++ ".join(html.escape(t[0]) for t in ticker),
        "related": _items(related),
        "related_divs": "".join(f'<div class="card">{_link(*t)}</div>' for t in related),
        "most_read": _items(most_read),
        "share": " | ".join(f'<a href="#" class="share">{s}</a>' for s in words["share"]),
        "share_items": "".join(f'<li><a href="#">{s}</a></li>' for s in words["share"]),
        "tags": ", ".join(f'<a href="/tag" rel="tag">{s}</a>' for s in words["sections"][:3]),
        "comments": "".join(f'<div class="comment"><p>{c}</p></div>' for c in words["comments"]),
        "ticker_label": str(words["ticker"]),
        "related_label": str(words["related"]),
        "most_read_label": str(words["most_read"]),
        "tags_label": str(words["tags"]),
        "comments_label": str(words["comments_title"]),
        "published_label": str(words["published"]) if article.published else "",
        **{
            name: str(words[name])
            for name in ("cookie", "by", "newsletter", "footer", "search", "caption")
        },
    }


def _link(title: str, href: str) -> str:
    return f'<a href="{href}">{html.escape(title)}</a>'


def _items(links: list[tuple[str, str]]) -> str:
    return "".join(f"<li>{_link(*link)}</li>" for link in links)
