"""Migrating a test's database, and what it is like afterwards."""

import re
from collections.abc import Callable
from typing import cast

from sq_console.config import DbSettings
from sq_console.model import MigrationReport
from sq_console.store import open_migrator
from sq_console.store.engines.mysql.migrating.migrator import MySQLMigrator
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.engines.mysql.watchdog import FOR_HOURS
from tests.servers import Server

ACTOR = "anna@web1"
_TIMES_OF_RUN = "last_finished_at > NOW() - INTERVAL 1 DAY"

JOBS = f"""
SELECT id, HEX(url), HEX(body), timeout_secs, last_started_at,
       IF({_TIMES_OF_RUN}, 'now', last_finished_at), result_code, remaining_retries,
       retry_delay_secs, created_at, run_at, max_retries, attempts, last_error, state,
       host FROM queued_job ORDER BY id"""
LOG = """
SELECT job_id, msg, IF(event IS NULL, created_at, 'now'), event, actor
  FROM queued_job_log ORDER BY job_id, id"""
META = "SELECT name FROM queued_job_meta ORDER BY name"
ACTIVITY = "SELECT who, action, subject FROM queued_job_activity"
HOLDS = "SELECT host, who, why FROM queued_job_hold"


def migrate(db: DbSettings, said: list[str] | None = None) -> MigrationReport:
    """Migrate, as the verb does."""
    with open_migrator(db) as migrator:
        return migrator.migrate(ACTOR, (said if said is not None else []).append)


def everything(server: Server, db: str) -> dict[str, object]:
    """Every table as it was made, and what is in those that matter."""
    tables = [str(name) for (name,) in server.command("SHOW TABLES", db)]
    made: dict[str, object] = {
        name: re.sub(
            r" AUTO_INCREMENT=\d+",
            "",
            str(server.command(f"SHOW CREATE TABLE {name}", db)[0][1]),
        )
        for name in tables
    }
    made["jobs"] = server.command(JOBS, db)
    made["log"] = server.command(LOG, db)
    made["meta"] = server.command(META, db)
    made["activity"] = server.command(ACTIVITY, db)
    made["holds"] = server.command(HOLDS, db)
    return made


class Died(BaseException):
    """A program that is no more."""


class DyingSession(MySQLSession):
    """Dies after so many statements that write; its server rolls back."""

    left = 0

    def _execute_once(self, sql: str, params: object) -> object:  # type: ignore[override]
        cursor = super()._execute_once(sql, params)  # type: ignore[arg-type]
        if not sql.lstrip().startswith(("SELECT", "SET", "DO", "BEGIN")):
            type(self).left -= 1
            if type(self).left == 0:
                self.disconnect()
                raise Died
        return cursor


def migrate_and_die(db: DbSettings, after: int) -> bool:
    """Migrate until *after* statements have written; return whether it came so far."""
    DyingSession.left = after
    session = MySQLSession(db)
    open_one = cast(Callable[[], MySQLSession], lambda: DyingSession(db, FOR_HOURS))
    try:
        MySQLMigrator(session, open_one).migrate(ACTOR, lambda _: None)
    except Died:
        return True
    finally:
        session.disconnect()
    return False
