"""Rescue: the jobs of a dead processor are given back.

A rescue locks the jobs, then reads whether their processor still has no heartbeat, by
the database's clock. Its UPDATE makes a late outcome of the dead processor lose its
compare-and-set. It waits for no lock: a processor that stands still in the middle of a
transaction keeps its locks, and a rescue that waited for them would delay the heartbeat
of its own processor. Locked jobs are left to the next rescue.

A dead processor's row is deleted when it has no jobs left: row gone means declared
dead. It is then a lost one (see `lost_processors`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.model import JobState, LogEvent, Rescued
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.lost_processors import LostProcessorTable
from sq_console.store.protocols import Params, Row, Session
from sq_console.store.stuck_rows import Pair, RowUpdate, StuckRows
from sq_console.text.log_messages import failed_permanently, killed, noted

MAX_RESCUES = 3
"""A third rescue ends the job: it may be what kills its processors."""
_BATCH = 100
_LONG_AGO_SECS = 3_600.0

_ORPHANS = """
SELECT j.id, j.claimed_by FROM queued_job AS j {use_claimed_by}
  LEFT JOIN queued_job_processor AS p ON p.id = j.claimed_by
 WHERE j.claimed_by IS NOT NULL AND (p.id IS NULL OR p.heartbeat_at < {secs_ago})"""
_HELD = """
SELECT j.id, j.claimed_by FROM queued_job AS j {use_claimed_by}
 WHERE j.claimed_by = %s"""
_BACKDATE = """
UPDATE queued_job_processor
   SET heartbeat_at = '2001-01-01 00:00:00', started_at = started_at WHERE id = %s"""
_LOCK = """
SELECT id, attempts, claimed_by, rescues, kill_requested_at, kill_requested_by
  FROM queued_job {use_primary} WHERE id IN """
_REVIVED = """
SELECT id FROM queued_job_processor
 WHERE heartbeat_at >= {secs_ago} AND id IN """
_NAMES = "SELECT id, name FROM queued_job_processor WHERE id IN "
_RESCUE = """
UPDATE queued_job {use_primary}
   SET remaining_retries =
         {least}(remaining_retries + COALESCE(result_code = 2, 0), 2147483647),
       rescues = {least}(rescues + 1, 127), claimed_by = NULL,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       last_finished_at = last_finished_at, kill_requested_at = kill_requested_at
 WHERE claimed_by IN """
_END_LOST = """
UPDATE queued_job {use_primary}
   SET result_code = 1, last_error = 'processor lost', last_finished_at = {now_secs},
       rescues = {least}(rescues + 1, 127), claimed_by = NULL,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       kill_requested_at = kill_requested_at
 WHERE claimed_by IN """
_END_KILLED = """
UPDATE queued_job {use_primary}
   SET result_code = 3, last_error = 'killed', last_finished_at = {now_secs},
       claimed_by = NULL,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       kill_requested_at = kill_requested_at
 WHERE claimed_by IN """
# A time that must not change is assigned to itself: see `mysql.on_update_times`.
_DEAD = """
SELECT p.id FROM queued_job_processor AS p
 WHERE p.heartbeat_at < {secs_ago}
   AND NOT EXISTS (SELECT 1 FROM queued_job AS j WHERE j.claimed_by = p.id)
 {skip_locked}"""
_DELETE_DEAD = (
    "DELETE FROM queued_job_processor WHERE heartbeat_at < {secs_ago} AND id IN "
)


@dataclass(frozen=True, slots=True)
class RescuePlan:
    """The state that a job of a dead processor ends in, and why."""

    row: Row
    state: JobState
    processor: str

    @property
    def owner(self) -> int:
        return rows.whole(self.row["claimed_by"])

    @property
    def job_id(self) -> int:
        return rows.whole(self.row["id"])

    def log_row(self, by: str) -> LogRow:
        """Return the log row of the rescue."""
        attempt = rows.whole(self.row["attempts"])
        lost = f"processor {self.processor} lost"
        if self.state is JobState.KILLED:
            who = rows.as_text(self.row["kill_requested_by"])
            msg = killed(self.job_id, who)
            return LogRow(
                self.job_id, msg, LogEvent.KILLED, attempt, processor=by, actor=who
            )
        if self.state is JobState.FAILED:
            msg = failed_permanently(self.job_id, f"{lost}, {MAX_RESCUES} times")
            return LogRow(self.job_id, msg, LogEvent.FAILED, attempt, processor=by)
        msg = noted(self.job_id, f"Job rescued: {lost}")
        return LogRow(self.job_id, msg, LogEvent.RESCUED, attempt, processor=by)


class Rescuer:
    """Rescues over one session."""

    def __init__(self, session: Session, stuck_rows: StuckRows) -> None:
        self._session = session
        self._stuck_rows = stuck_rows
        self._lost = LostProcessorTable(session)
        self._uncounted: Counter[int] = Counter()
        """Jobs rescued from a processor whose row of the lost was locked just then."""

    def rescue(self, by: str, dead_after_secs: float) -> list[Rescued]:
        """Give back what processors silent for *dead_after_secs*, or missing from the
        table, hold, a batch at a time.
        """
        rescued = self._rescue(_ORPHANS, (dead_after_secs,), by, dead_after_secs)
        self._session.transact(lambda: self._delete_dead(dead_after_secs))
        self._count_the_rest()
        self._lost.prune()
        return rescued

    def rescue_processor(self, processor_id: int, by: str) -> list[Rescued]:
        """Give back at once what *processor_id* holds, and take it out of the table.
        Only for a processor known to be dead: its process has ended. Its heartbeat is
        set to one of long ago, so that every other processor finds it dead too.
        """

        def enter_and_backdate() -> None:
            self._lost.add_rescued({processor_id: 0})
            self._session.execute(_BACKDATE, (processor_id,))

        self._session.transact(enter_and_backdate)
        rescued = self._rescue(_HELD, (processor_id,), by, _LONG_AGO_SECS)
        self._session.transact(lambda: self._delete_dead(_LONG_AGO_SECS))
        self._count_the_rest()
        return rescued

    def _delete_dead(self, dead_after_secs: float) -> None:
        """Delete dead processors that hold no job. Jobs that one of them claims at
        this moment have no processor then, and are rescued next time.
        """
        dead = [row["id"] for row in self._session.rows(_DEAD, (dead_after_secs,))]
        if dead:
            for processor_id in dead:
                self._lost.declare_lost(rows.whole(processor_id))
            self._session.execute(
                f"{_DELETE_DEAD}{in_list(dead)}", (dead_after_secs, *dead)
            )

    def _count_the_rest(self) -> None:
        """Add what could not be added when it was rescued."""
        if self._uncounted:
            numbers = dict(self._uncounted)
            left = self._session.transact(lambda: self._lost.add_rescued(numbers))
            self._uncounted = Counter(left)

    def _rescue(
        self, orphaned: str, params: Params, by: str, dead_after_secs: float
    ) -> list[Rescued]:
        rescued: list[Rescued] = []
        while orphans := self._orphans(orphaned, params):
            batch = self._rescue_batch(orphans, by, dead_after_secs)
            if not batch:
                break
            rescued += batch
        return rescued

    def _orphans(self, orphaned: str, params: Params) -> list[Row]:
        """Return a batch of jobs, without those to skip (see `StuckRows`)."""
        if skipped := self._stuck_rows.skipped_ids():
            orphaned = f"{orphaned} AND j.id NOT IN {in_list(skipped)}"
        return self._session.rows(f"{orphaned} LIMIT %s", (*params, *skipped, _BATCH))

    def _rescue_batch(
        self, orphans: Sequence[Row], by: str, dead_after_secs: float
    ) -> list[Rescued]:
        owners = {rows.whole(row["id"]): row["claimed_by"] for row in orphans}
        dead = sorted({rows.whole(owner) for owner in owners.values()})

        def lock_and_end() -> tuple[list[RescuePlan], dict[int, int]]:
            locked = self._session.rows(
                f"{_LOCK}{in_list(owners)} ORDER BY id {{skip_locked}}", sorted(owners)
            )
            revived = self._session.rows(
                f"{_REVIVED}{in_list(dead)}", (dead_after_secs, *dead)
            )
            spared = {row["id"] for row in revived}
            ours = [
                row
                for row in locked
                if row["claimed_by"] == owners[rows.whole(row["id"])]
                and row["claimed_by"] not in spared
            ]
            ended = self._end(ours, self._names(dead), by)
            return ended, self._lost.add_rescued(Counter(one.owner for one in ended))

        ended, uncounted = self._session.transact(lock_and_end)
        self._uncounted.update(uncounted)
        return [
            Rescued(
                one.job_id, rows.whole(one.row["attempts"]), one.state, one.processor
            )
            for one in ended
        ]

    def _names(self, ids: Sequence[int]) -> dict[int, str]:
        found = self._session.rows(f"{_NAMES}{in_list(ids)}", ids)
        return {rows.whole(row["id"]): rows.as_text(row["name"]) for row in found}

    def _end(
        self, ours: Sequence[Row], names: dict[int, str], by: str
    ) -> list[RescuePlan]:
        plans = [
            RescuePlan(row, _state_after(row), names.get(owner, str(owner)))
            for row in ours
            for owner in (rows.whole(row["claimed_by"]),)
        ]
        done: set[int] = set()
        for state, statement in (
            (JobState.PENDING, _RESCUE),
            (JobState.FAILED, _END_LOST),
            (JobState.KILLED, _END_KILLED),
        ):
            same = [plan for plan in plans if plan.state is state]
            done |= self._stuck_rows.run_update(
                _rescuing(statement, same), _pairs(same)
            )
        ended = [plan for plan in plans if plan.job_id in done]
        write_log(self._session, [plan.log_row(by) for plan in ended])
        return ended


def _state_after(row: Row) -> JobState:
    if row["kill_requested_at"] is not None:
        return JobState.KILLED
    if rows.whole(row["rescues"]) + 1 >= MAX_RESCUES:
        return JobState.FAILED
    return JobState.PENDING


def _rescuing(statement: str, plans: Sequence[RescuePlan]) -> RowUpdate:
    owners = sorted({rows.whole(plan.row["claimed_by"]) for plan in plans})
    statement = f"{statement}{in_list(owners)}"
    return RowUpdate("rescued", statement, owners, after="claimed_by IS NULL")


def _pairs(plans: Sequence[RescuePlan]) -> list[Pair]:
    return [(plan.job_id, rows.whole(plan.row["attempts"])) for plan in plans]
