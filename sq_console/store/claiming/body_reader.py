"""Reading the bodies of claimed jobs.

A short body is read with its row. Longer ones are read after the claim's COMMIT, in
statements that end before their deadline on a slow line too: a claim that cannot be
read would be given back, and taken again, for ever.
"""

from collections.abc import Sequence
from itertools import count

from sq_console.model import ClaimedJob
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session

READ_TOGETHER = 50
"""So many bodies of medium length (`is_long` is 1: some KB) are read in one statement.
"""
PIECE_CHARS = 250_000
"""A longer body (`is_long` is 2) is read in pieces of this length."""

_READ_BODIES = """
SELECT id, {body} AS body FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_READ_PIECE = """
SELECT {body_piece} AS piece FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id = %s {lock}"""


class BodyReader:
    """Reads bodies over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def with_bodies(
        self, processor_id: int, claimed: Sequence[Row]
    ) -> list[ClaimedJob]:
        """Return the jobs of the rows *claimed*, without those that are no longer ours
        when their body is read.
        """
        bodies = self._bodies(processor_id, [row for row in claimed if row["is_long"]])
        jobs = []
        for row in claimed:
            job = rows.claimed(row)
            if not row["is_long"]:
                jobs.append(job)
            elif job.id in bodies:
                jobs.append(job._replace(body=bodies[job.id]))
        return jobs

    def _bodies(self, processor_id: int, some: Sequence[Row]) -> dict[int, bytes]:
        medium = [rows.whole(row["id"]) for row in some if row["is_long"] == 1]
        bodies = self._medium_bodies(processor_id, medium)
        for job_id in (rows.whole(row["id"]) for row in some if row["is_long"] != 1):
            body = self._long_body(processor_id, job_id)
            if body is not None:
                bodies[job_id] = body
        return bodies

    def _medium_bodies(self, processor_id: int, ids: list[int]) -> dict[int, bytes]:
        bodies: dict[int, bytes] = {}
        for start in range(0, len(ids), READ_TOGETHER):
            some = ids[start : start + READ_TOGETHER]
            found = self._session.rows(
                f"{_READ_BODIES}{in_list(some)}", (processor_id, *some)
            )
            for row in found:
                bodies[rows.whole(row["id"])] = rows.blob_or_none(row["body"]) or b""
        return bodies

    def _long_body(self, processor_id: int, job_id: int) -> bytes | None:
        """Read a body in pieces; the row stays locked, so that nobody changes half of
        it meanwhile. None: the job is no longer ours.
        """

        def read_pieces() -> bytes | None:
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

        return self._session.transact(read_pieces)
