"""A webhook receiver on loopback that checks signatures as a receiver should, by the published recipe alone.

The recipe: `Vigie-Signature: t=<seconds>,v1=<hex>`, where hex is HMAC-SHA256 under the shared secret of
the time, a full stop and the body as it came. Nothing of the sending code is used here, so that the demo
would notice if the two drifted apart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time

from aiohttp import web

HOST = "127.0.0.1"
PATH = "/alerts"
MAX_AGE_SECONDS = 300
MAX_BODY_BYTES = 1_000_000
_SIGNATURE = re.compile(r"^t=(\d{1,12}),v1=([0-9a-f]{64})$")


class WebhookCollector:
    """Takes signed alerts, refuses others with 401, and keeps each idempotency key once."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.received: dict[str, bytes] = {}  # idempotency key -> body
        self.refused = 0
        self.repeated = 0

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://{HOST}:{self.port}{PATH}"

    async def start(self) -> WebhookCollector:
        """Listen on a free port."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(PATH, self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Stop listening; safe to call twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        key = request.headers.get("Idempotency-Key", "")
        if not key or not self.is_signed(request.headers.get("Vigie-Signature", ""), body):
            self.refused += 1
            return web.json_response({"error": "signature"}, status=401)
        if key in self.received:
            self.repeated += 1
        self.received.setdefault(key, body)
        return web.json_response({"taken": True})

    def is_signed(self, signature: str, body: bytes, now: float | None = None) -> bool:
        """Return whether the signature is of this body, by our secret, and recent."""
        match = _SIGNATURE.match(signature)
        if match is None:
            return False
        seconds, told = match.groups()
        if abs((time.time() if now is None else now) - int(seconds)) > MAX_AGE_SECONDS:
            return False
        wanted = hmac.new(self._secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, told)
