"""The cells of lists of jobs. Red is a failure of the last minutes; older ones are dim.

A cell's function has the job and the times that all rows are shown relative to.
"""

from dataclasses import dataclass
from datetime import datetime

from sq_console.model import HOLD_ALL, JobState, JobSummary
from sq_console.text.humanize import age, stopwatch, stopwatch_limit
from sq_console.ui.content.lines import Span, Tone, foreign
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.terminal.cells import cut

LATELY_SECS = 300
"""What failed longer ago is history."""
_ABORT_SECS = 10
"""The outcome of a call is recorded at most so long after its timeout."""
_ERROR_CELLS = 40


@dataclass(frozen=True, slots=True)
class RowContext:
    """The times that all rows of a list are shown relative to, and the holds."""

    now: datetime
    """The database's clock when the rows were read."""
    clock: Clock
    held: frozenset[str] = frozenset()
    """Held hosts; `HOLD_ALL` holds them all."""

    def is_held(self, job: JobSummary) -> bool:
        """Return whether the job's host is held."""
        return job.host in self.held or HOLD_ALL in self.held


def due_cell(job: JobSummary, context: RowContext) -> Span:
    """Return since when the job is due, or when it will be; `held` if its host is."""
    late = secs_between(job.run_at, context.now)
    if late < 0:
        return Span(f"in {age(-late)}", Tone.DIM)
    if context.is_held(job):
        return Span("held", Tone.WARN)
    return Span(age(late) if late >= 1 else "now")


def running_cell(job: JobSummary, context: RowContext) -> Span:
    """Return how long the call takes, of how long it may."""
    secs = secs_between(job.last_started_at, context.now)
    if job.kill_requested_at is not None:
        return Span("killing", Tone.BAD)
    tone = Tone.WARN if secs > 0.8 * max(1, job.timeout_secs) else Tone.BUSY
    return Span(f"{stopwatch(secs)}/{stopwatch_limit(max(1, job.timeout_secs))}", tone)


def ended_cell(job: JobSummary, context: RowContext) -> Span:
    """Return how long ago the job ended."""
    return Span(age(secs_between(job.last_finished_at, context.now)))


def at_cell(job: JobSummary, context: RowContext) -> Span:
    """Return the time at which the job ended."""
    return Span(context.clock.time(job.last_finished_at), Tone.DIM)


def result_cell(job: JobSummary, _: RowContext) -> Span:
    """Return how the job ended: `ok 200`."""
    if job.state is JobState.KILLED:
        return Span("killed", Tone.WARN)
    if job.state is JobState.SUCCEEDED:
        return Span(f"ok {job.last_status_code or ''}".rstrip(), Tone.GOOD)
    return Span(job.state.value.replace("_", " "), Tone.DIM)


def duration_cell(job: JobSummary, _: RowContext) -> Span:
    """Return how long the job's last call took."""
    if job.last_finished_at is None or not _ended_by_call(job):
        return Span("-", Tone.DIM)
    return Span(stopwatch(secs_between(job.last_started_at, job.last_finished_at)))


def _ended_by_call(job: JobSummary) -> bool:
    """Return whether a call of *job* ended when the job did.

    False for a job that was pending when it was killed. The row has no field for that,
    but its times show it. A claim comes after the due time, and a retry sets a due time
    after the last start. A job that was released and killed later ended further from
    its start than a call can last.
    """
    started, due = job.last_started_at, job.run_at
    if started is None or job.state is not JobState.KILLED:
        return started is not None
    if due is not None and due.replace(microsecond=0) > started:
        return False
    secs = secs_between(started, job.last_finished_at or started)
    return secs <= max(1, job.timeout_secs) + _ABORT_SECS


def why_cell(job: JobSummary, context: RowContext) -> Span:
    """Return why the job failed."""
    secs = secs_between(job.last_finished_at, context.now)
    return error_span(job, Tone.BAD if secs < LATELY_SECS else Tone.DIM)


def last_error_cell(job: JobSummary, _: RowContext) -> Span:
    """Return why the last call of a pending job failed."""
    return error_span(job, Tone.DIM)


def error_span(job: JobSummary, tone: Tone) -> Span:
    """Return the job's last error."""
    return foreign(cut(job.last_error or "", _ERROR_CELLS), tone)


def processor_cell(job: JobSummary, _: RowContext) -> Span:
    """Return who calls the job."""
    return foreign(job.processor or "?", Tone.DIM, 60)


def method_text(job: JobSummary) -> str:
    """Return the method: `POST`."""
    return foreign(job.http_method.strip().upper(), limit=10).text


def retries_text(job: JobSummary) -> str:
    """Return `2/5` for the second of five retries; "" for a job's first call."""
    if job.max_retries is None or job.max_retries < 1:
        return ""
    used = job.max_retries - max(0, job.remaining_retries)
    if job.state is JobState.PENDING and job.result_code is not None:
        used += 1  # the retry it is waiting for
    return f"{used}/{job.max_retries}" if used > 0 else ""
