"""The Kafka requests for rights, passwords and permitted operations, which aiokafka has not or only one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from aiokafka.protocol.admin import (
    CreateAclsRequest_v1,
    DeleteAclsRequest_v1,
    DescribeAclsRequest_v1,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)


class _Built(Request[RequestStruct]):  # type: ignore[misc]
    """A request of one version: Kafka 4 serves each of them."""

    API_KEY = -1
    STRUCT: ClassVar[type[RequestStruct]]

    def __init__(self, *values: Any) -> None:
        self._values = values

    def prepare(self, _versions: dict[int, tuple[int, int]]) -> RequestStruct:
        return self.STRUCT(*self._values)

    def build(self, _struct: type[RequestStruct]) -> RequestStruct:
        return self.STRUCT(*self._values)


class CreateAcls(_Built):
    """Give rights: `[(resource type, name, pattern, principal, host, operation, permission), ...]`."""

    STRUCT = CreateAclsRequest_v1


class DeleteAcls(_Built):
    """Take rights, each named in full, in the same form as `CreateAcls`."""

    STRUCT = DeleteAclsRequest_v1


class DescribeAcls(_Built):
    """List rights: the same fields as one filter, None or 1 standing for any."""

    STRUCT = DescribeAclsRequest_v1


class _AlterScramResponse(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterScramResponse
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(
                ("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)
            ),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class AlterScram(_Built):
    """Set passwords, salted on this side: none travels."""

    STRUCT = _AlterScramStruct

    def __init__(self, upsertions: Sequence[tuple[str, int, int, bytes, bytes]]) -> None:
        super().__init__([], [(*u, {}) for u in upsertions], {})


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(
                ("node_id", Int32),
                ("host", String("utf-8")),
                ("port", Int32),
                ("rack", String("utf-8")),
            ),
        ),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _MetadataStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class PermittedOperations(_Built):
    """Ask what this account may do to each topic; nothing is created by asking."""

    STRUCT = _MetadataStruct

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(list(topics), False, False, True)
