"""Reads a response body within limits: bytes on the wire, bytes unpacked, one layer of gzip, no bomb.

httpx would unpack as many layers as a header names and hand out 64 MiB at once; here the raw bytes
are unpacked in steps of our own size, so memory stays near the limit whatever the server sends.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import httpx

from domain.errors import FetchError
from runtime.http_guard import FetchReason, subject_of

MAX_BODY_BYTES = 5_000_000
MAX_HEADER_BYTES = 64_000
MAX_HEADER_COUNT = 200
# Pages and sitemaps pack 5 to 60 times smaller; deflate's own bound is about 1030.
MAX_RATIO = 200
RATIO_FROM_BYTES = 1_000_000
MAX_MEMBERS = 64
_STEP = 65_536


@dataclass(frozen=True, slots=True)
class Body:
    """A body as read: the bytes unpacked, how many came over the wire, whether gzip was taken off."""

    content: bytes
    wire_bytes: int
    unpacked: bool


class Unpacker:
    """Unpacks one layer of gzip as it streams in, never holding more than the limit."""

    def __init__(self, max_bytes: int, subject: str) -> None:
        self._max, self._subject = max_bytes, subject
        self._members = 1
        self._zlib = zlib.decompressobj(wbits=31)
        self._taken = 0
        self._out = bytearray()

    def feed(self, data: bytes) -> None:
        """Unpack what came; raises FetchError beyond the limits or on bytes that are not gzip."""
        self._taken += len(data)
        while data:
            if self._zlib.eof:
                if not data.startswith(b"\x1f\x8b") or self._members >= MAX_MEMBERS:
                    return  # padding after the last member, which browsers ignore too
                self._members += 1
                self._zlib = zlib.decompressobj(wbits=31)
            try:
                self._out += self._zlib.decompress(data, _STEP)
            except zlib.error as e:
                raise self._refuse(f"not gzip: {e}", FetchReason.ENCODING) from e
            self._check()
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail

    def finish(self) -> bytes:
        """Return the unpacked bytes; raises FetchError when the stream ended early."""
        while not self._zlib.eof:
            tail = self._zlib.decompress(self._zlib.unconsumed_tail, _STEP)
            if not tail:
                raise self._refuse("gzip ends early", FetchReason.ENCODING)
            self._out += tail
            self._check()
        return bytes(self._out)

    def _check(self) -> None:
        size = len(self._out)
        if size > self._max:
            raise self._refuse(f"over {self._max} bytes unpacked", FetchReason.TOO_LARGE)
        if size > RATIO_FROM_BYTES and size > MAX_RATIO * self._taken:
            raise self._refuse(f"unpacks over {MAX_RATIO} times its size", FetchReason.BOMB)

    def _refuse(self, detail: str, reason: FetchReason) -> FetchError:
        return FetchError("read body", self._subject, detail, reason=reason)


def gunzip(data: bytes, max_bytes: int, subject: str) -> bytes:
    """Return the content of one layer of gzip (a `.xml.gz` file) under the same limits as a response."""
    unpacker = Unpacker(max_bytes, subject)
    unpacker.feed(data)
    return unpacker.finish()


def check_headers(response: httpx.Response) -> None:
    """Raise FetchError for more header lines or bytes than any honest server sends."""
    raw = response.headers.raw
    size = sum(len(name) + len(value) for name, value in raw)
    if len(raw) > MAX_HEADER_COUNT or size > MAX_HEADER_BYTES:
        raise FetchError(
            "read headers",
            subject_of(response.request.url),
            f"{len(raw)} lines of {size} bytes, expected at most {MAX_HEADER_COUNT} and {MAX_HEADER_BYTES}",
            reason=FetchReason.HEADERS,
        )


async def read_body(response: httpx.Response, max_bytes: int = MAX_BODY_BYTES) -> Body:
    """Return the body of a streamed response, or raise FetchError past a limit.

    Only `gzip`, once, or no coding is read: that is all the request offered.
    """
    subject = subject_of(response.request.url)
    check_headers(response)
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:18]) > max_bytes:
        raise FetchError(
            "read body",
            subject,
            f"{declared[:18]} bytes, expected at most {max_bytes}",
            reason=FetchReason.TOO_LARGE,
        )
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise FetchError(
            "read body",
            subject,
            f"Content-Encoding {coding[:40]!r}, expected gzip or none",
            reason=FetchReason.ENCODING,
        )
    unpacker = Unpacker(max_bytes, subject) if "gzip" in coding else None
    plain, wire = bytearray(), 0
    async for chunk in response.aiter_raw():
        wire += len(chunk)
        if wire > max_bytes:
            raise FetchError(
                "read body", subject, f"over {max_bytes} bytes", reason=FetchReason.TOO_LARGE
            )
        if unpacker is None:
            plain += chunk
        else:
            unpacker.feed(chunk)
    if unpacker is None or wire == 0:
        return Body(bytes(plain), wire, unpacked=False)
    return Body(unpacker.finish(), wire, unpacked=True)
