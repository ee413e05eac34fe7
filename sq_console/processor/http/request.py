"""A job as an HTTP request: its headers and ours, its credentials or ours, its body.

The url is called as it stands. Credentials in it become an Authorization header, which
is what every client makes of them, unless the job's headers set one; those of `[api]`
come last, and go only to the hosts named there. A job that a handler has sent to
another origin goes without its own and those of `[api]`.
"""

from collections.abc import AsyncIterator

import httpx

import sq_console
from sq_console.config import ApiSettings
from sq_console.model import ClaimedJob
from sq_console.processor.http.credential_origin import stays_here
from sq_console.processor.http.request_target import (
    InvalidRequest,
    RequestTarget,
    basic,
)
from sq_console.rules import contract

_CHUNK_BYTES = 1 << 16


class RequestBuilder:
    """Makes the requests of one processor."""

    def __init__(self, api: ApiSettings, database_uuid: str) -> None:
        self._key = f'"sq-{database_uuid}-'
        self._agent = f"sq-console/{sq_console.__version__}".encode()
        self._api_hosts = api.hosts
        self._api = basic(api.user, api.passwd) if api.user else None

    def build(self, job: ClaimedJob, target: RequestTarget) -> httpx.Request:
        """The request of *job*. Raises InvalidRequest for bad headers."""
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
        request.url = target.url
        return request

    def _headers(self, job: ClaimedJob, target: RequestTarget) -> dict[bytes, bytes]:
        headers = {
            b"x-bitlancer-job-id": str(job.id).encode(),
            b"idempotency-key": f'{self._key}{_told_apart(job)}"'.encode(),
            b"x-sq-attempt": str(job.attempt).encode(),
            b"user-agent": self._agent,
            b"accept-encoding": b"identity",
        }
        own = _own_headers(job)
        home = stays_here(own, target)
        api = self._api_for(target) if home is None else None
        if authorization := target.authorization or api:
            headers[b"authorization"] = authorization
        sent = contract.headers_sent(own, credentials=home is None)
        headers.update((name.lower().encode(), sent[name].encode()) for name in sent)
        return headers

    def kept_back(self, job: ClaimedJob, target: RequestTarget) -> str | None:
        """Whom the credentials are for that *job* has and *target* does not get; None
        when there are none. Raises InvalidRequest.
        """
        own = _own_headers(job)
        home = stays_here(own, target)
        if home is None:
            return None
        has_own = any(name.lower() in contract.CREDENTIALS for name in own)
        return home if has_own or self._api_for(target) else None

    def _api_for(self, target: RequestTarget) -> bytes | None:
        if self._api is None or not self._api_hosts:
            return self._api
        named = {f"{target.host}:{target.port}"}
        if target.is_default_port:
            named.add(target.host)
        return None if named.isdisjoint(self._api_hosts) else self._api


def _own_headers(job: ClaimedJob) -> dict[str, str]:
    try:
        return contract.parse_headers(job.headers)
    except ValueError as reason:
        raise InvalidRequest(str(reason)) from None


class _LongBody(httpx.AsyncByteStream):
    """A body that is sent in pieces: other calls go on between them."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), _CHUNK_BYTES):
            yield self._body[start : start + _CHUNK_BYTES]


def _told_apart(job: ClaimedJob) -> str:
    """`7-20260131080910123`: id and the digits of created_at. A job that gets the id of
    another, after a TRUNCATE say, was not made in the same millisecond.
    """
    made = "".join(filter(str.isdigit, job.created_at))
    return f"{job.id}-{made}" if made else str(job.id)
