"""Where a url leads, and what is asked for there.

Every printable ASCII character of path and query goes out as it stands: `..`, an empty
query, braces, `%zz`. Who wrote the url has signed or registered just that, and no
normal form is better than theirs. What cannot stand in a request line is changed: other
characters become the percent escapes of their UTF-8, a missing path is `/`, and what
follows `#` stays here. A space or a control character makes the url a bad one.
"""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit

import httpx

from sq_console.rules import contract

LONGEST_REMEMBERED = 1_000
_LONGEST_URL = 65_536
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BEYOND_ASCII = re.compile(r"[^\x21-\x7e]+")


class InvalidRequest(ValueError):
    """The call cannot be made as the row stands: a short kind, or `kind: more`."""


class ExactURL(httpx.URL):
    """A url that reads as it was given; httpx would put it into its own normal form."""

    def __init__(self, origin: str, request_target: str) -> None:
        super().__init__(origin)
        self._exact = origin + request_target

    def __str__(self) -> str:
        return self._exact


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """Where a url leads."""

    url: ExactURL
    """Without credentials and fragment."""
    origin: str
    """`https://api.example.com:8443`: scheme, host and port as they compare; the port
    of the scheme is left out.
    """
    host: str
    """As it is looked up: lower case, punycode, no brackets."""
    port: int
    is_default_port: bool
    authorization: bytes | None
    """Of the credentials in the url."""


def parse_target(http_method: str, url: str) -> RequestTarget:
    """Where a call goes. Raises InvalidRequest."""
    # Many jobs share a url; long ones rarely, and they would fill the memory.
    is_long = len(url) > LONGEST_REMEMBERED
    return (_parse if is_long else _remembered)(http_method, url)


def _parse(http_method: str, url: str) -> RequestTarget:
    if why := contract.why_not_callable(http_method, url):
        raise InvalidRequest(why)
    if len(url) > _LONGEST_URL:
        raise InvalidRequest(f"bad url: longer than {_LONGEST_URL:,} characters")
    parts = urlsplit(url)
    if "\\" in parts.netloc:
        # Half the world's parsers see a slash there, and so another host.
        raise InvalidRequest("bad url: a backslash before the path")
    try:
        return _target(parts, url)
    except (httpx.InvalidURL, ValueError, KeyError, ExceptionGroup):
        raise InvalidRequest("bad url: it cannot be read") from None


_remembered = lru_cache(maxsize=1024)(_parse)


def _target(parts: SplitResult, url: str) -> RequestTarget:
    parsed = httpx.URL(f"{parts.scheme}://{parts.netloc}/")
    origin = f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
    default_port = _DEFAULT_PORTS[parsed.scheme]
    port = parsed.port or default_port
    credentials = (parsed.username, parsed.password) if parsed.userinfo else None
    return RequestTarget(
        url=ExactURL(origin, _request_target(parts, url)),
        origin=origin,
        host=parsed.raw_host.decode("ascii"),
        port=port,
        is_default_port=port == default_port,
        authorization=basic(*credentials) if credentials else None,
    )


def _request_target(parts: SplitResult, url: str) -> str:
    """Path and query. They are cut out of *url*: put together again from its parts, an
    empty query would be lost.
    """
    after_host = url[len(f"{parts.scheme}://{parts.netloc}") :]
    wanted, _, _ = after_host.partition("#")
    wanted = wanted if wanted.startswith("/") else f"/{wanted}"
    return _BEYOND_ASCII.sub(lambda found: quote(found[0]), wanted)


def basic(user: str, password: str) -> bytes:
    """The value of an Authorization header."""
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())
