"""E-mail over TLS with a log-in: nothing is said before the certificate is checked, and a wrong password waits."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import SinkUnavailable
from runtime.settings import SmtpSettings
from sinks.email import EmailChannel
from tests.harness.collector import CLOSES, Answer, Certificate, MailCollector
from tests.harness.fault_fixtures import certificate  # noqa: F401 - fixture
from tests.unit.sinks.samples import delivery

LOGIN = ("vigie", "s3cret of the test")
TO = "duty@watch.test"


def channel(made: MailCollector, given: Certificate | None, **changes: Any) -> EmailChannel:
    """Return a channel to a collector."""
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": made.port,
        "sender": "Vigie <vigie@watch.test>",
        "to": (TO,),
        "username": LOGIN[0],
        "password": LOGIN[1],
        "security": "starttls",
        "ca_certs": str(given.cert) if given else "",
    }
    return EmailChannel(SmtpSettings(**(values | changes)))


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_goes_out_encrypted_and_logged_in(
    certificate: Certificate,  # noqa: F811
    security: str,
) -> None:
    """Both ways of TLS, with the account of the settings."""
    given = MailCollector(certificate=certificate, login=LOGIN, implicit_tls=security == "tls")
    with given as made:
        await channel(made, certificate, security=security).send(delivery("email", TO))
        assert made.refused_logins == 0
        [mail] = made.taken
        assert mail.key == f"<{delivery('email', TO).key}@watch.test>"


async def test_a_wrong_password_is_tried_again_and_never_shown(
    certificate: Certificate,  # noqa: F811
) -> None:
    """535 speaks of our settings: the alert waits until somebody mends them; the error has no password."""
    with MailCollector(certificate=certificate, login=LOGIN) as made:
        with pytest.raises(SinkUnavailable, match="535") as caught:
            await channel(made, certificate, password="wrong one").send(delivery("email", TO))
        assert "wrong one" not in str(caught.value)
        assert made.refused_logins > 0
        assert made.arrivals == []


async def test_a_certificate_nobody_vouches_for_gets_neither_mail_nor_password(
    certificate: Certificate,  # noqa: F811
) -> None:
    """Without its authority in the settings the server is a stranger."""
    with MailCollector(certificate=certificate, login=LOGIN) as made:
        with pytest.raises(SinkUnavailable, match=r"(?i)certificate|ssl"):
            await channel(made, None).send(delivery("email", TO))
        assert (made.refused_logins, made.arrivals) == (0, [])


async def test_a_server_without_tls_gets_nothing_when_tls_is_set() -> None:
    """No fall-back to the clear: whoever sits between cannot talk us down."""
    with MailCollector() as made:
        with pytest.raises(SinkUnavailable, match=r"(?i)starttls"):
            await channel(made, None).send(delivery("email", TO))
        assert made.arrivals == []


async def test_a_mail_taken_without_an_answer_comes_again_with_its_message_id(
    certificate: Certificate,  # noqa: F811
) -> None:
    """The connection ends after the mail and before the answer: two copies, one Message-ID."""
    with MailCollector(certificate=certificate, login=LOGIN) as made:
        made.script(CLOSES, Answer(451))
        out = channel(made, certificate)
        for _ in range(2):
            with pytest.raises(SinkUnavailable):
                await out.send(delivery("email", TO))
        await out.send(delivery("email", TO))
        assert (len(made.arrivals), list(made.copies.values())) == (3, [2])
