"""Which failures have one cause, and what is said of it.

A cause is found again by its key, on any machine and by any part of the product: the
key is made of the job's row alone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter

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
AGE_ORDER = attrgetter("ended_at", "id")
_BUCKET = timedelta(seconds=BUCKET_SECS)

_MEMBER = re.compile(
    r'"(?:error|message|detail|title|reason|msg|description|error_description|code|'
    r'type|exception)"\s*:\s*"((?:[^"\\]|\\.)*)',
    re.IGNORECASE,
)
_TITLE = re.compile(r"<(?:title|h1)[^>]*>\s*([^<]+)", re.IGNORECASE)
_ONES = bytes.maketrans(b"0123456789", b"1111111111")
_REMEMBERED = 4_096
"""Texts of each kind whose fold is remembered."""


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
    a password with a digit, is not recognised any more. To *mask* a digit is like any
    other, as it is here: thousands of texts that differ in digits are folded once.
    """
    path = _path(_digits_alike(url[:READ_CHARS]), mask)
    kind, message = "failed", ""
    if last_status_code is not None:
        kind = str(last_status_code)
    elif last_error:
        kind = _kind(_digits_alike(last_error[:READ_CHARS]), mask)
    # Without a status code the answer is that of an older attempt.
    if last_response and (last_status_code is not None or not last_error):
        message = _message(_digits_alike(last_response[:READ_CHARS]), mask)
    return _key(host, path, kind, message)


@lru_cache(maxsize=1_024)
def _key(host: str, path: str, kind: str, message: str) -> CauseKey:
    """Equal keys are one object: they are compared often."""
    return CauseKey(host, path, kind, message)


def _digits_alike(text: str) -> str:
    """Return *text* with `1` for each digit, unless one has a meaning of its own."""
    if "%" in text or "<" in text or "\\u" in text or "0x" in text or "0X" in text:
        return text  # of `%2F`, `<h1>`, `\\u0026`, `0xbeef`
    # To translate a `str` takes ten times as long.
    ones = text.encode("utf-8", "surrogatepass").translate(_ONES)
    return ones.decode("utf-8", "surrogatepass")


@lru_cache(maxsize=_REMEMBERED)
def _kind(last_error: str, mask: Callable[[str], str]) -> str:
    return fingerprint(mask(last_error))


@lru_cache(maxsize=_REMEMBERED)
def _path(url: str, mask: Callable[[str], str]) -> str:
    """Return the path of *url* without what varies in it."""
    _, _, after_scheme = url.partition("://")
    _, slash, path = after_scheme.partition("/")
    path = path.partition("?")[0].partition("#")[0]
    if any(sign in path for sign in "@=:"):  # what a secret stands before or behind
        path = mask(path)
    return path_fingerprint(f"/{path}") if slash else "/"


@lru_cache(maxsize=_REMEMBERED)
def _message(answer: str, mask: Callable[[str], str]) -> str:
    return fingerprint(mask(_said(answer)))


def _said(answer: str) -> str:
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
    causes = (count_together(*its, now, horizon) for its in members.items())
    return in_order(causes)


def in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return those that go on first, then the newest first."""
    order = attrgetter("goes_on", "since", "last", "jobs")
    return tuple(sorted(causes, key=order, reverse=True))


def count_together(
    key: CauseKey,
    jobs: Iterable[FailedJob],
    now: datetime,
    horizon: datetime | None = None,
) -> Cause:
    """Return the cause of *jobs*, all that have this key."""
    newest_first = sorted(jobs, key=AGE_ORDER, reverse=True)
    since, last = newest_first[-1].ended_at, newest_first[0].ended_at
    count = len(newest_first)
    goes_on = (now - last).total_seconds() <= GOES_ON_SECS
    is_older = horizon is not None and _may_be_older(since, last, count, horizon)
    waiting = sum([job.is_waiting for job in newest_first])
    return Cause(
        key=key,
        since=since,
        last=last,
        jobs=count,
        failed=count - waiting,
        waiting=waiting,
        organisations=_organisations(newest_first),
        trend=_trend(newest_first, now),
        goes_on=goes_on,
        is_new=goes_on and not is_older and (now - since).total_seconds() < NEW_SECS,
        samples=tuple([job.id for job in newest_first[:SAMPLES]]),
        is_older=is_older,
    )


def _organisations(jobs: list[FailedJob]) -> tuple[tuple[int | None, int], ...]:
    if len(jobs) == 1:  # thousands of causes may have one job each
        return ((jobs[0].organization_id, 1),)
    counted = Counter([job.organization_id for job in jobs])
    return tuple(counted.most_common())


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
        back = (now - job.ended_at) // _BUCKET
        if back >= TREND_BUCKETS:
            break
        # A clock that was set back leaves failures in the future.
        numbers[TREND_BUCKETS - 1 - max(0, back)] += 1
    return tuple(numbers)
