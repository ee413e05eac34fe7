"""What the database, the ledger and the fleet say after a run, side by side by job."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.fleet import Loss
from tests.faults.ledger import Execution
from tests.faults.scenario_setup import Stage

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
class Line:
    """A row of the log."""

    job_id: int
    attempt: int
    """0: of no attempt."""
    event: str
    processor: str
    actor: str


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    jobs: Mapping[int, JobRow]
    lines: Mapping[int, Sequence[Line]]
    """By job, in the order of the log."""
    executions: Mapping[int, Sequence[Execution]]
    """By job, in the order they began."""
    losses: Sequence[Loss]
    inserted: Sequence[int]

    @property
    def held(self) -> set[tuple[int, int]]:
        """Every (job, attempt) that was held by a processor when a fault struck it."""
        return {pair for loss in self.losses for pair in loss.held}


def gather(stage: Stage, losses: Iterable[Loss] = ()) -> Evidence:
    """Read everything; the queue is at rest."""
    executions: defaultdict[int, list[Execution]] = defaultdict(list)
    for execution in stage.ledger.executions:
        executions[execution.job_id].append(execution)
    lines: defaultdict[int, list[Line]] = defaultdict(list)
    for values in stage.rows(_LOG):
        line = Line(*values)  # type: ignore[arg-type]
        lines[line.job_id].append(line)
    jobs = [JobRow(*values) for values in stage.rows(_JOBS)]  # type: ignore[arg-type]
    return Evidence(
        {job.id: job for job in jobs},
        lines,
        executions,
        list(losses),
        list(stage.inserted),
    )
