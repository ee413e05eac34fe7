"""What a scenario runs on: a database, a ledger, a folder, and jobs in the queue.

Jobs are put in as applications do it, with a plain INSERT on a connection of their own,
and what is read afterwards is read as root, past the program.
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pymysql
from pymysql.cursors import Cursor

from sq_console.config import DbSettings
from tests.faults.fork_server import ForkServer
from tests.faults.ledger import Ledger
from tests.servers import Server, ini_section
from tests.waiting import eventually

SCHEMA = Path(__file__).parent.parent.parent / "schema.sql"
_INSERT = """
INSERT INTO queued_job (http_method, url, body, timeout_secs, remaining_retries,
  retry_delay_secs) VALUES ('post', %s, 'body', %s, %s, %s)"""
_UNFINISHED = "SELECT COUNT(*) FROM queued_job WHERE state IN ('pending', 'running')"
USER = "plain"
"""May do everything in this database and nothing to the server: it is held to
`read_only`.
"""
_USER = f"""
CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{{passwd}}';
GRANT ALL ON {{db}}.* TO '{USER}'@'%'"""
_BATCH = 20


@dataclass
class ScenarioSetup:
    """One database with our tables, empty, and the ledger its jobs go to."""

    server: Server
    db: DbSettings
    ledger: Ledger
    folder: Path
    fork_server: ForkServer | None = None
    """Starts processors of `processor_main`; without one each is a new program."""
    inserted: list[int] = field(default_factory=list)
    """Ids of the jobs whose INSERT was confirmed."""

    def ini(self, db: DbSettings | None = None, **processor: int) -> Path:
        """A config file that leads to the database, or to *db*."""
        db = db or self.db
        lines = [f"{key} = {value}" for key, value in processor.items()]
        path = self.folder / f"db-{db.port}.ini"
        path.write_text(
            ini_section(db) + "\n".join(["[processor]", "poll_ms = 50", *lines, ""])
        )
        return path

    def add(
        self,
        count: int,
        path: str = "/200?ms=50-150",
        *,
        url: str = "",
        timeout_secs: int = 30,
        retries: int = 5,
        retry_delay_secs: int = 0,
    ) -> list[int]:
        """Insert jobs. Raises pymysql's errors when the database is away."""
        urls = [url or self.ledger.url(path)] * count
        return self.add_each(urls, timeout_secs, retries, retry_delay_secs)

    def add_each(
        self,
        urls: Sequence[str],
        timeout_secs: int = 30,
        retries: int = 5,
        retry_delay_secs: int = 0,
    ) -> list[int]:
        """The same, a job for each of *urls*."""
        ids = []
        with self._connect() as connection:
            cursor = connection.cursor()
            for url in urls:
                cursor.execute(_INSERT, (url, timeout_secs, retries, retry_delay_secs))
                ids.append(int(cursor.lastrowid))
                self.inserted.append(ids[-1])
        return ids

    def _connect(self) -> "pymysql.Connection[Cursor]":
        """By TCP: PyMySQL leaks its socket when a Unix one refuses."""
        return pymysql.connect(
            host=self.db.host,
            port=self.db.port,
            user=self.db.user,
            password=self.db.passwd,
            database=self.db.db,
            charset="utf8mb4",
            autocommit=True,
            read_timeout=10,
        )

    @contextlib.contextmanager
    def flow(
        self, count: int, per_sec: float, path: str, **fields: int
    ) -> Iterator["Flow"]:
        """*count* jobs, *per_sec* a second, in a thread of their own."""
        flow = Flow(self, count, per_sec, path, fields)
        flow.start()
        try:
            yield flow
        finally:
            flow.stopping.set()
            flow.join(30)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What *sql* finds."""
        return self.server.command(sql, self.db.db)

    def number(self, sql: str) -> int:
        """The one number *sql* finds."""
        return int(str(self.rows(sql)[0][0]))

    def all_finished(self, timeout_secs: float) -> bool:
        """Wait until no job is pending or running; False when some still are."""
        try:
            eventually(lambda: self.number(_UNFINISHED) == 0, timeout_secs, 0.1)
        except AssertionError:
            return False
        return True


class Flow(threading.Thread):
    """Jobs being inserted steadily, also across an outage."""

    def __init__(
        self,
        setup: ScenarioSetup,
        count: int,
        per_sec: float,
        path: str,
        fields: dict[str, int],
    ) -> None:
        super().__init__(name="flow", daemon=True)
        self._setup, self._left, self._path = setup, count, path
        self._pause_secs = _BATCH / per_sec
        self._fields = fields
        self.stopping = threading.Event()

    def run(self) -> None:
        next_at = time.monotonic()
        while self._left > 0 and not self.stopping.is_set():
            batch = min(_BATCH, self._left)
            with contextlib.suppress(pymysql.err.MySQLError):
                self._setup.add(batch, self._path, **self._fields)
                self._left -= batch
            next_at = max(next_at + self._pause_secs, time.monotonic() - 1)
            self.stopping.wait(max(0.0, next_at - time.monotonic()))

    @property
    def done(self) -> bool:
        """Everything is inserted."""
        return self._left <= 0


@contextlib.contextmanager
def setup_on(
    server: Server, fork_server: ForkServer | None = None
) -> Iterator[ScenarioSetup]:
    """A setup with a fresh database on *server*."""
    db = replace(server.create_database(), user=USER)
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    server.command(_USER.format(passwd=db.passwd, db=db.db))
    with Ledger() as ledger, tempfile.TemporaryDirectory(prefix="sq-faults-") as folder:
        yield ScenarioSetup(server, db, ledger, Path(folder), fork_server)
    with contextlib.suppress(pymysql.err.MySQLError):
        server.drop_database(db.db)
