"""A small SMTP server on loopback that keeps what it is sent, so that the demo's e-mail goes somewhere real."""

from __future__ import annotations

import asyncio
import contextlib
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern_policy

HOST = "127.0.0.1"
MAX_MESSAGE_BYTES = 1_000_000
LINE_LIMIT_BYTES = 64 * 1024
IDLE_SECONDS = 30.0


class MailCollector:
    """Accepts mail for anyone and keeps the parsed messages. It relays nothing."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> MailCollector:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._talk, HOST, 0, limit=LINE_LIMIT_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop listening; safe to call twice."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one SMTP conversation; anything odd ends it, as a mail server would."""
        with contextlib.suppress(TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
            await self._converse(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(line.encode("ascii") + b"\r\n")
            await writer.drain()

        await say("220 sample.invalid demo collector")
        while True:
            line = await asyncio.wait_for(reader.readline(), IDLE_SECONDS)
            verb = line.strip()[:4].upper()
            if not line or verb == b"QUIT":
                await say("221 bye")
                return
            if verb == b"DATA":
                await say("354 end with a dot")
                self._keep(await self._read_message(reader))
                await say("250 kept")
            elif verb == b"EHLO":
                await say("250-sample.invalid")
                await say("250-8BITMIME")
                await say("250 SMTPUTF8")
            elif verb in {b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP"}:
                await say("250 ok")
            else:
                await say("502 not here")

    async def _read_message(self, reader: asyncio.StreamReader) -> bytes:
        lines: list[bytes] = []
        size = 0
        while True:
            line = await asyncio.wait_for(reader.readline(), IDLE_SECONDS)
            if not line or line in {b".\r\n", b".\n"}:
                return b"".join(lines)
            size += len(line)
            if size > MAX_MESSAGE_BYTES:
                raise ValueError("message too large")
            lines.append(line[1:] if line.startswith(b"..") else line)

    def _keep(self, raw: bytes) -> None:
        self.messages.append(BytesParser(policy=modern_policy).parsebytes(raw))
