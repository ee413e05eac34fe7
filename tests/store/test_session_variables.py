"""Whatever a server's, or a user's, settings are, ours hold in our sessions: the same
rows, the same limits, the same transactions.

Made from the table of settings: each has a value here that would do harm, given to
every session by the server (SET GLOBAL) or by its init_connect.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.store import Store, open_store
from sq_console.store.engines.mysql.session_variables import (
    Setting,
    first_settings,
    settings,
)
from sq_console.store.engines.mysql.watchdog import Timeouts
from sq_console.store.rows import as_text
from tests.cli.run_program import run_process
from tests.conftest import SCHEMA
from tests.handler import HandlerServer
from tests.servers import Server, ini_section
from tests.store.jobs import ME, add, claim, enter, outcome

pytestmark = pytest.mark.mostly_slow(3)

TIMES = Timeouts()
TABLE = {each.name: each for each in (*first_settings(TIMES), *settings(TIMES))}
HARM = {
    "sql_select_limit": "1",
    "sql_big_selects": "OFF",
    "sql_mode": "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,IGNORE_SPACE,"
    "PAD_CHAR_TO_FULL_LENGTH,NO_ZERO_DATE,NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE'",
    "time_zone": "'+11:00'",
    "timestamp": "86400",
    "sql_auto_is_null": "ON",
    "div_precision_increment": "0",
    "old_mode": "'ZERO_DATE_TIME_CAST'",
    "sql_buffer_result": "ON",
    "use_secondary_engine": "FORCED",
    "explicit_defaults_for_timestamp": "OFF",
    "sql_safe_updates": "ON",
    "lock_wait_timeout": "1",
    "innodb_lock_wait_timeout": "1",
    "net_read_timeout": "1",
    "net_write_timeout": "1",
    "idle_write_transaction_timeout": "1",
    "idle_readonly_transaction_timeout": "1",
    "idle_transaction_timeout": "1",
    "range_optimizer_max_mem_size": "1",
    "optimizer_max_sel_arg_weight": "1",
    "optimizer_max_sel_args": "1",
    "in_predicate_conversion_threshold": "2",
    "max_statement_time": "0.001",
    "max_execution_time": "1",
    "wait_timeout": "1",
    "autocommit": "OFF",
    "completion_type": "CHAIN",
    "transaction_isolation": "'SERIALIZABLE'",
    "tx_isolation": "'SERIALIZABLE'",
    "binlog_format": "'STATEMENT'",
    "max_join_size": "1",
}
BY_INIT_CONNECT = ("timestamp", "use_secondary_engine", "autocommit")
"""Some have no server-wide value."""
PRODUCTS = ["mariadb", "mysql"]


@pytest.fixture(params=PRODUCTS, scope="module")
def harmful(request: pytest.FixtureRequest) -> Iterator[tuple[Server, DbSettings]]:
    """A server that sets everything wrong, and a database of ours on it."""
    shared: Server = request.getfixturevalue(request.param)
    server = Server(shared.binary)
    db = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    server.command(
        f"CREATE USER plain IDENTIFIED BY 'p'; GRANT ALL ON {db.db}.* TO plain"
    )
    try:
        _set_all_wrong(server)
        yield server, replace(db, user="plain", passwd="p")
    finally:
        server.close()


def _set_all_wrong(server: Server) -> None:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW VARIABLES")
        known = {name for name, _ in cursor.fetchall()}
        for name, value in HARM.items():
            if name in known and name not in BY_INIT_CONNECT:
                cursor.execute(f"SET GLOBAL {name} = {value}")
        own = [f"{name} = {HARM[name]}" for name in BY_INIT_CONNECT if name in known]
        cursor.execute(f"SET GLOBAL init_connect = 'SET SESSION {', '.join(own)}'")


@pytest.fixture
def here(harmful: tuple[Server, DbSettings]) -> Iterator[Store]:
    store = open_store(harmful[1])
    yield store
    store.close()


def test_each_setting_of_the_table_has_a_harmful_value_here():
    assert HARM.keys() - TABLE.keys() == {"max_join_size"}
    assert TABLE.keys() <= HARM.keys()


@pytest.mark.parametrize("name", TABLE)
def test_a_session_of_ours_has_our_value(here: Store, name: str):
    wanted: Setting = TABLE[name]
    shown = here.session.rows("SHOW SESSION VARIABLES LIKE %s", (name,))
    if not shown or wanted.value == "DEFAULT" or wanted.restricted:
        return  # not a variable of this product, or not this user's to set
    assert as_text(shown[0]["Value"]).removesuffix(".000000") == wanted.value


def test_the_clock_runs(here: Store):
    assert here.reads.now().year > 2000


def test_claims_and_records_are_as_ever(here: Store):
    ids = add(here, 50)
    enter(here)

    jobs = claim(here, 50)
    report = here.outcomes.record(ME, [outcome(job) for job in jobs])

    assert sorted(job.id for job in jobs) == ids
    assert sorted(job_id for job_id, _ in report.recorded) == ids
    assert here.reads.counts().succeeded >= 50
    assert here.claims.held_by(ME, await_commits=True) == []


def test_what_one_session_writes_the_next_sees(
    here: Store, harmful: tuple[Server, DbSettings]
):
    (job_id,) = add(here)

    other = open_store(harmful[1])
    assert other.reads.job(job_id).id == job_id
    other.close()


def test_texts_with_quotes_and_backslashes_come_back(here: Store):
    body = "it's \\ \"quoted\" \\' || 1"
    (job_id,) = add(here, body=body.encode())

    assert here.reads.job(job_id).body == body.encode()


def test_the_check_is_as_ever(here: Store):
    assert [found for found in here.admin.check() if not found.ok] == []


def test_verbs_and_runs_are_as_ever(
    harmful: tuple[Server, DbSettings], here: Store, tmp_path: Path
):
    here.session.execute("DELETE FROM queued_job")
    db = harmful[1]
    (tmp_path / "db.ini").write_text(ini_section(db))
    (tmp_path / "db.ini").chmod(0o600)
    with HandlerServer() as handler:
        ids = add(here, 20, url=handler.url("/ok"))
        assert run_process("--once", cwd=tmp_path).code == 0
        assert handler.calls == dict.fromkeys(ids, 1)

    listed = run_process("ls", "--json", cwd=tmp_path).entries
    shown = run_process("show", "--json", str(ids[0]), cwd=tmp_path).entries
    (stats,) = run_process("stats", "--json", cwd=tmp_path).entries

    assert {entry["state"] for entry in listed} == {"succeeded"}
    assert sorted(entry["id"] for entry in listed) == ids
    assert [entry["state"] for entry in shown] == ["succeeded"]
    assert stats["counts"]["succeeded"] == 20
    assert run_process("check", cwd=tmp_path).code == 0


def test_who_may_set_everything_has_all_our_values(
    harmful: tuple[Server, DbSettings],
):
    server, db = harmful
    store = open_store(server.settings(db.db))
    for name in ("explicit_defaults_for_timestamp", "binlog_format"):
        shown = store.session.rows("SHOW SESSION VARIABLES LIKE %s", (name,))
        values = [as_text(row["Value"]) for row in shown]
        assert values in ([TABLE[name].value], [])
    store.close()


def test_a_connection_costs_three_questions_of_ours(mariadb: Server):
    db = mariadb.create_database()

    store = open_store(db, any_schema=True)
    (row,) = store.session.rows("SHOW SESSION STATUS LIKE 'Questions'")
    store.close()

    mariadb.drop_database(db.db)
    # SET NAMES, three for the settings, and the one that asks.
    assert int(as_text(row["Value"])) == 5
