"""Tables that jobs cannot be processed on, or not safely, are named before anything is
done to them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreRefused
from sq_console.store import Store, open_store
from tests.processor.run_processor import processing
from tests.servers import Server
from tests.store.jobs import add

pytestmark = pytest.mark.mostly_slow(2)

NO_TRANSACTIONS = """
ALTER TABLE queued_job DROP KEY claim, DROP KEY due, DROP KEY host, DROP COLUMN state,
  DROP COLUMN host, ENGINE=MyISAM"""
"""A server may refuse it before all these are gone."""
SERVERS = pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)


@SERVERS
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (NO_TRANSACTIONS, "table queued_job is kept by MyISAM; ALTER TABLE"),
        ("ALTER TABLE queued_job_log ENGINE=MyISAM", "is kept by MyISAM"),
        ("ALTER TABLE queued_job DROP KEY claim", "lacks the keys claim"),
        ("ALTER TABLE queued_job DROP COLUMN headers", "lacks the columns headers"),
        ("DROP TABLE queued_job_hold", "no table queued_job_hold"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(store: Store, change: str, named: str):
    store.session.execute(change)

    with pytest.raises(StoreRefused, match=named):
        store.admin.require()


@SERVERS
def test_a_view_is_no_table(store: Store):
    store.session.execute("RENAME TABLE queued_job TO kept_elsewhere")
    store.session.execute("CREATE VIEW queued_job AS SELECT * FROM kept_elsewhere")

    with pytest.raises(StoreRefused, match="queued_job is a view; jobs are claimed"):
        store.admin.require()


@SERVERS
def test_columns_and_keys_of_others_are_welcome(store: Store):
    store.session.execute(
        "ALTER TABLE queued_job ADD COLUMN theirs INT NOT NULL DEFAULT 3 FIRST,"
        " ADD KEY (theirs)"
    )

    store.admin.require()


@pytest.fixture
def granted(
    store_settings: DbSettings, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], DbSettings]]:
    """A user with these privileges and no others."""
    product = request.node.callspec.params["store_settings"]
    server: Server = request.getfixturevalue(product)

    def make(privileges: str) -> DbSettings:
        server.command(
            "CREATE USER poor IDENTIFIED BY 'poor';"
            f"GRANT {privileges} ON {store_settings.db}.* TO poor"
        )
        return replace(store_settings, user="poor", passwd="poor")

    yield make
    server.command("DROP USER poor")


@SERVERS
@pytest.mark.parametrize("lacking", ["INSERT", "UPDATE", "DELETE"])
def test_a_privilege_that_is_lacking_is_named(
    granted: Callable[[str], DbSettings], lacking: str
):
    needed = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    poor = open_store(granted(", ".join(sorted(needed - {lacking}))))

    with pytest.raises(
        StoreRefused, match=f"{lacking} command denied.*check --as proc"
    ):
        poor.admin.require()
    poor.close()


@SERVERS
def test_no_more_privileges_are_needed_than_the_readme_says(
    granted: Callable[[str], DbSettings],
):
    enough = open_store(granted("SELECT, INSERT, UPDATE, DELETE"))

    enough.admin.require()
    enough.close()


def test_a_processor_does_not_start_on_them(store: Store, store_settings: DbSettings):
    (job_id,) = add(store)
    store.session.execute("DROP TABLE queued_job_hold")

    wrong = re.escape("queued_job_hold") + ".*; run `sq-console init`"
    with (
        pytest.raises(AssertionError, match=wrong),
        processing(store_settings) as thread,
    ):
        assert thread.join(20)

    assert store.reads.job(job_id).attempts == 0
    assert store.reads.processors() == []
