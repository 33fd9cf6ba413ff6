"""Feeds as they come: every format, broken ones, hostile ones."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from connectors.entries import DateBounds, Entry, ParsedFeed, plain, web_url
from connectors.feed_dates import read_date
from connectors.feed_text import decode
from connectors.feeds import Document, read_fully, read_here
from domain.errors import ParseError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BOUNDS = DateBounds.around(NOW)


def parse(
    body: bytes | str, url: str = "https://site.example/feed", charset: str = ""
) -> ParsedFeed:
    """Return a feed read by whatever reader fits."""
    data = body.encode() if isinstance(body, str) else body
    return read_fully(Document(kind="rss", body=data, bounds=BOUNDS, url=url, charset=charset))


def only(body: bytes | str, **more: str) -> Entry:
    """Return the single entry of a feed."""
    (entry,) = parse(body, **more).entries
    return entry


def item(inner: str, head: str = "") -> str:
    """Return an RSS feed with one item."""
    return (
        f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title>{head}'
        f"<item>{inner}</item></channel></rss>"
    )


def test_rss_item_is_normalised() -> None:
    """Title as words, link made absolute, date in UTC, teaser as the feed has it."""
    entry = only(
        item(
            "<title>Un &lt;b&gt;accord&lt;/b&gt; &amp;eacute;t&#233; </title><link>/a?x=1&amp;y=2</link>"
            "<guid isPermaLink='false'>g1</guid><pubDate>Mon, 22 Apr 2024 10:00:00 +0100</pubDate>"
            "<description>&lt;p&gt;x&lt;/p&gt;</description><author>a@b (Name)</author>",
            head="<language>fr-FR</language>",
        )
    )
    assert entry.title == "Un accord été"
    assert entry.url == "https://site.example/a?x=1&y=2"
    assert entry.id == "g1"
    assert entry.published == datetime(2024, 4, 22, 9, 0, tzinfo=UTC)
    assert entry.published_raw == "Mon, 22 Apr 2024 10:00:00 +0100"
    assert entry.summary == "<p>x</p>"
    assert entry.lang == "fr-FR"


def test_json_feed_is_read_and_strange_items_passed_over() -> None:
    """Numbers as ids, missing fields and foreign types do no harm."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "language": "de",
        "items": [
            {"id": 7, "url": "/x", "title": "A < B", "content_html": "<p>x</p>", "date_published": "2024-04-22T10:00:00Z"},
            "not an item",
            {"id": "https://site.example/y", "title": None, "authors": [{"name": "N"}]},
        ],
    }  # fmt: skip
    found = parse(json.dumps(feed))
    assert [(e.id, e.url, e.title) for e in found.entries] == [
        ("7", "https://site.example/x", "A < B"),
        ("https://site.example/y", "https://site.example/y", ""),
    ]
    assert found.entries[0].lang == "de"


def test_old_rss_with_doctype_goes_to_feedparser() -> None:
    """RSS 0.91 with its DTD is old, not hostile."""
    found = parse(
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        "<title>T</title><item><title>a</title><link>https://a.example/1</link></item></channel></rss>"
    )
    assert (found.how, found.entries[0].url) == ("feedparser", "https://a.example/1")


@pytest.mark.parametrize(
    "body",
    [
        item("<title>Caf&eacute; &nbsp; & bar</title><link>https://a.example/1</link>"),
        item("<title>Café \x0b & bar</title><link>https://a.example/1</link>"),
        "\n\n" + '<?xml version="1.0"?>' + item("<title>Café & bar</title><link>https://a.example/1</link>"),
        "Warning: x\n" + item("<title>Café &amp; bar</title><link>https://a.example/1</link>"),
    ],
    ids=["html-entities", "control-character", "blank-first", "warning-first"],
)  # fmt: skip
def test_usual_damage_is_mended_without_feedparser(body: str) -> None:
    """HTML entities, bare ampersands, stray bytes and text before the declaration stay on the fast path."""
    found = parse(body)
    assert found.how == "fast"
    assert (found.entries[0].title, found.entries[0].url) == ("Café & bar", "https://a.example/1")


@pytest.mark.parametrize("broken", [False, True], ids=["fast", "feedparser"])
def test_reference_to_no_character_is_dropped(broken: bool) -> None:
    """feedparser alone raises on it and loses the feed."""
    body = item("<title>a&#99999999;b&#0;c&#xD800;&#233;</title><link>https://a.example/1</link>")
    found = parse(body.replace("</channel>", "<b></channel>") if broken else body)
    assert found.entries[0].title == "abcé"
    assert found.how == ("feedparser" if broken else "fast")


def test_unclosed_feed_is_still_read() -> None:
    """A feed cut in transit gives what came."""
    whole = item("<title>a</title><link>https://a.example/1</link>")
    found = parse(whole[: whole.index("</item>") + 7])
    assert [e.url for e in found.entries] == ["https://a.example/1"]


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"<html><body>no</body></html>", b"hello", b"[1, 2]", b"{}", b"\x00\xff\xfe"],
)
def test_what_is_no_feed_is_told(body: bytes) -> None:
    """An error page or nothing at all is a ParseError, not an empty feed."""
    with pytest.raises(ParseError) as caught:
        parse(body)
    assert caught.value.reason == "not_a_feed"


def test_empty_feed_is_a_feed() -> None:
    """A quiet outlet is no error."""
    assert parse('<rss version="2.0"><channel><title>T</title></channel></rss>').entries == []


@pytest.mark.parametrize(
    ("expected", "link"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://site.example/x", "/x"),
        ("https://site.example/x", "x"),
        ("https://other.example/x", "//other.example/x"),
        ("https://a.example/%D8%A7", "https://a.example/%D8%A7"),
        ("https://a.example/a%20b", "https://a.example/a b"),
        ("", "javascript:alert(1)"),
        ("", "file:///etc/passwd"),
        ("", "data:text/html,x"),
        ("", "http://user:pw@a.example/"),
        ("", "http://"),
        ("", "http://a.example:port/"),
        ("", "https://a\\b.example/"),
    ],
)
def test_links_are_absolute_http_or_nothing(expected: str, link: str) -> None:
    """No scheme but http and https, no credentials, no parser's riddle."""
    assert web_url(link, "https://site.example/feed") == expected


def test_javascript_link_does_not_lose_the_entry() -> None:
    """The entry stays, without an address."""
    entry = only(item("<title>a</title><link>javascript:alert(1)</link>"))
    assert (entry.title, entry.url) == ("a", "")
    assert entry.id.startswith("sha256:")


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        ("2024-04-22T09:30:00+00:00", "Mon, 22 Apr 2024 10:30:00 +0100"),
        ("2024-04-22T10:30:00+00:00", "Mon, 22 Apr 2024 10:30 GMT"),
        ("2024-04-22T08:30:00+00:00", "lun., 22 avr. 2024 10:30:00 CEST"),
        ("2024-04-22T10:30:00+00:00", "22 avril 2024 à 10h30"),
        ("2024-04-22T10:30:00+00:00", "2024-04-22T10:30:00.000Z"),
        ("2024-04-22T08:30:00+00:00", "2024-04-22T10:30:00+0200"),
        ("2024-04-22T10:30:00+00:00", "2024-04-22 10:30"),
        ("2024-04-22T00:00:00+00:00", "2024-04-22"),
        ("2024-04-22T10:30:00+00:00", "20240422T103000Z"),
        ("2024-04-22T10:30:00+00:00", "Mon Apr 22 10:30:00 2024"),
        ("2024-04-22T22:30:00+00:00", "Apr 22, 2024 10:30 pm"),
        ("2024-04-22T10:30:00+00:00", "22.04.2024, 10:30 Uhr"),
        ("2024-04-22T00:00:00+00:00", "22 أبريل 2024"),
        ("2024-04-22T00:00:00+00:00", "٢٢ أبريل ٢٠٢٤"),
        ("2020-10-16T16:05:12+00:00", "Fri, 16 Oct 20 17:05:12 GMT+1"),
        (None, "05/11/2024"),
        (None, "yesterday"),
        (None, "Mon, 32 Apr 2024 10:30:00 GMT"),
        (None, "2024"),
        (None, ""),
    ],
)
def test_dates_are_read_as_feeds_write_them(expected: str | None, raw: str) -> None:
    """In seven languages and every habit; an ambiguous date is none."""
    found = read_date(raw)
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "Tue, 01 Jan 2999 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "2026-11-22T13:30:00Z",
        "2016-11-21",
    ],
)
def test_impossible_date_is_dropped_and_its_text_kept(raw: str) -> None:
    """More than an hour ahead or ten years back is no publication time of a live feed."""
    entry = only(item(f"<title>a</title><pubDate>{raw}</pubDate>"))
    assert (entry.published, entry.published_raw) == (None, raw)


def test_archives_may_reach_further_back() -> None:
    """Without a bound in years only the time before feeds is refused."""
    bounds = DateBounds.around(NOW, years_back=None)
    assert bounds.keep(datetime(2003, 1, 1, tzinfo=UTC)) is not None
    assert bounds.keep(datetime(1970, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("expected", "text", "is_html"),
    [
        ("A & B", "A &amp; B", True),
        ("A &amp; B", "A &amp; B", False),
        ("a b", "<b>a</b>\n  b", True),
        ("1 < 2 <3", "1 < 2 <3", True),
        ("<b>", "<b>", False),
    ],
)
def test_title_is_one_line_of_words(expected: str, text: str, is_html: bool) -> None:
    """Tags and entities are read once, and only where the format says HTML."""
    assert plain(text, is_html=is_html) == expected


@pytest.mark.parametrize(
    ("expected", "body", "charset"),
    [
        ("é", "é".encode(), ""),
        ("é", "é".encode("latin-1"), "iso-8859-1"),
        ("’", b"\x92", "iso-8859-1"),
        ("é", '<?xml version="1.0" encoding="ISO-8859-1"?>é'.encode("latin-1"), "utf-8"),
        ("اتفاق", '<?xml version="1.0" encoding="windows-1256"?>اتفاق'.encode("cp1256"), ""),
        ("é", "\ufeffé".encode("utf-16"), ""),
        ("é", "é".encode(), "utf-7"),
        ("+AGE-", b'<?xml version="1.0" encoding="utf-7"?>+AGE-', "utf-7"),
    ],
)
def test_charset_is_the_one_that_fits(expected: str, body: bytes, charset: str) -> None:
    """Mark, declaration, header, UTF-8; utf-7 is never read."""
    assert decode(body, charset).endswith(expected)


LAUGHS = '<!DOCTYPE l [<!ENTITY a "' + "ha" * 50 + '">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip
HOSTILE = {
    "billion laughs": LAUGHS + item("<title>&j;</title>"),
    "external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + item("<title>&x;</title>"),
    "parameter entity": '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>' + item("<title>a</title>"),
    "late declaration": item('<title>a</title><!ENTITY x "y"><b>'),
    "lower case": '<!doctype r [<!entity x "y">]>' + item("<title>a</title>"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_entity_declarations_are_refused(name: str, codec: str) -> None:
    """Whatever they hold, and in UTF-16 too, where a search for ASCII bytes would miss them."""
    with pytest.raises(ParseError) as caught:
        parse(HOSTILE[name].encode(codec))
    assert caught.value.reason == "entities"


@pytest.mark.parametrize(
    "body",
    [
        item("<title>a</title><author>" + "a@b " * 16_000 + "</author><link>https://a.example/1</link>"),
        item("<title>a</title><dc:creator>" + "(" * 64_000 + "</dc:creator><link>https://a.example/1</link>"),
        item("<title>a<b></title><author>" + "x(" * 32_000 + "</author><link>https://a.example/1</link>"),
    ],
    ids=["fast", "creator", "loose"],
)  # fmt: skip
def test_long_author_costs_no_time(body: str) -> None:
    """feedparser's author pattern takes seconds on 64 kB; it never sees them."""
    started = time.process_time()
    parse(body)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("broken", [False, True], ids=["fast", "feedparser"])
def test_fifty_thousand_items_are_cut_to_five_hundred(broken: bool) -> None:
    """The first 500 are read, by either reader."""
    row = "<item><title>a</title><link>https://a.example/1</link></item>"
    body = f'<rss version="2.0"><channel><title>T</title>{row * 50_000}</channel></rss>'
    found = parse(body.replace("</channel>", "<b></channel>") if broken else body)
    assert len(found.entries) == 500
    assert found.how == ("feedparser" if broken else "fast")


def test_body_over_the_limit_is_refused() -> None:
    """Five megabytes are enough for 500 items."""
    with pytest.raises(ParseError) as caught:
        read_here(Document(kind="rss", body=b" " * 5_000_001, bounds=BOUNDS))
    assert caught.value.reason == "too_large"


def test_every_value_is_cut_to_size() -> None:
    """One entry cannot carry more than a record can."""
    entry = only(
        item(
            f"<title>{'t' * 5000}</title><guid isPermaLink='false'>{'g' * 5000}</guid>"
            f"<description>{'d' * 300_000}</description><pubDate>{'p' * 500}</pubDate>"
        )
    )
    assert (len(entry.title), len(entry.id), len(entry.published_raw)) == (1000, 2048, 100)
    assert len(entry.summary) == 200_000


def test_atom_relative_links_follow_xml_base() -> None:
    """xml:base of the feed and the entry add up."""
    found = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/dir/"><title>T</title>'
        '<entry xml:base="sub/"><title>a</title><id>x</id><link href="page"/></entry></feed>'
    )
    assert found.entries[0].url == "https://b.example/dir/sub/page"


def test_atom_xhtml_content_keeps_its_markup() -> None:
    """Content in XHTML comes out as HTML without namespace declarations."""
    found = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>a</title><id>x</id>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>one <b>two</b></p></div></content>'
        "</entry></feed>"
    )
    assert found.entries[0].content == "<p>one <b>two</b></p>"
