"""Builds the HTTP request of a job: headers, credentials, body.

The url is called as it stands. Credentials in the url become an Authorization header,
as in every client, unless the job's headers set one. The credentials of `[api]` come
last, and are sent only to the hosts named there. When a handler has set a url of
another origin, neither the job's own credentials nor those of `[api]` are sent.
"""

import sq_console
from sq_console.config import ApiSettings
from sq_console.model import ClaimedJob
from sq_console.processor.http.credential_origin import withheld_for
from sq_console.processor.http.prepared_request import PreparedRequest
from sq_console.processor.http.request_target import (
    InvalidRequest,
    RequestTarget,
    basic_auth,
)
from sq_console.rules import contract

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that usually have none: an empty one is not announced."""

_BETWEEN_DIGITS = dict.fromkeys(map(ord, "-: ."))


class RequestBuilder:
    """Builds the requests of one processor."""

    def __init__(self, api: ApiSettings, database_uuid: str) -> None:
        self._key_prefix = f'"sq-{database_uuid}-'
        self._user_agent = f"sq-console/{sq_console.__version__}"
        self._api_hosts = api.hosts
        self._api_authorization = basic_auth(api.user, api.passwd) if api.user else None

    def build(self, job: ClaimedJob, target: RequestTarget) -> PreparedRequest:
        """Build the request of *job*. Raises InvalidRequest for bad headers."""
        method = job.http_method.strip(" ").upper()
        body = job.body or b""
        lines = [f"{method} {target.path_and_host}"]
        lines += [
            f"{name}: {value}\r\n" for name, value in self.headers(job, target).items()
        ]
        if body or method not in _WITHOUT_BODY:
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        return PreparedRequest(target, method, "".join(lines).encode(), body)

    def headers(self, job: ClaimedJob, target: RequestTarget) -> dict[str, str]:
        """Return the headers of *job*, names in lower case, without Host and
        Content-Length. Raises InvalidRequest for bad headers.
        """
        headers = {
            "x-bitlancer-job-id": str(job.id),
            "idempotency-key": f'{self._key_prefix}{_idempotency_id(job)}"',
            "x-sq-attempt": str(job.attempt),
            "user-agent": self._user_agent,
            "accept-encoding": "identity",
        }
        own = _own_headers(job)
        origin = withheld_for(own, target) if own else None
        api = self._api_authorization_for(target) if origin is None else None
        if authorization := target.authorization or api:
            headers["authorization"] = authorization
        if own:
            sent = contract.headers_sent(own, credentials=origin is None)
            headers.update((name.lower(), sent[name]) for name in sent)
        return headers

    def credentials_withheld_for(
        self, job: ClaimedJob, target: RequestTarget
    ) -> str | None:
        """Return the origin whose credentials *job* has and *target* does not get, None
        when no credentials are withheld. Raises InvalidRequest.
        """
        own = _own_headers(job)
        origin = withheld_for(own, target)
        if origin is None:
            return None
        has_own = any(name.lower() in contract.CREDENTIALS for name in own)
        return origin if has_own or self._api_authorization_for(target) else None

    def _api_authorization_for(self, target: RequestTarget) -> str | None:
        if self._api_authorization is None or not self._api_hosts:
            return self._api_authorization
        names = {f"{target.host}:{target.port}"}
        if target.is_default_port:
            names.add(target.host)
        return None if names.isdisjoint(self._api_hosts) else self._api_authorization


def _own_headers(job: ClaimedJob) -> dict[str, str]:
    try:
        return contract.parse_headers(job.headers)
    except ValueError as reason:
        raise InvalidRequest(str(reason)) from None


def _idempotency_id(job: ClaimedJob) -> str:
    """Return `7-20260131080910123`: id and digits of created_at. A job that gets
    the id of another, after a TRUNCATE say, was not created in the same millisecond.
    """
    created_at = job.created_at.translate(_BETWEEN_DIGITS)
    return f"{job.id}-{created_at}" if created_at else str(job.id)
