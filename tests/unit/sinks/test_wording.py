"""The words of an alert: foreign text stays text, directions stay apart, nothing dangerous is a link."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from schemas.records import ReasonInfo, SpanInfo
from sinks.console import ConsoleChannel
from sinks.wording import as_html, as_payload, as_text, one_line, quotes, subject, web_link
from tests.fakes import cleaned
from tests.unit.sinks.samples import alert, delivery


def test_html_shows_markup_of_others_as_text() -> None:
    """No tag of an article is a tag of the mail."""
    page = as_html(alert(), "k" * 64)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<img" not in page
    assert "Site &amp; Co" in page


def test_html_says_language_and_direction() -> None:
    """Arabic reads from the right, in its own element."""
    page = as_html(alert(), "k")
    assert re.search(r'<p lang="ar" dir="rtl">لقاء', page)
    assert 'href="http://site.test/a?x=1&amp;y=2"' in page


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("https://a.test/x", "https://a.test/x"),
        ("", "javascript:alert(1)"),
        ("", "data:text/html,x"),
        ("", "file:///etc/passwd"),
        ("", "http://[::1"),
        ("", "//a.test"),
    ],
)
def test_only_web_addresses_become_links(expected: str, url: str) -> None:
    """Whatever a feed calls an address, only http and https may be clicked."""
    assert web_link(url) == expected


def test_a_bad_link_is_left_out_everywhere() -> None:
    """Text, HTML and JSON agree."""
    bad = alert(article=cleaned("a", url="javascript:alert(1)"))
    assert "javascript" not in as_text(bad, "k") + as_html(bad, "k") + repr(as_payload(bad, "k"))


def test_a_subject_is_one_line_without_tricks() -> None:
    """Line ends and direction marks cannot make a second header or turn a line round."""
    tricky = alert(headline="Meeting\r\nBcc: x@y\u202e.test " + "z" * 400)
    line = subject(tricky)
    assert "\n" not in line
    assert "\r" not in line
    assert "\u202e" not in line
    assert len(line) <= 200


def test_quotes_are_sentences_that_decided() -> None:
    """The strongest reason first, no bare cue words, none twice, three at most."""
    text = "First sentence that is long enough. Second sentence that is long enough. Cue"
    reasons = [
        ReasonInfo(rule="a", detail="", score=0.1, spans=[SpanInfo(start=0, end=35)]),
        ReasonInfo(rule="b", detail="", score=0.9, spans=[SpanInfo(start=36, end=72)]),
        ReasonInfo(rule="c", detail="", score=0.5, spans=[SpanInfo(start=73, end=76)]),
        ReasonInfo(rule="d", detail="", score=0.2, spans=[SpanInfo(start=0, end=35)]),
    ]
    given = alert(article=cleaned("a", text=text), reasons=reasons)
    assert quotes(given) == [
        "Second sentence that is long enough.",
        "First sentence that is long enough.",
    ]


def test_text_isolates_what_runs_the_other_way() -> None:
    """Each foreign piece stands between Unicode isolates."""
    text = as_text(alert(), "k")
    assert text.count("\u2068") == text.count("\u2069") > 0


def test_payload_has_the_event_and_how_many_articles() -> None:
    """The members' titles stay home; their number goes out."""
    payload = as_payload(alert(), "key-1")
    assert payload["key"] == "key-1"
    assert payload["event"]["article_count"] == 1
    assert "members" not in payload["event"]
    assert payload["text"].startswith("[NEW] Meeting")


def test_one_line_marks_a_cut() -> None:
    """A cut text says that it is cut."""
    assert one_line("a b c", 3) == "a…"


async def test_console_prints_foreign_text_as_text() -> None:
    """Square brackets of an article are no markup of the terminal."""
    out = io.StringIO()
    channel = ConsoleChannel(Console(file=out, width=100))
    await channel.send(delivery("console", "console", headline="A [red]meeting[/red]"))
    assert "[red]meeting[/red]" in out.getvalue()
    assert "Abdelouafi Laftit" in out.getvalue()
