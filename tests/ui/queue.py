"""A real SQLite queue with jobs in whatever state a screen is to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sq_console.config import DbSettings, Settings
from sq_console.model import Job, JobState, ResultCode
from sq_console.store import open_store

WEB2 = 77


class Queue:
    """A database, and short words to put jobs into it."""

    def __init__(self, path: Path | str) -> None:
        self.db = DbSettings(engine="sqlite", path=str(path))
        self.settings = Settings(self.db)
        self.store = open_store(self.db)
        # Whole, so that a time said to be 12 minutes ago shows as just that.
        self.begun = datetime.now(UTC).replace(microsecond=0)

    def ago(self, secs: float) -> str:
        moment = self.begun - timedelta(seconds=secs)
        return moment.strftime("%Y-%m-%d %H:%M:%S.000")

    def insert(self, table: str, **values: object) -> int:
        columns = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
        return self.store.session.insert(statement, tuple(values.values()))

    def job(self, url: str = "http://api.example.com/x", **values: object) -> int:
        return self.insert(
            "queued_job", **{"http_method": "post", "url": url, **values}
        )

    def pending(self, url: str = "http://api.example.com/x", **values: object) -> int:
        return self.job(url, **{"run_at": self.ago(150), **values})

    def later(self, url: str = "http://api.example.com/x", **values: object) -> int:
        return self.job(url, **{"run_at": self.ago(-86_000), **values})

    def running(self, url: str = "http://api.example.com/x", **values: object) -> int:
        return self.job(
            url,
            **{
                "claimed_by": WEB2,
                "attempts": 1,
                "max_retries": 5,
                "last_started_at": self.ago(9_030)[:19],
                "timeout_secs": 14_400,
                **values,
            },
        )

    def failed(self, url: str = "http://api.example.com/x", **values: object) -> int:
        return self.job(
            url,
            **{
                "result_code": 1,
                "attempts": 1,
                "max_retries": 5,
                "last_error": "http 500",
                "last_status_code": 500,
                "last_response": "Internal Server Error",
                "last_started_at": self.ago(751)[:19],
                "last_finished_at": self.ago(750)[:19],
                "created_at": self.ago(760),
                "run_at": self.ago(760),
                **values,
            },
        )

    def succeeded(self, **values: object) -> int:
        ok = {"result_code": 0, "last_error": None, "last_status_code": 200}
        return self.failed(**{**ok, **values})

    def killed(self, **values: object) -> int:
        by = {"result_code": 3, "last_error": "killed", "kill_requested_by": "eve@web1"}
        return self.failed(**{**by, **values})

    def log(self, job_id: int, text: str, ago_secs: float = 750, **more: object) -> int:
        values = {
            "job_id": job_id,
            "msg": f"[JOBID {job_id}] {text}",
            "created_at": self.ago(ago_secs)[:19],
            **more,
        }
        return self.insert("queued_job_log", **values)

    def flood(self, count: int, text: str) -> None:
        """So many log rows at once."""
        self.store.session.transact(lambda: [self.log(1, text) for _ in range(count)])

    def processor(self, name: str = "web2:4711", **values: object) -> None:
        # The heartbeat is fresh for as long as a test takes.
        far_off = self.ago(-86_400 * 30)
        base = {
            "id": WEB2,
            "name": name,
            "version": "1",
            "concurrency": 50,
            "running": 1,
        }
        more = {"state": "running", "heartbeat_at": far_off, **values}
        self.insert("queued_job_processor", **{**base, **more})

    def of(self, job_id: int) -> Job:
        return self.store.reads.job(job_id)

    def state(self, job_id: int) -> JobState:
        return self.of(job_id).state

    @contextmanager
    def away(self) -> Iterator[None]:
        """The file is no database meanwhile."""
        self.store.session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        self.store.close()
        path = Path(self.db.path)
        kept = path.read_bytes()
        path.write_bytes(b"not a database, " * 1_000)
        yield
        path.write_bytes(kept)
        self.store = open_store(self.db)

    def finish(self, job_id: int, result: ResultCode = ResultCode.SUCCEEDED) -> None:
        """As if a processor had called it."""
        self.store.session.execute(
            "UPDATE queued_job SET result_code = %s, claimed_by = NULL, attempts = 1,"
            " last_finished_at = CURRENT_TIMESTAMP WHERE id = %s",
            (result, job_id),
        )

    def messages(self, job_id: int) -> list[str]:
        return [entry.msg for entry in self.store.reads.job_log(job_id)]
