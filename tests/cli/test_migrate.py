"""The verb `migrate`: what it says, what it leaves to do, and that this works."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from tests.cli.run_program import Done
from tests.servers import Server, ini_section
from tests.store.older_schemas import make_ancestor

Sq = Callable[..., Done]


@pytest.fixture
def ancestor(folder: Path, mariadb: Server) -> Iterator[DbSettings]:
    """The database that db.ini names: the ancestor's."""
    db = mariadb.create_database()
    make_ancestor(mariadb, db.db)
    (folder / "db.ini").write_text(ini_section(db))
    yield db
    mariadb.drop_database(db.db)


def test_it_says_what_is_held_and_the_command_it_names_lifts_it(
    sq: Sq, ancestor: DbSettings
) -> None:
    done = sq("migrate")

    assert done.code == 0, done.err
    assert "tables of the strings-queue brought to version" in done.lines[0]
    assert done.lines[1].startswith("1 job without retries")
    assert "4 pending, oldest 20" in done.lines[2]
    assert "1 host; look, then `sq-console resume --all-holds`" in done.lines[2]
    assert "queued_job: build the keys claim, due" in done.err
    command = done.lines[2].split("`")[1].split()[1:]
    assert "everything is held no more" in sq(*command).out
    assert "nothing to do" in sq("migrate").out


def test_a_dry_run_prints_sql_an_estimate_and_who_waits(
    sq: Sq, ancestor: DbSettings
) -> None:
    done = sq("migrate", "--dry-run")

    assert done.code == 0
    assert "ADD KEY claim (state, priority, run_at, id)" in done.out
    assert "ALGORITHM=INPLACE, LOCK=NONE" in done.out
    assert done.lines[-1].endswith("nothing was changed")
    assert sq("migrate", "--dry-run").out == done.out


def test_a_plan_and_a_result_as_json(sq: Sq, ancestor: DbSettings) -> None:
    plan = json.loads(sq("migrate", "--dry-run", "--json").out)
    result = json.loads(sq("migrate", "--json").out)

    assert len(plan["steps"]) == result["steps"]
    assert (result["pending"], result["killed"], result["is_held"]) == (4, 1, True)
    assert result["oldest_due"].startswith("2019-12-31T23:00:00")


def test_init_on_tables_of_the_ancestor_names_migrate(
    sq: Sq, ancestor: DbSettings
) -> None:
    done = sq("init")

    assert done.code != 0
    assert "sq-console migrate" in done.err + done.out


def test_without_tables_it_names_init(sq: Sq, folder: Path, mariadb: Server) -> None:
    db = mariadb.create_database()
    (folder / "db.ini").write_text(ini_section(db))

    done = sq("migrate")

    assert done.code == 2
    assert "sq-console init" in done.err
    assert len(done.err.splitlines()) == 1
    mariadb.drop_database(db.db)
