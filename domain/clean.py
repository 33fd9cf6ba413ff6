"""From what was fetched to the article alone: text, title, language, publication time. Pure.

bytes -> charset -> markup or plain text -> article -> language -> publication date -> content hash
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from domain.dates.publication import Candidate, choose
from domain.model import LANGUAGES, Published
from domain.outcome import CleanOutcome
from domain.text.blocks import tokens_of
from domain.text.decode import decode_html, repair_mojibake
from domain.text.extracted import Extracted
from domain.text.html import extract_html
from domain.text.language import identify
from domain.text.plain import isolate
from domain.text.titles import without_site_name

MAX_TEXT_CHARS = 200_000  # keeps the record under Kafka's limit even with 4 bytes a character
MIN_TEXT_WORDS = 5
_PARTIAL_WORDS = 40  # a page that gives less is weighed against the feed's own summary
_SURE_OF_LANGUAGE = 0.5
_MARKUP = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_ANY_TAG = re.compile(r"<(?:p|div|br|a|img|span|article|h[1-6])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RawArticle:
    """What was fetched, and what the feed, list page or file said of it; nothing is believed yet.

    Either `body` (bytes, read by `media_type` and `charset`) or `text` (already decoded) is given.
    """

    body: bytes | None = None
    text: str | None = None
    media_type: str = "text/html"
    charset: str = ""
    url: str | None = None
    title: str = ""
    published_hint: str = ""  # given with the article, for example in a JSONL line: believed
    entry_title: str = ""
    entry_summary: str = ""
    entry_published: str = ""
    lang_hint: str = ""


@dataclass(frozen=True, slots=True)
class CleanResult:
    """The article alone. `content_hash` does not change when only the page around it changes."""

    title: str
    text: str
    lang: str
    lang_confidence: float
    published: Published | None
    content_hash: str


def clean(raw: RawArticle, now: datetime) -> CleanResult | Literal[CleanOutcome.EMPTY]:
    """Return the article of what was fetched, or EMPTY if there is none in it.

    Raises:
        ParseError: the page is too large to be read; the caller sends it to the dead letters.
    """
    found = _extract(raw)
    if len(tokens_of(found.text[:2000])) < MIN_TEXT_WORDS:
        return CleanOutcome.EMPTY
    title = " ".join((raw.title or found.title or raw.entry_title).split())
    text = found.text[:MAX_TEXT_CHARS]
    lang, confidence = _language(title, text, found.lang_tag, raw.lang_hint)
    return CleanResult(
        title=title,
        text=text,
        lang=lang,
        lang_confidence=confidence,
        published=publication(raw, found, now),
        content_hash=content_hash(title, text),
    )


def content_hash(title: str, text: str) -> str:
    """Return the identity of an article's words, blind to case, accents, spaces and punctuation."""
    words = " ".join([*tokens_of(title), "|", *tokens_of(text)])
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _extract(raw: RawArticle) -> Extracted:
    """Return the article of the page, or of the feed's own summary where the page gives too little."""
    source = raw.text if raw.text is not None else decode_html(raw.body or b"", raw.charset)
    if raw.text is not None:
        source = repair_mojibake(source)
    found = _read(source, raw)
    if raw.entry_summary and len(tokens_of(found.text[:2000])) < _PARTIAL_WORDS:
        summary = _read_summary(raw)
        if len(summary.text) > len(found.text):
            found = replace(found, text=summary.text, title=found.title or summary.title)
    return found


def _read(source: str, raw: RawArticle) -> Extracted:
    """Return the article of a source, read as markup or as plain text by its type and looks."""
    known = raw.title or None
    if "html" in raw.media_type or "xml" in raw.media_type or _MARKUP.match(source):
        found = extract_html(source, raw.url)
        if found.text or _ANY_TAG.search(source):
            return found
    return isolate(source, known or (without_site_name(raw.entry_title) or None))


def _read_summary(raw: RawArticle) -> Extracted:
    """Return the article as the feed itself carries it, in tags or without."""
    title = raw.title or raw.entry_title
    summary = raw.entry_summary
    if _ANY_TAG.search(summary):
        paragraphs = re.sub(r"</(?:p|div|li|h\d)>|<br\s*/?>", "\n", summary, flags=re.IGNORECASE)
        found = extract_html(f"<html><body><article>{summary}</article></body></html>", raw.url)
        plain = isolate(re.sub(r"<[^<>]{1,2000}>", " ", paragraphs), title or None)
        return max(found, plain, key=lambda extracted: len(extracted.text))
    return isolate(summary, title or None)


def _language(title: str, text: str, tag: str, hint: str) -> tuple[str, float]:
    """Return the language of the article; the page's and the source's word count only in doubt."""
    lang, confidence = identify(f"{title}\n{text}")
    if confidence >= _SURE_OF_LANGUAGE:
        return lang, confidence
    for claim in (tag, hint):
        code = claim.replace("_", "-").split("-")[0].lower()
        if code in LANGUAGES:
            return code, _SURE_OF_LANGUAGE
    return lang, confidence


def publication(raw: RawArticle, found: Extracted, now: datetime) -> Published | None:
    """Return when the article was published: as given with it, else the best of all candidates."""
    given = raw.published_hint.strip()
    if given and (at := _iso(given)) is not None:
        return Published(at=at, source="input", confidence=1.0)
    candidates = [Candidate(given, "input")] if given else []
    if raw.entry_published:
        candidates.append(Candidate(raw.entry_published, "feed"))
    return choose([*candidates, *found.candidates], now)


def _iso(value: str) -> datetime | None:
    """Return an ISO 8601 time as aware UTC; a time without zone is taken as UTC, a day as its noon."""
    try:
        at = datetime.fromisoformat(value)
        if len(value) <= len("YYYY-MM-DD"):
            at = at.replace(hour=12)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
