"""The collectors note each attempt, answer as told, and know a copy when they see one."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from tests.harness.collector import (
    CLOSES,
    HANGS,
    Answer,
    Certificate,
    HookCollector,
    MailCollector,
    make_certificate,
)

KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def hook() -> Iterator[HookCollector]:
    """Give a webhook."""
    with HookCollector() as made:
        yield made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Give a certificate for 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def mail(key: str = "<k1@watch.test>") -> EmailMessage:
    """Return a mail."""
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = "a@watch.test", "b@watch.test", key
    made.set_content("text")
    return made


def test_a_post_is_kept_with_time_headers_and_body(hook: HookCollector) -> None:
    """Everything that a test may ask about is there."""
    before = time.monotonic()
    assert httpx.post(hook.url, json={"a": 1}, headers=KEY).status_code == 200
    [arrival] = hook.arrivals
    assert before <= arrival.at <= time.monotonic()
    assert (arrival.key, arrival.json) == ("k1", {"a": 1})
    assert arrival.headers["Idempotency-Key"] == "k1"


def test_answers_follow_the_script_then_the_standing_one(hook: HookCollector) -> None:
    """500, then 429 with its Retry-After, then taken; only the last is an alert the receiver has."""
    hook.script(Answer(500), Answer(429, retry_after="7"))
    answers = [httpx.post(hook.url, headers=KEY) for _ in range(3)]
    assert [a.status_code for a in answers] == [500, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert (len(hook.arrivals), len(hook.taken), hook.duplicates) == (3, 1, 0)


def test_a_second_copy_is_a_duplicate_by_its_key(hook: HookCollector) -> None:
    """Two keys, three alerts taken: one duplicate."""
    for key in ("k1", "k2", "k1"):
        httpx.post(hook.url, headers={"Idempotency-Key": key})
    assert hook.duplicates == 1
    assert hook.copies == {"k1": 2, "k2": 1}


def test_it_can_take_an_alert_and_not_answer(hook: HookCollector) -> None:
    """The sender runs into its time-out, the receiver has the alert."""
    hook.script(HANGS)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(hook.url, headers=KEY, timeout=0.3)
    assert hook.copies == {"k1": 1}


def test_it_can_take_an_alert_and_drop_the_connection(hook: HookCollector) -> None:
    """The sender sees an end without an answer."""
    hook.script(CLOSES)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(hook.url, headers=KEY)
    assert hook.copies == {"k1": 1}


def test_waiting_for_what_does_not_come_says_what_came(hook: HookCollector) -> None:
    """The message has the counts."""
    httpx.post(hook.url, headers=KEY)
    with pytest.raises(AssertionError, match="1 attempts, 1 taken, of 1 alerts"):
        hook.wait(lambda: len(hook.taken) == 2, 0.1, "two alerts")


def test_a_mail_is_kept_with_its_message_id() -> None:
    """The Message-ID is the key; a refused mail is an attempt and no more."""
    with MailCollector() as made:
        made.script(Answer(451))
        with smtplib.SMTP("127.0.0.1", made.port, timeout=5) as client:
            with pytest.raises(smtplib.SMTPDataError, match="451"):
                client.send_message(mail())
            client.send_message(mail())
        assert (len(made.arrivals), made.copies) == (2, {"<k1@watch.test>": 1})
        assert made.taken[0].mail.get_content().strip() == "text"
        assert made.taken[0].headers["X-Envelope-To"] == "b@watch.test"


def test_a_mail_server_can_take_a_mail_and_drop_the_connection() -> None:
    """Taken, and the sender cannot know."""
    with MailCollector() as made:
        made.script(CLOSES)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            smtplib.SMTP("127.0.0.1", made.port, timeout=5).send_message(mail())
        assert made.copies == {"<k1@watch.test>": 1}


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
def test_a_mail_server_with_tls_and_login_lets_in_who_knows_the_password(
    certificate: Certificate, implicit: bool, tmp_path: Path
) -> None:
    """Nothing in the clear, nothing without the password."""
    context = ssl.create_default_context(cafile=str(certificate.cert))
    with MailCollector(
        certificate=certificate, login=("vigie", "s3cret"), implicit_tls=implicit
    ) as made:
        client: smtplib.SMTP
        if implicit:
            client = smtplib.SMTP_SSL("127.0.0.1", made.port, context=context, timeout=5)
        else:
            client = smtplib.SMTP("127.0.0.1", made.port, timeout=5)
        with client:
            if not implicit:
                with pytest.raises(smtplib.SMTPException):
                    client.send_message(mail())
                client.starttls(context=context)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("vigie", "wrong")
            client.login("vigie", "s3cret")
            client.send_message(mail())
        assert made.refused_logins >= 1
        assert made.copies == {"<k1@watch.test>": 1}
