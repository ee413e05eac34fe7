"""HTTP servers of the demo on loopback: each request runs in a thread of its own, and
all of them end at once when the demo ends.
"""

import random
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any


class DemoServers:
    """A server for each of *ports*, or for another port where that one is in use;
    `with DemoServers(…) as servers: servers.ports`.
    """

    def __init__(
        self, rng: random.Random, ports: Sequence[int], call: "type[DemoCall]"
    ) -> None:
        self.rng = rng
        self.stopped = threading.Event()
        self.started_at = time.monotonic()
        self._servers = [_open(self, port, call) for port in ports]

    @property
    def ports(self) -> list[int]:
        """Return the ports on which they listen."""
        return [server.server_port for server in self._servers]

    def __enter__(self) -> "DemoServers":
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

    def __init__(self, servers: DemoServers, port: int, call: "type[DemoCall]") -> None:
        super().__init__(("127.0.0.1", port), call)
        self.servers = servers

    def server_bind(self) -> None:
        """Bind without a lookup of our own host name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name = "localhost"
        self.server_port = self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Callers close connections, at their timeout say: part of the demo.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _open(servers: DemoServers, port: int, call: "type[DemoCall]") -> _Server:
    try:
        return _Server(servers, port, call)
    except OSError:
        return _Server(servers, 0, call)


class DemoCall(BaseHTTPRequestHandler):
    """A request; a subclass answers it."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.respond()

    def respond(self) -> None:
        """Answer; its body has been read."""
        raise NotImplementedError

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def number(self) -> str:
        """Return the number in the path."""
        return "".join(filter(str.isdigit, self.path)) or "0"

    def attempt(self) -> int:
        """Return the attempt's number."""
        return int(self.headers.get("X-SQ-Attempt") or 1)

    def uniform(self, low: float, high: float) -> float:
        """Return a random number."""
        return self.server.servers.rng.uniform(low, high)

    def wait(self, low: float, high: float) -> None:
        """Wait a random number of seconds, or until the demo ends."""
        self.server.servers.stopped.wait(self.uniform(low, high))

    def uptime(self) -> float:
        """Return the seconds since the start of the demo."""
        return time.monotonic() - self.server.servers.started_at

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
