"""Which rows of the log a filter wants. The log has no keys for hosts: its rows are
looked at one by one, each beside the host of its job.
"""

from dataclasses import dataclass, fields

from sq_console.model import JobFilter, JobState, LogEntry, LogEvent

_FAILURES = frozenset(
    {LogEvent.FAILED, LogEvent.FAILED_TEMPORARILY, LogEvent.TIMED_OUT}
)
_EVENTS: dict[JobState, frozenset[LogEvent]] = {
    JobState.FAILED: _FAILURES,
    JobState.SUCCEEDED: frozenset({LogEvent.SUCCEEDED}),
    JobState.KILLED: frozenset({LogEvent.KILLED}),
}
LOG_STATES = frozenset(_EVENTS)
"""The states in which a call may have ended."""
_TERMS = {
    "job_id": "id:7",
    "host": "host:",
    "organization_id": "org:",
    "last_status_code": "status:",
    "status_class": "status:",
    "state": "state:failed",
    "text": "words",
}
"""The fields of `JobFilter` that the log can be filtered by, as they are typed."""
LOG_TERMS = ", ".join(dict.fromkeys(_TERMS.values()))
_ONLY_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobPlace:
    """Of a job whose rows are in the log: where it leads, and whose it is."""

    host: str
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Rows that fit each of these."""

    job_id: int | None = None
    host: str | None = None
    organization_id: int | None = None
    status_code: int | None = None
    status_class: int | None = None
    state: JobState | None = None
    text: str = ""
    """Part of the message or of the host, in lower case."""

    @property
    def is_narrow(self) -> bool:
        """Are rows of other jobs looked at, and left out?"""
        return self != LogFilter(job_id=self.job_id)

    def fits(self, entry: LogEntry, place: JobPlace | None) -> bool:
        """Return whether *entry* is wanted; *place* is None when its job is gone."""
        host = place.host if place else ""
        organization_id = place.organization_id if place else None
        code = entry.status_code or 0
        return (
            self.job_id in (None, entry.job_id)
            and self.host in (None, host)
            and self.organization_id in (None, organization_id)
            and self.status_code in (None, code)
            and self.status_class in (None, code // 100)
            and (self.state is None or _ended_in(entry, self.state))
            and (self.text in entry.msg.lower() or self.text in host)
        )


def log_filter_of(wanted: JobFilter | None) -> LogFilter:
    """Return the filter of the log that *wanted* asks for. Raises ValueError for what
    the log cannot be filtered by.
    """
    if wanted is None:
        return LogFilter()
    none = JobFilter()
    for field in fields(wanted):
        is_given = getattr(wanted, field.name) != getattr(none, field.name)
        if is_given and field.name not in _TERMS:
            raise ValueError(f"the log is not filtered by that; it knows {LOG_TERMS}")
    if wanted.state is not None and wanted.state not in _EVENTS:
        known = ", ".join(f"state:{state}" for state in _EVENTS)
        raise ValueError(f"state:{wanted.state} is no outcome of a call; {known} are")
    text = (wanted.text or "").lower()
    state = wanted.state
    if text == _ONLY_FAILED and state is None:
        text, state = "", JobState.FAILED
    return LogFilter(
        wanted.job_id,
        wanted.host,
        wanted.organization_id,
        wanted.last_status_code,
        wanted.status_class,
        state,
        text,
    )


def is_failure(entry: LogEntry) -> bool:
    """Return whether *entry* is the outcome of a call that failed, for good or not."""
    return _ended_in(entry, JobState.FAILED)


def is_call_begun(entry: LogEntry) -> bool:
    """Return whether *entry* only says that a call began; its outcome has a row of its
    own.
    """
    if entry.event is None:
        return "] Calling job" in entry.msg[:40]
    return entry.event == LogEvent.CALLED


def _ended_in(entry: LogEntry, state: JobState) -> bool:
    """The ancestor's rows have no event, but the same words."""
    if entry.event is not None:
        return entry.event in _EVENTS[state]
    return f"] Job {state}" in entry.msg[:40]
