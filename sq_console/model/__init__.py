"""The words of the queue, frozen: jobs, outcomes, log entries, counts.

Values cross threads and layers only as these. They hold what a row says and nothing
that acts on it: what an answer means is decided in `rules`, what is written in `store`.
Every time is an aware UTC `datetime` from the database's clock; durations carry their
unit in their name.
"""

from sq_console.model.jobs import (
    FINISHED,
    Job,
    JobState,
    JobSummary,
    NewJob,
    ResultCode,
)
from sq_console.model.log_entries import LogEntry, LogEvent, LogLine
from sq_console.model.processing import (
    Claim,
    ClaimedJob,
    ClaimRequest,
    Control,
    KillRequest,
    Listening,
    Outcome,
    ProcessorState,
    RecordReport,
    Rescued,
    StuckJob,
    Sums,
    Wanted,
)
from sq_console.model.views import (
    COUNT_CAP,
    SEARCH_WINDOW,
    ActionResult,
    Counts,
    Finding,
    Hold,
    JobFilter,
    JobPage,
    Link,
    Minute,
    ProcessorRow,
    SchemaReport,
    Seen,
)

__all__ = [
    "COUNT_CAP",
    "FINISHED",
    "SEARCH_WINDOW",
    "ActionResult",
    "Claim",
    "ClaimRequest",
    "ClaimedJob",
    "Control",
    "Counts",
    "Finding",
    "Hold",
    "Job",
    "JobFilter",
    "JobPage",
    "JobState",
    "JobSummary",
    "KillRequest",
    "Link",
    "Listening",
    "LogEntry",
    "LogEvent",
    "LogLine",
    "Minute",
    "NewJob",
    "Outcome",
    "ProcessorRow",
    "ProcessorState",
    "RecordReport",
    "Rescued",
    "ResultCode",
    "SchemaReport",
    "Seen",
    "StuckJob",
    "Sums",
    "Wanted",
]
