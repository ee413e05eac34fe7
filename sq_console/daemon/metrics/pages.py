"""What each path answers: `/metrics`, `/healthz`, `/readyz`, and what there is."""

import json
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from sq_console.daemon.metrics.observation import Observation
from sq_console.daemon.metrics.readiness import ProbeResult, health, readiness

RENDER_SECS = 0.25
"""The metrics are written anew no more often, however many ask for them."""
TEXT, JSON = "text/plain; charset=utf-8", "application/json"
NOT_INSTALLED = "metrics need the extra: pip install 'sq-console[metrics]'\n"
_PATHS = "/metrics\n/healthz\n/readyz\n"

Render = Callable[[str], tuple[bytes, str]]
"""From an Accept header to a text and its type."""


class Page(NamedTuple):
    """An answer."""

    code: int
    content: bytes
    content_type: str = TEXT


class Pages:
    """Answers from memory; *render* is None without the extra."""

    def __init__(
        self, observe: Callable[[], Observation], render: Render | None
    ) -> None:
        self._observe = observe
        self._render = render
        self._lock = threading.Lock()
        self._rendered: dict[bool, tuple[float, Page]] = {}

    def answer(self, path: str, accept: str) -> Page:
        """Return the page at *path*."""
        match path.split("?", 1)[0]:
            case "/metrics":
                return self._metrics(accept)
            case "/healthz":
                return _probed(health(self._observe()), "healthy", accept)
            case "/readyz":
                return _probed(readiness(self._observe()), "ready", accept)
            case "/":
                return Page(200, _PATHS.encode())
            case _:
                return Page(404, f"not here; there are:\n{_PATHS}".encode())

    def _metrics(self, accept: str) -> Page:
        if self._render is None:
            return Page(501, NOT_INSTALLED.encode())
        kind = "openmetrics" in accept
        with self._lock:
            until, page = self._rendered.get(kind, (0.0, Page(200, b"")))
            if time.monotonic() >= until:
                page = Page(200, *self._render(accept))
                self._rendered[kind] = time.monotonic() + RENDER_SECS, page
        return page


def _probed(result: ProbeResult, word: str, accept: str) -> Page:
    code = 200 if result.ok else 503
    if JSON in accept:
        said = {word: result.ok, "reasons": result.reasons}
        return Page(code, json.dumps(said).encode() + b"\n", JSON)
    first = word if result.ok else f"not {word}"
    return Page(
        code, "".join(f"{line}\n" for line in (first, *result.reasons)).encode()
    )
