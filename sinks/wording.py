"""Puts an alert into words: plain text, HTML, and the JSON of webhooks. All foreign text is escaped."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from schemas.records import AlertRaised, CleanedArticle, EventInfo

PAYLOAD_VERSION = 1
MAX_QUOTES = 3
QUOTE_CHARS = 240
MAX_REASONS = 8
RTL_LANGUAGES = frozenset({"ar"})
FIRST_STRONG, POP = "\u2068", "\u2069"  # Unicode isolates: Arabic cannot upset the line around it
_LINK_ENDS = re.compile(r"[<>\"'`|\\^{}()\[\]]")
_CHAT_SIGNS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "[": "(", "]": ")", "`": "'", "|": "¦"})
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line of an alert."""

    label: str
    value: str


def one_line(text: str, limit: int = 200) -> str:
    """Return the text on one line without control and direction characters: safe in a header."""
    kept = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"} or c.isspace())
    line = _SPACES.sub(" ", kept).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def isolated(text: str) -> str:
    """Return the text between Unicode isolates."""
    return f"{FIRST_STRONG}{text}{POP}"


def web_link(url: str) -> str:
    """Return the address if it is one a person may safely click, else ''.

    No other scheme, no control or direction signs, no name before the host (`http://bank.test@other.test`). What
    could end a link in HTML, Markdown or a chat is percent-encoded.
    """
    if any(c.isspace() or unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    return _LINK_ENDS.sub(lambda m: f"%{ord(m.group()):02X}", url)


def chat_line(text: str) -> str:
    """Return one line for a chat service, in which nothing is a mention, a link with another face or a tag.

    Slack reads `<!channel>` and `<address|face>`, others `@everyone` and `[face](address)`: the signs are
    replaced by their likes, because escapes differ from service to service.
    """
    return one_line(text).translate(_CHAT_SIGNS)


def day_of(event: EventInfo) -> str:
    """Return the event's day, the range it lies in, or that it is not told."""
    if event.event_date:
        return event.event_date.isoformat()
    days = event.event_date_range
    return f"between {days.earliest} and {days.latest}" if days else "not told"


def subject(alert: AlertRaised) -> str:
    """Return the line a person reads first."""
    return one_line(f"[{mark_of(alert)}] {alert.headline}")


def mark_of(alert: AlertRaised) -> str:
    """Return what kind of alert it is, as it stands before the headline."""
    return "NEW" if alert.verdict == "NEW" else "UPDATE"


def facts(alert: AlertRaised) -> list[Fact]:
    """Return what is known of the event, line by line."""
    event, article = alert.event, alert.article
    source = article.source.name or article.source.source_id
    found = [
        Fact("What", f"{event.act.replace('_', ' ')} ({event.status.replace('_', ' ')})"),
        Fact("When", day_of(event)),
        Fact("Where", f"{event.place.name}, {event.place.country}" if event.place else "not told"),
        Fact("Who", "; ".join(a.name + (f" ({a.role})" if a.role else "") for a in event.actors)),
        Fact("Themes", ", ".join(t.replace("_", " ") for t in event.themes)),
        Fact("Changed", "; ".join(alert.changed)),
        Fact("Source", f"{source} [{article.lang}]"),
        Fact("First seen", f"{alert.first_seen_at:%Y-%m-%d %H:%M:%S} UTC"),
    ]
    return [f for f in found if f.value]


def quotes(alert: AlertRaised) -> list[str]:
    """Return the sentences of the article that decided, the strongest reasons first."""
    found: list[str] = []
    for reason in sorted(alert.reasons, key=lambda r: -(r.score or 0.0)):
        for span in reason.spans:
            whole = alert.article.title if span.field == "title" else alert.article.text
            quote = one_line(whole[span.start : span.end], QUOTE_CHARS)
            # A word or two is a cue, not a sentence that tells a reader something.
            if len(quote) >= 25 and not any(quote in q or q in quote for q in found):
                found.append(quote)
            if len(found) == MAX_QUOTES:
                return found
    return found


def as_text(alert: AlertRaised, key: str) -> str:
    """Return the alert as plain text."""
    link = web_link(alert.article.url)
    lines = [one_line(alert.headline), ""]
    lines += [f"{f.label}: {isolated(one_line(f.value, 500))}" for f in facts(alert)]
    lines += ["", isolated(one_line(alert.article.title)), *([link] if link else [])]
    lines += [f"> {isolated(q)}" for q in quotes(alert)]
    lines += ["", "Why:", *(f"- {line}" for line in _why(alert))]
    lines += ["", f"Event {alert.event.event_id}, version {alert.event.version}; key {key[:16]}"]
    return "\n".join(lines) + "\n"


def as_html(alert: AlertRaised, key: str) -> str:
    """Return the alert as an HTML page: no script, no picture, nothing fetched from elsewhere."""
    rows = "".join(
        f'<tr><th align="left" valign="top">{escaped(f.label)}</th><td><bdi>{escaped(one_line(f.value, 500))}</bdi></td></tr>'
        for f in facts(alert)
    )
    link = web_link(alert.article.url)
    title = _foreign(one_line(alert.article.title), alert.article, "p")
    if link:
        title += f'<p><a href="{escaped(link)}" rel="noreferrer">{escaped(link)}</a></p>'
    quoted = "".join(_foreign(q, alert.article, "blockquote") for q in quotes(alert))
    why = "".join(f"<li>{escaped(line)}</li>" for line in _why(alert))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escaped(subject(alert))}</title></head>"
        '<body style="font-family:sans-serif;max-width:42em">'
        f"<h2>{escaped(subject(alert))}</h2><table>{rows}</table>{title}{quoted}"
        f"<p>Why:</p><ul>{why}</ul>"
        f'<p style="color:#666">Event {escaped(alert.event.event_id)}, version {alert.event.version}; '
        f"key {escaped(key[:16])}</p></body></html>"
    )


def as_payload(alert: AlertRaised, key: str) -> dict[str, Any]:
    """Return the JSON of a webhook (docs/alerts.md); `text` is what chat services show."""
    article = alert.article
    link = web_link(article.url)
    return {
        "payload_version": PAYLOAD_VERSION,
        "key": key,
        "alert_id": alert.alert_id,
        "watch_id": alert.watch_id,
        "verdict": alert.verdict,
        "headline": one_line(alert.headline),
        "text": f"[{mark_of(alert)}] {chat_line(alert.headline)}" + (f"\n{link}" if link else ""),
        "event": _event_payload(alert.event),
        "article": {
            "article_id": article.article_id,
            "title": one_line(article.title, 500),
            "url": link,
            "lang": article.lang,
            "source_id": article.source.source_id,
            "source_name": article.source.name,
            "published_at": article.published.at if article.published else None,
        },
        "changed": list(alert.changed),
        "quotes": quotes(alert),
        "why": list(_why(alert)),
        "first_seen_at": alert.first_seen_at,
        "raised_at": alert.raised_at,
    }


def payload_bytes(alert: AlertRaised, key: str) -> bytes:
    """Return the webhook's body: the same bytes for the same alert, so it may be signed anew."""
    return msgspec.json.encode(as_payload(alert, key))


def _event_payload(event: EventInfo) -> dict[str, Any]:
    payload: dict[str, Any] = msgspec.to_builtins(event)
    payload["article_count"] = len(payload.pop("members")) + payload.pop("unlisted")
    return payload


def _why(alert: AlertRaised) -> Iterator[str]:
    for reason in alert.reasons[:MAX_REASONS]:
        score = f" ({reason.score:.2f})" if reason.score is not None else ""
        yield one_line(f"{reason.rule}{score}: {reason.detail}")


def _foreign(text: str, article: CleanedArticle, tag: str) -> str:
    """Return text of the article in a tag that says its language and direction."""
    direction = "rtl" if article.lang in RTL_LANGUAGES else "ltr"
    return f'<{tag} lang="{escaped(article.lang)}" dir="{direction}">{escaped(text)}</{tag}>'


def escaped(text: str) -> str:
    """Return foreign text for HTML."""
    return html.escape(text, quote=True)
