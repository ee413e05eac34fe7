"""Events of a processor as log lines: text, level and fields.

The sentences about jobs are those of `queued_job_log`, so one grep finds both. Rows
that were written to the table are logged in the order in which they were written.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sq_console.model import LogEvent, LogLine, Outcome, ResultCode
from sq_console.processor.events import (
    CallStarted,
    DrainStarted,
    Event,
    IdChosen,
    JobRescued,
    JobsReleased,
    JobStuck,
    OutcomeLost,
    OutcomeRecorded,
    OutcomeRefused,
    OutcomeStuck,
    ProcessorPaused,
    ProcessorResumed,
    ProcessorStarted,
    ProcessorStopped,
    PruningRefused,
    RowsPruned,
    SelfFenced,
    StatsRefused,
    StoreLost,
    StoreRegained,
)
from sq_console.text.humanize import plural
from sq_console.text.log_messages import killed, noted
from sq_console.text.pruned.prune_words import rows_words
from sq_console.text.redact import redact_text
from sq_console.text.sanitize import clean

LINE_CHARS = 2_000
"""The rest of a longer line is in the table only: 64 KB on one line fill a terminal for
a minute, are cut by log collectors, and are not written to a pipe atomically.
"""

_LEVELS = {
    LogEvent.CALLED: logging.DEBUG,
    LogEvent.NOTED: logging.DEBUG,
    LogEvent.SUCCEEDED: logging.INFO,
    LogEvent.FAILED: logging.ERROR,
    LogEvent.FAILED_TEMPORARILY: logging.WARNING,
    LogEvent.TIMED_OUT: logging.WARNING,
    LogEvent.KILLED: logging.WARNING,
}
_SENTENCES: dict[type[Event], tuple[int, str, Callable[[Any], str]]] = {
    ProcessorStarted: (
        logging.INFO,
        "processor_started",
        lambda event: (
            f"Processor {event.name} started with {plural(event.concurrency, 'slot')}"
        ),
    ),
    ProcessorStopped: (
        logging.INFO,
        "processor_stopped",
        lambda event: (
            f"Processor {event.name} stopped: {plural(event.called, 'call')} ended,"
            f" {event.aborted} aborted,"
            f" {plural(event.unrecorded, 'outcome')} not recorded"
        ),
    ),
    ProcessorPaused: (
        logging.INFO,
        "processor_paused",
        lambda event: f"Paused: {event.why}",
    ),
    ProcessorResumed: (logging.INFO, "processor_resumed", lambda _: "Resumed"),
    DrainStarted: (
        logging.INFO,
        "drain_started",
        lambda event: f"Draining, {plural(event.in_flight, 'call')} in flight",
    ),
    StoreLost: (
        logging.ERROR,
        "store_lost",
        lambda event: f"Database is away: {event.error}",
    ),
    StoreRegained: (
        logging.INFO,
        "store_regained",
        lambda event: f"Database is back after {event.away_secs:.0f} s",
    ),
    StatsRefused: (
        logging.WARNING,
        "sums_refused",
        lambda event: (
            f"Outcomes are recorded, but not counted in queued_job_stats: {event.why}"
        ),
    ),
    RowsPruned: (
        logging.INFO,
        "rows_pruned",
        lambda event: f"Pruned: {rows_words(event.pruned)}",
    ),
    PruningRefused: (
        logging.ERROR,
        "pruning_refused",
        lambda event: f"Nothing is pruned: {event.why}",
    ),
    SelfFenced: (
        logging.ERROR,
        "self_fenced",
        lambda event: f"Aborted {plural(event.aborted, 'call')}: {event.reason}",
    ),
}

_UNWRITTEN: dict[type[Event], tuple[str, Callable[[Any], str]]] = {
    OutcomeLost: (
        "outcome_lost",
        lambda event: (
            f"Outcome of attempt {event.attempt} dropped: the claim is not ours now"
        ),
    ),
    OutcomeRefused: (
        "outcome_refused",
        lambda event: f"Answer not storable, recorded without its text: {event.why}",
    ),
    OutcomeStuck: (
        "outcome_stuck",
        lambda event: f"Outcome cannot be written, tried again later: {event.why}",
    ),
}


class Line(NamedTuple):
    """One log line before it is formatted. `logging.LogRecord` costs ten times as
    much, and there are two lines for each job.
    """

    created: float
    """Seconds since 1970."""
    level: int
    """A level of `logging`."""
    msg: str
    """Sanitized text without line feeds."""
    fields: Mapping[str, object]


def lines_of(event: Event, created: float) -> Iterator[Line]:
    """Yield the lines for *event*, which happened at *created* (seconds since 1970)."""
    match event:
        case IdChosen():
            return  # between the processor and its supervisor
        case CallStarted(job_id, attempt, msg):
            fields = {"event": "called", "job": job_id, "attempt": attempt}
            yield _line(created, logging.DEBUG, msg, fields)
        case OutcomeRecorded(outcome, result):
            yield from _outcome(created, outcome, result)
        case OutcomeLost() | OutcomeRefused() | OutcomeStuck():
            name, words_of = _UNWRITTEN[type(event)]
            yield _about_job(created, name, event.job_id, words_of(event))
        case JobStuck(stuck):
            note = f"Job cannot be {stuck.doing}, tried again later: {stuck.why}"
            yield _about_job(created, "job_stuck", stuck.job_id, note)
        case JobRescued(rescued):
            note = f"Rescued from {rescued.processor}, now {rescued.state}"
            yield _about_job(created, "rescued", rescued.job_id, note)
        case JobsReleased(count, reason):
            why = reason.removeprefix("Job released: ")  # each job's own row has it
            fields = {"event": "jobs_released"}
            yield _line(
                created,
                logging.WARNING,
                f"{plural(count, 'job')} given back: {why}",
                fields,
            )
        case _:
            level, name, words = _SENTENCES[type(event)]
            yield _line(created, level, words(event), {"event": name})


def is_below(event: Event, level: int) -> bool:
    """Return whether *event* has surely no line of *level* or above; it is quick for
    what there is much of.
    """
    match event:
        case CallStarted():
            return level > logging.DEBUG
        case OutcomeRecorded(_, ResultCode.SUCCEEDED):
            return level > logging.INFO
        case _:
            return False


def _outcome(created: float, outcome: Outcome, result: ResultCode) -> Iterator[Line]:
    for line in outcome.log:
        if line.event is not LogEvent.CALLED:  # logged when the call started
            yield _line_of_job(created, outcome, line)
    if result is ResultCode.KILLED and outcome.result is not ResultCode.KILLED:
        # A temporary failure ends killed when a kill was requested meanwhile.
        end = LogLine(LogEvent.KILLED, killed(outcome.job_id, "an operator"))
        yield _line_of_job(created, outcome, end)


def _line_of_job(created: float, outcome: Outcome, line: LogLine) -> Line:
    fields: dict[str, object] = {
        "event": line.event.value,
        "job": outcome.job_id,
        "attempt": outcome.attempt,
    }
    if line.status_code is not None:
        fields["status_code"] = line.status_code
    if line.duration_ms is not None:
        fields["duration_ms"] = line.duration_ms
    level = _LEVELS.get(line.event, logging.INFO)
    return _line(created, level, line.msg, fields)


def _about_job(created: float, name: str, job_id: int, note: str) -> Line:
    fields = {"event": name, "job": job_id}
    return _line(created, logging.WARNING, noted(job_id, note), fields)


def record_line(record: logging.LogRecord) -> Line:
    """Return a record of `logging`, from any module, as one sanitized line."""
    words = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        words += f" ({record.exc_info[1]!r})"
    return _line(record.created, record.levelno, words, {"event": record.name})


def message_line(level: int, name: str, words: str) -> Line:
    """Return a line of the daemon itself, with the time of now."""
    return _line(time.time(), level, words, {"event": name})


def unrecorded(outcomes: int) -> Line:
    """Return the last line of a run that could not record *outcomes* of its calls."""
    words = f"{plural(outcomes, 'outcome')} could not be recorded; called again later"
    return message_line(logging.ERROR, "outcomes_unrecorded", words)


def _line(created: float, level: int, msg: str, fields: Mapping[str, object]) -> Line:
    beyond = len(msg) - LINE_CHARS
    head = redact_text(msg[:LINE_CHARS])
    shown = clean(f"{head}…" if beyond > 0 else head, LINE_CHARS + 1)
    return Line(
        created, level, f"{shown} (+{beyond:,})" if beyond > 0 else shown, fields
    )
