"""Servers that speak MySQL and cannot work as the queue: found by what they do, and by
their names.
"""

from collections.abc import Iterator

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreRefused
from sq_console.store import Store, open_store
from sq_console.store.engines.mysql.schema_check import MySQLAdmin
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.protocols import Params, Row
from tests.conftest import SCHEMA
from tests.processor.run_processor import processing
from tests.servers import Server

pytestmark = pytest.mark.mostly_slow(1)

SERVERS = pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)


class IgnoresSkipLocked(MySQLSession):
    """To SKIP LOCKED: *instead* is what it takes it for."""

    instead = ""

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return super().rows(sql.replace("{skip_locked}", self.instead), params)


class Waiting(IgnoresSkipLocked):
    """It locks, and waits."""

    instead = "FOR UPDATE"


@SERVERS
@pytest.mark.parametrize("kind", [IgnoresSkipLocked, Waiting])
def test_a_server_that_does_not_skip_is_found_out(
    store: Store, store_settings: DbSettings, kind: type[IgnoresSkipLocked]
):
    session = kind(store_settings)
    admin = MySQLAdmin(session, open_second=lambda: kind(store_settings))

    wrong = [finding for finding in admin.check() if not finding.ok]

    assert [finding.text for finding in wrong] == [
        "SKIP LOCKED is understood, but what others have locked is not passed by"
    ]
    with pytest.raises(StoreRefused, match=r"use MySQL 8\.0\.13"):
        admin.require()
    session.disconnect()


@SERVERS
def test_one_that_skips_is_found_good_also_while_somebody_else_tries_it(
    store: Store, store_settings: DbSettings
):
    good = "SKIP LOCKED passes by what others have locked"
    assert good in [finding.text for finding in store.admin.check()]

    other = open_store(store_settings)
    other.session.execute("BEGIN")
    other.session.rows("SELECT * FROM queued_job_meta FOR UPDATE")

    assert good in [finding.text for finding in store.admin.check()]
    other.close()


@SERVERS
def test_trying_it_leaves_no_lock_and_changes_nothing(
    store: Store, store_settings: DbSettings
):
    before = store.session.rows("SELECT * FROM queued_job_meta ORDER BY name")
    store.admin.check()

    other = open_store(store_settings)
    found = other.session.rows(
        "SELECT * FROM queued_job_meta ORDER BY name FOR UPDATE SKIP LOCKED"
    )
    other.close()

    assert found == before


BANNERS = {
    "TiDB": "8.0.11-TiDB-v7.5.0",
    "Vitess": "8.0.30-Vitess",
}


@pytest.fixture(params=BANNERS)
def pretender(request: pytest.FixtureRequest, mariadb: Server) -> Iterator[Server]:
    """A server that calls itself so."""
    server = Server(mariadb.binary, f"--version={BANNERS[request.param]}")
    server.product = request.param
    yield server
    server.close()


def test_a_product_that_cannot_work_is_refused_by_its_name(pretender: Server):
    db = pretender.create_database()
    pretender.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    store = open_store(db)

    wrong = [finding for finding in store.admin.check() if not finding.ok]

    assert [finding.text.split(":")[0] for finding in wrong] == [
        f"the server is {pretender.product}"
    ]
    assert wrong[0].advice.startswith("use MySQL 8.0.13+ or MariaDB 10.6+: ")
    with (
        pytest.raises(AssertionError, match=f"the server is {pretender.product}"),
        processing(db) as thread,
    ):
        assert thread.join(20)
    assert store.reads.processors() == []
    store.close()
