"""Sitemaps and list pages give the same kind of entries as feeds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.entries import DateBounds, ParsedFeed
from connectors.feeds import Document, read_fully
from connectors.listing import css_to_xpath
from domain.errors import ParseError

BOUNDS = DateBounds.around(datetime(2026, 11, 22, tzinfo=UTC))
MAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def parse(body: str, kind: str, link_pattern: str = "") -> ParsedFeed:
    """Return a listing."""
    return read_fully(
        Document(
            kind=kind,
            body=body.encode(),
            bounds=BOUNDS,
            url="https://site.example/latest",
            link_pattern=link_pattern,
        )
    )


def test_news_sitemap_gives_title_date_and_language() -> None:
    """What the news extension says becomes the entry."""
    found = parse(
        f"<urlset {MAP}><url><loc>https://site.example/a</loc><news:news><news:publication>"
        "<news:name>S</news:name><news:language>fr</news:language></news:publication>"
        "<news:publication_date>2024-04-22T10:00:00+02:00</news:publication_date>"
        "<news:title>Un accord &amp; demi</news:title></news:news></url></urlset>",
        "sitemap",
    )
    (entry,) = found.entries
    assert (entry.url, entry.title, entry.lang) == (
        "https://site.example/a",
        "Un accord & demi",
        "fr",
    )
    assert entry.published == datetime(2024, 4, 22, 8, 0, tzinfo=UTC)


def test_plain_sitemap_keeps_the_newest() -> None:
    """An archive of thousands, oldest first, is cut to its 500 newest."""
    urls = "".join(
        f"<url><loc>https://site.example/{n}</loc><lastmod>{2017 + n // 365}-01-01</lastmod></url>"
        for n in range(2000)
    )
    found = parse(f"<urlset {MAP}>{urls}</urlset>", "sitemap")
    assert len(found.entries) == 500
    assert {e.published.year for e in found.entries if e.published} == {2021, 2022}


def test_index_names_its_children_news_first() -> None:
    """The child for news comes before the one that changed last."""
    found = parse(
        f"<sitemapindex {MAP}><sitemap><loc>/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>"
        "<sitemap><loc>/pages.xml</loc><lastmod>2026-01-01</lastmod></sitemap>"
        "<sitemap><loc>/sitemap-news.xml</loc></sitemap></sitemapindex>",
        "sitemap",
    )
    assert found.children == [
        "https://site.example/sitemap-news.xml",
        "https://site.example/pages.xml",
        "https://site.example/old.xml",
    ]


@pytest.mark.parametrize("body", ["<html></html>", "<urlset", ""])
def test_what_is_no_sitemap_is_told(body: str) -> None:
    """An error page is no sitemap."""
    with pytest.raises(ParseError):
        parse(body, "sitemap")


def page(cards: str) -> str:
    """Return a list page with the furniture such pages have."""
    return (
        "<html lang='fr'><head><title>Dernières nouvelles</title></head><body><nav>"
        "<a href='/section/1'>Politique et société du pays</a><a href='/'>Accueil</a>"
        "<a href='/tag/maroc-2024'>Toutes nos pages sur le Maroc</a></nav>"
        f"{cards}<a href='?page=2'>2</a><a href='mailto:a@b.example'>Écrire à la rédaction du site</a>"
        "<a href='javascript:void(0)'>Voir encore plus de nos articles</a>"
        "<a href='https://other.example/2024/04/22/x-y-z'>Un article sur un tout autre site</a>"
        "<a href='/print/1234.html'>Imprimer cette page de notre site</a></body></html>"
    )


CARD = (
    "<article><a href='/2024/04/22/accord-{n}'><img src='/i.jpg'></a><h3>"
    "<a href='/2024/04/22/accord-{n}#comments'>Paris et Rabat signent l’accord {n}</a></h3>"
    "<time datetime='2024-04-2{n}T10:00:00Z'>hier</time></article>"
)


def test_general_rule_finds_articles_and_leaves_furniture() -> None:
    """Headline links of the same site with article-like paths, each once, with the card's date."""
    found = parse(page("".join(CARD.format(n=n) for n in range(1, 4))), "list")
    assert [e.url for e in found.entries] == [
        f"https://site.example/2024/04/22/accord-{n}" for n in range(1, 4)
    ]
    assert found.entries[0].title == "Paris et Rabat signent l’accord 1"
    assert found.entries[0].published == datetime(2024, 4, 21, 10, 0, tzinfo=UTC)


def test_arabic_slugs_and_query_ids_are_article_addresses() -> None:
    """Addresses of Arabic sites: percent-encoded or raw slugs, or a number in the query."""
    found = parse(
        page(
            "<a href='/%D8%A7%D8%AA%D9%81%D8%A7%D9%82-%D8%A3%D9%85%D9%86%D9%8A'>توقيع اتفاق أمني بين الرباط وباريس</a>"
            "<a href='/اتفاق-أمني-جديد'>وزير الداخلية يستقبل نظيره الفرنسي بالرباط</a>"
            "<a href='/news.php?id=12'>تفكيك خلية إرهابية بتعاون مغربي فرنسي</a>"
        ),
        "list",
    )
    assert len(found.entries) == 3


def test_link_pattern_of_the_source_decides_alone() -> None:
    """With a pattern, or a selector, nothing else is asked of a link."""
    cards = "<div class='list x'><a href='/a/1'>A</a></div><div><a href='/b/2'>Un long titre de page ici</a></div>"
    assert [e.url for e in parse(page(cards), "list", r"/b/\d+$").entries] == [
        "https://site.example/b/2"
    ]
    assert [e.url for e in parse(page(cards), "list", "css:div.list").entries] == [
        "https://site.example/a/1"
    ]
    assert [e.url for e in parse(page(cards), "list", "css:.list a").entries] == [
        "https://site.example/a/1"
    ]


@pytest.mark.parametrize("selector", ["", "a[href]", "div > a", "a:hover", "']|//*", "div, a"])
def test_selector_beyond_the_simple_ones_is_refused(selector: str) -> None:
    """Tag, class, id and 'inside': nothing that could end up as other XPath."""
    with pytest.raises(ValueError, match=r"expected tag|no selector"):
        css_to_xpath(selector)


def test_base_tag_moves_links_and_page_charset_is_read() -> None:
    """`<base href>` and the page's own charset are honoured."""
    html = (
        "<html><head><meta charset='windows-1256'><base href='https://site.example/ar/'></head><body>"
        "<a href='123456.html'>وزير الداخلية يستقبل نظيره الفرنسي</a></body></html>"
    )
    document = Document(
        kind="list", body=html.encode("cp1256"), bounds=BOUNDS, url="https://site.example/latest"
    )
    (entry,) = read_fully(document).entries
    assert entry.url == "https://site.example/ar/123456.html"
    assert entry.title == "وزير الداخلية يستقبل نظيره الفرنسي"
