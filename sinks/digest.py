"""Puts a digest into words: the alerts that were held back from one recipient, as text, HTML and JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.records import AlertRaised
from sinks.channel import Digest, HeldAlert
from sinks.wording import (
    PAYLOAD_VERSION,
    RTL_LANGUAGES,
    chat_line,
    escaped,
    isolated,
    one_line,
    web_link,
)


def held_alert(alert: AlertRaised, key: str) -> HeldAlert:
    """Return what a digest will tell of an alert; short, for a hundred of them make one message."""
    article = alert.article
    return HeldAlert(
        key=key,
        alert_id=alert.alert_id,
        watch_id=alert.watch_id,
        verdict=alert.verdict,
        headline=one_line(alert.headline),
        event_id=alert.event.event_id,
        event_version=alert.event.version,
        first_seen_at=alert.first_seen_at,
        raised_at=alert.raised_at,
        changed=[one_line(c) for c in alert.changed[:5]],
        title=one_line(article.title),
        lang=article.lang,
        url=web_link(article.url)[:1000],
        source_name=one_line(article.source.name or article.source.source_id, 80),
    )


def digest_subject(digest: Digest) -> str:
    """Return the line a person reads first."""
    count = len(digest.alerts)
    alerts = "alert was" if count == 1 else "alerts were"
    return f"[DIGEST] {count} {alerts} held back since {digest.alerts[0].raised_at:%H:%M} UTC"


def digest_lines(digest: Digest) -> list[str]:
    """Return the alerts, a few lines each, oldest first."""
    lines: list[str] = []
    for number, alert in enumerate(digest.alerts, 1):
        lines.append(f"{number}. [{alert.verdict}] {isolated(alert.headline)}")
        if alert.changed:
            lines.append(f"   Changed: {isolated('; '.join(alert.changed))}")
        lines.append(f"   {isolated(alert.title)} ({isolated(alert.source_name)} [{alert.lang}])")
        if alert.url:
            lines.append(f"   {alert.url}")
        lines.append(
            f"   First seen {alert.first_seen_at:%Y-%m-%d %H:%M:%S} UTC; "
            f"event {alert.event_id}, version {alert.event_version}"
        )
    return lines


def digest_text(digest: Digest) -> str:
    """Return the digest as plain text."""
    lines = [digest_subject(digest), "", *digest_lines(digest), "", f"key {digest.key[:16]}"]
    return "\n".join(lines) + "\n"


def digest_html(digest: Digest) -> str:
    """Return the digest as an HTML page: no script, no picture, nothing fetched from elsewhere."""
    items = "".join(_item(alert) for alert in digest.alerts)
    title = escaped(digest_subject(digest))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="font-family:sans-serif;max-width:42em"><h2>{title}</h2><ol>{items}</ol>'
        f'<p style="color:#666">key {digest.key[:16]}</p></body></html>'
    )


def _item(alert: HeldAlert) -> str:
    direction = "rtl" if alert.lang in RTL_LANGUAGES else "ltr"
    title = f'<span lang="{escaped(alert.lang)}" dir="{direction}">{escaped(alert.title)}</span>'
    if alert.url:
        title = f'<a href="{escaped(alert.url)}" rel="noreferrer">{title}</a>'
    changed = (
        f"<br>Changed: <bdi>{escaped('; '.join(alert.changed))}</bdi>" if alert.changed else ""
    )
    return (
        f"<li><b>[{escaped(alert.verdict)}] <bdi>{escaped(alert.headline)}</bdi></b>{changed}"
        f"<br>{title} (<bdi>{escaped(alert.source_name)}</bdi>)"
        f'<br><span style="color:#666">First seen {alert.first_seen_at:%Y-%m-%d %H:%M:%S} UTC; '
        f"event {escaped(alert.event_id)}, version {alert.event_version}</span></li>"
    )


def digest_payload(digest: Digest) -> dict[str, Any]:
    """Return the JSON of a webhook (docs/alerts.md); `text` is what chat services show."""
    heads = [f"• [{a.verdict}] {chat_line(a.headline)}" for a in digest.alerts]
    return {
        "payload_version": PAYLOAD_VERSION,
        "key": digest.key,
        "verdict": "DIGEST",
        "headline": digest_subject(digest),
        "text": "\n".join([digest_subject(digest), *heads]),
        "alerts": digest.alerts,
        "raised_at": digest.raised_at,
    }


def digest_bytes(digest: Digest) -> bytes:
    """Return the webhook's body: the same bytes at every attempt."""
    return msgspec.json.encode(digest_payload(digest))
