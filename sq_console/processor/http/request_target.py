"""Parses a url into origin, host, port and request target.

Every printable ASCII character of path and query is sent as it stands: `..`, an empty
query, braces, `%zz`. The application may have signed or registered exactly this url, so
no normal form is better. Only what a request line cannot hold is changed: other
characters become the percent escapes of their UTF-8, a missing path becomes `/`, and
the fragment is not sent. A url with a space or a control character is invalid.
"""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from urllib.parse import SplitResult, quote, urlsplit

import httpx

from sq_console.rules import contract

MAX_CACHED_URL_CHARS = 1_000
_MAX_URL_CHARS = 65_536
DEFAULT_PORTS = {"http": 80, "https": 443}
_BEYOND_ASCII = re.compile(r"[^\x21-\x7e]+")


class InvalidRequest(ValueError):
    """The row does not make a valid request. The text is a kind, or `kind: detail`."""


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """The parts of a url that a call needs."""

    path_and_host: str
    """The rest of the request line, and the Host header."""
    path_and_query: str
    """As they are sent."""
    origin: str
    """`https://api.example.com:8443`: scheme, host and port in a form that can be
    compared; the default port of the scheme is left out.
    """
    host: str
    """In the form for the lookup: lower case, punycode, no brackets."""
    port: int
    is_default_port: bool
    is_tls: bool
    authorization: str | None
    """The Authorization header for the credentials in the url."""

    @property
    def url(self) -> str:
        """The url without credentials and fragment."""
        return self.origin + self.path_and_query


def parse_target(http_method: str, url: str) -> RequestTarget:
    """Parse the target of a call. Raises InvalidRequest."""
    # Many jobs share a url. Long urls are rarely shared and would fill the memory.
    is_long = len(url) > MAX_CACHED_URL_CHARS
    return (_parse if is_long else _parse_cached)(http_method, url)


def _parse(http_method: str, url: str) -> RequestTarget:
    if why := contract.why_not_callable(http_method, url):
        raise InvalidRequest(why)
    if len(url) > _MAX_URL_CHARS:
        raise InvalidRequest(f"bad url: longer than {_MAX_URL_CHARS:,} characters")
    parts = urlsplit(url)
    if "\\" in parts.netloc:
        # Many parsers read it as a slash, and so find another host.
        raise InvalidRequest("bad url: a backslash before the path")
    try:
        target = _target(parts, url)
    except (httpx.InvalidURL, ValueError, KeyError, ExceptionGroup):
        raise InvalidRequest("bad url: it cannot be read") from None
    if _is_number(target.host):
        # Some resolvers read 127.1 and 2130706433 as addresses, others as names.
        raise InvalidRequest(f"bad url: {target.host} is not a canonical IPv4 address")
    return target


_parse_cached = lru_cache(maxsize=1024)(_parse)


def _target(parts: SplitResult, url: str) -> RequestTarget:
    parsed = httpx.URL(f"{parts.scheme}://{parts.netloc}/")
    host_and_port = parsed.netloc.decode("ascii")
    origin = f"{parsed.scheme}://{host_and_port}"
    default_port = DEFAULT_PORTS[parsed.scheme]
    port = parsed.port or default_port
    credentials = (parsed.username, parsed.password) if parsed.userinfo else None
    path_and_query = _path_and_query(parts, url)
    return RequestTarget(
        path_and_host=f"{path_and_query} HTTP/1.1\r\nHost: {host_and_port}\r\n",
        path_and_query=path_and_query,
        origin=origin,
        host=parsed.raw_host.decode("ascii"),
        port=port,
        is_default_port=port == default_port,
        is_tls=parsed.scheme == "https",
        authorization=basic_auth(*credentials) if credentials else None,
    )


def _is_number(host: str) -> bool:
    """Return whether *host* is made of digits and dots, and is no IPv4 address."""
    if host.strip("0123456789."):
        return False
    try:
        IPv4Address(host)
    except ValueError:
        return True
    return False


def _path_and_query(parts: SplitResult, url: str) -> str:
    """Return path and query. They are cut out of *url*, because joining *parts* would
    lose an empty query.
    """
    after_host = url[len(f"{parts.scheme}://{parts.netloc}") :]
    path_and_query, _, _ = after_host.partition("#")
    path_and_query = (
        path_and_query if path_and_query.startswith("/") else f"/{path_and_query}"
    )
    return _BEYOND_ASCII.sub(lambda found: quote(found[0]), path_and_query)


def basic_auth(user: str, password: str) -> str:
    """Return the value of an Authorization header for Basic auth."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
