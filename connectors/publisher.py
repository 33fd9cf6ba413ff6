"""Hands fetched articles to Kafka, and says so only when all in-sync replicas have them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from connectors.articles import fit
from connectors.canonical import url_key
from domain.errors import SinkRejected, SinkUnavailable
from schemas.records import FetchedArticle, encode
from schemas.topics import ARTICLE_FETCHED


class Publisher(Protocol):
    """Where articles go. `publish` returns after the acknowledgement, or raises.

    Raises:
        SinkUnavailable: try the same article again later.
        SinkRejected: this article will never be taken.
    """

    async def publish(self, article: FetchedArticle) -> None:
        """Hand over one article."""
        ...


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How to reach Kafka. The password comes from a secret file or the environment, never from code."""

    bootstrap_servers: str
    client_id: str = "vigie-connectors"
    topic: str = ARTICLE_FETCHED.name
    security_protocol: str = "PLAINTEXT"
    ssl_context: ssl.SSLContext | None = None
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = None
    request_timeout_ms: int = 15_000
    compression: str | None = None

    def __repr__(self) -> str:
        return (
            f"KafkaOptions({self.bootstrap_servers!r}, {self.security_protocol!r}, {self.topic!r})"
        )


class KafkaPublisher:
    """Publisher on aiokafka: acks=all, idempotent, keyed by the canonical URL. Start it before use."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._stopped = False

    async def __aenter__(self) -> KafkaPublisher:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect; raises SinkUnavailable when no broker answers."""
        producer = AIOKafkaProducer(**self._arguments())
        try:
            await producer.start()
        except (KafkaError, OSError) as e:
            await producer.stop()
            raise SinkUnavailable(
                "connect to Kafka", self._options.bootstrap_servers, str(e), reason="broker"
            ) from e
        self._producer, self._stopped = producer, False

    def _arguments(self) -> dict[str, Any]:
        o = self._options
        arguments: dict[str, Any] = {
            "bootstrap_servers": o.bootstrap_servers,
            "client_id": o.client_id,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": 20,
            "max_request_size": 1_000_000,
            "request_timeout_ms": o.request_timeout_ms,
            "compression_type": o.compression,
            "security_protocol": o.security_protocol,
            "ssl_context": o.ssl_context,
        }
        if o.security_protocol.startswith("SASL"):
            arguments["sasl_mechanism"] = o.sasl_mechanism
            arguments["sasl_plain_username"] = o.sasl_username
            arguments["sasl_plain_password"] = o.sasl_password
        return arguments

    async def stop(self) -> None:
        """Send what waits and disconnect."""
        self._stopped = True
        await self._drop()

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _connected(self) -> AIOKafkaProducer:
        """Return the producer, a new one if the last had to be given up."""
        async with self._starting:
            if self._producer is None and not self._stopped:
                await self.start()
        if self._producer is None:
            raise SinkUnavailable("publish", self._options.bootstrap_servers, "stopped")
        return self._producer

    async def publish(self, article: FetchedArticle) -> None:
        """Send one article and wait for its acknowledgement."""
        producer = await self._connected()
        key = url_key(article.canonical_url).encode("ascii")
        try:
            await producer.send_and_wait(self._options.topic, encode(fit(article)), key=key)
        except MessageSizeTooLargeError as e:
            raise SinkRejected("publish", article.canonical_url[:200], str(e), reason="size") from e
        except (KafkaError, OSError) as e:
            if not getattr(e, "retriable", True) and producer is self._producer:
                # An idempotent producer does not recover from a lost sequence or a fence.
                with contextlib.suppress(KafkaError, OSError):
                    await self._drop()
            detail = f"{type(e).__name__}: {e}"
            raise SinkUnavailable(
                "publish", self._options.bootstrap_servers, detail, reason="broker"
            ) from e
