"""Which url a handler may set for its job, and which origin the job's credentials are
for.

Credentials were given for the origin (scheme, host, port) that the job was enqueued
with. Without this rule a handler that sets another url could send them to anybody. They
stay in the row: the UPDATE that changes the url also adds the header `X-SQ-Origin`,
which names the origin they are for. So every processor knows it, after every crash,
retry, edit and copy. An operator sees the header and may remove it. A job whose url
leads back to that origin has its credentials again. Credentials in the new url itself
are sent: the handler set them.
"""

import json

from sq_console.model import ClaimedJob
from sq_console.processor.http.request_target import (
    InvalidRequest,
    RequestTarget,
    parse_target,
)
from sq_console.rules import contract

ORIGIN_HEADER = "X-SQ-Origin"


def retarget_refusal(policy: str, job: ClaimedJob, url: str) -> str | None:
    """Return why the handler of *job* may not set *url* under *policy*, None if it may.
    Raises InvalidRequest when *url* is not one.
    """
    if policy == "off":
        return "[processor] retarget = off"
    host = parse_target(job.http_method, job.url).host
    if policy == "same-host" and parse_target("GET", url).host != host:
        return "another host, and [processor] retarget = same-host"
    return None


def headers_with_origin(job: ClaimedJob, url: str) -> str | None:
    """Return the new headers of *job* when its handler sets a *url* of another origin:
    they name the origin its credentials are for. None when they need not change.
    """
    origin = parse_target(job.http_method, job.url).origin
    headers = contract.parse_headers(job.headers)
    is_bound = contract.home_origin(headers) is not None
    if is_bound or parse_target("GET", url).origin == origin:
        return None
    return json.dumps({**headers, ORIGIN_HEADER: origin})


def withheld_for(headers: dict[str, str], target: RequestTarget) -> str | None:
    """Return the origin that the credentials of a job with these *headers* are for,
    when *target* is at another one and must not get them; None otherwise.
    """
    origin = contract.home_origin(headers)
    return None if origin is None or _normalized(origin) == target.origin else origin


def _normalized(origin: str) -> str | None:
    """Return *origin* in the form that is compared; an operator may have typed it."""
    try:
        return parse_target("GET", origin).origin
    except InvalidRequest:
        return None
