"""Which failures have one cause, and what is said of it.

A cause is found again by its key, on any machine and by any part of the product: the
key is made of the job's row alone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from sq_console.model import TREND_BUCKETS, Cause, CauseKey, FailedJob
from sq_console.rules.fingerprint import READ_CHARS, fingerprint, path_fingerprint

GOES_ON_SECS = 300.0
"""A cause without a failure for longer is over."""
NEW_SECS = 3_600.0
"""A cause that began longer ago is not new."""
_LEAST_GAP_SECS = 10.0
SAMPLES = 200
"""Jobs of a cause that are named."""
BUCKET_SECS = 300

_MEMBER = re.compile(
    r'"(?:error|message|detail|title|reason|msg|description|error_description|code|'
    r'type|exception)"\s*:\s*"((?:[^"\\]|\\.)*)',
    re.IGNORECASE,
)
_TITLE = re.compile(r"<(?:title|h1)[^>]*>\s*([^<]+)", re.IGNORECASE)


def cause_key(
    host: str,
    url: str,
    last_error: str | None,
    last_status_code: int | None,
    last_response: str | None,
    mask: Callable[[str], str],
) -> CauseKey:
    """Return the cause of a job's last failure. Of url and answer no more than
    `READ_CHARS` characters are looked at.

    Secrets are masked by *mask* before anything is folded: what is left of a url, or of
    a password with a digit, is not recognised any more.
    """
    # Without a status code the answer is that of an older attempt.
    answered = last_status_code is not None or not last_error
    said = last_response[:READ_CHARS] if answered and last_response else ""
    error = last_error and mask(last_error[:READ_CHARS])
    return _key(
        host,
        _path(url[:READ_CHARS], mask),
        _kind(error, last_status_code),
        fingerprint(mask(_message(said))),
    )


@lru_cache(maxsize=1_024)
def _key(host: str, path: str, kind: str, message: str) -> CauseKey:
    """Equal keys are one object: they are compared often."""
    return CauseKey(host, path, kind, message)


def _kind(last_error: str | None, last_status_code: int | None) -> str:
    if last_status_code is not None:
        return str(last_status_code)
    return fingerprint(last_error) if last_error else "failed"


def _path(url: str, mask: Callable[[str], str]) -> str:
    """Return the path of *url* without what varies in it."""
    _, _, after_scheme = url.partition("://")
    _, slash, path = after_scheme.partition("/")
    path = path.partition("?")[0].partition("#")[0]
    if any(sign in path for sign in "@=:"):  # what a secret stands before or behind
        path = mask(path)
    return path_fingerprint(f"/{path}") if slash else "/"


def _message(answer: str) -> str:
    """Return what an answer says: of JSON the members that say it, of a page its title.
    To fold all quoted parts of JSON would leave nothing.
    """
    text = answer.lstrip()
    if text.startswith(("{", "[")):
        said = [value for value in _MEMBER.findall(text) if value]
        if said:
            return ": ".join(said)
    elif text.startswith("<"):
        title = _TITLE.search(text)
        if title:
            return title[1]
    return text


def group(
    jobs: Iterable[FailedJob], now: datetime, horizon: datetime | None = None
) -> tuple[Cause, ...]:
    """Return the causes of *jobs*: those that go on first, then the newest first. Jobs
    that failed before *horizon*, when it is given, are not among them.
    """
    members: defaultdict[CauseKey, list[FailedJob]] = defaultdict(list)
    for job in jobs:
        members[job.key].append(job)
    causes = [_cause(key, found, now, horizon) for key, found in members.items()]
    causes.sort(key=lambda it: (it.goes_on, it.since, it.last, it.jobs), reverse=True)
    return tuple(causes)


def _cause(
    key: CauseKey, jobs: list[FailedJob], now: datetime, horizon: datetime | None
) -> Cause:
    jobs.sort(key=lambda job: (job.ended_at, job.id), reverse=True)
    since, last = jobs[-1].ended_at, jobs[0].ended_at
    goes_on = (now - last).total_seconds() <= GOES_ON_SECS
    is_older = horizon is not None and _may_be_older(since, last, len(jobs), horizon)
    waiting = sum(job.is_waiting for job in jobs)
    organisations = Counter(job.organization_id for job in jobs)
    return Cause(
        key=key,
        since=since,
        last=last,
        jobs=len(jobs),
        failed=len(jobs) - waiting,
        waiting=waiting,
        organisations=tuple(organisations.most_common()),
        trend=_trend(jobs, now),
        goes_on=goes_on,
        is_new=goes_on and not is_older and (now - since).total_seconds() < NEW_SECS,
        samples=tuple(job.id for job in jobs[:SAMPLES]),
        is_older=is_older,
    )


def with_known_onset(cause: Cause, before: Cause | None, now: datetime) -> Cause:
    """Return *cause* with the onset that it had *before*, if it went on since then: a
    job that is retried and fails again is no evidence of its older failure any more.
    """
    if before is None or before.since >= cause.since:
        return cause
    if (cause.since - before.last).total_seconds() > GOES_ON_SECS:
        return cause
    is_new = cause.goes_on and (now - before.since).total_seconds() < NEW_SECS
    return replace(
        cause,
        since=before.since,
        is_older=before.is_older,
        is_new=is_new and not before.is_older,
    )


def _may_be_older(
    since: datetime, last: datetime, jobs: int, horizon: datetime
) -> bool:
    """Return whether a failure before *horizon* would be no longer ago than its
    failures are apart.
    """
    gap_secs = (last - since).total_seconds() / max(1, jobs - 1)
    return (since - horizon).total_seconds() <= max(_LEAST_GAP_SECS, 2 * gap_secs)


def _trend(jobs: list[FailedJob], now: datetime) -> tuple[int, ...]:
    """*jobs* are newest first."""
    numbers = [0] * TREND_BUCKETS
    for job in jobs:
        back = int((now - job.ended_at).total_seconds()) // BUCKET_SECS
        if back >= TREND_BUCKETS:
            break
        # A clock that was set back leaves failures in the future.
        numbers[TREND_BUCKETS - 1 - max(0, back)] += 1
    return tuple(numbers)
