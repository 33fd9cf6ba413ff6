"""E-mail against a true SMTP server: both parts, one identity, refusals sorted."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from domain.errors import SinkRejected, SinkUnavailable
from runtime.embedded import free_port
from runtime.settings import SmtpSettings
from sinks.email import EmailChannel, message
from tests.unit.sinks.samples import TITLE, delivery


class Collector:
    """Keeps what it is sent, or answers as told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answer = "250 kept"
        self.answer_to_recipient = "250 ok"

    async def handle_RCPT(  # noqa: N802  (the library's names)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient or not."""
        if self.answer_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients.append(envelope.rcpt_tos)
        return self.answer


@pytest.fixture
def collector() -> Iterator[tuple[Collector, int]]:
    """Give a server on loopback and its port."""
    made, port = Collector(), free_port()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    controller.stop()


def channel(port: int) -> EmailChannel:
    """Return a channel to it."""
    return EmailChannel(
        SmtpSettings(
            host="127.0.0.1",
            port=port,
            sender="Vigie <vigie@watch.test>",
            to=("duty@watch.test", "boss@watch.test"),
            security="none",
        )
    )


async def test_a_mail_has_text_and_html_and_one_recipient(
    collector: tuple[Collector, int],
) -> None:
    """Recipients do not see each other; the Arabic title arrives whole, as text."""
    made, port = collector
    await channel(port).send(delivery("email", "duty@watch.test"))
    [mail] = made.mails
    assert made.recipients == [["duty@watch.test"]]
    assert mail["To"] == "duty@watch.test"
    text = mail.get_body(("plain",))
    page = mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert TITLE in text.get_content()
    assert "<script" not in page.get_content()
    assert 'dir="rtl"' in page.get_content()


async def test_a_second_try_is_the_same_mail(collector: tuple[Collector, int]) -> None:
    """The Message-ID comes from the key, so mail readers drop the copy."""
    made, port = collector
    for _ in range(2):
        await channel(port).send(delivery("email", "duty@watch.test"))
    first, second = made.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (
        first["Message-ID"]
        != message(delivery("email", "boss@watch.test"), "v@w.test")["Message-ID"]
    )


async def test_a_refused_mailbox_is_refused_for_good(collector: tuple[Collector, int]) -> None:
    """550 says that this will never arrive."""
    made, port = collector
    made.answer_to_recipient = "550 no such mailbox"
    with pytest.raises(SinkRejected, match="550"):
        await channel(port).send(delivery("email", "duty@watch.test"))


@pytest.mark.parametrize("answer", ["451 busy", "452 full", "535 who are you"])
async def test_a_busy_server_is_tried_again(answer: str, collector: tuple[Collector, int]) -> None:
    """Overload, a full disk or a wrong password of ours pass."""
    made, port = collector
    made.answer = answer
    with pytest.raises(SinkUnavailable, match=answer[:3]):
        await channel(port).send(delivery("email", "duty@watch.test"))


async def test_no_server_is_an_outage() -> None:
    """Nothing listens: wait."""
    with pytest.raises(SinkUnavailable):
        await channel(free_port()).send(delivery("email", "duty@watch.test"))


def test_a_headline_cannot_add_a_header() -> None:
    """Line ends of an article or a name end up as spaces."""
    mail = message(
        delivery("email", "duty@watch.test", headline="x\r\nBcc: evil@y.test"), "v@w.test"
    )
    assert mail["Bcc"] is None
    assert mail["Subject"] == "[NEW] x Bcc: evil@y.test"
