"""A Kafka whose clients go through a fault proxy, while the test itself talks to it directly.

A broker tells its clients where to go on: who came in through a proxy would leave it with the first answer. So there
are two listeners, and the one behind the proxy is advertised at the proxy's port.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.harness.kafka import KafkaServer
from tests.harness.process import free_ports
from tests.harness.proxy import HOST, FaultProxy


@dataclass
class ProxiedKafka(KafkaServer):
    """A broker with a second listener that is reached through `proxy` only."""

    proxy: FaultProxy = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        (behind,) = free_ports(1)
        self.proxy = FaultProxy(behind)
        text = self._properties.read_text()
        for name, port in (("\nlisteners", behind), ("advertised.listeners", self.proxy.port)):
            text = text.replace(f"{name}=", f"{name}=PROXIED://{HOST}:{port},", 1)
        text = text.replace("security.protocol.map=", "security.protocol.map=PROXIED:PLAINTEXT,")
        # Which of the two brokers use among themselves must now be said.
        self._properties.write_text(f"{text}inter.broker.listener.name=PLAINTEXT\n")

    @property
    def proxied_bootstrap(self) -> str:
        """`host:port` for the clients whose network is to fail."""
        return self.proxy.address

    def start(self) -> ProxiedKafka:
        """Start both."""
        super().start()
        self.proxy.start()
        return self

    def stop(self) -> None:
        """Stop both."""
        self.proxy.stop()
        super().stop()
