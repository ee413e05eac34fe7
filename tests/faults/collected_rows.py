"""What the database, the ledger and the fleet hold after a run, side by side by job."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.fleet import Fault
from tests.faults.ledger import Execution
from tests.faults.scenario_setup import ScenarioSetup

_JOBS = """
SELECT id, state, attempts, remaining_retries, COALESCE(max_retries, 5), rescues,
  COALESCE(result_code, -1), COALESCE(last_error, ''), COALESCE(last_status_code, 0),
  claimed_by IS NOT NULL
  FROM queued_job ORDER BY id"""
_LOG = """
SELECT job_id, COALESCE(attempt, 0), COALESCE(event, ''), COALESCE(processor, ''),
  COALESCE(actor, '') FROM queued_job_log WHERE job_id > 0 ORDER BY id"""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it stands."""

    id: int
    state: str
    attempts: int
    remaining_retries: int
    max_retries: int
    rescues: int
    result_code: int
    last_error: str
    last_status_code: int
    claimed: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the log."""

    job_id: int
    attempt: int
    """0: of no attempt."""
    event: str
    processor: str
    actor: str


@dataclass(frozen=True)
class Collected:
    """All of it, once the queue is at rest."""

    jobs: Mapping[int, JobRow]
    log_rows: Mapping[int, Sequence[LogRow]]
    """By job, in the order of the log."""
    executions: Mapping[int, Sequence[Execution]]
    """By job, in the order in which they began."""
    faults: Sequence[Fault]
    inserted: Sequence[int]

    @property
    def held(self) -> set[tuple[int, int]]:
        """Every (job, attempt) that was held by a processor when a fault struck it."""
        return {pair for fault in self.faults for pair in fault.held}


def collect(setup: ScenarioSetup, faults: Iterable[Fault] = ()) -> Collected:
    """Read everything after a run."""
    executions: defaultdict[int, list[Execution]] = defaultdict(list)
    for execution in setup.ledger.executions:
        executions[execution.job_id].append(execution)
    log_rows: defaultdict[int, list[LogRow]] = defaultdict(list)
    for values in setup.rows(_LOG):
        row = LogRow(*values)  # type: ignore[arg-type]
        log_rows[row.job_id].append(row)
    jobs = [JobRow(*values) for values in setup.rows(_JOBS)]  # type: ignore[arg-type]
    return Collected(
        {job.id: job for job in jobs},
        log_rows,
        executions,
        list(faults),
        list(setup.inserted),
    )
