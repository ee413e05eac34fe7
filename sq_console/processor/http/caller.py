"""Calls handlers: a claimed job in, an `Outcome` out. The only HTTP in the project.

One deadline bounds all of it: resolving, connecting, sending, the first byte and the
last. httpx is used without its client, which would add cookies, redirects, proxies and
a pool that loses a slot for every cancelled call; under it is an aiohttp session that
has its own ideas switched off (`session`). Nothing is sent twice: a connection that
broke is an outcome, and the row decides about another attempt.
"""

import asyncio
import contextlib
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

import httpx

from sq_console.config import Settings
from sq_console.model import ClaimedJob, Listening, Outcome
from sq_console.processor.http import outcomes
from sq_console.processor.http.addresses.address_guard import AddressGuard
from sq_console.processor.http.addresses.dns import GuardedResolver
from sq_console.processor.http.call_errors import classify
from sq_console.processor.http.client import NotSent, open_transport, shared_tls
from sq_console.processor.http.credential_origin import bound_headers, why_not_named
from sq_console.processor.http.request import RequestBuilder
from sq_console.processor.http.request_target import (
    InvalidRequest,
    RequestTarget,
    parse_target,
)
from sq_console.processor.http.response import KEPT_BYTES, READ_BYTES, Response
from sq_console.processor.http.timer_wheel import TimerWheel
from sq_console.rules import contract
from sq_console.text.redact import redact_url


class Caller:
    """Makes the calls of one processor, in one event loop."""

    def __init__(
        self,
        settings: Settings,
        database_uuid: str,
        tls: ssl.SSLContext | None = None,
        listening: Listening = Listening(),  # noqa: B008 - frozen
    ) -> None:
        self._max_timeout_secs = settings.processor.max_timeout_secs
        self._guard = AddressGuard(settings.processor, settings.db, listening)
        self._requests = RequestBuilder(settings.api, database_uuid)
        self._retarget = settings.processor.retarget
        self._deadlines = TimerWheel()
        self._tls = tls or shared_tls()

    async def open(self, may_send: Callable[[], bool] = lambda: True) -> None:
        """Make the session. It belongs to the running event loop. *may_send* is asked
        when a request is about to be sent; if not, its call is cancelled.
        """
        self._resolver = GuardedResolver(self._guard)
        self._transport = open_transport(
            self._guard, self._resolver, self._tls, may_send
        )

    async def close(self) -> None:
        """Drop every connection."""
        await self._transport.aclose()

    async def call(self, job: ClaimedJob, log: outcomes.Log | None = None) -> Outcome:
        """Call the handler of *job* and say what came of it, after *log*, which is how
        the attempt begins. Raises nothing but CancelledError, and then the connection
        is free.
        """
        began = time.monotonic()
        log = opening = log or self.opening(job)
        deadline = self._deadlines.within(self._timeout_secs(job))
        try:
            with deadline:
                log = (*log, *self._notes(job))
                answer = await self._ask(job)
        except NotSent:
            raise asyncio.CancelledError from None
        except InvalidRequest as reason:
            return outcomes.not_callable(job, opening, str(reason))
        except Exception as error:  # noqa: BLE001 - whatever breaks below us is one job's
            if deadline.expired:
                return outcomes.timed_out(job, log, _ms_since(began))
            return outcomes.failed(job, log, classify(error), _ms_since(began))
        may = partial(self._why_not_url, job)
        outcome = outcomes.answered(job, log, answer, _ms_since(began), may)
        return self._bound(job, outcome)

    def opening(self, job: ClaimedJob) -> outcomes.Log:
        """Return the rows that the log of this attempt begins with."""
        return outcomes.opening(job, self._timeout_secs(job))

    def _timeout_secs(self, job: ClaimedJob) -> int:
        return contract.effective_timeout(job.timeout_secs, self._max_timeout_secs)

    async def _ask(self, job: ClaimedJob) -> Response:
        target = parse_target(job.http_method, job.url)
        if target.port in self._guard.database_ports:
            # Where the database is may have changed since the last time.
            self._guard.place_database(await self._database_addresses())
        self._check(target)
        request = self._requests.build(job, target)
        return await _read(await self._transport.handle_async_request(request))

    async def _database_addresses(self) -> list[str]:
        host, *others = self._guard.database_hosts
        found = await self._resolver.addresses(host)
        for other in others:
            # What a server calls itself may mean nothing here, or this machine.
            with contextlib.suppress(OSError, ValueError):
                named = await self._resolver.addresses(other)
                found += [one for one in named if not ip_address(one).is_loopback]
        return found

    def _check(self, target: RequestTarget) -> None:
        """Raises InvalidRequest for what shows to be forbidden before DNS."""
        if why := self._guard.target_refusal(target.host, target.port):
            raise InvalidRequest(f"address refused: {why}")

    def _bound(self, job: ClaimedJob, outcome: Outcome) -> Outcome:
        """With a note, when the job leaves credentials behind."""
        if outcome.url is None:
            return outcome
        headers = bound_headers(job, outcome.url)
        moved = replace(job, url=outcome.url, headers=headers or job.headers)
        *before, last = outcome.log
        log = (*before, *self._notes(moved), last)
        return replace(outcome, headers=headers, log=log)

    def _notes(self, job: ClaimedJob) -> outcomes.Log:
        """What is worth saying of the request that is made. Raises InvalidRequest."""
        target = parse_target(job.http_method, job.url)
        home = self._requests.kept_back(job, target)
        if home is None:
            return ()
        shown = redact_url(home)[:300]
        return (outcomes.note(job, f"credentials not sent: they are for {shown}"),)

    def _why_not_url(self, job: ClaimedJob, url: str) -> str | None:
        try:
            if why := why_not_named(self._retarget, job, url):
                return why
            self._check(parse_target("GET", url))
        except InvalidRequest as reason:
            return str(reason)
        return None


async def _read(response: httpx.Response) -> Response:
    """The answer as far as it is wanted; its connection is free afterwards."""
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    try:
        # After 101 comes another protocol, of which there is no end to wait for.
        is_http = response.status_code != 101
        kept, size = await _read_some(stream) if is_http else (b"", 0)
    finally:
        await stream.aclose()
    headers: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for name, value in response.headers.raw:
        headers[name.lower()].append(value)
    return Response(response.status_code, headers, kept, size, size < READ_BYTES)


async def _read_some(stream: httpx.AsyncByteStream) -> tuple[bytes, int]:
    """The bytes kept, and how many were read."""
    kept = bytearray()
    size = 0
    chunks = aiter(stream)
    async for chunk in chunks:
        kept += chunk[: KEPT_BYTES - len(kept)]
        size += len(chunk)
        if size >= READ_BYTES:
            assert isinstance(chunks, AsyncGenerator)  # as httpx_aiohttp writes it
            await chunks.aclose()
            break
    return bytes(kept), size


def _ms_since(began: float) -> int:
    return int(1000 * (time.monotonic() - began))
