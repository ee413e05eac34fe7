"""Running an ALTER so that nobody queues behind it.

An ALTER that waits for a transaction has every later statement on its table wait
behind it. So it waits for a second at most, gives way, and tries again; who keeps it
waiting is named where the server tells.
"""

import time
from collections.abc import Callable

from sq_console.errors import RowLocked, StoreError, StoreRefused
from sq_console.rules.backoff import Backoff
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.protocols import Row
from sq_console.store.rows import as_text, whole
from sq_console.store.schema.migration.steps import Step

WAIT_SECS = 1
"""Between two tries producers have the table for themselves for longer than that."""

_WAIT = f"""SET SESSION lock_wait_timeout = {WAIT_SECS}
/*!80027 , innodb_ddl_buffer_size = 134217728 */"""
# The second is MySQL's only: with its default of 1 MiB a key of a million rows is
# sorted in a hundred pieces.
_CANNOT = ("(1845)", "(1846)", "(4092)")
"""Numbers of a server that cannot do a change in the way it was asked to."""

_MYSQL_BLOCKERS = """
SELECT DISTINCT t.PROCESSLIST_ID AS id, t.PROCESSLIST_USER AS user,
       t.PROCESSLIST_HOST AS host, t.PROCESSLIST_TIME AS secs
  FROM performance_schema.metadata_locks AS l
  JOIN performance_schema.threads AS t ON t.THREAD_ID = l.OWNER_THREAD_ID
 WHERE l.OBJECT_SCHEMA = DATABASE() AND l.OBJECT_NAME = %s
   AND l.LOCK_STATUS = 'GRANTED' AND t.PROCESSLIST_ID <> CONNECTION_ID()
 ORDER BY t.PROCESSLIST_TIME DESC LIMIT 1"""
_OLDEST_TRANSACTION = """
SELECT p.ID AS id, p.USER AS user, p.HOST AS host,
       TIMESTAMPDIFF(SECOND, x.trx_started, NOW()) AS secs
  FROM information_schema.INNODB_TRX AS x
  JOIN information_schema.PROCESSLIST AS p ON p.ID = x.trx_mysql_thread_id
 WHERE p.ID <> CONNECTION_ID() ORDER BY x.trx_started LIMIT 1"""


def wait_shortly(session: MySQLSession) -> None:
    """Have every ALTER of *session* give way after a second."""
    session.execute(_WAIT)


def alter(session: MySQLSession, step: Step, say: Callable[[str], None]) -> None:
    """Run the ALTER of *step* in the first way that the server can. Raises StoreRefused
    when it can in none.
    """
    refusal = StoreRefused("no way to do it is known")
    for algorithm in step.algorithms:
        try:
            _run(session, step, f"{step.sql}, {algorithm}", say)
        except StoreRefused as error:
            if not error.said.endswith(_CANNOT):
                raise
            refusal = error
        else:
            return
    raise StoreRefused(
        f"this server cannot do it while others write: {refusal.said}",
        f"in a quiet hour: {step.sql}; then `sq-console migrate` again",
    )


def _run(
    session: MySQLSession, step: Step, sql: str, say: Callable[[str], None]
) -> None:
    backoff = Backoff(2.0, 10.0)
    while True:
        try:
            session.define(sql)
        except RowLocked:
            table = step.sql.split()[2]
            say(f"{table} is in use{_by_whom(session, table)}; tries again")
            time.sleep(backoff.next_secs())
        else:
            return


def _by_whom(session: MySQLSession, table: str) -> str:
    """Return who keeps *table* from being changed, as far as is known."""
    for query, params in ((_MYSQL_BLOCKERS, (table,)), (_OLDEST_TRANSACTION, ())):
        try:
            found = session.rows(query, params)
        except StoreError:  # no such table here, or no privilege
            continue
        if found:
            return f" by {_who(found[0])}"
    return ""


def _who(row: Row) -> str:
    user, host = as_text(row["user"]), as_text(row["host"])
    age = f"for {whole(row['secs'] or 0)} s"
    return f"connection {whole(row['id'])} ({user}@{host}), in a transaction {age}"
