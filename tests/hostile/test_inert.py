"""Script and links of a hostile feed, followed through every stage into document, e-mail, webhook and console: inert there."""

from __future__ import annotations

import email
import html.parser
import io
import json
import re
from datetime import UTC, datetime
from email import policy

import pytest
from rich.console import Console

from agents.outputs import Step, outputs_of
from connectors.articles import from_entry
from connectors.entries import DateBounds
from connectors.feeds import Document, read_fully
from connectors.sources import Source
from domain.classify.reading import read
from domain.clean import CleanResult, clean
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from domain.model import Watch
from schemas import convert
from schemas.indices import article_document, event_document
from schemas.records import (
    AlertRaised,
    ClassifiedArticle,
    EventChanged,
    FetchedArticle,
    JudgedArticle,
    decode,
    encode,
)  # fmt: skip
from schemas.topics import ALERT_RAISED, ARTICLE_JUDGED, EVENT_CHANGED
from sinks.channel import Delivery
from sinks.email import message
from sinks.wording import as_html, as_payload, as_text
from tests.hostile.conftest import Tally

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WATCH = Watch("morocco-france", "Morocco–France", ("MA", "FR"), channels=("webhook", "email"))
SOURCE = Source(
    id="hostile",
    name="<b>Hostile</b>",
    country="FR",
    kind="rss",
    url="https://a.example/",
    page=False,
)
STORY = (
    "Le ministre français de l'Intérieur a rencontré lundi 16 novembre 2026 à Rabat son homologue marocain. "
    "Les deux ministres ont signé un accord de coopération policière contre le terrorisme {evil} et le trafic "
    "de drogue entre la France et le Maroc."
)
EVIL = {
    "script": "<script>alert(1)</script>",
    "script in capitals": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "handler": "<img src=x onerror=alert(1)>",
    "svg": "<svg/onload=alert(1)>",
    "frame": "<iframe src='javascript:alert(1)'></iframe>",
    "style": "<style>@import 'http://evil.example'</style>",
    "base": "<base href='http://evil.example/'>",
    "meta": "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "escaped": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "escaped twice": "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "section": "]]>&lt;script>alert(1)&lt;/script><![CDATA[",
    "template": "{{constructor.constructor('alert(1)')()}}${7*7}<%= 7*7 %>",
    "chat mention": "<!channel> <@U123> @everyone",
    "chat link": "<http://evil.example|click here>",
    "markdown": "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "mail header": "x\r\nBcc: victim@evil.example\r\n\r\n",
    "terminal": "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07\x1b[2J",
    "direction": "\u202egpj.exe\u2066",
}  # fmt: skip
LINKS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:x", "file:///etc/passwd", "https://a.example/?q=\"><script>alert(1)</script>", "//evil.example\\@a.example/",
    "https://bank.example@evil.example/", "https://a.example/<!channel>|x",
)  # fmt: skip


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The gazetteers, once."""
    return Knowledge.load()


def feed(evil: str, link: str) -> bytes:
    """Return a feed whose every field is hostile, and which tells of news all the same."""
    text = STORY.format(evil=evil)
    title = f"La France et le Maroc signent un accord de sécurité à Rabat {evil}"

    def section(value: str) -> str:
        return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"

    return (
        f"<rss version='2.0'><channel><title>{section(evil)}</title><item><title>{section(title)}</title>"
        f"<link>{section(link)}</link><guid>{section('https://a.example/g')}</guid><author>{section(evil)}</author>"
        f"<pubDate>Tue, 17 Nov 2026 10:00:00 GMT</pubDate><description>{section(text)}</description></item></channel></rss>"
    ).encode("utf-8", "replace")


def follow(
    evil: str, link: str, knowledge: Knowledge
) -> tuple[dict[str, object], dict[str, object], AlertRaised]:
    """Return article document, event document and alert of a hostile feed, by the code of every stage."""
    found = read_fully(
        Document(
            kind="rss",
            body=feed(evil, link),
            bounds=DateBounds.around(NOW),
            url="https://a.example/f",
        )
    )
    entry = found.entries[0]
    fetched = from_entry(
        SOURCE, entry, "https://a.example/f", fetched_at=NOW, first_seen_at=NOW, partial=False
    )
    fetched = decode(FetchedArticle, encode(fetched))
    result = clean(convert.raw_article(fetched), NOW)
    assert isinstance(result, CleanResult)
    cleaned = convert.cleaned_article(fetched, result)
    article = convert.article(cleaned)
    reading = read(article, WATCH, knowledge)
    classified = ClassifiedArticle(
        watch_id=WATCH.watch_id, article=cleaned, reading=convert.reading_info(reading)
    )
    before = Book.empty(WATCH.watch_id)
    judgement, after = judge(before, article, reading, WATCH)
    step = Step(classified, WATCH, before, after, judgement)
    outputs = {
        o.topic: o.value for o in outputs_of(step, {}, datetime(2026, 11, 17, 11, 0, tzinfo=UTC))
    }
    assert ALERT_RAISED.name in outputs, f"no alert: {judgement.verdict}"
    judged = decode(JudgedArticle, outputs[ARTICLE_JUDGED.name])
    change = decode(EventChanged, outputs[EVENT_CHANGED.name])
    return (
        article_document(judged),
        event_document(change),
        decode(AlertRaised, outputs[ALERT_RAISED.name]),
    )


class Tags(html.parser.HTMLParser):
    """Notes every tag and attribute of a page, as a browser would build them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


OURS = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "h2",
    "table",
    "tr",
    "th",
    "td",
    "bdi",
    "p",
    "a",
    "blockquote",
    "ul",
    "li",
}
MENTION = re.compile(r"<[!@#][^>]*>|<https?:[^>]*\|")


def assert_inert(documents: list[dict[str, object]], alert: AlertRaised) -> None:
    """Check every place where a person's program shows what the feed said."""
    delivery = Delivery(alert, "email", "desk@vigie.example")
    page = Tags(as_html(alert, delivery.key))
    assert page.tags <= OURS
    assert not {a for a in page.attributes if a.startswith("on")}
    assert all(link.startswith(("http://", "https://")) for link in page.links)
    for document in documents:
        stored = json.dumps(document, ensure_ascii=False, default=str).lower()
        assert "<script" not in stored
        assert "javascript:" not in str(document.get("url", "")).lower()
        assert not re.search(r"<\w+[^>]*\son\w+=", stored)
    mail = email.message_from_bytes(
        message(delivery, "vigie@vigie.example").as_bytes(), policy=policy.default
    )
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject") or []) == 1
    assert "\n" not in str(mail["Subject"])
    assert {p.get_content_type() for p in mail.iter_parts()} == {"text/plain", "text/html"}
    payload = as_payload(alert, delivery.key)
    assert not MENTION.search(str(payload["text"]))
    assert "\x1b" not in json.dumps(payload, ensure_ascii=False, default=str)
    link = str(payload["article"]["url"])
    assert link == "" or link.startswith(("http://", "https://"))
    assert "@" not in link.split("/")[2] if link else True
    screen = io.StringIO()
    Console(file=screen, force_terminal=False).print(as_text(alert, delivery.key), markup=False)
    assert "\x1b" not in screen.getvalue()
    assert "\x07" not in screen.getvalue()


@pytest.mark.parametrize("name", EVIL)
def test_what_a_feed_says_is_words_wherever_it_is_shown(
    name: str, knowledge: Knowledge, tally: Tally
) -> None:
    """Title, text, author and outlet are hostile; the alert comes, and nothing in it runs, pings or leads astray."""
    article, event, alert = follow(EVIL[name], "https://a.example/1", knowledge)
    assert_inert([article, event], alert)
    assert "Rabat" in str(article["title"])
    tally.seen(25, "inert in documents, e-mail, webhook and terminal: texts", name)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_is_a_web_address_or_none(link: str, knowledge: Knowledge, tally: Tally) -> None:
    """A link that is no plain web address never reaches a person as one."""
    article, event, alert = follow("x", link, knowledge)
    assert_inert([article, event], alert)
    tally.seen(25, "inert in documents, e-mail, webhook and terminal: links", link)
