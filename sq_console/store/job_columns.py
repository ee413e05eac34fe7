"""The columns of `queued_job`, each said once: its name, and how it is read.

A list reads the columns that `JobSummary` has fields for, a single job all of them.
`rules.drafts.EDITABLE` names those that an edit changes and a copy keeps. How people
see and type a column is said in `text.job_fields`.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from sq_console.model import Job, JobState, JobSummary
from sq_console.store.protocols import Row
from sq_console.store.rows import (
    as_text,
    blob_or_none,
    moment,
    text_or_none,
    whole,
    whole_or_none,
)
from sq_console.text.charsets import body_codec

LISTED_URL_CHARS = 500


@dataclass(frozen=True, slots=True)
class JobColumn:
    """A column, or what is computed beside them, as a field of `Job`."""

    name: str
    """In the table and in the model."""
    read: Callable[[object], Any]
    """From what the driver gives to what the model holds."""
    expression: str = ""
    """The SQL for it, when that is not the column; may hold words of the dialect."""
    listed_as: str = ""
    """The SQL for it in lists, when that differs."""


def _state(value: object) -> JobState:
    return JobState(as_text(value))


def _codec(value: object) -> str:
    return body_codec(as_text(value))


# No join: MySQL would hash the few processors, and then sort all jobs for one page.
_PROCESSOR = "(SELECT p.name FROM queued_job_processor AS p WHERE p.id = j.claimed_by)"

COLUMNS = (
    JobColumn("id", whole),
    JobColumn("state", _state),
    JobColumn("http_method", as_text),
    JobColumn("url", as_text, listed_as=f"SUBSTR(j.url, 1, {LISTED_URL_CHARS})"),
    JobColumn("host", as_text),
    JobColumn("organization_id", whole_or_none),
    JobColumn("priority", whole),
    JobColumn("attempts", whole),
    JobColumn("remaining_retries", whole),
    JobColumn("max_retries", whole_or_none),
    JobColumn("timeout_secs", whole),
    JobColumn("retry_delay_secs", whole),
    JobColumn("created_at", moment),
    JobColumn("run_at", moment),
    JobColumn("last_started_at", moment),
    JobColumn("last_finished_at", moment),
    JobColumn("result_code", whole_or_none),
    JobColumn("last_status_code", whole_or_none),
    JobColumn("last_error", text_or_none),
    JobColumn("claimed_by", whole_or_none),
    JobColumn("kill_requested_at", moment),
    JobColumn("requeued_from", whole_or_none),
    JobColumn("processor", text_or_none, _PROCESSOR),
    JobColumn("body", blob_or_none, "{body_bytes}"),
    JobColumn("body_codec", _codec, "{body_charset}"),
    JobColumn("headers", text_or_none),
    JobColumn("last_response", text_or_none),
    JobColumn("kill_requested_by", text_or_none),
    JobColumn("rescues", whole),
    JobColumn("set_aside_at", moment),
    JobColumn("bulk_id", whole_or_none),
)


def _columns_of(kind: type[JobSummary]) -> tuple[JobColumn, ...]:
    """The columns of a model class, in the order of its fields."""
    named = {column.name: column for column in COLUMNS}
    return tuple(named[entry.name] for entry in fields(kind))


def _select(name: str, expression: str) -> str:
    return f"{expression} AS {name}" if expression else f"j.{name}"


_LISTED, _ALL = _columns_of(JobSummary), _columns_of(Job)
SUMMARY_COLUMNS = ", ".join(
    _select(column.name, column.listed_as or column.expression) for column in _LISTED
)
"""What a list selects from `queued_job AS j`."""
JOB_COLUMNS = ", ".join(_select(column.name, column.expression) for column in _ALL)
"""What is selected of a single job."""

_SUMMARY_READERS = tuple((column.name, column.read) for column in _LISTED)
_JOB_READERS = tuple((column.name, column.read) for column in _ALL)


def summary(row: Row) -> JobSummary:
    """Return a row of `SUMMARY_COLUMNS` as a value."""
    return JobSummary(*[read(row[name]) for name, read in _SUMMARY_READERS])


def job(row: Row) -> Job:
    """Return a row of `JOB_COLUMNS` as a value."""
    return Job(*[read(row[name]) for name, read in _JOB_READERS])
