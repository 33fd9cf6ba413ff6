"""Three real Kafka brokers on loopback, each a controller too: one can die and the others go on."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.process import Child, RunFolder, StartFailedError, free_ports
from tests.harness.tools import KAFKA_JAVA, ensure_kafka, java_home

START_SECONDS = 120.0
NODES = 3

_PROPERTIES = """process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=3
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=6000
"""
_JVM = ["-Xms96m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]


@dataclass
class KafkaCluster:
    """Three brokers; `kill(node)` then `start(node)` keeps its port and data."""

    run: RunFolder
    ports: dict[int, int] = field(default_factory=dict)
    _children: dict[int, Child] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lib = ensure_kafka()
        java = java_home(KAFKA_JAVA) / "bin" / "java"
        command = [str(java), *_JVM, "-cp", f"{lib}/*"]
        ports = free_ports(2 * NODES)
        controllers = dict(enumerate(ports[NODES:], 1))
        self.ports = dict(enumerate(ports[:NODES], 1))
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in controllers.items())
        # The first byte is not left to chance: an id that began with a hyphen would be read as an option.
        cluster_id = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        for node, port in self.ports.items():
            folder = self.run.make(f"kafka-{node}")
            properties = folder / "server.properties"
            properties.write_text(
                _PROPERTIES.format(
                    node=node,
                    voters=voters,
                    port=port,
                    controller=controllers[node],
                    data=folder / "data",
                )
            )
            _format(command, cluster_id, properties)
            argv = [*command, "kafka.Kafka", str(properties)]
            self._children[node] = Child(f"kafka-{node}", argv, self.run, folder)

    @property
    def bootstrap(self) -> str:
        """Addresses for clients, of all nodes."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports.values())

    def start(self, *nodes: int) -> KafkaCluster:
        """Start nodes, all of them if none is named, and return once each serves."""
        for node in nodes or tuple(self.ports):
            # A quorum is needed before the first can serve, so all are started before any is waited for.
            self._children[node].start(lambda: True, START_SECONDS)
        for node in nodes or tuple(self.ports):
            self._await(node)
        return self

    def _await(self, node: int) -> None:
        try:
            asyncio.run(self._serves(node))
        except TimeoutError as e:
            tail = self._children[node].tail()
            raise StartFailedError(f"start kafka-{node}: not in {START_SECONDS:g} s\n{tail}") from e

    async def _serves(self, node: int) -> None:
        """Return once the node answers with the whole cluster."""
        from aiokafka.admin import AIOKafkaAdminClient
        from aiokafka.errors import KafkaError

        async with asyncio.timeout(START_SECONDS):
            while True:
                admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.ports[node]}")
                try:
                    await admin.start()
                    found = (await admin.describe_cluster())["brokers"]
                    if node in {broker["node_id"] for broker in found}:
                        return
                except (KafkaError, OSError):
                    pass
                finally:
                    await admin.close()
                await asyncio.sleep(0.3)

    def kill(self, node: int) -> None:
        """End one node as a power cut would."""
        self._children[node].kill()

    def stop(self) -> None:
        """End all of them."""
        for child in self._children.values():
            child.kill()  # stopping in order would wait for leaders to move


def _format(command: list[str], cluster_id: str, properties: Path) -> None:
    done = subprocess.run(
        [*command, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(properties)],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode:
        raise StartFailedError(f"format kafka storage: {done.stdout}{done.stderr}")
