"""The child process of ParserPool: reads documents from standard input, answers on standard output.

Frames are a 4-byte big-endian length and MessagePack. It limits its own memory, dies by its own alarm
should the parent be gone, and needs nothing from the environment.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

import msgspec

from connectors.entries import ParsedFeed, ParseReason
from connectors.feeds import Document, read_fully
from domain.errors import ParseError

LENGTH = struct.Struct(">I")
READY = b"R"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one document: the feed, or the error's parts."""

    feed: ParsedFeed | None = None
    detail: str = ""
    reason: str = ""


def answer(document: Document) -> Answer:
    """Return the parsed document or why it could not be read; only memory and the clock end the process."""
    try:
        return Answer(feed=read_fully(document))
    except ParseError as e:
        return Answer(detail=e.detail, reason=e.reason)
    except RecursionError:
        return Answer(detail="nested too deeply", reason=ParseReason.CRASHED)
    except MemoryError:
        return Answer(detail="needs too much memory", reason=ParseReason.CRASHED)
    except Exception as e:  # a parser's own bug on one document must not cost the next one
        return Answer(detail=f"{type(e).__name__}: {e}"[:200], reason=ParseReason.CRASHED)


def serve(source: BinaryIO, sink: BinaryIO, alarm_seconds: int) -> None:
    """Answer documents until the source ends."""
    decoder = msgspec.msgpack.Decoder(Document)
    encoder = msgspec.msgpack.Encoder()
    sink.write(READY)
    sink.flush()
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        document = decoder.decode(source.read(LENGTH.unpack(head)[0]))
        signal.alarm(alarm_seconds)
        reply = encoder.encode(answer(document))
        signal.alarm(0)
        sink.write(LENGTH.pack(len(reply)) + reply)
        sink.flush()


def main(argv: list[str]) -> None:
    """Set the limits given as arguments (bytes of memory, seconds a document), then serve."""
    memory_bytes, alarm_seconds = int(argv[0]), int(argv[1])
    # Ctrl-C is for the parent, which closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ValueError, OSError):  # a lower hard limit is already in force
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whatever a library prints must not end up between the frames.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sink, alarm_seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
