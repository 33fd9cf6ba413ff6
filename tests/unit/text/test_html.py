"""Articles come out of HTML with title, dates and language; hostile markup does no harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clean import RawArticle, clean
from domain.errors import ParseError
from domain.outcome import CleanOutcome
from domain.text.html import MAX_CHARS, extract_html
from domain.text.structured import url_day
from tests.unit.text.pages import SITE, expected_text, news_page
from tests.unit.text.stories import FURNITURE, STORIES

STORY = STORIES["fr"]
PARAGRAPHS = "".join(f"<p>{p}</p>" for p in STORY.paragraphs)


def page(head: str = "", body: str = f"<article>{PARAGRAPHS}</article>", lang: str = "") -> str:
    """Return a small page with the story in it."""
    return f"<html{f' lang={lang}' if lang else ''}><head>{head}</head><body>{body}</body></html>"


def ld(value: object) -> str:
    """Return a JSON-LD script."""
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


@pytest.mark.parametrize("weight", [1, 6])
@pytest.mark.parametrize("lang", STORIES)
def test_article_comes_out_of_a_news_page(lang: str, weight: int) -> None:
    """Text and title are exact although menus, pointers, boxes, lists and comments surround them."""
    found = extract_html(news_page(STORIES[lang], FURNITURE[lang], weight=weight), None)
    assert (found.title, found.text) == (STORIES[lang].title, expected_text(STORIES[lang]))
    assert found.lang_tag == lang


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "NewsArticle", "datePublished": "2026-04-15", "headline": "Un titre"},
        [{"@type": "WebSite"}, {"@type": "Article", "datePublished": "2026-04-15", "headline": "Un titre"}],
        {"@graph": [{"@type": ["ReportageNewsArticle"], "datePublished": ["2026-04-15"], "headline": ["Un titre"]}]},
        {"@type": "WebPage", "mainEntity": {"@type": "BlogPosting", "datePublished": "2026-04-15", "headline": "Un titre"}},
        '{"@type": "NewsArticle", "headline": "Un titre", "datePublished": "2026-04-15", }',
        '{"@type": "NewsArticle", "headline": "Un\ntitre", "datePublished": "2026-04-15"}',
    ],
    ids=["object", "array", "graph", "main-entity", "broken", "control-characters"],
)  # fmt: skip
def test_json_ld_is_read_in_every_shape(data: object) -> None:
    """Lists, graphs, nested nodes and broken JSON still give headline and date."""
    found = extract_html(page(ld(data)), None)
    assert (
        found.title,
        (found.candidates[0].value, found.candidates[0].source),
    ) == ("Un titre", ("2026-04-15", "json_ld"))


@pytest.mark.parametrize(
    "data", ["[" * 100_000, "null", "7", '"x"', '{"@type": 3, "headline": {}}', '{"@graph": 1}']
)
def test_hostile_json_ld_is_harmless(data: str) -> None:
    """Deep nesting and unexpected types neither crash nor show."""
    found = extract_html(page("<title>Un titre du jour</title>" + ld(data)), None)
    assert (found.title, found.candidates) == ("Un titre du jour", ())


def test_article_body_of_json_ld_serves_where_the_page_has_too_little() -> None:
    """A page drawn by script still gives its article when the markup carries it."""
    data = {
        "@type": "NewsArticle",
        "headline": STORY.title,
        "articleBody": "<p>" + "</p><p>".join(STORY.paragraphs),
    }
    found = extract_html(page(ld(data), "<div id=app></div>"), None)
    assert found.text == "\n".join(STORY.paragraphs)


@pytest.mark.parametrize(
    ("head", "heading"),
    [
        (f"<title>{STORY.title} | {SITE}</title>", ""),
        (f"<title>{STORY.title} - {SITE}</title><meta property=og:site_name content='{SITE}'>", ""),
        (f"<meta property=og:title content='{STORY.title}'>", SITE),
        (f"<title>{SITE}</title><meta property=og:site_name content='{SITE}'>", STORY.title),
        (f"<title>{STORY.title[:40]}…</title>", STORY.title),
        (f"<title>{STORY.title}</title>", f"{SITE}</h1><h1>{STORY.title}"),
    ],
    ids=["suffix", "named-site", "site-in-h1", "site-in-title", "cut-title", "two-headings"],
)
def test_title_is_the_headline_without_the_site(head: str, heading: str) -> None:
    """The site's name is left out, and the visible headline wins over a cut one."""
    body = f"<h1>{heading}</h1><article>{PARAGRAPHS}</article>"
    assert extract_html(page(head, body), None).title == STORY.title


@pytest.mark.parametrize(
    ("head", "body", "candidate"),
    [
        ("<meta property='article:published_time' content='2026-04-15T09:30:00Z'>", "", ("2026-04-15T09:30:00Z", "meta")),
        ("<meta name='DC.date.issued' content='15/04/2026'>", "", ("15/04/2026", "meta")),
        ("", "<time itemprop='datePublished' datetime='2026-04-15'>mercredi</time>", ("2026-04-15", "meta")),
        ("", "<time class='entry-date published' datetime='2026-04-15'>mercredi</time>", ("2026-04-15", "text")),
        ("", "<span class='date'>15/04/2026</span>", ("2026-04-15", "htmldate")),
    ],
    ids=["open-graph", "dublin-core", "microdata", "time-class", "visible"],
)  # fmt: skip
def test_publication_date_is_offered_with_its_source(
    head: str, body: str, candidate: tuple[str, str]
) -> None:
    """Each place where sites write the date becomes a candidate of its own kind."""
    found = extract_html(page(head, f"{body}<article>{PARAGRAPHS}</article>"), None)
    assert candidate in [(c.value, c.source) for c in found.candidates]


@pytest.mark.parametrize(
    ("stamp", "line"),
    [
        ("15 avril 2026 09:30", "<small>15 avril 2026, 09:30, Par la rédaction</small>"),
        ("15/04/2026 12:00", "<div>La Gazette<br>15/04/2026 - 12:00</div>"),
        ("15 ابريل 2026", "<p class=x>نشر يوم 15 أبريل 2026</p>"),
    ],
)
def test_stamp_shown_under_the_title_is_a_candidate(stamp: str, line: str) -> None:
    """The visible date is read from the page even where trafilatura drops its line; a list's is not."""
    lists = "<ul><li>12 mai 2026</li></ul>"
    body = f"{lists}<h2>{STORY.title}</h2>{line}<article>{PARAGRAPHS}</article>{lists}"
    head = f"<title>{STORY.title}</title><meta name=date content=2026-10-01>"
    found = extract_html(page(head, body), None)
    assert found.stamps == (stamp,)
    assert "meta" not in {c.source for c in found.candidates}


@pytest.mark.parametrize(
    ("day", "url"),
    [
        ("2024-04-22", "https://a.ma/2024/04/22/titre.html"),
        ("2024-04-02", "https://a.ma/actu-2024-4-2-titre"),
        ("2024-04-22", "https://a.ma/news/20240422/titre"),
        (None, "https://a.ma/p/20241322/titre"),
        (None, "https://a.ma/article-120240422.html"),
    ],
)
def test_day_is_read_from_the_address(day: str | None, url: str) -> None:
    """Only a whole plausible date in the address counts."""
    assert url_day(url) == day


@pytest.mark.parametrize(
    "html",
    ["", " ", "<", "x", "<html></html>", "<?xml version='1.0' encoding='utf-8'?><html/>", "<div>" * 60_000, "</p>" * 1000, "<!--" * 9],
    ids=["nothing", "blank", "bracket", "letter", "empty", "xml", "deep", "closing", "comments"],
)  # fmt: skip
def test_page_without_article_is_empty(html: str) -> None:
    """Empty, broken and absurdly nested pages give an empty text and no crash."""
    assert extract_html(html, None).text in ("", "x")


def test_article_under_deep_nesting_does_no_harm() -> None:
    """Sixty thousand open tags before the article end in a result, not in a crash."""
    assert isinstance(extract_html("<div>" * 60_000 + PARAGRAPHS, None).text, str)


@pytest.mark.parametrize(
    "html",
    ["a" * (MAX_CHARS + 1), "<b>x</b>" * 50_000, "<div>" * 200_000],
    ids=["long", "many-tags", "deep"],
)
def test_oversized_page_is_refused_by_name(html: str) -> None:
    """A page too large to be an article is an error with its own reason, told without the query."""
    with pytest.raises(ParseError, match=r"extract html: https://a\.ma/x: ") as caught:
        extract_html(html, "https://a.ma/x?token=secret")
    assert caught.value.reason == "too_large"


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<ul><li><a href=x>",
                "<table><tr>",
                "</div>",
                "Un mot.",
                "<time>",
                "<script>",
                "&#0;",
                "\x0b",
                "<h1>",
            ]
        ),
        max_size=40,
    )
)
def test_any_markup_is_survived(parts: list[str]) -> None:
    """No order of tags makes extraction fail."""
    assert isinstance(extract_html("".join(parts), None).text, str)


@pytest.mark.parametrize("tag", ["iframe", "video", "svg", "object", "label", "math"])
def test_a_page_that_is_one_embedded_thing_is_read_or_empty(tag: str) -> None:
    """A feed's text in a single such element made a library's assertion fail, found by fuzzing."""
    body = f"<{tag}>Some words of a page of 14 April 2025, long enough to count.</{tag}>".encode()
    found = clean(RawArticle(body=body), datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(found, CleanOutcome) or "14 April" in found.text
