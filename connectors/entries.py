"""What a listing (feed, sitemap, list page) says: its entries, each value checked and cut to size."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urljoin, urlsplit

import msgspec

MAX_ENTRIES = 500
MAX_TITLE_CHARS = 1_000
MAX_SUMMARY_CHARS = 200_000
MAX_ID_CHARS = 2_048
MAX_AUTHOR_CHARS = 200
MAX_RAW_DATE_CHARS = 100
MAX_LANG_CHARS = 35
# Feeds did not exist before; older dates are counters that started at zero.
FIRST_FEEDS = datetime(1995, 1, 1, tzinfo=UTC)

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BLANKS = re.compile(r"\s+")
_NOT_LANG = re.compile(r"[^a-zA-Z0-9-]")
# Never part of an address as it is sent; what could end a tag or an attribute where the link is shown is among it.
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\x7f\\<>\"]")


class ParseReason(StrEnum):
    """Why a document could not be read: the closed set behind `ParseError.reason`."""

    NOT_A_FEED = "not_a_feed"
    ENTITIES = "entities"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    CRASHED = "crashed"


class DateBounds(msgspec.Struct, frozen=True):
    """The times an entry may claim; a date outside is dropped, the text of it is kept."""

    earliest: datetime
    latest: datetime

    @classmethod
    def around(cls, now: datetime, years_back: int | None = 10) -> DateBounds:
        """Return [now - years, now + 1 h]; None for years reaches back to the first feeds (archives)."""
        back = timedelta(days=365.25 * years_back) if years_back is not None else None
        earliest = now - back if back is not None else FIRST_FEEDS
        return cls(max(earliest, FIRST_FEEDS), now + timedelta(hours=1))

    def keep(self, at: datetime | None) -> datetime | None:
        """Return the time if it lies within the bounds, else None."""
        return at if at is not None and self.earliest <= at <= self.latest else None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, normalised. `url` is '' or an absolute http(s) address; HTML is as the feed has it."""

    id: str
    url: str
    title: str = ""
    summary: str = ""  # the teaser, HTML or text
    content: str = ""  # the whole article, if the feed carries it
    published: datetime | None = None
    published_raw: str = ""
    author: str = ""
    lang: str = ""

    @property
    def fullest(self) -> str:
        """Return the longer of content and summary."""
        return self.content if len(self.content) > len(self.summary) else self.summary


class ParsedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as read; `how` names the reader (fast, feedparser, json, sitemap, list)."""

    title: str = ""
    lang: str = ""
    entries: list[Entry] = []
    children: list[str] = []  # sitemap index: the sitemaps it names
    how: str = ""


def plain(text: str, *, is_html: bool = True) -> str:
    """Return a title as one line of text: tags gone, entities read, blanks collapsed, cut."""
    text = text[: MAX_TITLE_CHARS * 8]
    if is_html:
        if "<" in text:
            text = _TAG.sub(" ", text)
        if "&" in text:
            text = html.unescape(text)
    return _BLANKS.sub(" ", text.replace("\x00", "")).strip()[:MAX_TITLE_CHARS]


def language_tag(text: str) -> str:
    """Return a language tag with nothing in it but letters, digits and hyphens."""
    return _NOT_LANG.sub("", text.strip().replace("_", "-"))[:MAX_LANG_CHARS]


def web_url(link: str, base: str = "") -> str:
    """Return the link as an absolute http(s) URL, '' if it is none (javascript:, file:, no host, credentials)."""
    link = link.strip()
    if not link or len(link) > MAX_ID_CHARS:
        return ""
    try:
        if not link.startswith(("http://", "https://")):
            if not base:
                return ""
            link = urljoin(base, link)
        parts = urlsplit(link)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return ""
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return ""
    if _UNSAFE_IN_URL.search(link):
        link = _UNSAFE_IN_URL.sub(lambda m: quote(m[0]), link)
        if _UNSAFE_IN_URL.search(parts.netloc):
            return ""
    return link
