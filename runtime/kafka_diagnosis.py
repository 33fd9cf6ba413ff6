"""Says why a broker could not be had: nobody there, not trusted, not speaking TLS, or an account refused.

aiokafka says "unable to bootstrap" for all of these. The look here is made only after that failed, and
repeats the steps one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from typing import Any

from runtime.settings import KafkaSettings

LOOK_SECONDS = 5.0
NOBODY = "no broker answers there"


async def why_unreachable(settings: KafkaSettings, error: Exception) -> str:
    """Return in words, and as settings to look at, why the broker could not be had."""
    if type(error).__name__ != "KafkaConnectionError":
        return in_words(settings, error)
    said = NOBODY
    for host, port in _addresses(settings.bootstrap):
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                said = await _look(settings, host, port)
        except TimeoutError:
            said = f"{host}:{port} does not answer within {LOOK_SECONDS:g} s"
        if said != NOBODY:
            return said
    return said


def in_words(settings: KafkaSettings, error: BaseException) -> str:
    """Return what a refusal of the broker means; anything else by its name and text."""
    name = type(error).__name__
    account = settings.sasl_username or "without an account"
    if name in {"AuthenticationFailedError", "SaslAuthenticationFailed"}:
        return (
            f"account {account} refused with {settings.sasl_mechanism}, expected one the broker knows, "
            "with the password in kafka.sasl_password"
        )
    if name == "UnsupportedSaslMechanismError":
        return f"{settings.sasl_mechanism} is not offered, expected another kafka.sasl_mechanism: {error}"
    if name in {"TopicAuthorizationFailedError", "ClusterAuthorizationFailedError"}:
        return f"account {account} may not do this, expected a right as in ops/kafka/acls.toml"
    if name == "GroupAuthorizationFailedError":
        return (
            f"account {account} may not join the group, expected a right as in ops/kafka/acls.toml"
        )
    return f"{name}: {error}" if str(error) else name


async def _look(settings: KafkaSettings, host: str, port: int) -> str:
    """Return why one address cannot be had, NOBODY when nothing listens there."""
    try:
        await _close(await asyncio.open_connection(host, port))
    except OSError:
        return NOBODY
    encrypted = settings.security_protocol in {"SSL", "SASL_SSL"}
    speaks = await _speaks_tls(host, port)
    if not encrypted and speaks:
        return (
            f"{host}:{port} speaks TLS, seen kafka.security_protocol {settings.security_protocol}, "
            "expected SASL_SSL or SSL"
        )
    if encrypted and not speaks:
        return (
            f"{host}:{port} does not speak TLS, seen kafka.security_protocol "
            f"{settings.security_protocol}, expected SASL_PLAINTEXT or PLAINTEXT"
        )
    return await _log_in(settings, host, port)


async def _speaks_tls(host: str, port: int) -> bool:
    """Return whether a TLS greeting is answered as one; whose certificate it is does not matter here."""
    try:
        await _close(await asyncio.open_connection(host, port, ssl=ssl.create_default_context()))
    except ssl.SSLCertVerificationError:
        return True
    except ssl.SSLError as e:
        # An alert is an answer in TLS; a wrong version number is something else's first bytes.
        return "ALERT" in (e.reason or "")
    except OSError:
        return False
    return True


async def _log_in(settings: KafkaSettings, host: str, port: int) -> str:
    from aiokafka.conn import create_conn
    from aiokafka.errors import KafkaError
    from aiokafka.protocol.metadata import MetadataRequest

    from runtime.kafka import client_arguments

    arguments = client_arguments(settings)
    arguments.pop("bootstrap_servers")
    conn: Any = None
    try:
        with _quiet():
            conn = await create_conn(host, port, **arguments)
            await conn.send(MetadataRequest([]))
    except ssl.SSLCertVerificationError as e:
        authority = settings.ssl_cafile or "an authority the system knows"
        return (
            f"{host}:{port}: its certificate is not trusted: {e.verify_message}: "
            f"expected one signed by {authority} (kafka.ssl_cafile)"
        )
    except KafkaError as e:
        if type(e).__name__ != "KafkaConnectionError":
            return in_words(settings, e)
    except OSError as e:
        return f"{host}:{port}: {type(e).__name__}: {e}"
    finally:
        if conn is not None:
            conn.close()
    if settings.security_protocol.startswith("SASL"):
        return f"{host}:{port} ends the connection, expected a listener with log-in (SASL)"
    return (
        f"{host}:{port} ends the connection, expected an account (SASL_SSL) or a client "
        "certificate it trusts (kafka.ssl_certfile)"
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Leave the client's own words out: ours follow."""
    import logging

    log = logging.getLogger("aiokafka")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


async def _close(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    streams[1].close()
    with contextlib.suppress(OSError):
        await streams[1].wait_closed()


def _addresses(bootstrap: str) -> Iterator[tuple[str, int]]:
    for one in bootstrap.split(","):
        host, _, port = one.strip().rpartition(":")
        if host and port.isdigit():
            yield host.strip("[]"), int(port)
