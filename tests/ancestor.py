"""A model of the ancestor, the strings-queue, as far as it meets the database: it finds
all pending jobs, and for each opens a connection, takes the job's lock, reads the row
again, calls, and writes what came of it, statement by statement.
"""

import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pymysql

from sq_console.config import DbSettings

LOCK_TIMEOUT_SECS = 10
TEMPORARY = 2
_PENDING = """
SELECT id FROM queued_job
 WHERE (result_code IS NULL OR result_code = 2) AND remaining_retries > 0
   AND (last_finished_at IS NULL
        OR DATE_ADD(last_finished_at, INTERVAL retry_delay_secs SECOND) <= NOW())"""


class Ancestor:
    """One run of it after the other, with five processes as ever."""

    def __init__(self, db: DbSettings, lock_secs: int = LOCK_TIMEOUT_SECS) -> None:
        self._db = db
        self._lock_secs = lock_secs
        self.called: list[int] = []
        """The jobs it has called."""

    def run(self) -> None:
        """Process all that is pending, and end."""
        self.process(self.pending())

    def pending(self) -> list[int]:
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(_PENDING)
            return [row[0] for row in cursor.fetchall()]

    def process(self, ids: Iterable[int]) -> None:
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(self._process_one, ids))

    def _process_one(self, job_id: int) -> None:
        with self._connect() as connection, connection.cursor() as cursor:
            lock = (f"lock_job_{job_id}", self._lock_secs)
            cursor.execute("SELECT GET_LOCK(%s, %s)", lock)
            if cursor.fetchone() != (1,):
                _log(cursor, job_id, "Could not acquire lock on job")
                return
            cursor.execute(
                "SELECT http_method, url, body, timeout_secs, result_code,"
                " remaining_retries FROM queued_job WHERE id = %s",
                (job_id,),
            )
            row = cursor.fetchone()
            if row is None:
                _log(cursor, job_id, "Could not find job")
            elif row[4] not in (None, TEMPORARY) or row[5] <= 0:
                _log(cursor, job_id, "Job not workable, skipping")
            else:
                self._call(cursor, job_id, *row[:4])

    def _call(
        self,
        cursor: "pymysql.cursors.Cursor",
        job_id: int,
        method: str,
        url: str,
        body: str,
        timeout_secs: int,
    ) -> None:
        started = "UPDATE queued_job SET last_started_at = NOW() WHERE id = %s"
        cursor.execute(started, (job_id,))
        about = f"with method {method} on url {url} (timeout {timeout_secs})"
        _log(cursor, job_id, f"Calling job {about}")
        self.called.append(job_id)
        headers = {"x-bitlancer-job-id": str(job_id)}  # for the handler's ledger
        request = urllib.request.Request(
            url, (body or "").encode(), headers, method=method.upper()
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout_secs) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        finished = "UPDATE queued_job SET last_finished_at = NOW() WHERE id = %s"
        decided = "UPDATE queued_job SET result_code = %s WHERE id = %s"
        if status == 200:
            cursor.execute(finished, (job_id,))
            cursor.execute(decided, (0, job_id))
            _log(cursor, job_id, "Job succeeded: ok")
            return
        _log(cursor, job_id, "Job failed temporarily: no")
        cursor.execute(decided, (TEMPORARY if status == 503 else 1, job_id))
        cursor.execute(
            "UPDATE queued_job SET remaining_retries = remaining_retries - 1"
            " WHERE id = %s",
            (job_id,),
        )
        cursor.execute(finished, (job_id,))

    def _connect(self) -> "pymysql.Connection":
        db = self._db
        return pymysql.connect(
            host=db.host,
            port=db.port,
            user=db.user,
            password=db.passwd,
            database=db.db,
            autocommit=True,
        )


def _log(cursor: "pymysql.cursors.Cursor", job_id: int, msg: str) -> None:
    cursor.execute(
        "INSERT INTO queued_job_log (job_id, msg) VALUES (%s, %s)",
        (job_id, f"[JOBID {job_id}] {msg}"),
    )
