"""The judge: holds the evidence of a run against the invariants.

I1 nothing lost · I2 a job is called again only where a fault explains it · I3 no two
calls of a job at once · I4 attempts go up by one per claim, each is called at most once
and ends exactly once · I5 a handler that always answers 503 is called once and once for
each retry, rescues not charged.

A rescue or a release of a job that had been called is what makes a *repeated* call; it
is explained when the job's processor held exactly that attempt at the moment it was
killed or stopped.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from tests.faults.collected_rows import Evidence, JobRow, Line
from tests.faults.figures import Figures
from tests.faults.ledger import Execution

OUTCOMES = frozenset(
    {"succeeded", "failed", "failed_temporarily", "timed_out", "killed"}
)
GIVEN_BACK = frozenset({"released", "rescued"})
_TEMPORARY = frozenset({"failed_temporarily", "timed_out"})
_FINISHED = frozenset({"succeeded", "failed", "killed"})


def judge(
    evidence: Evidence, figures: Figures, *, unfinished: Collection[int] = ()
) -> None:
    """Add the figures of I1 to I5. *unfinished* are jobs that need not have ended."""
    figures.told("jobs", len(evidence.jobs))
    figures.told("executions", sum(map(len, evidence.executions.values())))
    figures.none_of("I1 lost", _lost(evidence, unfinished))
    repeats = list(repeated(evidence))
    figures.told("repeated calls", len(repeats))
    begun = len(begun_and_unrecorded(evidence))
    if evidence.losses:
        figures.at_most("repeated, of calls begun and unrecorded", len(repeats), begun)
    held = evidence.held
    figures.none_of(
        "I2 repeated without a fault",
        [(e.job_id, e.attempt) for e in repeats if (e.job_id, e.attempt) not in held],
    )
    figures.none_of("I2 called again after its end", _called_after_end(evidence))
    figures.none_of("I3 two calls at once", _overlapping(evidence))
    figures.none_of("I4 attempts called twice", _called_twice(evidence))
    figures.none_of(
        "I4 attempts without exactly one end", _bad_ends(evidence, unfinished)
    )
    figures.none_of("I5 retries charged wrongly", _bad_charges(evidence))
    figures.none_of("keys that changed", _changed_keys(evidence))


def begun_and_unrecorded(evidence: Evidence) -> set[tuple[int, int]]:
    """(job, attempt) that were being called, or were called and not yet recorded, when
    a fault struck their processor.
    """
    begun = {
        (execution.job_id, execution.attempt)
        for executions in evidence.executions.values()
        for execution in executions
    }
    return evidence.held & begun


def repeated(evidence: Evidence) -> Iterator[Execution]:
    """Executions whose outcome was never recorded: the job was called again for it."""
    for job_id, executions in evidence.executions.items():
        ends = ends_of(evidence.lines.get(job_id, ()))
        for execution in executions[:-1]:
            if GIVEN_BACK & set(ends.get(execution.attempt, ())):
                yield execution


def ends_of(lines: Sequence[Line]) -> dict[int, list[str]]:
    """How each attempt ended, by the log. A temporary failure that a kill turned into
    an end counts as the kill.
    """
    ends: dict[int, list[str]] = {}
    for line in lines:
        if line.attempt == 0 or line.event not in OUTCOMES | GIVEN_BACK:
            continue
        listed = ends.setdefault(line.attempt, [])
        if line.event == "killed" and listed and listed[-1] in _TEMPORARY:
            listed.pop()
        listed.append(line.event)
    return ends


def _lost(evidence: Evidence, unfinished: Collection[int]) -> Iterator[str]:
    for job_id in evidence.inserted:
        job = evidence.jobs.get(job_id)
        if job is None:
            yield f"job {job_id} is not there"
        elif job.state not in _FINISHED and job_id not in unfinished:
            yield f"{job}"


def _called_after_end(evidence: Evidence) -> Iterator[str]:
    """Jobs called again though an attempt had ended them, and nobody asked for it."""
    for job_id, lines in evidence.lines.items():
        if any(line.event in ("retried", "edited") for line in lines):
            continue
        final = [
            attempt
            for attempt, ends in ends_of(lines).items()
            if set(ends) & {"succeeded", "failed", "killed"}
        ]
        for execution in evidence.executions.get(job_id, ()):
            if final and execution.attempt > min(final):
                yield f"job {job_id}, attempt {execution.attempt} after {min(final)}"


def _overlapping(evidence: Evidence) -> Iterator[str]:
    held = evidence.held
    for job_id, executions in evidence.executions.items():
        for earlier, later in itertools.pairwise(executions):
            ended = earlier.ended if earlier.ended is not None else float("inf")
            if later.began < ended and (job_id, earlier.attempt) not in held:
                yield f"job {job_id}, attempts {earlier.attempt} and {later.attempt}"


def _called_twice(evidence: Evidence) -> Iterator[str]:
    for job_id, executions in evidence.executions.items():
        counts = Counter(execution.attempt for execution in executions)
        yield from (f"job {job_id}, attempt {a}" for a, n in counts.items() if n > 1)
        attempts = [execution.attempt for execution in executions]
        if attempts != sorted(attempts):
            yield f"job {job_id} in the order {attempts}"


def _bad_ends(evidence: Evidence, unfinished: Collection[int]) -> Iterator[str]:
    for job in evidence.jobs.values():
        ends = ends_of(evidence.lines.get(job.id, ()))
        attempts = range(1, job.attempts + 1 - (job.id in unfinished and job.claimed))
        for attempt in attempts:
            if len(ends.get(attempt, ())) != 1:
                yield f"job {job.id}, attempt {attempt}: {ends.get(attempt)}"
        yield from (f"job {job.id}: no claim {a}" for a in ends if a > job.attempts)


def _bad_charges(evidence: Evidence) -> Iterator[str]:
    """Every attempt with an outcome after a temporary failure costs one retry, no other
    does; so what is left tells how many were charged.
    """
    for job in evidence.jobs.values():
        lines = evidence.lines.get(job.id, ())
        if not job.attempts or any(
            line.event in ("retried", "edited") for line in lines
        ):
            continue
        if left := _left(job, lines):
            yield f"{job}, should have {left[0]} left"


def _left(job: JobRow, lines: Sequence[Line]) -> tuple[int] | None:
    ends = ends_of(lines)
    was_temporary = False
    left = job.max_retries
    for attempt in sorted(ends):
        end = ends[attempt][-1]
        if end not in GIVEN_BACK:
            left -= was_temporary
            was_temporary = end in _TEMPORARY or (end == "killed" and was_temporary)
    if left == job.remaining_retries or job.last_error == "processor lost":
        return None
    return (left,)


def _changed_keys(evidence: Evidence) -> Iterator[str]:
    for job_id, executions in evidence.executions.items():
        if len({execution.key for execution in executions}) != 1:
            yield f"job {job_id}"
