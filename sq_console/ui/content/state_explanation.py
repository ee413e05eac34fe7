"""The state of a job in words: why it is, or is not, running.

One line at the top of the job's screen.
"""

from datetime import datetime

from sq_console.model import Job, JobState, ProcessorState
from sq_console.rules.held_hosts import hold_of
from sq_console.text.humanize import plural, spoken_duration
from sq_console.ui.content.lines import Line, Span, Tone, foreign
from sq_console.ui.content.tables.hold_lines import held_text
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.screen_data import Vitals

STATE_TONES = {
    JobState.PENDING: Tone.ON_IDLE,
    JobState.RUNNING: Tone.ON_BUSY,
    JobState.SUCCEEDED: Tone.ON_GOOD,
    JobState.FAILED: Tone.ON_BAD,
    JobState.KILLED: Tone.ON_WARN,
    JobState.SET_ASIDE: Tone.ON_IDLE,
}


def explain_state(
    job: Job, vitals: Vitals, clock: Clock | None = None, host_cap: int | None = None
) -> Line:
    """Return the state of *job* and its reason: `waiting for retry 2 of 5 in 12 s`.
    *host_cap* is how many calls a processor makes at one host, as far as is known.
    """
    match job.state:
        case JobState.PENDING:
            return _pending(job, vitals, clock or Clock(), host_cap)
        case JobState.RUNNING:
            return _running(job, vitals)
        case JobState.SUCCEEDED:
            return (
                Span(f"succeeded {_ended_ago(job, vitals.now)}{_after_attempts(job)}"),
            )
        case JobState.FAILED | JobState.SET_ASIDE:
            return _failed(job, vitals.now)
        case JobState.KILLED:
            who = foreign(job.kill_requested_by or "an operator", limit=80)
            return (
                Span("killed by "),
                who,
                Span(f" {_ended_ago(job, vitals.now)}{_after_attempts(job)}"),
            )


def _pending(job: Job, vitals: Vitals, clock: Clock, host_cap: int | None) -> Line:
    late = secs_between(job.run_at, vitals.now)
    retry = _retry_clause(job)
    hold = hold_of(job, vitals.holds)
    held = Span(held_text(hold, clock) if hold else "", Tone.WARN)
    if late < 0:
        start = f"waiting for {retry}" if retry else "due"
        start = f"{start} in {spoken_duration(-late)}"
        return (Span(f"{start}; "), held) if hold else (Span(start),)
    due = f"due for {spoken_duration(late)}" + (f" for {retry}" if retry else "")
    if hold:
        return Span(f"{due}, "), held
    if not vitals.alive:
        return Span(f"{due}, and "), Span("no processor is alive", Tone.BAD)
    if all(row.state == ProcessorState.PAUSED for row in vitals.alive):
        return Span(f"{due}, and "), Span("every processor is paused", Tone.WARN)
    return (Span(f"{due}, waiting for a free slot{_busy(vitals, host_cap)}"),)


def _busy(vitals: Vitals, host_cap: int | None) -> str:
    """Return how many slots are busy; where some are free, how many a host may have."""
    slots = sum(row.concurrency for row in vitals.alive)
    running = vitals.counts.running
    if host_cap is None or running > slots:
        return ""
    busy = f": {running:,} of {slots:,} are busy"
    if running == slots:
        return busy
    return f"{busy}, a host has at most {host_cap:,} of each processor's"


def _retry_clause(job: Job) -> str:
    if job.result_code is None or not job.max_retries:
        return ""
    number = job.max_retries - job.remaining_retries + 1
    return f"retry {max(1, number)} of {max(job.max_retries, number)}"


def _running(job: Job, vitals: Vitals) -> Line:
    secs = secs_between(job.last_started_at, vitals.now)
    secs_left = max(1, job.timeout_secs) - secs
    line: Line = (
        Span("running on "),
        foreign(job.processor or "a processor that is not in the table", limit=80),
        *_heartbeat(job, vitals),
        Span(f" for {spoken_duration(secs)}"),
        Span(
            f", times out in {spoken_duration(secs_left)}"
            if secs_left > 0
            else ", its time is up"
        ),
    )
    if job.kill_requested_at is None:
        return line
    who = foreign(job.kill_requested_by or "an operator", Tone.BAD, 80)
    return *line, Span("; kill asked by ", Tone.BAD), who


def _heartbeat(job: Job, vitals: Vitals) -> Line:
    """Return the age of the heartbeat of the processor that runs the job."""
    rows = (row for row in vitals.processors if row.id == job.claimed_by)
    row = next(rows, None)
    if row is None:
        return ()
    ago = f"{spoken_duration(row.heartbeat_age_secs)} ago"
    if row.alive:
        return (Span(f", heartbeat {ago},"),)
    return (Span(f", LOST, last heartbeat {ago},", Tone.BAD),)


def _failed(job: Job, now: datetime) -> Line:
    retries = plural(max(0, job.remaining_retries), "retry", "retries")
    return (
        Span("failed: "),
        foreign(job.last_error or "no reason given", Tone.BAD, 120),
        Span(f", {retries} left" if job.result_code == 2 else ", which is not retried"),
        Span(f"; {_ended_ago(job, now)}{_after_attempts(job)}"),
        Span("; set aside" if job.state is JobState.SET_ASIDE else "", Tone.DIM),
    )


def _ended_ago(job: Job, now: datetime) -> str:
    return f"{spoken_duration(secs_between(job.last_finished_at, now))} ago"


def _after_attempts(job: Job) -> str:
    return f", after {plural(job.attempts, 'attempt')}" if job.attempts else ""
