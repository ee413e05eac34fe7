"""The migration of a MySQL or MariaDB database, step by step under a lock.

The lock is the server's (GET_LOCK), and ends with its connection: nothing is left to
clean up after a run that was killed.
"""

import hashlib
import time
from collections.abc import Callable

from sq_console.errors import StoreDenied, StoreRefused
from sq_console.model import (
    SCHEMA_VERSION,
    FoundSchema,
    MigrationPlan,
    MigrationReport,
    PlannedStep,
)
from sq_console.store.actions.activity import note_activity_if_possible
from sq_console.store.engines.mysql.migrating.altering import alter, wait_shortly
from sq_console.store.engines.mysql.migrating.ancestor_rows import (
    AncestorRows,
    Walked,
)
from sq_console.store.engines.mysql.migrating.read_tables import read_tables
from sq_console.store.engines.mysql.schema_check import MySQLAdmin
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text, moment, whole
from sq_console.store.schema.migration.plan import (
    ANCESTORS_TIME,
    FORGET_TIME,
    steps_of,
)
from sq_console.store.schema.migration.steps import Step
from sq_console.store.schema.migration.table_steps import KEYS_AWAY
from sq_console.store.schema.version import refuse_migration

LOCK_NAME_CHARS = 64
MOST_WALKS = 5
"""An ancestor at work changes rows behind us; an operator is to stop it."""
PATIENCE_SECS = 30.0
"""A call of the ancestor's may last so much longer than its timeout."""
_PAUSE = 0.5
"""Between two batches, as a share of the time that one took."""
_SAY_SECS = 2.0

_LOCK = "SELECT GET_LOCK(%s, %s) AS got"
_LOCKED_BY = """
SELECT COALESCE(CONCAT('connection ', ID, ', ', USER, '@', HOST), '?') AS who
  FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK(%s)"""
_DATABASE = "SELECT DATABASE() AS name"
_META = "SELECT value FROM queued_job_meta WHERE name = %s"
_IS_HELD = "SELECT 1 AS one FROM queued_job_hold WHERE host = '*'"
_PENDING = """
SELECT COUNT(*) AS n, MIN(run_at) AS oldest FROM queued_job FORCE INDEX (due)
 WHERE state = 'pending'"""
_HOSTS = """
SELECT COUNT(*) AS n FROM (SELECT DISTINCT host FROM queued_job FORCE INDEX (host)
 WHERE state = 'pending') AS hosts"""

_ALIVE = """
SELECT name FROM queued_job_processor
 WHERE heartbeat_at > NOW(3) - INTERVAL 30 SECOND ORDER BY name LIMIT 5"""

Say = Callable[[str], None]


class MySQLMigrator:
    """See `Migrator`. *open_session* opens a session that may take hours."""

    def __init__(
        self,
        session: Session,
        open_session: Callable[[], MySQLSession],
    ) -> None:
        self._session = session
        self._found_schema = MySQLAdmin(session).found_schema
        self._open_session = open_session

    def plan(self, actor: str) -> MigrationPlan:
        """See `Migrator`."""
        schema = self._found_schema()
        refuse_migration(schema)
        found = read_tables(self._session)
        log = found.get("queued_job_log")
        return MigrationPlan(
            schema,
            found["queued_job"].rows,
            log.rows if log else 0,
            tuple(
                PlannedStep(step.title, step.shown, step.secs, step.blocks)
                for step in self._steps(self._session, schema, actor)
            ),
        )

    def migrate(self, actor: str, say: Say) -> MigrationReport:
        """See `Migrator`."""
        refuse_migration(self._found_schema())
        session, locks = self._open_session(), self._open_session()
        try:
            wait_shortly(session)
            _take_lock(session, say)
            return self._migrate(session, locks, actor, say)
        except StoreDenied as error:
            advice = "GRANT ALTER, CREATE, INDEX on this database, beside the usual"
            raise StoreDenied(error.said, advice) from error
        finally:
            session.disconnect()
            locks.disconnect()

    def _migrate(
        self, session: MySQLSession, locks: Session, actor: str, say: Say
    ) -> MigrationReport:
        schema = self._found_schema()
        refuse_migration(schema)
        steps = self._steps(session, schema, actor)
        if not steps:
            return MigrationReport(schema)
        if any(KEYS_AWAY in step.title for step in steps):
            _refuse_while_processors_live(session)
        runner = _Runner(session, locks, actor, say)
        for number, step in enumerate(steps, 1):
            say(f"{number}/{len(steps)} {step.title}{_expected(step)}")
            if number < len(steps):
                runner.take_step(step)
        session.transact(lambda: runner.take_last(steps[-1], schema))
        return _report(session, schema, len(steps), runner.walked.killed)

    def _steps(self, session: Session, schema: FoundSchema, actor: str) -> list[Step]:
        # MariaDB refuses with 1845, whatever the column.
        adds_beside_keys = "MariaDB" not in session.server
        return steps_of(
            read_tables(session), schema, actor, adds_beside_keys=adds_beside_keys
        )


class _Runner:
    """Takes steps."""

    def __init__(
        self, session: MySQLSession, locks: Session, actor: str, say: Say
    ) -> None:
        self._session = session
        self._locks = locks
        self._actor = actor
        self._say = say
        self.walked = Walked()

    def take_step(self, step: Step) -> None:
        """Take one *step*."""
        if step.is_walk:
            self._walk()
        elif step.algorithms:
            alter(self._session, step, self._say)
        elif step.params:
            self._session.execute(step.sql, step.params)
        elif step.sql.startswith("CREATE"):
            self._session.define(step.sql)
        else:
            self._session.execute(step.sql)

    def take_last(self, step: Step, schema: FoundSchema) -> None:
        """Take the last *step*, which writes the version, with what goes with it."""
        self.take_step(step)
        self._session.execute(FORGET_TIME)
        note_activity_if_possible(
            self._session,
            self._actor,
            "migrate",
            jobs=self.walked.killed,
            subject=f"to version {SCHEMA_VERSION}",
            note=f"from {schema.described}",
        )

    def _walk(self) -> None:
        """Walk until there is nothing left to change."""
        time_of = self._session.rows(_META, (ANCESTORS_TIME,))[0]["value"]
        jobs = AncestorRows(self._session, self._locks, as_text(time_of), self._actor)
        for _ in range(MOST_WALKS):
            before = self.walked.changed
            self._walk_once(jobs)
            left = self.walked.left
            if left:
                self._wait_for_calls(jobs, left)
            elif self.walked.changed == before:
                return

    def _walk_once(self, jobs: AncestorRows) -> None:
        said_at = began = time.monotonic()
        for next_id in jobs.walk(self.walked):
            now = time.monotonic()
            if now - said_at > _SAY_SECS:
                self._say(f"  {self.walked.changed:,} jobs, down to id {next_id:,}")
                said_at = now
            time.sleep(min(0.1, _PAUSE * (now - began)))
            began = time.monotonic()

    def _wait_for_calls(self, jobs: AncestorRows, left: dict[int, str]) -> None:
        """Wait until the ancestor has ended the calls that it was in."""
        ids = sorted(left)[:1000]
        patience = jobs.longest_call_secs(ids) + PATIENCE_SECS
        until, said_at = time.monotonic() + patience, 0.0
        while calling := jobs.in_calls(ids):
            now = time.monotonic()
            named = ", ".join(map(str, calling[:5]))
            if now > until:
                raise StoreRefused(
                    f"the strings-queue still calls the jobs {named}",
                    "stop it, then `sq-console migrate` again: it goes on from here",
                )
            if now - said_at > _SAY_SECS:
                self._say(f"  waits for calls of the strings-queue: jobs {named}")
                said_at = now
            time.sleep(0.2)
        left.clear()


def _take_lock(session: Session, say: Say) -> None:
    """Take the one lock there is for migrations of this database; it ends with the
    connection.
    """
    database = as_text(session.rows(_DATABASE)[0]["name"])
    name = f"sq-console migrate {database}"
    if len(name) > LOCK_NAME_CHARS:
        digest = hashlib.sha256(database.encode()).hexdigest()[:32]
        name = f"sq-console migrate {digest}"
    secs = 0
    while not session.rows(_LOCK, (name, secs))[0]["got"]:
        if not secs:
            found = session.rows(_LOCKED_BY, (name,))
            who = f" ({as_text(found[0]['who'])})" if found else ""
            say(f"another migrate is at work here{who}: waits for it")
        secs = 5


def _refuse_while_processors_live(session: Session) -> None:
    """Raise StoreRefused when processors are alive that would find no keys."""
    if names := [as_text(row["name"]) for row in session.rows(_ALIVE)]:
        raise StoreRefused(
            f"processors are alive: {', '.join(names)}; on MariaDB they cannot work"
            " while it lasts",
            "drain or stop them, then again; applications may go on",
        )


def _expected(step: Step) -> str:
    return f", about {step.secs:.0f} s" if step.secs >= 1 else ""


def _report(
    session: Session, schema: FoundSchema, steps: int, killed: int
) -> MigrationReport:
    pending = session.rows(_PENDING)[0]
    return MigrationReport(
        schema,
        steps=steps,
        killed=killed,
        is_held=bool(session.rows(_IS_HELD)),
        pending=whole(pending["n"]),
        hosts=whole(session.rows(_HOSTS)[0]["n"]),
        oldest_due=moment(pending["oldest"]),
    )
