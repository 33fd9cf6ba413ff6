"""Kafka as the rest of the code sees it: settings to client arguments, one awaited producer."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.errors import ConfigError, ContractError, SinkUnavailable
from runtime import poll_pace
from runtime.kafka_diagnosis import in_words, why_unreachable
from runtime.settings import KafkaSettings
from schemas.records import MAX_VALUE_BYTES

Headers = Sequence[tuple[str, bytes]]
REQUEST_TIMEOUT_MS = 20_000  # below the 25 s that one await may take while a worker stops
MAX_REQUEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """Where an acknowledged record lies."""

    partition: int
    offset: int


class Producer(Protocol):
    """Sends records; a returned `Sent` means that the broker has it."""

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers = (),
        partition: int | None = None,
    ) -> Sent:
        """Send one record and return once it is acknowledged.

        Raises SinkUnavailable when the broker cannot be had, ContractError for a value that no
        broker would take.
        """


def client_arguments(settings: KafkaSettings) -> dict[str, Any]:
    """Return what every aiokafka client needs to reach the broker."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": [s.strip() for s in settings.bootstrap.split(",") if s.strip()],
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol in {"SSL", "SASL_SSL"}:
        arguments["ssl_context"] = ssl_context(settings)
    if settings.security_protocol.startswith("SASL"):
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.sasl_username
        arguments["sasl_plain_password"] = settings.sasl_password
    return arguments


def ssl_context(settings: KafkaSettings) -> ssl.SSLContext:
    """Return a context that verifies the broker, with our own certificate if there is one.

    Raises ConfigError for a file that cannot be read or holds something else.
    """
    name, path = "kafka.ssl_cafile", settings.ssl_cafile
    try:
        context = ssl.create_default_context(cafile=path or None)
        if settings.ssl_certfile:
            name = "kafka.ssl_certfile, kafka.ssl_keyfile"
            path = ", ".join(p for p in (settings.ssl_certfile, settings.ssl_keyfile) if p)
            # Without the function OpenSSL would ask at the terminal for the password of an encrypted key.
            context.load_cert_chain(
                settings.ssl_certfile, settings.ssl_keyfile or None, password=lambda: ""
            )
    except (OSError, ValueError) as e:
        seen = e.strerror if isinstance(e, OSError) and not isinstance(e, ssl.SSLError) else str(e)
        raise ConfigError(
            "read certificates", name, f"seen {path}: {seen}, expected PEM files without a password"
        ) from e
    return context


class KafkaProducer:
    """An idempotent aiokafka producer with acks=all, each send awaited to its acknowledgement."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._settings, self._client_id = settings, client_id
        self._inner: Any = None

    async def start(self) -> KafkaProducer:
        """Connect; raises SinkUnavailable when no broker answers."""
        from aiokafka import AIOKafkaProducer
        from aiokafka.errors import KafkaError

        poll_pace.install()
        self._inner = AIOKafkaProducer(
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            compression_type="gzip",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_request_size=MAX_REQUEST_BYTES,
            **client_arguments(self._settings),
        )
        try:
            await self._inner.start()
        except (KafkaError, OSError) as e:
            await self.stop()
            why = await why_unreachable(self._settings, e)
            raise SinkUnavailable("reach the broker", self._settings.bootstrap, why) from e
        return self

    async def stop(self) -> None:
        """Disconnect; safe to call twice."""
        if self._inner is not None:
            inner, self._inner = self._inner, None
            await inner.stop()

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers = (),
        partition: int | None = None,
    ) -> Sent:
        """Send one record and return once every in-sync replica has it."""
        from aiokafka.errors import KafkaError, MessageSizeTooLargeError

        check_size(topic, value)
        try:
            found = await self._inner.send_and_wait(
                topic, value=value, key=key, partition=partition, headers=list(headers)
            )
        except MessageSizeTooLargeError as e:
            raise ContractError("send record", topic, str(e), reason="too_large") from e
        except (KafkaError, OSError) as e:
            raise SinkUnavailable("send record", topic, in_words(self._settings, e)) from e
        return Sent(found.partition, found.offset)


def check_size(topic: str, value: bytes | None) -> None:
    """Raise ContractError for a value over the limit, which no retry would make smaller."""
    if value is not None and len(value) > MAX_VALUE_BYTES:
        raise ContractError(
            "send record",
            topic,
            f"{len(value)} bytes, expected at most {MAX_VALUE_BYTES}",
            reason="too_large",
        )
