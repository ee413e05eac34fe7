"""Taking due jobs, giving them back, and knowing which are ours.

A claim is two statements in one short transaction: a locking SELECT in the claim key's
own order (see `picking`), and an UPDATE by primary key, of rows that still are as they
were read: a job is never taken twice, also where SKIP LOCKED does not skip.

Bodies that are not short are read after the COMMIT, in statements that end before their
deadline on a slow line too: a claim that cannot be read is given back, and taken again,
for ever.

Sums stay within what their columns hold: a row at the end of its range would be
refused, and with it every claim or rescue it is part of, for ever.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count

from sq_console.model import (
    Claim,
    ClaimedJob,
    ClaimRequest,
    LogEvent,
)
from sq_console.store import rows
from sq_console.store.claiming.candidates import CandidateQuery
from sq_console.store.dialect import in_list
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.processor_names import ProcessorNames
from sq_console.store.protocols import Row, Session
from sq_console.store.stuck_rows import Change, StuckRows
from sq_console.text.log_messages import killed, noted

RELEASE_BATCH = 500
"""Their log rows are one parameter, and a server may take no more than a megabyte."""
READ_TOGETHER = 50
"""Bodies of some length (`is_long` is 1: some KB)…"""
PIECE_CHARS = 250_000
"""…those that are longer are read in pieces."""

_TAKE = """
UPDATE queued_job {use_primary}
   SET max_retries = COALESCE(max_retries, remaining_retries),
       remaining_retries = remaining_retries - COALESCE(result_code = 2, 0),
       attempts = {next_attempt},
       claimed_by = %s,
       last_started_at = {now_secs},
       last_finished_at = last_finished_at, created_at = created_at, run_at = run_at,
       kill_requested_at = NULL,
       kill_requested_by = NULL
 WHERE EXISTS (SELECT 1 FROM queued_job_processor AS p WHERE p.id = %s)
   AND claimed_by IS NULL AND state = 'pending'"""
_READ_BODIES = """
SELECT id, {body} AS body FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_READ_PIECE = """
SELECT {body_piece} AS piece FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id = %s {lock}"""
_MINE = """
SELECT id, attempts, created_at FROM queued_job {use_claimed_by}
 WHERE claimed_by = %s"""
_LOCK_OURS = """
SELECT id, attempts, created_at, kill_requested_at, kill_requested_by
  FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_GIVE_BACK = """
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
# A time that is not to change is assigned to itself: see `mysql.moving_times`.


class StoreClaims:
    """A processor takes jobs, writes their outcomes, and lets go."""

    def __init__(self, session: Session, stuck_rows: StuckRows) -> None:
        self._session = session
        self._stuck_rows = stuck_rows
        self._candidates = CandidateQuery(session, stuck_rows)
        self._names = ProcessorNames(session)
        self._hot = False

    def anything_due(self, due_by: datetime | None = None) -> bool:
        """Is a pending job due? One index entry is read."""
        return self._candidates.anything_due(due_by)

    def claim(self, processor_id: int, request: ClaimRequest) -> list[ClaimedJob]:
        """Take up to *request.limit* due jobs, by priority, then oldest first."""
        if request.limit < 1 or not (
            self._hot or self._candidates.poll(request.due_by)
        ):
            return []
        taken = self._take(processor_id, request)
        self._hot = bool(taken)
        return self._with_bodies(processor_id, taken)

    @property
    def scanned_all_hosts(self) -> bool:
        """Has the last claim, with empty ones before it, looked at all hosts?"""
        return self._candidates.scanned_all_hosts

    def mine(self, processor_id: int, *, settled: bool) -> list[Claim]:
        """All the database says *processor_id* holds."""
        if settled:
            statement = f"{_MINE} {{lock}}"
            found = self._session.transact(
                lambda: self._session.rows(statement, (processor_id,)), waits=False
            )
        else:
            found = self._session.rows(_MINE, (processor_id,))
        return [rows.claim_of(row) for row in found]

    def release(self, processor_id: int, claims: Sequence[Claim], reason: str) -> int:
        """Give these back; one whose kill was asked for ends."""
        batches = [
            frozenset(claims[start : start + RELEASE_BATCH])
            for start in range(0, len(claims), RELEASE_BATCH)
        ]
        count = 0
        for batch in batches:
            work = partial(self._release, processor_id, batch, reason)
            count += self._session.transact(work)
        return count

    def _release(self, processor_id: int, claims: Set[Claim], reason: str) -> int:
        ids = sorted({claim.job_id for claim in claims})
        ours = [
            row
            for row in self._session.rows(
                f"{_LOCK_OURS}{in_list(ids)} ORDER BY id {{skip_locked}}",
                (processor_id, *ids),
            )
            if rows.claim_of(row) in claims
        ]
        kept = [row for row in ours if row["kill_requested_at"] is None]
        doomed = [row for row in ours if row["kill_requested_at"] is not None]
        back = self._update(_GIVE_BACK, processor_id, kept)
        dead = self._update(_END_KILLED, processor_id, doomed)
        name = self._names.name_of(processor_id)
        write_log(
            self._session,
            [
                *(_released(row, reason, name) for row in back),
                *(_ended(row, name) for row in dead),
            ],
        )
        return len(back) + len(dead)

    def _update(
        self, statement: str, processor_id: int, found: Sequence[Row]
    ) -> list[Row]:
        """Those of *found* that could be changed."""
        change = Change("given back", statement, (processor_id,), "claimed_by IS NULL")
        pairs = [rows.claim_of(row)[:2] for row in found]
        done = self._stuck_rows.update(change, pairs)
        return [row for row in found if rows.whole(row["id"]) in done]

    def _take(self, processor_id: int, request: ClaimRequest) -> list[Row]:
        """The jobs now ours, in the order to call them, as they were before."""
        self._candidates.prepare()
        take = Change(
            "claimed",
            _TAKE,
            (processor_id, processor_id),  # nobody claims who is declared dead
            made="claimed_by = %s",
            made_params=(processor_id,),
            attempts="{next_attempt}",
        )

        def work() -> list[Row]:
            picked = self._candidates.pick(request)
            if not picked:
                return []
            pairs = [(rows.whole(r["id"]), rows.whole(r["attempt"])) for r in picked]
            taken = self._stuck_rows.update(take, pairs)
            return [row for row in picked if rows.whole(row["id"]) in taken]

        return self._session.transact(work)

    def _with_bodies(self, processor_id: int, taken: list[Row]) -> list[ClaimedJob]:
        """Without those that are no longer ours when their body is read."""
        some = [row for row in taken if row["is_long"]]
        if not some:
            return [rows.claimed(row) for row in taken]
        bodies = self._bodies(processor_id, some)
        jobs = []
        for row in taken:
            job = rows.claimed(row)
            if not row["is_long"]:
                jobs.append(job)
            elif job.id in bodies:
                jobs.append(replace(job, body=bodies[job.id]))
        return jobs

    def _bodies(self, processor_id: int, some: list[Row]) -> dict[int, bytes]:
        bodies: dict[int, bytes] = {}
        medium = [rows.whole(row["id"]) for row in some if row["is_long"] == 1]
        for start in range(0, len(medium), READ_TOGETHER):
            ids = medium[start : start + READ_TOGETHER]
            found = self._session.rows(
                f"{_READ_BODIES}{in_list(ids)}", (processor_id, *ids)
            )
            for row in found:
                bodies[rows.whole(row["id"])] = rows.blob_or_none(row["body"]) or b""
        for job_id in (rows.whole(row["id"]) for row in some if row["is_long"] != 1):
            body = self._long_body(processor_id, job_id)
            if body is not None:
                bodies[job_id] = body
        return bodies

    def _long_body(self, processor_id: int, job_id: int) -> bytes | None:
        """In pieces. The row is locked meanwhile: nobody changes half of it."""

        def work() -> bytes | None:
            pieces: list[bytes] = []
            for start in count(1, PIECE_CHARS):
                params = (start, PIECE_CHARS, processor_id, job_id)
                found = self._session.rows(_READ_PIECE, params)
                if not found:
                    return None
                pieces.append(rows.blob_or_none(found[0]["piece"]) or b"")
                if len(pieces[-1]) < PIECE_CHARS:
                    break
            return b"".join(pieces)

        return self._session.transact(work)


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
