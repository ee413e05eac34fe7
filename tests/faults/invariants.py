"""What must hold after every scenario, whatever died.

I1 nothing lost · I2 a job is called again only where a fault explains it · I3 no two
calls of a job at once, but where an operator retries one that was just killed · I4
attempts go up by one per claim, each is called at most once and ends exactly once · I5
a handler that always answers 503 is called once and once for each retry, rescues not
charged.

A rescue or a release of a job that had been called is what makes a *repeated* call; it
is explained when the job's processor held exactly that attempt at the moment it was
killed or stopped.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from tests.faults.collected_rows import Collected, JobRow, LogRow
from tests.faults.figures import Figures
from tests.faults.ledger import Execution

OUTCOMES = frozenset(
    {"succeeded", "failed", "failed_temporarily", "timed_out", "killed"}
)
RELEASED = frozenset({"released", "rescued"})
_TEMPORARY = frozenset({"failed_temporarily", "timed_out"})
_FINISHED = frozenset({"succeeded", "failed", "killed"})


def check_invariants(
    collected: Collected, figures: Figures, *, unfinished: Collection[int] = ()
) -> None:
    """Add the figures of I1 to I5. *unfinished* are jobs that need not have ended."""
    figures.info("jobs", len(collected.jobs))
    figures.info("executions", sum(map(len, collected.executions.values())))
    figures.none_of("I1 lost", _lost(collected, unfinished))
    repeats = list(repeated(collected))
    figures.info("repeated calls", len(repeats))
    begun = len(begun_and_unrecorded(collected))
    if collected.faults:
        figures.at_most("repeated, of calls begun and unrecorded", len(repeats), begun)
    held = collected.held
    figures.none_of(
        "I2 repeated without a fault",
        [(e.job_id, e.attempt) for e in repeats if (e.job_id, e.attempt) not in held],
    )
    figures.none_of("I2 called again after its end", _called_after_end(collected))
    figures.none_of("I3 two calls at once", _overlapping(collected))
    figures.none_of("I4 attempts called twice", _called_twice(collected))
    figures.none_of(
        "I4 attempts without exactly one end", _bad_ends(collected, unfinished)
    )
    figures.none_of("I5 retries charged wrongly", _bad_charges(collected))
    figures.none_of("keys that changed", _changed_keys(collected))


def begun_and_unrecorded(collected: Collected) -> set[tuple[int, int]]:
    """(job, attempt) that were being called, or were called and not yet recorded, when
    a fault struck their processor.
    """
    begun = {
        (execution.job_id, execution.attempt)
        for executions in collected.executions.values()
        for execution in executions
    }
    return collected.held & begun


def repeated(collected: Collected) -> Iterator[Execution]:
    """Executions whose outcome was never recorded: the job was called again for it."""
    for job_id, executions in collected.executions.items():
        ends = ends_of(collected.log_rows.get(job_id, ()))
        for execution in executions[:-1]:
            if RELEASED & set(ends.get(execution.attempt, ())):
                yield execution


def ends_of(log_rows: Sequence[LogRow]) -> dict[int, list[str]]:
    """How each attempt ended, by the log. A temporary failure that a kill made final
    counts as the kill.
    """
    ends: dict[int, list[str]] = {}
    for row in log_rows:
        if row.attempt == 0 or row.event not in OUTCOMES | RELEASED:
            continue
        listed = ends.setdefault(row.attempt, [])
        if row.event == "killed" and listed and listed[-1] in _TEMPORARY:
            listed.pop()
        listed.append(row.event)
    return ends


def _lost(collected: Collected, unfinished: Collection[int]) -> Iterator[str]:
    for job_id in collected.inserted:
        job = collected.jobs.get(job_id)
        if job is None:
            yield f"job {job_id} is not there"
        elif job.state not in _FINISHED and job_id not in unfinished:
            yield f"{job}"


def _called_after_end(collected: Collected) -> Iterator[str]:
    """Jobs called again though an attempt had ended them and no operator asked so."""
    for job_id, log_rows in collected.log_rows.items():
        if any(row.event in ("retried", "edited") for row in log_rows):
            continue
        final = [
            attempt
            for attempt, ends in ends_of(log_rows).items()
            if set(ends) & {"succeeded", "failed", "killed"}
        ]
        for execution in collected.executions.get(job_id, ()):
            if final and execution.attempt > min(final):
                yield f"job {job_id}, attempt {execution.attempt} after {min(final)}"


def _overlapping(collected: Collected) -> Iterator[str]:
    held = collected.held
    for job_id, executions in collected.executions.items():
        for earlier, later in itertools.pairwise(executions):
            ended = earlier.ended if earlier.ended is not None else float("inf")
            if later.began >= ended or (job_id, earlier.attempt) in held:
                continue
            if not _retried_after_kill(collected, job_id, earlier.attempt):
                yield f"job {job_id}, attempts {earlier.attempt} and {later.attempt}"


def _retried_after_kill(collected: Collected, job_id: int, attempt: int) -> bool:
    """A kill aborts the call, and the handler goes on: an operator who retries the job
    at once has it called beside what is left of the killed attempt.
    """
    rows = iter(collected.log_rows.get(job_id, ()))
    killed = any(row.event == "killed" and row.attempt == attempt for row in rows)
    return killed and any(row.event == "retried" for row in rows)


def _called_twice(collected: Collected) -> Iterator[str]:
    for job_id, executions in collected.executions.items():
        counts = Counter(execution.attempt for execution in executions)
        yield from (f"job {job_id}, attempt {a}" for a, n in counts.items() if n > 1)
        attempts = [execution.attempt for execution in executions]
        if attempts != sorted(attempts):
            yield f"job {job_id} in the order {attempts}"


def _bad_ends(collected: Collected, unfinished: Collection[int]) -> Iterator[str]:
    for job in collected.jobs.values():
        ends = ends_of(collected.log_rows.get(job.id, ()))
        attempts = range(1, job.attempts + 1 - (job.id in unfinished and job.claimed))
        for attempt in attempts:
            if len(ends.get(attempt, ())) != 1:
                yield f"job {job.id}, attempt {attempt}: {ends.get(attempt)}"
        yield from (f"job {job.id}: no claim {a}" for a in ends if a > job.attempts)


def _bad_charges(collected: Collected) -> Iterator[str]:
    """Every attempt with an outcome after a temporary failure costs one retry, no other
    does; so what is left tells how many were charged.
    """
    for job in collected.jobs.values():
        log_rows = collected.log_rows.get(job.id, ())
        if not job.attempts or any(
            row.event in ("retried", "edited") for row in log_rows
        ):
            continue
        if left := _left(job, log_rows):
            yield f"{job}, should have {left[0]} left"


def _left(job: JobRow, log_rows: Sequence[LogRow]) -> tuple[int] | None:
    ends = ends_of(log_rows)
    was_temporary = False
    left = job.max_retries
    for attempt in sorted(ends):
        end = ends[attempt][-1]
        if end not in RELEASED:
            left -= was_temporary
            was_temporary = end in _TEMPORARY or (end == "killed" and was_temporary)
    if left == job.remaining_retries or job.last_error == "processor lost":
        return None
    return (left,)


def _changed_keys(collected: Collected) -> Iterator[str]:
    for job_id, executions in collected.executions.items():
        if len({execution.key for execution in executions}) != 1:
            yield f"job {job_id}"
