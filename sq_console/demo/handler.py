"""Handlers of the demo, on loopback: quick, slow, unavailable for a while, failing,
silent, or sending garbage.

A table maps each path to its handler. Each request runs in a thread of its own, and all
of them end at once when the demo ends.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

PORTS = (8471, 8472, 8473)
"""Preferred, so that urls stay the same; other ports when these are in use."""
OUTAGE_SECS = 25.0
"""How long /stock is down after the start."""


class Handlers:
    """Three HTTP servers; `with Handlers(rng) as handlers: handlers.ports`."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.stopped = threading.Event()
        self.started_at = time.monotonic()
        self._servers = [_open(self, port) for port in PORTS]

    @property
    def ports(self) -> list[int]:
        """Return the ports on which they listen."""
        return [server.server_port for server in self._servers]

    def __enter__(self) -> "Handlers":
        for server in self._servers:
            threading.Thread(
                target=server.serve_forever, args=(0.1,), name="sq-demo", daemon=True
            ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        with ExitStack() as stack:
            for server in self._servers:
                stack.callback(server.server_close)
                stack.callback(server.shutdown)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, handlers: Handlers, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.handlers = handlers

    def server_bind(self) -> None:
        """Bind without a lookup of our own host name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name = "localhost"
        self.server_port = self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Callers close connections, at their timeout say: part of the demo.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _open(handlers: Handlers, port: int) -> _Server:
    try:
        return _Server(handlers, port)
    except OSError:
        return _Server(handlers, 0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.path.split("/")[1]
        _HANDLERS.get(kind, _missing)(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def number(self) -> str:
        """Return the number in the path."""
        return "".join(filter(str.isdigit, self.path)) or "0"

    def attempt(self) -> int:
        """Return the attempt's number."""
        return int(self.headers.get("X-SQ-Attempt") or 1)

    def uniform(self, low: float, high: float) -> float:
        """Return a random number."""
        return self.server.handlers.rng.uniform(low, high)

    def wait(self, low: float, high: float) -> None:
        """Wait a random number of seconds, or until the demo ends."""
        self.server.handlers.stopped.wait(self.uniform(low, high))

    def uptime(self) -> float:
        """Return the seconds since the start of the demo."""
        return time.monotonic() - self.server.handlers.started_at

    def answer(self, code: int, text: str, **headers: str) -> None:
        """Send a response with *text*, as JSON if it is."""
        raw = text.encode()
        self.send_response(code)
        kind = "application/json" if text[:1] == "{" else "text/plain; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the queue's log has every call."""


def _orders(call: _Handler) -> None:
    call.wait(0.05, 1.2)
    call.answer(200, json.dumps({"order": call.number(), "status": "confirmed"}))


def _quick(call: _Handler) -> None:
    call.wait(0.02, 0.15)
    call.answer(200, "mail sent")


def _invoices(call: _Handler) -> None:
    call.wait(1.0, 8.0)
    call.answer(200, json.dumps({"invoice": call.number(), "pages": 2}))


def _webhooks(call: _Handler) -> None:
    if call.attempt() < 3:
        call.wait(0.05, 0.3)
        call.answer(503, "CRM is warming up", x_bitlancer_retry_delay_secs="3")
    else:
        call.answer(200, '{"received": true}')


def _stock(call: _Handler) -> None:
    if call.uptime() < OUTAGE_SECS:
        call.answer(503, "warehouse is down for maintenance")
    else:
        call.wait(0.05, 0.5)
        call.answer(200, '{"stock": 41}')


def _reports(call: _Handler) -> None:
    call.wait(30.0, 60.0)
    call.answer(200, "too late")


def _legacy(call: _Handler) -> None:
    call.wait(0.1, 0.4)
    call.answer(
        500,
        "PHP Fatal error: Allowed memory size of 134217728 bytes exhausted\n"
        "  in /srv/legacy/export.php on line 212\n",
    )


def _payments(call: _Handler) -> None:
    call.wait(0.1, 0.9)
    call.answer(409, json.dumps({"error": "payment was captured already"}))


def _signups(call: _Handler) -> None:
    call.answer(201, json.dumps({"user": call.number()}))


def _missing(call: _Handler) -> None:
    call.answer(404, "no such partner")


def _feeds(call: _Handler) -> None:
    call.wait(0.05, 0.3)
    if int(call.number()) % 2:
        call.wfile.write(b"<rss>\x1b[31m\xff\xfe this was never HTTP\r\n\r\n")
        call.close_connection = True
    else:
        call.answer(
            200, "<rss>\x1b]0;owned\x07 \u202egnihton\u202c [/red] \ufffd</rss>"
        )


_HANDLERS: dict[str, Callable[[_Handler], None]] = {
    "orders": _orders,
    "password-resets": _quick,
    "invoices": _invoices,
    "webhooks": _webhooks,
    "stock": _stock,
    "reports": _reports,
    "legacy": _legacy,
    "payments": _payments,
    "signups": _signups,
    "partners": _missing,
    "feeds": _feeds,
}
