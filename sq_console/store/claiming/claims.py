"""Claiming due jobs, releasing them, and knowing which are ours.

A claim is two statements in one short transaction: a locking SELECT in the claim key's
own order (see `candidates`), and an UPDATE by primary key, of rows that still are as
they were read: a job is never claimed twice, also where SKIP LOCKED does not skip.
Bodies that are not short are read after the COMMIT (see `body_reader`).

Sums stay within what their columns hold: a row at the end of its range would be
refused, and with it every claim or rescue it is part of, for ever.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from functools import partial

from sq_console.model import Claim, ClaimedJob, ClaimRequest, LogEvent
from sq_console.store import rows
from sq_console.store.claiming.ancestor_locks import AncestorLocks
from sq_console.store.claiming.body_reader import BodyReader
from sq_console.store.claiming.candidates import CandidateQuery
from sq_console.store.claiming.tries import TriedJobs
from sq_console.store.dialect import in_list
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.processor_names import ProcessorNames
from sq_console.store.protocols import Row, Session
from sq_console.store.stuck_rows import RowUpdate, StuckRows
from sq_console.text.log_messages import killed, noted

RELEASE_BATCH = 500
"""Their log rows are one parameter, and a server may take no more than a megabyte."""

_CLAIM = """
UPDATE queued_job {use_primary}
   SET max_retries = COALESCE(max_retries, remaining_retries),
       remaining_retries = remaining_retries - COALESCE(result_code = 2, 0),
       attempts = {next_attempt},
       claimed_by = %s,
       last_started_at = {now_secs}, set_aside_at = NULL,
       last_finished_at = last_finished_at, created_at = created_at, run_at = run_at,
       kill_requested_at = NULL,
       kill_requested_by = NULL
 WHERE EXISTS (SELECT 1 FROM queued_job_processor AS p WHERE p.id = %s)
   AND claimed_by IS NULL AND state = 'pending'"""
_MINE = """
SELECT id, attempts, created_at FROM queued_job {use_claimed_by}
 WHERE claimed_by = %s"""
_LOCK_OURS = """
SELECT id, attempts, created_at, kill_requested_at, kill_requested_by
  FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_RELEASE = """
UPDATE queued_job {use_primary}
   SET remaining_retries =
         {least}(remaining_retries + COALESCE(result_code = 2, 0), 2147483647),
       claimed_by = NULL,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       last_finished_at = last_finished_at, kill_requested_at = kill_requested_at
 WHERE claimed_by = %s"""
_END_KILLED = """
UPDATE queued_job {use_primary}
   SET result_code = 3, last_error = 'killed', last_finished_at = {now_secs},
       claimed_by = NULL,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       kill_requested_at = kill_requested_at
 WHERE claimed_by = %s"""
# A time that must not change is assigned to itself: see `mysql.on_update_times`.


class StoreClaims:
    """A processor claims jobs, and releases those that it will not call."""

    def __init__(self, session: Session, stuck_rows: StuckRows) -> None:
        self._session = session
        self._stuck_rows = stuck_rows
        self._candidates = CandidateQuery(session, stuck_rows)
        self._tried = TriedJobs(session)
        self._bodies = BodyReader(session)
        self._names = ProcessorNames(session)
        self.ancestor_locks = AncestorLocks(session)
        self._last_claim_found_jobs = False

    def anything_due(self, due_by: datetime | None = None) -> bool:
        """Is a pending job due (by *due_by*, else now)? One index entry is read."""
        return self._candidates.anything_due(due_by)

    def claim(self, processor_id: int, request: ClaimRequest) -> list[ClaimedJob]:
        """Claim up to *request.limit* due jobs: those to be tried, then the others, by
        priority, then oldest first.
        """
        if request.limit < 1 or not (
            request.only_tries
            or self._last_claim_found_jobs
            or self._candidates.poll(request.due_by)
        ):
            return []
        if not request.only_tries:
            self._candidates.prepare()
        claimed = self._session.transact(
            lambda: self._select_and_update(processor_id, request)
        )
        self._last_claim_found_jobs = bool(claimed)
        return self._bodies.with_bodies(processor_id, claimed)

    @property
    def scanned_all_hosts(self) -> bool:
        """Has the last claim, together with those before it that found nothing, looked
        at all hosts that have pending jobs? Where hosts that are not to be called
        crowd, a claim looks at some of them, and the next at more.
        """
        return self._candidates.hosts.scanned_all

    def held_by(self, processor_id: int, *, await_commits: bool) -> list[Claim]:
        """Return all the database says *processor_id* holds. With *await_commits* a
        claim whose COMMIT may be under way on a lost connection is waited for; raises
        RowLocked when somebody keeps one of the rows locked for seconds.
        """
        if await_commits:
            found = self._session.transact(
                lambda: self._session.rows(f"{_MINE} {{lock}}", (processor_id,)),
                waits=False,
            )
        else:
            found = self._session.rows(_MINE, (processor_id,))
        return [rows.claim_of(row) for row in found]

    def release(self, processor_id: int, claims: Sequence[Claim], reason: str) -> int:
        """Release *claims*, nothing charged; a job whose kill was asked for ends.
        Return how many were released: the others are no longer ours, or locked by
        somebody at this moment, or cannot be changed (see `StuckRows`).
        """
        count = 0
        for start in range(0, len(claims), RELEASE_BATCH):
            batch = frozenset(claims[start : start + RELEASE_BATCH])
            count += self._session.transact(
                partial(self._release_batch, processor_id, batch, reason)
            )
        return count

    def _select_and_update(self, processor_id: int, request: ClaimRequest) -> list[Row]:
        """Lock candidates and claim them; return the rows that are now ours, in the
        order to call them, as they were before.
        """
        tried = self._tried.select(request.tries, request.limit)
        candidates = [*tried, *self._select_others(request, tried)]
        if request.beside_ancestor:
            candidates = self.ancestor_locks.lockable(candidates)
        claimed_ids = self._update_claimed(processor_id, candidates)
        self._tried.forget(claimed_ids & request.tries)
        return [row for row in candidates if rows.whole(row["id"]) in claimed_ids]

    def _select_others(self, request: ClaimRequest, tried: Sequence[Row]) -> list[Row]:
        limit = request.limit - len(tried)
        if request.only_tries or limit < 1:
            return []
        found = self._candidates.select(replace(request, limit=limit))
        ids = {rows.whole(row["id"]) for row in tried}
        return [row for row in found if rows.whole(row["id"]) not in ids]

    def _update_claimed(self, processor_id: int, found: Sequence[Row]) -> set[int]:
        """Run the UPDATE that claims *found*; return the ids of those it claimed. A
        processor that is declared dead claims nothing.
        """
        update = RowUpdate(
            "claimed",
            _CLAIM,
            (processor_id, processor_id),
            after="claimed_by = %s",
            after_params=(processor_id,),
            attempts_before="{next_attempt}",
        )
        pairs = [(rows.whole(row["id"]), rows.whole(row["attempt"])) for row in found]
        return self._stuck_rows.run_update(update, pairs)

    def _release_batch(self, processor_id: int, claims: Set[Claim], reason: str) -> int:
        ours = self._lock_ours(processor_id, claims)
        kept = [row for row in ours if row["kill_requested_at"] is None]
        doomed = [row for row in ours if row["kill_requested_at"] is not None]
        released = self._update_released(_RELEASE, processor_id, kept)
        ended = self._update_released(_END_KILLED, processor_id, doomed)
        name = self._names.name_of(processor_id)
        write_log(
            self._session,
            [
                *(_released(row, reason, name) for row in released),
                *(_ended(row, name) for row in ended),
            ],
        )
        return len(released) + len(ended)

    def _lock_ours(self, processor_id: int, claims: Set[Claim]) -> list[Row]:
        ids = sorted({claim.job_id for claim in claims})
        statement = f"{_LOCK_OURS}{in_list(ids)} ORDER BY id {{skip_locked}}"
        found = self._session.rows(statement, (processor_id, *ids))
        return [row for row in found if rows.claim_of(row) in claims]

    def _update_released(
        self, statement: str, processor_id: int, found: Sequence[Row]
    ) -> list[Row]:
        """Return those of *found* that could be changed."""
        update = RowUpdate(
            "given back", statement, (processor_id,), after="claimed_by IS NULL"
        )
        pairs = [rows.claim_of(row)[:2] for row in found]
        done = self._stuck_rows.run_update(update, pairs)
        return [row for row in found if rows.whole(row["id"]) in done]


def _released(row: Row, reason: str, name: str) -> LogRow:
    job_id, attempt = rows.whole(row["id"]), rows.whole(row["attempts"])
    return LogRow(
        job_id, noted(job_id, reason), LogEvent.RELEASED, attempt, processor=name
    )


def _ended(row: Row, name: str) -> LogRow:
    job_id, attempt = rows.whole(row["id"]), rows.whole(row["attempts"])
    who = rows.as_text(row["kill_requested_by"])
    return LogRow(
        job_id, killed(job_id, who), LogEvent.KILLED, attempt, processor=name, actor=who
    )
