"""Why a broker cannot be had is said in words, whatever answers at its address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import errors

from domain.errors import ConfigError, SinkUnavailable
from runtime.kafka import KafkaProducer, client_arguments
from runtime.kafka_diagnosis import in_words, why_unreachable
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.enable_socket


@pytest.fixture
async def stranger() -> AsyncIterator[str]:
    """Give the address of a server that is no broker: it answers every byte with a line of text."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 mail.test ready\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    server.close()


async def test_tls_to_what_does_not_speak_it_names_the_setting(stranger: str) -> None:
    """A port without TLS is told as one, with the protocol seen and those expected."""
    settings = KafkaSettings(bootstrap=stranger, security_protocol="SSL")
    with pytest.raises(SinkUnavailable) as refused:
        await KafkaProducer(settings, "test").start()
    assert f"{stranger} does not speak TLS, seen kafka.security_protocol SSL" in str(refused.value)
    assert "expected SASL_PLAINTEXT or PLAINTEXT" in str(refused.value)


async def test_nobody_at_any_address_is_told_so() -> None:
    """Closed ports are told as an absent broker."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        away = f"127.0.0.1:{s.getsockname()[1]}"
    settings = KafkaSettings(bootstrap=f"{away}, [::1]:1")
    said = await why_unreachable(settings, errors.KafkaConnectionError("x"))
    assert said == "no broker answers there"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.AuthenticationFailedError("x"), "account me refused with SCRAM-SHA-512"),
        (errors.SaslAuthenticationFailed("x"), "the password in kafka.sasl_password"),
        (errors.TopicAuthorizationFailedError("t"), "account me may not do this"),
        (errors.GroupAuthorizationFailedError("g"), "account me may not join the group"),
        (errors.RequestTimedOutError(), "RequestTimedOutError"),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else "",
)
def test_refusals_are_put_into_words(error: Exception, expected: str) -> None:
    """Each says whose account, and what would be right; the password is in none."""
    said = in_words(KafkaSettings(sasl_username="me", sasl_password="planted"), error)
    assert expected in said
    assert "planted" not in said


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"ssl_cafile": "/nowhere"}, "kafka.ssl_cafile: seen /nowhere: No such file"),
        ({"ssl_cafile": "@text"}, "kafka.ssl_cafile: seen "),
        ({"ssl_certfile": "@text"}, "kafka.ssl_certfile, kafka.ssl_keyfile: seen "),
    ],
    ids=["absent", "no-certificate", "no-key"],
)
def test_certificate_files_that_are_none_are_named(
    files: dict[str, Any], named: str, tmp_path: Path
) -> None:
    """A wrong path or file is a wrong setting, told by its name; never a traceback."""
    text = tmp_path / "text"
    text.write_text("not a certificate")
    given = {k: str(text) if v == "@text" else v for k, v in files.items()}
    with pytest.raises(ConfigError) as refused:
        client_arguments(KafkaSettings(security_protocol="SSL", **given))
    assert named in str(refused.value)
    assert "expected PEM files" in str(refused.value)
