"""Sends alerts by e-mail: text and HTML, the idempotency key as Message-ID."""

from __future__ import annotations

import ssl
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib

from domain.errors import SinkRejected, SinkUnavailable
from runtime.settings import SmtpSettings
from sinks.channel import Delivery, Digest, Message
from sinks.digest import digest_html, digest_subject, digest_text
from sinks.wording import as_html, as_text, subject

DEADLINE_SECONDS = 20.0
# 5xx that speak of this mail or this mailbox; 53x (log-in, encryption) speak of our settings.
REFUSED = frozenset({550, 551, 552, 553, 554, 555})


class EmailChannel:
    """One mail for each alert and recipient, so that recipients do not see each other."""

    name = "email"

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses."""
        return self._settings.to

    async def send(self, delivery: Message) -> None:
        """Hand one mail to the server."""
        settings = self._settings
        try:
            await aiosmtplib.send(
                message(delivery, settings.sender),
                sender=parseaddr(settings.sender)[1],
                recipients=[parseaddr(delivery.recipient)[1]],
                hostname=settings.host,
                port=settings.port,
                username=settings.username or None,
                password=settings.password or None,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                tls_context=_context(settings),
                timeout=DEADLINE_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as e:
            raise _sorted(settings, e.recipients[0].code, e.recipients[0].message) from e
        except aiosmtplib.SMTPResponseException as e:
            raise _sorted(settings, e.code, e.message) from e
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as e:
            raise SinkUnavailable(
                "send mail", f"{settings.host}:{settings.port}", f"{type(e).__name__}: {e}"
            ) from e

    async def close(self) -> None:
        """Nothing is kept open between mails."""


def _sorted(settings: SmtpSettings, code: int, said: str) -> SinkRejected | SinkUnavailable:
    where, detail = f"{settings.host}:{settings.port}", f"{code}: {said}"
    if code in REFUSED:
        return SinkRejected("send mail", where, detail)
    return SinkUnavailable("send mail", where, detail, retry_after_seconds=60.0)


def _context(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.security == "none":
        return None
    return ssl.create_default_context(cafile=settings.ca_certs or None)


def message(delivery: Message, sender: str) -> EmailMessage:
    """Return the mail: the same Message-ID at every attempt, so that a second copy is seen as one."""
    mail = EmailMessage()
    is_digest = isinstance(delivery, Digest)
    mail["Subject"] = digest_subject(delivery) if is_digest else subject(delivery.alert)
    mail["From"] = sender
    mail["To"] = delivery.recipient
    mail["Date"] = format_datetime(delivery.raised_at if is_digest else delivery.alert.raised_at)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "vigie.invalid"
    mail["Message-ID"] = f"<{delivery.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if is_digest:
        mail.set_content(digest_text(delivery))
        mail.add_alternative(digest_html(delivery), subtype="html")
        return mail
    return _alert_parts(mail, delivery, domain)


def _alert_parts(mail: EmailMessage, delivery: Delivery, domain: str) -> EmailMessage:
    event_id = delivery.alert.event.event_id
    # All mails on one event make one thread, whatever their subject.
    mail["References"] = f"<{event_id}@{domain}>"
    mail["X-Vigie-Event"] = event_id
    mail.set_content(as_text(delivery.alert, delivery.key))
    mail.add_alternative(as_html(delivery.alert, delivery.key), subtype="html")
    return mail
