"""Calls handlers: a claimed job in, an `Outcome` out. The only HTTP in the project.

One deadline bounds the whole call: resolving, connecting, sending, the first byte and
the last. No request is sent twice: a broken connection is an outcome, and the row
decides about another attempt.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address

from sq_console.config import Settings
from sq_console.model import ClaimedJob, Listening, Outcome
from sq_console.processor.file_limit import idle_connections_for
from sq_console.processor.http import outcomes
from sq_console.processor.http.addresses.address_guard import AddressGuard
from sq_console.processor.http.addresses.dns import GuardedResolver
from sq_console.processor.http.call_errors import classify
from sq_console.processor.http.credential_origin import (
    headers_with_origin,
    retarget_refusal,
)
from sq_console.processor.http.prepared_request import PreparedRequest, Sent
from sq_console.processor.http.request import RequestBuilder
from sq_console.processor.http.request_target import (
    InvalidRequest,
    RequestTarget,
    parse_target,
)
from sq_console.processor.http.timer_wheel import TimerWheel
from sq_console.processor.http.transport.sender import Sender
from sq_console.processor.http.transport.transport_errors import NotSent
from sq_console.processor.http.transport.trust import shared_tls
from sq_console.rules import contract
from sq_console.text.redact import QueryMask, redact_url


class Caller:
    """Makes the calls of one processor, in one event loop."""

    def __init__(
        self,
        settings: Settings,
        database_uuid: str,
        tls: ssl.SSLContext | None = None,
        listening: Listening = Listening(),  # noqa: B008 - frozen
    ) -> None:
        self._concurrency = settings.processor.concurrency
        self._max_timeout_secs = settings.processor.max_timeout_secs
        self._guard = AddressGuard(settings.processor, settings.db, listening)
        self._api = settings.api
        self._database_uuid = database_uuid
        self._requests = RequestBuilder(settings.api, database_uuid)
        self._retarget = settings.processor.retarget
        self._query_mask = QueryMask(settings.db.mask_query)
        self._deadlines = TimerWheel()
        self._tls = tls or shared_tls()

    async def open(self, may_send: Callable[[], bool] = lambda: True) -> None:
        """Prepare for calls in the running event loop. *may_send* is asked just before
        a request is sent; when it returns False, the call is cancelled.
        """
        self._resolver = GuardedResolver(self._guard)
        max_idle = idle_connections_for(self._concurrency)
        self._sender = Sender(
            self._guard, self._resolver, self._tls, max_idle, may_send
        )

    def use_database(self, uuid: str) -> None:
        """Calls from now on are about jobs of this database: it was adopted, or another
        one was restored in its place.
        """
        if uuid != self._database_uuid:
            self._database_uuid = uuid
            self._requests = RequestBuilder(self._api, uuid)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._sender.aclose()

    async def call(self, job: ClaimedJob, log: outcomes.Log | None = None) -> Outcome:
        """Call the handler of *job* and return the outcome. Its log rows follow *log*,
        the first rows of the attempt. Raises nothing but CancelledError, and then the
        connection is free.
        """
        started_at = time.monotonic()
        log = opening = log or self.opening(job)
        deadline = self._deadlines.deadline(self._timeout_secs(job))
        request: PreparedRequest | None = None
        try:
            with deadline:
                log = (*log, *self._credential_notes(job))
                request = await self._request(job)
                response = await self._sender.send(request)
        except NotSent:
            raise asyncio.CancelledError from None
        except InvalidRequest as reason:
            return outcomes.not_callable(job, opening, str(reason))
        except Exception as error:  # noqa: BLE001 - any error is this job's only
            sent = request.sent if request else Sent.NOTHING
            duration_ms = _ms_since(started_at)
            if deadline.expired:
                return outcomes.timed_out(job, log, sent, duration_ms)
            return outcomes.failed(job, log, classify(error), sent, duration_ms)
        url_refusal = partial(self._url_refusal, job)
        outcome = outcomes.answered(
            job, log, response, _ms_since(started_at), url_refusal
        )
        return self._bind_credentials(job, outcome)

    def opening(self, job: ClaimedJob) -> outcomes.Log:
        """Return the rows that the log of this attempt begins with."""
        url = self._query_mask.in_url(job.url)
        return outcomes.opening(job, self._timeout_secs(job), url)

    def masked(self, outcome: Outcome) -> Outcome:
        """Return *outcome* with its log rows as `[log] mask_query` wants them."""
        return outcomes.masked(outcome, self._query_mask)

    def _timeout_secs(self, job: ClaimedJob) -> int:
        return contract.effective_timeout(job.timeout_secs, self._max_timeout_secs)

    async def _request(self, job: ClaimedJob) -> PreparedRequest:
        target = parse_target(job.http_method, job.url)
        if target.port in self._guard.database_ports:
            # The database may have moved since the last call.
            self._guard.set_database_addresses(await self._database_addresses())
        self._check_target(target)
        return self._requests.build(job, target)

    async def _database_addresses(self) -> list[str]:
        host, *others = self._guard.database_hosts
        found = await self._resolver.addresses(host)
        for other in others:
            # A server's own name may be unknown here, or mean this machine.
            with contextlib.suppress(OSError, ValueError):
                candidates = await self._resolver.addresses(other)
                found += [one for one in candidates if not ip_address(one).is_loopback]
        return found

    def _check_target(self, target: RequestTarget) -> None:
        """Raise InvalidRequest for a target that is forbidden, as far as that can be
        decided before DNS.
        """
        if refusal := self._guard.target_refusal(target.host, target.port):
            raise InvalidRequest(f"address refused: {refusal}")

    def _bind_credentials(self, job: ClaimedJob, outcome: Outcome) -> Outcome:
        """Return *outcome* with headers that keep the job's credentials for the origin
        they were given for, and with a note when the new url does not get them.
        """
        if outcome.url is None:
            return outcome
        headers = headers_with_origin(job, outcome.url)
        moved_job = job._replace(url=outcome.url, headers=headers or job.headers)
        *before, last = outcome.log
        log = (*before, *self._credential_notes(moved_job), last)
        return outcome._replace(headers=headers, log=log)

    def _credential_notes(self, job: ClaimedJob) -> outcomes.Log:
        """Return a log row when the request of *job* goes out without its credentials.
        Raises InvalidRequest.
        """
        if not job.headers:  # which would name the origin
            return ()
        target = parse_target(job.http_method, job.url)
        origin = self._requests.credentials_withheld_for(job, target)
        if origin is None:
            return ()
        shown = redact_url(origin)[:300]
        return (outcomes.note(job, f"credentials not sent: they are for {shown}"),)

    def _url_refusal(self, job: ClaimedJob, url: str) -> str | None:
        try:
            if refusal := retarget_refusal(self._retarget, job, url):
                return refusal
            self._check_target(parse_target("GET", url))
        except InvalidRequest as reason:
            return str(reason)
        return None


def _ms_since(started_at: float) -> int:
    return int(1000 * (time.monotonic() - started_at))
