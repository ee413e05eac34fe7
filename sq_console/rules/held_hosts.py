"""Hosts as jobs have them, out of what people type; and the jobs behind a hold."""

from collections.abc import Iterable

from sq_console.model import (
    HOLD_ALL,
    BulkRequest,
    BulkVerb,
    Hold,
    JobFilter,
    JobState,
    JobSummary,
)

_CHARS = 255


def host_of_url(typed: str) -> str:
    """Return host[:port] of a url, or of a host as it is typed: without scheme, login
    and path, its letters of ASCII in lower case: of others the database knows, which
    does the same for jobs.
    """
    host = typed.strip()
    if host == HOLD_ALL:
        return host
    for scheme in ("http://", "https://"):
        if host[: len(scheme)].lower() == scheme:
            host = host[len(scheme) :]
    for end in "/?#":
        host = host.partition(end)[0]
    named = host.rpartition("@")[2][:_CHARS]
    return "".join(it.lower() if it.isascii() else it for it in named)


def spreading(hold: Hold, per_second: float) -> BulkRequest:
    """Return the bulk action that spreads what is due behind *hold*, then lifts it."""
    host = None if hold.host == HOLD_ALL else hold.host
    wanted = JobFilter(JobState.PENDING, host, older_secs=0.0)
    return BulkRequest(BulkVerb.RESUME, wanted, why=hold.why, per_second=per_second)


def hold_of(job: JobSummary, holds: Iterable[Hold]) -> Hold | None:
    """Return the hold that keeps a pending *job* from being called: of its host, else
    of everything.
    """
    if job.state is not JobState.PENDING:
        return None
    by_host = {hold.host: hold for hold in holds}
    return by_host.get(job.host) or by_host.get(HOLD_ALL)
