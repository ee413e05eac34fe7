"""The ancestor's tables become ours: nothing is rewritten, every row keeps its meaning,
and whatever ends a migration, the next one completes it.
"""

import threading
from collections.abc import Iterator

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreDenied, StoreRefused
from sq_console.model import SCHEMA_VERSION, SchemaKind
from sq_console.store import open_store
from tests.servers import Server
from tests.store.migrated import (
    ACTOR,
    HOLDS,
    LOG,
    everything,
    migrate,
    migrate_and_die,
)
from tests.store.older_schemas import make_ancestor
from tests.waiting import eventually

MEANING = """
SELECT id, result_code, remaining_retries, max_retries, CAST(created_at AS CHAR),
       CAST(run_at AS CHAR), state FROM queued_job ORDER BY id"""
LOGGED = "2019-12-31 23:00:00.000"
"""Of 6; so of those before it, too, as no later time of theirs is known to be."""
HAND = "2020-01-05 00:01:00.000"
UNKNOWN = "1970-01-01 00:00:01.000"


@pytest.fixture(params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    running: Server = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def db(server: Server) -> Iterator[DbSettings]:
    """A database of the ancestor's."""
    settings = server.create_database()
    make_ancestor(server, settings.db)
    yield settings
    server.drop_database(settings.db)


def utc(server: Server, sql: str, db: str) -> list[tuple[object, ...]]:
    with server.connect(db) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_every_row_keeps_its_meaning(server: Server, db: DbSettings) -> None:
    report = migrate(db)

    assert utc(server, MEANING, db.db) == [
        # It gives up a retry, as our first call is none.
        (1, None, 9, 9, LOGGED, LOGGED, "pending"),
        (2, 0, 10, None, UNKNOWN, UNKNOWN, "succeeded"),
        (3, 2, 7, 7, LOGGED, "2020-01-02 11:00:05.000", "pending"),
        (4, 2, 0, None, UNKNOWN, UNKNOWN, "failed"),
        (5, 3, 0, None, LOGGED, LOGGED, "killed"),
        (6, None, 0, 0, LOGGED, LOGGED, "pending"),
        (7, 1, 9, None, UNKNOWN, UNKNOWN, "failed"),
        (9, None, 4, 4, "2020-01-04 10:00:00.000", HAND, "pending"),
        (10, 0, 10, None, UNKNOWN, UNKNOWN, "succeeded"),
    ]  # fmt: skip
    assert (report.killed, report.pending, report.hosts) == (1, 4, 1)
    assert report.is_held
    assert report.found.kind is SchemaKind.ANCESTOR


def test_bytes_and_times_of_the_log_stay(server: Server, db: DbSettings) -> None:
    migrate(db)

    ((body,),) = server.command("SELECT HEX(body) FROM queued_job WHERE id = 1", db.db)
    assert body == "E9FF0D0A80"
    server.command("UPDATE queued_job_log SET msg = 'changed' WHERE job_id = 6", db.db)
    times = utc(server, "SELECT CAST(created_at AS CHAR) FROM queued_job_log"
                        " WHERE job_id = 6 ORDER BY id", db.db)  # fmt: skip
    assert times == [("2019-12-31 23:00:00",), ("2020-01-03 10:00:00",)]


def test_it_ends_held_and_current_and_says_why_a_job_was_killed(
    server: Server, db: DbSettings
) -> None:
    migrate(db)
    store = open_store(db)

    try:
        assert store.admin.found_schema().version == SCHEMA_VERSION
        assert [it.text for it in store.admin.check() if not it.ok] == []
    finally:
        store.close()
    assert server.command(HOLDS, db.db)[0][:2] == ("*", ACTOR)
    killed = [row for row in server.command(LOG, db.db) if row[3] == "killed"]
    ((job_id, msg, _, _, actor),) = killed
    assert (job_id, actor) == (5, ACTOR)
    assert str(msg).startswith(f"[JOBID 5] Job killed by {ACTOR}: no retries left")


def test_a_producer_needs_four_columns_and_has_our_retries(
    server: Server, db: DbSettings
) -> None:
    migrate(db)
    server.command("INSERT INTO queued_job (http_method, url, body, timeout_secs)"
                   " VALUES ('post', 'http://a/', 'b', 1)", db.db)  # fmt: skip
    newest = "SELECT remaining_retries, max_retries, state FROM queued_job" \
             " ORDER BY id DESC LIMIT 1"  # fmt: skip
    assert server.command(newest, db.db) == [(5, None, "pending")]


def test_the_second_time_there_is_nothing_to_do_and_no_hold(
    server: Server, db: DbSettings
) -> None:
    migrate(db)
    server.command("DELETE FROM queued_job_hold", db.db)
    before = everything(server, db.db)

    assert migrate(db).steps == 0
    assert everything(server, db.db) == before


def test_a_plan_changes_nothing(server: Server, db: DbSettings) -> None:
    from sq_console.store import open_migrator

    with open_migrator(db) as migrator:
        plan = migrator.plan(ACTOR)

    assert any("ALGORITHM=INSTANT" in step.sql for step in plan.steps)
    assert [name for (name,) in server.command("SHOW TABLES", db.db)] == [
        "queued_job",
        "queued_job_log",
    ]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_after_each_statement_the_next_run_ends_the_same(
    server: Server, db: DbSettings
) -> None:
    migrate(db)
    wanted = everything(server, db.db)
    after = 0
    came_so_far = True
    while came_so_far:
        after += 1
        again = server.create_database()
        make_ancestor(server, again.db)
        came_so_far = migrate_and_die(again, after)
        migrate(again)
        assert everything(server, again.db) == wanted, f"killed after {after}"
        server.drop_database(again.db)
    assert after > 25


def test_of_two_at_once_one_waits_and_finds_nothing_to_do(
    server: Server, db: DbSettings
) -> None:
    steps: list[int] = []
    said: list[str] = []
    second = threading.Thread(target=lambda: steps.append(migrate(db, said).steps))

    def say(text: str) -> None:
        if text.startswith("2/"):
            second.start()
            eventually(lambda: bool(said))

    from sq_console.store import open_migrator

    with open_migrator(db) as migrator:
        first = migrator.migrate(ACTOR, say)
    second.join(30)

    assert said[0].startswith("another migrate is at work here (connection ")
    assert first.steps > 20
    assert steps == [0]


def test_a_row_in_a_call_of_the_ancestor_is_left_until_it_has_ended(
    server: Server, db: DbSettings
) -> None:
    said: list[str] = []
    with server.connect(db.db) as ancestor, ancestor.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute("SELECT GET_LOCK('lock_job_1', 0), GET_LOCK('lock_job_3', 0)")
        work = threading.Thread(target=migrate, args=(db, said))
        work.start()
        eventually(lambda: any("jobs 1, 3" in line for line in said))
        untouched = "SELECT max_retries FROM queued_job WHERE id IN (1, 3)"
        assert server.command(untouched, db.db) == [(None,), (None,)]
        cursor.execute("UPDATE queued_job SET result_code = 2, remaining_retries = 9,"
                       " last_finished_at = '2021-01-01 00:00:00',"
                       " retry_delay_secs = 300 WHERE id = 1")  # fmt: skip
        cursor.execute("UPDATE queued_job SET result_code = 0 WHERE id = 3")
    work.join(30)

    found = utc(server, MEANING, db.db)
    assert found[0] == (
        1, 2, 9, 9, LOGGED, "2021-01-01 00:05:00.000", "pending"
    )  # fmt: skip
    assert found[2][:3] == (3, 0, 7)


def test_an_open_transaction_is_given_way_to_and_named(
    server: Server, db: DbSettings
) -> None:
    said: list[str] = []
    with server.connect(db.db) as producer, producer.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO queued_job (http_method, url) VALUES ('get', 'x')")
        work = threading.Thread(target=migrate, args=(db, said))
        work.start()
        eventually(lambda: any("is in use" in line for line in said), 20)
        cursor.execute("INSERT INTO queued_job (http_method, url) VALUES ('get', 'y')")
        cursor.execute("COMMIT")
    work.join(30)

    (line,) = [line for line in said if "is in use" in line][:1]
    assert line.startswith("queued_job is in use by connection ")
    assert "(root@localhost)" in line
    assert server.command("SELECT COUNT(*) FROM queued_job", db.db) == [(11,)]


def test_columns_added_by_hand_are_completed(server: Server, db: DbSettings) -> None:
    server.command(
        "ALTER TABLE queued_job"
        " ADD created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),"
        " ADD run_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),"
        " ADD priority SMALLINT NOT NULL DEFAULT 0, ADD KEY claimed_by (priority)",
        db.db,
    )
    server.command(
        "CREATE TABLE queued_job_meta (name VARCHAR(64) NOT NULL PRIMARY KEY,"
        " value VARCHAR(255) NOT NULL);"
        f"INSERT INTO queued_job_meta VALUES ('schema_version', '{SCHEMA_VERSION}')",
        db.db,
    )
    report = migrate(db)

    assert (report.killed, report.pending, report.is_held) == (1, 4, True)
    assert utc(server, MEANING, db.db)[0] == (
        1, None, 9, 9, LOGGED, LOGGED, "pending"
    )  # fmt: skip


def test_without_a_privilege_it_says_which(server: Server, db: DbSettings) -> None:
    from dataclasses import replace

    server.command(
        f"CREATE USER IF NOT EXISTS 'clerk'@'%' IDENTIFIED BY '{db.passwd}';"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {db.db}.* TO 'clerk'@'%'"
    )
    with pytest.raises(StoreDenied, match="GRANT ALTER, CREATE, INDEX"):
        migrate(replace(db, user="clerk"))


def test_no_tables_and_foreign_ones_are_refused(server: Server) -> None:
    empty = server.create_database()
    with pytest.raises(StoreRefused, match="init"):
        migrate(empty)
    server.command("CREATE TABLE queued_job (id INT, payload TEXT)", empty.db)
    with pytest.raises(StoreRefused, match="not the queue's"):
        migrate(empty)
    server.drop_database(empty.db)
