"""A job as an HTTP request: its headers and ours, its credentials or ours, its body.

The url is called as it stands. Credentials in it become an Authorization header, which
is what every client makes of them, unless the job's headers set one; those of `[api]`
come last, and go only to the hosts named there.
"""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import httpx

import sq_console
from sq_console import rules
from sq_console.config import ApiSettings
from sq_console.model import ClaimedJob

_CHUNK_BYTES = 1 << 16
_REMEMBERED_CHARS = 1_000
_DEFAULT_PORTS = {"http": 80, "https": 443}


class NotCallable(ValueError):
    """The call cannot be made as the row stands: a short kind, or `kind: more`."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a url leads."""

    url: httpx.URL
    """Without credentials."""
    host: str
    """As it is looked up: lower case, punycode, no brackets."""
    port: int
    authorization: bytes | None
    """Of the credentials in the url."""


def parse_target(http_method: str, url: str) -> Target:
    """Where a call goes. Raises NotCallable."""
    # Many jobs share a url; long ones rarely, and they would fill the memory.
    is_long = len(url) > _REMEMBERED_CHARS
    return (_parse if is_long else _remembered)(http_method, url)


def _parse(http_method: str, url: str) -> Target:
    if why := rules.why_not_callable(http_method, url):
        raise NotCallable(why)
    if "\\" in urlsplit(url).netloc:
        # Half the world's parsers see a slash there, and so another host.
        raise NotCallable("bad url: a backslash before the path")
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii")
        port = parsed.port or _DEFAULT_PORTS[parsed.scheme]
        authorization = None
        if parsed.userinfo:
            authorization = _basic(parsed.username, parsed.password)
            parsed = parsed.copy_with(userinfo=b"")
    except (httpx.InvalidURL, ValueError, KeyError, ExceptionGroup):
        raise NotCallable("bad url: it cannot be read") from None
    return Target(parsed, host, port, authorization)


_remembered = lru_cache(maxsize=1024)(_parse)


class Requests:
    """Makes the requests of one processor."""

    def __init__(self, api: ApiSettings, database_uuid: str) -> None:
        self._key = f'"sq-{database_uuid}-'
        self._agent = f"sq-console/{sq_console.__version__}".encode()
        self._api_hosts = api.hosts
        self._api = _basic(api.user, api.passwd) if api.user else None

    def make(self, job: ClaimedJob, target: Target) -> httpx.Request:
        """The request of *job*. Raises NotCallable when its headers cannot be sent."""
        body = job.body or b""
        headers = self._headers(job, target)
        is_long = len(body) > _CHUNK_BYTES
        if is_long:
            headers[b"content-length"] = str(len(body)).encode()
        request = httpx.Request(
            job.http_method.strip(" "),
            target.url,
            headers=headers,
            stream=_LongBody(body) if is_long else httpx.ByteStream(body),
        )
        if not is_long:
            request.read()
        return request

    def _headers(self, job: ClaimedJob, target: Target) -> dict[bytes, bytes]:
        headers = {
            b"x-bitlancer-job-id": str(job.id).encode(),
            b"idempotency-key": f'{self._key}{job.id}"'.encode(),
            b"x-sq-attempt": str(job.attempt).encode(),
            b"user-agent": self._agent,
            b"accept-encoding": b"identity",
        }
        if authorization := target.authorization or self._api_for(target):
            headers[b"authorization"] = authorization
        try:
            own = rules.parse_headers(job.headers)
        except ValueError as reason:
            raise NotCallable(str(reason)) from None
        headers.update((name.lower().encode(), own[name].encode()) for name in own)
        return headers

    def _api_for(self, target: Target) -> bytes | None:
        if self._api is None or not self._api_hosts:
            return self._api
        named = {f"{target.host}:{target.port}"}
        if target.port == _DEFAULT_PORTS[target.url.scheme]:
            named.add(target.host)
        return None if named.isdisjoint(self._api_hosts) else self._api


class _LongBody(httpx.AsyncByteStream):
    """A body that is sent in pieces: other calls go on between them."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), _CHUNK_BYTES):
            yield self._body[start : start + _CHUNK_BYTES]


def _basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())
