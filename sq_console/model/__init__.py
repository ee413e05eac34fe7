"""Values of the queue, frozen: jobs, outcomes, log entries, counts.

Threads and layers exchange only these values. They hold the content of a row and no
behaviour: `rules` decides what a response means, `store` what is written.
Every time is an aware UTC `datetime` from the database's clock; durations carry their
unit in their name.
"""

from sq_console.model.bulk import (
    UNENDED,
    BulkCount,
    BulkEdit,
    BulkRequest,
    BulkRow,
    BulkSample,
    BulkState,
    BulkVerb,
)
from sq_console.model.database_checks import Finding, Link, SchemaReport
from sq_console.model.failure_causes import (
    CAUSES_WINDOW,
    TREND_BUCKETS,
    Cause,
    CauseContext,
    CauseKey,
    CauseSample,
    CausesReading,
    FailedJob,
)
from sq_console.model.hold_effect import HoldEffect
from sq_console.model.job_lists import (
    SEARCH_WINDOW,
    TEXT_WINDOW,
    JobFilter,
    JobPage,
)
from sq_console.model.jobs import (
    FINISHED,
    Job,
    JobState,
    JobSummary,
    NewJob,
    ResultCode,
)
from sq_console.model.log_entries import LogEntry, LogEvent, LogLine
from sq_console.model.operator_actions import ActionResult, ProcessorResult, Seen
from sq_console.model.operator_activity import Activity
from sq_console.model.processing import (
    CALL_DURATIONS_MS,
    Claim,
    ClaimedJob,
    ClaimRequest,
    Control,
    HostSums,
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
from sq_console.model.queue_health import (
    HealthReading,
    HeldJobs,
    OldestDue,
    StuckReason,
    Verdict,
    VerdictKind,
)
from sq_console.model.queue_overview import (
    COUNT_CAP,
    FAR_COUNT_CAP,
    HOLD_ALL,
    LOST_KEPT_SECS,
    Counts,
    Hold,
    LostProcessor,
    Minute,
    ProcessorRow,
)

__all__ = [
    "CALL_DURATIONS_MS",
    "CAUSES_WINDOW",
    "COUNT_CAP",
    "FAR_COUNT_CAP",
    "FINISHED",
    "HOLD_ALL",
    "LOST_KEPT_SECS",
    "SEARCH_WINDOW",
    "TEXT_WINDOW",
    "TREND_BUCKETS",
    "UNENDED",
    "ActionResult",
    "Activity",
    "BulkCount",
    "BulkEdit",
    "BulkRequest",
    "BulkRow",
    "BulkSample",
    "BulkState",
    "BulkVerb",
    "Cause",
    "CauseContext",
    "CauseKey",
    "CauseSample",
    "CausesReading",
    "Claim",
    "ClaimRequest",
    "ClaimedJob",
    "Control",
    "Counts",
    "FailedJob",
    "Finding",
    "HealthReading",
    "HeldJobs",
    "Hold",
    "HoldEffect",
    "HostSums",
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
    "LostProcessor",
    "Minute",
    "NewJob",
    "OldestDue",
    "Outcome",
    "ProcessorResult",
    "ProcessorRow",
    "ProcessorState",
    "RecordReport",
    "Rescued",
    "ResultCode",
    "SchemaReport",
    "Seen",
    "StuckJob",
    "StuckReason",
    "Sums",
    "Verdict",
    "VerdictKind",
    "Wanted",
]
