"""Receivers of alerts on loopback, a webhook and a mail server, that note everything and answer as a test says.

Both run in a thread of their own, keep every attempt with its arrival time, key, headers, body and what was
answered, and can be told to refuse, to hang, or to take an alert and lose the connection before they answer: the
one place where a sender cannot know whether it was heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import subprocess
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

T = TypeVar("T")

HOST = "127.0.0.1"
PATH = "/hook"
CALL_SECONDS = 10.0
POLL_SECONDS = 0.05
MAX_BODY_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver does with one attempt.

    `hangs`: it is taken and never answered. `closes`: it is taken and the connection is dropped. A status of 0
    stands for "taken" in whatever words the protocol has.
    """

    status: int = 0
    retry_after: str = ""
    hangs: bool = False
    closes: bool = False
    delay_seconds: float = 0.0  # between having it and saying so

    @property
    def takes(self) -> bool:
        """Return whether the receiver now has the alert, whatever the sender thinks."""
        return self.hangs or self.closes or self.status == 0 or 200 <= self.status < 300


TAKEN = Answer()
HANGS = Answer(hangs=True)
CLOSES = Answer(closes=True)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One attempt. `at` is monotonic, as a jump of the clock must not bend the test's own measure."""

    at: float
    key: str
    event_id: str  # "" for a digest
    headers: Mapping[str, str]
    body: bytes
    answer: Answer

    @property
    def json(self) -> Any:
        """The body of a webhook."""
        return json.loads(self.body)

    @property
    def mail(self) -> EmailMessage:
        """The body of a mail."""
        made = message_from_bytes(self.body, policy=policy.default)
        assert isinstance(made, EmailMessage)
        return made


@dataclass
class _Collector:
    """What both receivers share: the script, the record of attempts, the thread."""

    arrivals: list[Arrival] = field(default_factory=list)
    answer: Answer = TAKEN  # when the script is through
    answers: dict[str, Answer] = field(
        default_factory=dict
    )  # of one event's alerts, before all else
    port: int = 0
    _script: list[Answer] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, *answers: Answer) -> None:
        """Give the next attempts these answers, in order; after them `answer` again."""
        self._script.extend(answers)

    def forget(self) -> None:
        """Take everything from now on, and know of nothing before."""
        self.arrivals.clear()
        self._script.clear()
        self.answers.clear()
        self.answer = TAKEN

    @property
    def taken(self) -> list[Arrival]:
        """The attempts after which the receiver has the alert."""
        return [a for a in list(self.arrivals) if a.answer.takes]

    @property
    def copies(self) -> Counter[str]:
        """How often each key was taken."""
        return Counter(a.key for a in self.taken)

    @property
    def duplicates(self) -> int:
        """How many times an alert was taken that the receiver had."""
        return len(self.taken) - len(self.copies)

    def wait(self, is_so: Callable[[], bool], seconds: float, what: str) -> None:
        """Return once the condition holds; fail with what arrived when it does not come to hold."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not in {seconds:g} s: {what}: seen {len(self.arrivals)} attempts, "
                    f"{len(self.taken)} taken, of {len(self.copies)} alerts"
                )
            time.sleep(POLL_SECONDS)

    def _note(self, key: str, event_id: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if event_id in self.answers:
            answer = self.answers[event_id]
        else:
            answer = self._script.pop(0) if self._script else self.answer
        self.arrivals.append(Arrival(time.monotonic(), key, event_id, headers, body, answer))
        return answer

    def has(self, event_id: str) -> int:
        """Return how many copies of an event's alerts were taken."""
        return sum(a.event_id == event_id for a in self.taken)

    def start(self) -> Any:
        """Listen on a free port."""
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._open())
        return self

    def stop(self) -> None:
        """Stop; safe to call twice."""
        if self._loop.is_closed() or not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        with contextlib.suppress(TimeoutError):
            self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def __enter__(self) -> Any:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)

    async def _open(self) -> None:
        raise NotImplementedError

    async def _close(self) -> None:
        raise NotImplementedError


def event_of(body: bytes) -> str:
    """Return the event that a posted alert is about, "" for anything else."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(body)["event"]["event_id"])
    return ""


@dataclass
class HookCollector(_Collector):
    """A webhook that keeps each POST."""

    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://{HOST}:{self.port}{PATH}"

    @property
    def address(self) -> str:
        """`host:port`, for the list of hosts that may be reached."""
        return f"{HOST}:{self.port}"

    async def _open(self) -> None:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(PATH, self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        key = request.headers.get("Idempotency-Key", "")
        answer = self._note(key, event_of(body), dict(request.headers), body)
        await asyncio.sleep(answer.delay_seconds)
        if answer.hangs:
            await self._stopping.wait()
        if answer.closes:
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
        return web.json_response(
            {"status": answer.status}, status=answer.status or 200, headers=headers
        )


@dataclass
class MailCollector(_Collector):
    """A mail server that keeps each mail; with `certificate` it speaks STARTTLS, with `login` it asks who calls.

    A status in the script is the answer after the mail's last line (451, 550); the key is the Message-ID.
    """

    certificate: Certificate | None = None
    login: tuple[str, str] | None = None
    implicit_tls: bool = False  # TLS from the first byte, as on port 465
    refused_logins: int = 0
    _server: asyncio.Server | None = None
    _sessions: list[SMTP] = field(default_factory=list)

    async def _open(self) -> None:
        context = self.certificate.server_context() if self.certificate else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._session(context), HOST, 0, ssl=context if self.implicit_tls else None
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def _session(self, context: ssl.SSLContext | None) -> SMTP:
        starttls = context is not None and not self.implicit_tls
        with warnings.catch_warnings():
            # The library takes TLS from the first byte for none, and says so.
            warnings.simplefilter("ignore", UserWarning)
            made = self._make(context if starttls else None)
        self._sessions.append(made)
        return made

    def _make(self, starttls: ssl.SSLContext | None) -> SMTP:
        return SMTP(
            self,
            hostname="collector.test",
            loop=asyncio.get_running_loop(),
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=self.login is not None,
            auth_require_tls=starttls is not None,
            authenticator=self._admit if self.login else None,
        )

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                # Over TLS one that is closed already has nothing left to abort, and says so like this.
                with contextlib.suppress(AttributeError):
                    session.transport.abort()
        await asyncio.sleep(POLL_SECONDS)  # the library ends its tasks when it hears of it

    def _admit(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Let in who knows the password."""
        assert self.login is not None
        name, password = (part.encode() for part in self.login)
        admitted = isinstance(data, LoginPassword) and data == LoginPassword(name, password)
        self.refused_logins += not admitted
        return AuthResult(success=admitted, handled=admitted)

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail and answer."""
        body = envelope.content
        assert isinstance(body, bytes)
        headers = {k: " ".join(v.split()) for k, v in message_from_bytes(body).items()}
        headers["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        event_id = headers.get("X-Vigie-Event", "")
        answer = self._note(headers.get("Message-ID", ""), event_id, headers, body)
        await asyncio.sleep(answer.delay_seconds)
        if answer.hangs:
            await self._stopping.wait()
        if answer.closes and server.transport is not None:
            server.transport.abort()
        return f"{answer.status} as told" if answer.status else "250 kept"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for 127.0.0.1 that is its own authority."""

    cert: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a server needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context


def make_certificate(folder: Path) -> Certificate:
    """Make one with openssl."""
    made = Certificate(folder / "collector.crt", folder / "collector.key")
    name = ["-subj", "/CN=collector.test", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2"),
            *("-keyout", str(made.key), "-out", str(made.cert), *name),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return made
