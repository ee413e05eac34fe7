"""The tables are made, and the advice is right, whatever the server is set to."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreDenied, StoreError, StoreRefused, StoreUnavailable
from sq_console.store import Store, open_store
from sq_console.store.schema import tables
from tests.conftest import SCHEMA
from tests.servers import Server
from tests.store.jobs import ME, add, claim, enter, outcome
from tests.store.test_server_errors import signal

pytestmark = pytest.mark.mostly_slow(2)

PRODUCTS = ["mariadb", "mysql"]
LOGGING = ("--log-bin=log", "--server-id=1", "--binlog-format=STATEMENT")


@pytest.fixture(params=PRODUCTS, scope="module")
def elsewhere(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of our own that logs statements, as old ones do."""
    shared: Server = request.getfixturevalue(request.param)
    server = Server(shared.binary, *LOGGING)
    yield server
    server.close()


@pytest.fixture
def plain(elsewhere: Server) -> Iterator[DbSettings]:
    """An empty database, and a user with rights on it only."""
    db = elsewhere.create_database()
    elsewhere.command(
        f"CREATE USER plain IDENTIFIED BY 'p'; GRANT ALL ON {db.db}.* TO plain"
    )
    yield replace(db, user="plain", passwd="p")
    elsewhere.command("DROP USER plain")
    elsewhere.drop_database(db.db)


def wrong(store: Store) -> list[tuple[str, str]]:
    return [(each.text, each.advice) for each in store.admin.check() if not each.ok]


@pytest.mark.parametrize("row_format", ["compact", "redundant", "dynamic"])
def test_rows_are_dynamic_whatever_the_default(
    elsewhere: Server, row_format: str
) -> None:
    elsewhere.command(f"SET GLOBAL innodb_default_row_format = {row_format}")
    by_init, by_client = elsewhere.create_database(), elsewhere.create_database()
    store = open_store(by_init, any_schema=True)

    assert len(store.admin.create_schema().created) == len(tables())
    elsewhere.load(SCHEMA, by_client.db)

    assert wrong(store) == []
    store.close()
    for db in (by_init, by_client):
        elsewhere.drop_database(db.db)
    elsewhere.command("SET GLOBAL innodb_default_row_format = dynamic")


@pytest.mark.parametrize(
    "setting",
    [
        "default_storage_engine = MyISAM",
        "innodb_strict_mode = OFF",
        "collation_server = utf8mb4_bin",
        "sql_require_primary_key = ON",
        "sql_mode = 'ANSI_QUOTES,NO_ZERO_DATE,NO_ZERO_IN_DATE,TRADITIONAL'",
    ],
)
def test_other_defaults_do_not_matter(elsewhere: Server, setting: str) -> None:
    name = setting.split(" ", 1)[0]
    known = elsewhere.command(f"SHOW GLOBAL VARIABLES LIKE '{name}'")
    if not known:
        return  # not a variable of this product
    elsewhere.command(f"SET GLOBAL {setting}")
    db = elsewhere.create_database("latin1")
    store = open_store(db, any_schema=True)

    store.admin.create_schema()

    assert wrong(store) == []
    store.close()
    elsewhere.drop_database(db.db)
    elsewhere.command(f"SET GLOBAL {name} = '{known[0][1]}'")


def test_a_name_with_a_dash_is_a_name(elsewhere: Server) -> None:
    elsewhere.command("CREATE DATABASE `job-queue`")
    store = open_store(elsewhere.settings("job-queue"), any_schema=True)

    store.admin.create_schema()
    enter(store)
    add(store)
    jobs = claim(store)
    store.outcomes.record(ME, [outcome(job) for job in jobs])

    assert store.reads.counts().succeeded == 1
    assert wrong(store) == []
    store.close()
    elsewhere.drop_database("`job-queue`")


def test_where_statements_are_logged_init_and_check_say_the_one_thing_to_do(
    plain: DbSettings,
) -> None:
    store = open_store(plain, any_schema=True)
    advice = "SET GLOBAL binlog_format = 'ROW' on the server, and in its my.cnf"

    with pytest.raises(StoreRefused, match="1665") as caught:
        store.admin.create_schema()
    ((text, advised),) = wrong(store)

    assert caught.value.advice == advised == advice
    assert "GRANT" not in str(caught.value)
    assert "1665" in text
    with pytest.raises(StoreRefused, match="SET GLOBAL binlog_format"):
        store.admin.require()
    store.close()


def test_who_may_log_rows_does(elsewhere: Server) -> None:
    db = elsewhere.create_database()
    store = open_store(db, any_schema=True)

    store.admin.create_schema()

    assert wrong(store) == []
    store.close()
    elsewhere.drop_database(db.db)


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        (1142, StoreDenied, ""),
        (1044, StoreDenied, ""),
        (1227, StoreDenied, ""),
        (1064, StoreRefused, "use MySQL 8.0.13+ or MariaDB 10.6+"),
        (1709, StoreRefused, "the tables need ROW_FORMAT=DYNAMIC"),
        (1071, StoreRefused, "the tables need an innodb_page_size of 8k or more"),
        (1286, StoreRefused, "the tables need InnoDB"),
        (1146, StoreRefused, "run `sq-console check`"),
        (1114, StoreUnavailable, "make room on the server's disk"),
        (1021, StoreUnavailable, "make room on the server's disk"),
        (1226, StoreUnavailable, "this user may do no more for now"),
    ],
)
def test_advice_is_by_the_number_of_the_error(
    elsewhere: Server, number: int, kind: type[StoreError], advice: str
) -> None:
    db = elsewhere.create_database()
    store = open_store(db, any_schema=True)

    with pytest.raises(kind) as caught:
        store.session.execute(signal(number))

    assert type(caught.value) is kind
    assert advice in str(caught.value)
    assert "GRANT" not in str(caught.value)
    store.close()
    elsewhere.drop_database(db.db)
