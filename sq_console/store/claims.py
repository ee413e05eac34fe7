"""Taking due jobs, giving them back, and knowing which are ours.

A claim is two statements in one short transaction: a locking SELECT in the claim key's
own order (see `picking`), and an UPDATE by primary key. The rows are read after the
COMMIT, in statements that end before their deadline on a slow line too: a claim that
cannot be read is given back, and taken again, for ever.

Sums stay within what their columns hold: a row at the end of its range would be
refused, and with it every claim or rescue it is part of, for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from sq_console.model import ClaimedJob, ClaimRequest, LogEvent, Outcome, RecordReport
from sq_console.store import rows
from sq_console.store.base import Row, Session
from sq_console.store.dialect import in_list
from sq_console.store.log import LogRow, write_log
from sq_console.store.picking import Picker
from sq_console.store.recording import Recorder
from sq_console.wording import killed, noted

READ_TOGETHER = 100
"""Jobs with their short bodies."""
PIECE_CHARS = 250_000
"""Of a long body."""

_TAKE = """
UPDATE queued_job
   SET max_retries = COALESCE(max_retries, remaining_retries),
       remaining_retries = remaining_retries - COALESCE(result_code = 2, 0),
       attempts = {least}(attempts + 1, 4294967295),
       claimed_by = %s,
       last_started_at = {now_secs},
       kill_requested_at = NULL,
       kill_requested_by = NULL
 WHERE EXISTS (SELECT 1 FROM queued_job_processor AS p WHERE p.id = %s)
   AND id IN """
_READ_CLAIMED = "SELECT {claimed_columns} FROM queued_job"
_READ_LONG_BODY = """
SELECT SUBSTRING(body, %s, %s) AS piece FROM queued_job {use_primary}
 WHERE id = %s {lock}"""
_MINE = """
SELECT id, attempts FROM queued_job {use_claimed_by} WHERE claimed_by = %s {lock}"""
"""Waits for a claim of ours whose COMMIT is still under way on a lost connection."""
_OF_THESE = " {use_primary} WHERE claimed_by = %s AND id IN "
_LOCK_OURS = """
SELECT id, attempts, kill_requested_at, kill_requested_by
  FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_GIVE_BACK = """
UPDATE queued_job
   SET remaining_retries =
         {least}(remaining_retries + COALESCE(result_code = 2, 0), 2147483647),
       claimed_by = NULL
 WHERE id IN """
_END_KILLED = """
UPDATE queued_job
   SET result_code = 3, last_error = 'killed', last_finished_at = {now_secs},
       claimed_by = NULL
 WHERE id IN """


class StoreClaims:
    """See `base.Claims`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._picker = Picker(session)
        self._recorder = Recorder(session)
        self._hot = False

    def anything_due(self, due_by: datetime | None = None) -> bool:
        """Is a pending job due? One index entry is read."""
        return self._picker.anything_due(due_by)

    def claim(self, processor_id: int, request: ClaimRequest) -> list[ClaimedJob]:
        """Take up to *request.limit* due jobs, by priority, then oldest first."""
        if request.limit < 1 or not (self._hot or self._picker.poll(request.due_by)):
            return []
        picked = self._take(processor_id, request)
        self._hot = bool(picked)
        return self._read(processor_id, picked)

    def mine(self, processor_id: int) -> list[tuple[int, int]]:
        """(job id, attempt) of all the database says *processor_id* holds."""
        return [
            (rows.whole(row["id"]), rows.whole(row["attempts"]))
            for row in self._session.rows(_MINE, (processor_id,))
        ]

    def record(self, processor_id: int, outcomes: Sequence[Outcome]) -> RecordReport:
        """Write *outcomes*, each only if (processor, attempt) still match."""
        return self._recorder.record(processor_id, outcomes)

    def release(
        self, processor_id: int, claims: Sequence[tuple[int, int]], reason: str
    ) -> int:
        """Give back (job id, attempt) pairs; one whose kill was asked for ends."""
        if not claims:
            return 0
        return self._session.transact(
            lambda: self._release(processor_id, dict(claims), reason)
        )

    def _release(self, processor_id: int, claims: dict[int, int], reason: str) -> int:
        ids = sorted(claims)
        ours = [
            row
            for row in self._session.rows(
                f"{_LOCK_OURS}{in_list(ids)} ORDER BY id {{lock}}",
                (processor_id, *ids),
            )
            if claims[rows.whole(row["id"])] == rows.whole(row["attempts"])
        ]
        dead = [row for row in ours if row["kill_requested_at"] is not None]
        back = [row for row in ours if row["kill_requested_at"] is None]
        self._update(_GIVE_BACK, back)
        self._update(_END_KILLED, dead)
        name = self._recorder.name_of(processor_id)
        write_log(
            self._session,
            [
                *(_released(row, reason, name) for row in back),
                *(_ended(row, name) for row in dead),
            ],
        )
        return len(ours)

    def _update(self, statement: str, found: Sequence[Row]) -> None:
        ids = [rows.whole(row["id"]) for row in found]
        if ids:
            self._session.run(f"{statement}{in_list(ids)}", ids)

    def _take(self, processor_id: int, request: ClaimRequest) -> list[int]:
        """Ids of the jobs now ours, in the order to call them."""
        self._picker.prepare()

        def work() -> list[int]:
            ids = [rows.whole(row["id"]) for row in self._picker.pick(request)]
            if ids:
                self._session.run(
                    f"{_TAKE}{in_list(ids)}",
                    (processor_id, processor_id, *sorted(ids)),
                )
            return ids

        return self._session.transact(work)

    def _read(self, processor_id: int, ids: Sequence[int]) -> list[ClaimedJob]:
        found: list[Row] = []
        for start in range(0, len(ids), READ_TOGETHER):
            some = ids[start : start + READ_TOGETHER]
            found += self._session.rows(
                f"{_READ_CLAIMED}{_OF_THESE}{in_list(some)}", (processor_id, *some)
            )
        by_id = {rows.whole(row["id"]): self._claimed(row) for row in found}
        return [by_id[job_id] for job_id in ids if job_id in by_id]

    def _claimed(self, row: Row) -> ClaimedJob:
        job = rows.claimed(row)
        if not row["is_long"]:
            return job
        body = self._session.transact(lambda: b"".join(self._pieces(job.id)))
        return replace(job, body=body)

    def _pieces(self, job_id: int) -> Iterator[bytes]:
        """A long body, in statements that each end in time on a slow line. The row is
        locked meanwhile: nobody changes half of it.
        """
        for start in count(1, PIECE_CHARS):
            params = (start, PIECE_CHARS, job_id)
            found = self._session.rows(_READ_LONG_BODY, params)
            piece = rows.blob_or_none(found[0]["piece"]) if found else None
            yield piece or b""
            if piece is None or len(piece) < PIECE_CHARS:
                return


def _released(row: Row, reason: str, name: str) -> LogRow:
    job_id, attempt = rows.whole(row["id"]), rows.whole(row["attempts"])
    return LogRow(
        job_id, noted(job_id, reason), LogEvent.RELEASED, attempt, processor=name
    )


def _ended(row: Row, name: str) -> LogRow:
    job_id, attempt = rows.whole(row["id"]), rows.whole(row["attempts"])
    who = rows.text(row["kill_requested_by"])
    return LogRow(
        job_id, killed(job_id, who), LogEvent.KILLED, attempt, processor=name, actor=who
    )
