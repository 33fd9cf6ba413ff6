"""Sends what a role writes to the version of the topic that settings say."""

from __future__ import annotations

from runtime.kafka import Headers, Producer, Sent
from runtime.settings import TopicSettings
from schemas.topic_versions import TopicVersions


def versions_of(settings: TopicSettings) -> TopicVersions:
    """Return the versions of topics that settings add."""
    return TopicVersions.of(settings.also_read, settings.write)


class RoutedProducer:
    """A Producer under the release's own topic names; where the records go, settings say."""

    def __init__(self, inner: Producer, versions: TopicVersions) -> None:
        self._inner, self._versions = inner, versions

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers = (),
        partition: int | None = None,
    ) -> Sent:
        """Send one record and return once it is acknowledged."""
        name = self._versions.written(topic)
        return await self._inner.send(name, key, value, headers=headers, partition=partition)
