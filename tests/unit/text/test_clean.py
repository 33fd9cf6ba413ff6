"""`clean` turns what was fetched into the article, its language, its date and a stable identity."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.clean import CleanResult, RawArticle, clean, content_hash
from domain.outcome import CleanOutcome
from tests.unit.text.furniture import LAYOUTS
from tests.unit.text.pages import expected_text, news_page
from tests.unit.text.stories import FURNITURE, STORIES

NOW = datetime(2026, 4, 16, 12, 0, tzinfo=UTC)


def cleaned(raw: RawArticle) -> CleanResult:
    """Return the result, which must not be EMPTY."""
    result = clean(raw, NOW)
    assert isinstance(result, CleanResult)
    return result


@pytest.mark.parametrize("lang", STORIES)
def test_page_becomes_article_with_language_and_date(lang: str) -> None:
    """Bytes of a page give text, title, language and the publication time of its markup."""
    story = STORIES[lang]
    result = cleaned(RawArticle(body=news_page(story, FURNITURE[lang]).encode()))
    assert (story.title, expected_text(story), lang) == (result.title, result.text, result.lang)
    assert result.published is not None
    assert result.published.at == datetime(2026, 4, 15, 8, 30, tzinfo=UTC)


def test_windows_1256_page_and_utf_8_page_have_one_identity() -> None:
    """The charset of the page does not make another article of it."""
    html = news_page(STORIES["ar"], FURNITURE["ar"])
    first, second = (
        cleaned(RawArticle(body=html.encode(c, "xmlcharrefreplace"))) for c in ("utf-8", "cp1256")
    )
    assert first.content_hash == second.content_hash


def test_other_furniture_and_layout_keep_the_identity() -> None:
    """The content hash is of the article: neither the site's lists nor spaces nor case alter it."""
    story = STORIES["es"]
    hashes = {
        cleaned(
            RawArticle(
                text=LAYOUTS[name](story, furniture).text,
                media_type="text/plain",
                title=story.title,
            )
        ).content_hash
        for name in ("wide_gap_ticker", "portal", "discussed", "one_line")
        for furniture in FURNITURE.values()
    }
    assert len(hashes) == 1
    assert content_hash("Un Título", "Texto  claro.") == content_hash("un titulo", "TEXTO claro")
    assert content_hash("a", "b c") != content_hash("a b", "c")


@pytest.mark.parametrize(
    ("at", "hint"),
    [
        (datetime(2024, 4, 22, 15, 0, tzinfo=UTC), "2024-04-22T15:00:00Z"),
        (datetime(2024, 4, 22, 14, 0, tzinfo=UTC), "2024-04-22T15:00:00+01:00"),
        (datetime(2024, 4, 22, 12, 0, tzinfo=UTC), "2024-04-22"),
    ],
)
def test_given_publication_time_is_believed(at: datetime, hint: str) -> None:
    """A time that comes with the article outdoes everything on the page."""
    page = news_page(STORIES["fr"], FURNITURE["fr"]).encode()
    published = cleaned(RawArticle(body=page, published_hint=hint)).published
    assert published is not None
    assert (at, "input", 1.0) == (published.at, published.source, published.confidence)


def test_unreadable_given_time_does_not_hide_the_page_date() -> None:
    """Nonsense in the hint leaves the markup's date standing."""
    page = news_page(STORIES["fr"], FURNITURE["fr"]).encode()
    published = cleaned(RawArticle(body=page, published_hint="soon")).published
    assert published is not None
    assert published.source == "json_ld"


def test_feed_summary_serves_where_the_page_is_empty() -> None:
    """A page drawn by script falls back on what the feed carried, title and date included."""
    story = STORIES["it"]
    raw = RawArticle(
        body=b"<html><body><div id=app></div></body></html>",
        entry_title=story.title,
        entry_summary="".join(f"<p>{p}</p>" for p in story.paragraphs),
        entry_published="Wed, 15 Apr 2026 09:30:00 GMT",
    )
    result = cleaned(raw)
    assert (story.title, "\n".join(story.paragraphs), "it") == (
        result.title,
        result.text,
        result.lang,
    )
    assert result.published is not None
    assert result.published.source == "feed"


@pytest.mark.parametrize(
    "raw",
    [
        RawArticle(),
        RawArticle(body=b""),
        RawArticle(text="", media_type="text/plain"),
        RawArticle(body=b"<html><body><nav><a href=/>Accueil</a></nav></body></html>"),
        RawArticle(text="\n".join(FURNITURE["de"].headlines), media_type="text/plain"),
    ],
    ids=["nothing", "no-bytes", "no-text", "menu", "front-page"],
)
def test_page_without_article_is_empty(raw: RawArticle) -> None:
    """What holds no article is an outcome of its own."""
    assert clean(raw, NOW) is CleanOutcome.EMPTY


def test_markup_sent_as_plain_text_is_read_as_markup() -> None:
    """A wrong media type does not leave tags in the article."""
    html = news_page(STORIES["nl"], FURNITURE["nl"])
    assert cleaned(RawArticle(text=html, media_type="text/plain")).text == expected_text(
        STORIES["nl"]
    )
