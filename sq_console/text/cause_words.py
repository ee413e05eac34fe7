"""Causes of failures in words, and as Markdown for a ticket.

Whatever comes from a url or an answer has its secrets masked, and is one line.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sq_console.model import (
    COUNT_CAP,
    Cause,
    CauseContext,
    CauseKey,
    CauseSample,
    CausesReading,
)
from sq_console.text.humanize import age, capped_count, plural
from sq_console.text.redact import redact_text, redact_url
from sq_console.text.sanitize import clean

NO_ORGANISATION = "none"
OLDER = "failures before that were not looked at"
_ORGANISATIONS = 8
_SAMPLES = 5
_ANSWER_CHARS = 200


def cause_text(key: CauseKey) -> str:
    """Return `404 no route for #`; the kind alone when nothing was answered."""
    return _shown(f"{key.kind} {key.message}".strip())


def cause_place(key: CauseKey) -> str:
    """Return `shop.example.com/v#/orders`."""
    return _shown(f"{key.host or 'no host'}{key.path}")


def counts_text(cause: Cause) -> str:
    """Return `2,014 jobs, 3 of them wait for a retry`."""
    jobs = plural(cause.jobs, "job")
    if not cause.waiting:
        return jobs
    if cause.waiting == cause.jobs:
        return f"{jobs}, waiting for a retry"
    waits = "waits" if cause.waiting == 1 else "wait"
    return f"{jobs}, {cause.waiting:,} of them {waits} for a retry"


def ongoing_text(cause: Cause, now: datetime) -> str:
    """Return `goes on, 3s`, or `over, 22m`: the age of its last failure."""
    last = age((now - cause.last).total_seconds())
    return f"goes on, {last}" if cause.goes_on else f"over, {last}"


def window_text(reading: CausesReading) -> str:
    """Return over how many jobs causes were made: `over the newest 20,000 jobs`."""
    jobs = plural(reading.jobs, "job")
    return f"over the newest {jobs}" if reading.is_cut else f"over all {jobs}"


def before_text(context: CauseContext, time: Callable[[datetime], str]) -> str:
    """Return what the host answered before a cause began."""
    if context.last_success is None:
        return "before it: no answer of 200 is known"
    last = f"the last at {time(context.last_success)}"
    if not context.succeeded_before:
        return f"before it: none answered 200 for an hour, {last}"
    number = capped_count(min(context.succeeded_before, COUNT_CAP + 1))
    return f"before it: {number} answered 200, {last}"


def organisations_text(cause: Cause, most: int = _ORGANISATIONS) -> str:
    """Return `12: 411  42: 398`, the most jobs first."""
    shown = [
        f"{NO_ORGANISATION if which is None else which}: {number:,}"
        for which, number in cause.organisations[:most]
    ]
    others = len(cause.organisations) - most
    return "  ".join([*shown, f"and {others:,} more"] if others > 0 else shown)


def cause_markdown(
    cause: Cause,
    now: datetime,
    context: CauseContext | None,
    samples: Sequence[CauseSample],
    stamp: Callable[[datetime], str],
) -> str:
    """Return the page of one cause for a ticket."""
    lines = [
        f"**{_code(cause_text(cause.key))}** from {_code(cause_place(cause.key))}",
        "",
        f"- {counts_text(cause)}; {ongoing_text(cause, now)}",
        f"- since {'before ' if cause.is_older else ''}{stamp(cause.since)},"
        f" last {stamp(cause.last)}",
    ]
    if context is not None:
        before = OLDER if cause.is_older else before_text(context, stamp)
        lines.append(f"- {before}")
        pending = capped_count(context.pending)
        lines.append(f"- {pending} pending at this host")
    lines.append(f"- organisations: {organisations_text(cause)}")
    if samples:
        lines += ["", "| job | ended | url | answer |", "| ---: | --- | --- | --- |"]
    for job, answer in ((it.job, it.answer) for it in samples[:_SAMPLES]):
        ended = stamp(job.last_finished_at) if job.last_finished_at else "-"
        url = _code(clean(redact_url(job.url)))
        said = _code(_shown(answer[:_ANSWER_CHARS]) or _shown(job.last_error or ""))
        lines.append(f"| {job.id} | {ended} | {url} | {said} |")
    return "\n".join(lines)


def _shown(text: str) -> str:
    return clean(redact_text(text))


def _code(text: str) -> str:
    """Return *text* as code in a cell of a table: it cannot end either."""
    return f"`{text.replace('`', chr(0x2BC)).replace('|', chr(0xA6)) or ' '}`"
