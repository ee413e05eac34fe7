"""What becomes of a job whose handler names another url: may it, and what goes along?

Credentials were given for the origin (scheme, host, port) that the job was put into the
queue with. A handler that names another one could otherwise send them to anybody. They
are not taken out of the row: the same UPDATE that changes its url notes in its headers
whom they are for, as `X-SQ-Origin`. So it is remembered by every processor, over every
crash, retry, edit and copy; an operator sees it and may take it out; and a job that is
sent back to where it came from has its credentials again. Those in the new url itself
are what the handler wants to be sent.
"""

import json

from sq_console.model import ClaimedJob
from sq_console.processor.http.request_target import (
    InvalidRequest,
    RequestTarget,
    parse_target,
)
from sq_console.rules import contract

HEADER = "X-SQ-Origin"


def why_not_named(policy: str, job: ClaimedJob, named: str) -> str | None:
    """Why the handler of *job* may not name this url under *policy*; None if it may.
    Raises InvalidRequest when it is no url.
    """
    if policy == "off":
        return "[processor] retarget = off"
    here = parse_target(job.http_method, job.url).host
    if policy == "same-host" and parse_target("GET", named).host != here:
        return "another host, and [processor] retarget = same-host"
    return None


def bound_headers(job: ClaimedJob, named: str) -> str | None:
    """The headers of *job* from now on, when its handler has *named* another origin:
    they say whom its credentials are for. None when they need not change.
    """
    here = parse_target(job.http_method, job.url).origin
    own = contract.parse_headers(job.headers)
    is_bound = contract.home_origin(own) is not None
    if is_bound or parse_target("GET", named).origin == here:
        return None
    return json.dumps({**own, HEADER: here})


def stays_here(own: dict[str, str], target: RequestTarget) -> str | None:
    """The origin that the credentials of a job with the headers *own* are for, when
    *target* is at another one.
    """
    home = contract.home_origin(own)
    return None if home is None or _origin(home) == target.origin else home


def _origin(home: str) -> str | None:
    """As it compares; an operator may have typed it."""
    try:
        return parse_target("GET", home).origin
    except InvalidRequest:
        return None
