"""The incident's handler: one server for all hosts; it answers by the Host header."""

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sq_console.demo.demo_server import DemoCall, DemoServers
from sq_console.demo.incident_hosts import BY_NAME, IncidentPorts


@contextmanager
def incident_handler(rng: random.Random) -> Iterator[IncidentPorts]:
    """The ports of a running handler, and one that refuses: bound, so that no program
    takes it meanwhile, and not listened to.
    """
    wanted = IncidentPorts()
    with ExitStack() as stack:
        servers = stack.enter_context(DemoServers(rng, [wanted.handler], _ByHost))
        unused = stack.enter_context(socket.socket())
        try:
            unused.bind(("127.0.0.1", wanted.refused))
        except OSError:
            unused.bind(("127.0.0.1", 0))
        yield IncidentPorts(servers.ports[0], unused.getsockname()[1])


class _ByHost(DemoCall):
    def respond(self) -> None:
        """Answer as the host does."""
        name = (self.headers.get("Host") or "").partition(".")[0].lower()
        host = BY_NAME.get(name)
        if host is None:
            self.answer(404, "no such host here")
            return
        self.wait(host.low_secs, host.high_secs)
        rng = self.server.servers.rng
        self.answer(*host.response(self.path, int(self.number()) or 1, rng))
