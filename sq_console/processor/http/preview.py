"""The request of a job as a processor would send it, without sending it.

The same code builds it, so a copy of it is the same request.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sq_console.config import Settings
from sq_console.model import ClaimedJob, Job
from sq_console.processor.http.request import RequestBuilder
from sq_console.processor.http.request_target import parse_target
from sq_console.rules import contract
from sq_console.store.rows import stamp

_NOT_COPIED = "x-sq-attempt"
"""A copy is not an attempt."""


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """A request without the headers that the connection adds."""

    http_method: str
    url: str
    """Without user and password."""
    has_login: bool
    """The url has a user or a password, which went into the headers."""
    headers: tuple[tuple[str, str], ...]
    """The job's own first, spelled as in the job; their case has no meaning."""
    body: bytes
    timeout_secs: int


def preview(job: Job, settings: Settings, database_uuid: str) -> RequestPreview:
    """Return the request that would be sent for *job*. Raises InvalidRequest."""
    shared_fields = {
        name: getattr(job, name) for name in ClaimedJob._fields if hasattr(job, name)
    }
    target = parse_target(job.http_method, job.url)
    created_at = "" if job.created_at is None else stamp(job.created_at)
    claimed = ClaimedJob(
        **{**shared_fields, "created_at": created_at}, attempt=job.attempts + 1
    )
    headers = RequestBuilder(settings.api, database_uuid).headers(claimed, target)
    return RequestPreview(
        http_method=job.http_method.strip(" ").upper(),
        url=target.url,
        has_login=target.authorization is not None,
        headers=tuple(_headers(headers, contract.parse_headers(job.headers))),
        body=job.body or b"",
        timeout_secs=contract.effective_timeout(
            job.timeout_secs, settings.processor.max_timeout_secs
        ),
    )


def _headers(
    headers: Mapping[str, str], own: Iterable[str]
) -> Iterator[tuple[str, str]]:
    remaining = dict(headers)
    for name in own:
        if name.lower() in remaining:
            yield name, remaining.pop(name.lower())
    yield from ((name, remaining[name]) for name in remaining if name != _NOT_COPIED)
