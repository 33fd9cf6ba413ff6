"""The fast reader says what feedparser says, on feeds of every format made by rule."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from connectors.entries import DateBounds, Entry, ParsedFeed
from connectors.feed_fast import read_xml
from connectors.feed_slow import read_loose
from connectors.feed_text import decode, without_declaration
from tests.connectors.feeds_made import atom, rdf, rss

BOUNDS = DateBounds.around(datetime(2026, 11, 22, tzinfo=UTC))
MAKERS = {"rss": rss, "atom": atom, "rdf": rdf}


def both(body: bytes) -> tuple[ParsedFeed, ParsedFeed]:
    """Return the feed as the fast reader and as feedparser see it."""
    text = without_declaration(decode(body))
    fast = read_xml(text, "https://feed.example/f", BOUNDS)
    slow = read_loose(text, "https://feed.example/f", BOUNDS, "feed")
    assert (fast.how, slow.how) == ("fast", "feedparser")
    return fast, slow


def words(markup: str) -> str:
    """Return the words of a teaser: feedparser re-spells attributes and entities."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def facts(entry: Entry) -> tuple[object, ...]:
    """Return what must be the same."""
    return (
        entry.id,
        entry.url,
        entry.title,
        entry.published,
        words(entry.summary or entry.content),
    )


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_fast_reader_agrees_with_feedparser(kind: str, seed: int) -> None:
    """Same entries, same order, same ids, addresses, titles, dates and words."""
    fast, slow = both(MAKERS[kind](seed))
    assert len(fast.entries) == 30
    assert [facts(e) for e in fast.entries] == [facts(e) for e in slow.entries]
    assert (fast.title, fast.lang) == (slow.title, slow.lang)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_fast_reader_agrees_in_arabic_windows_1256(kind: str) -> None:
    """The charset is settled before either reader, so both see the same letters."""
    text = (
        MAKERS[kind](3)
        .decode()
        .replace('version="1.0"', 'version="1.0" encoding="windows-1256"', 1)
    )
    text = re.sub(r' encoding="UTF-8"', "", text)
    fast, slow = both(text.encode("cp1256", "xmlcharrefreplace"))
    assert [e.title for e in fast.entries] == [e.title for e in slow.entries]
