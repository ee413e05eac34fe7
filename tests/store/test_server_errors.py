"""What servers say when they cannot go on, and what we do then. The server itself says
it: SIGNAL gives any of its numbers.
"""

from functools import partial

import pytest

from sq_console.config import DbSettings
from sq_console.errors import RowRefused, StoreRefused, StoreUnavailable
from sq_console.model import JobState
from sq_console.store import Store, open_store
from sq_console.store.engines.mysql import session
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.lane import StoreLane
from tests.store.jobs import ME, add, claim, enter, messages, outcome

pytestmark = pytest.mark.parametrize(
    "store_settings", ["mariadb", "mysql"], indirect=True
)
AGAIN = [1213, 1205, 1020, 1317]
"""Deadlock, lock wait, changed since read, KILL QUERY."""
AWAY = [1290, 1792, 1836, 1047, 1180, 1040, 1203, 1053, 1927, 3024]
"""Read-only, a Galera node alone, no room, shutting down, killed, took too long."""
REFUSED = [1142, 1054, 1146]
"""No privilege, no such column, no such table."""


def signal(number: int) -> str:
    return (
        f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number},"
        " MESSAGE_TEXT = 'said by the server'"
    )


def say(number: int, store: Store) -> int:
    return store.session.execute(signal(number))


def connection_id(store: Store) -> object:
    return store.session.rows("SELECT CONNECTION_ID() AS id")[0]["id"]


def test_a_transaction_the_server_gave_up_is_run_again_whole(store: Store):
    (job_id,) = add(store)
    before = connection_id(store)
    left = [*AGAIN]

    def work() -> str:
        store.session.execute("UPDATE queued_job SET priority = priority + 1")
        if left:
            store.session.execute(signal(left.pop()))
        return "done"

    assert store.session.transact(work) == "done"

    assert left == []
    assert store.reads.job(job_id).priority == 1
    assert connection_id(store) == before


class Unsure:
    """A server that refuses the first COMMIT, as Galera does when another node's
    transaction came first."""

    def __init__(self, session: MySQLSession, number: int) -> None:
        self._execute = session._execute_once
        self._number = number
        self.refused = 0
        session._execute_once = self.execute  # type: ignore[method-assign]

    def execute(self, sql: str, params: object) -> object:
        if sql == "COMMIT" and not self.refused:
            self.refused += 1
            sql = signal(self._number)
        return self._execute(sql, params)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1213, 1020])
def test_a_commit_that_is_refused_is_made_again(store: Store, number: int):
    enter(store)
    (job_id,) = add(store)
    assert isinstance(store.session, MySQLSession)
    claiming = Unsure(store.session, number)
    (job,) = claim(store)
    recording = Unsure(store.session, number)

    report = store.outcomes.record(ME, [outcome(job)])

    assert (claiming.refused, recording.refused) == (1, 1)
    assert [one for one, _ in report.recorded] == [job_id]
    assert store.reads.job(job_id).attempts == 1
    assert messages(store, job_id)[1:] == [line.msg for line in outcome(job).log]


def test_one_that_always_gives_up_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(session, "_TRIES", 3)

    with pytest.raises(StoreUnavailable, match="said by the server"):
        store.session.transact(lambda: store.session.execute(signal(1213)))


def test_a_server_that_is_not_the_right_one_now_is_left(store_settings: DbSettings):
    lane = StoreLane(lambda: open_store(store_settings), "test")
    for number in AWAY:
        before = lane.run_blocking(connection_id)

        with pytest.raises(StoreUnavailable, match="said by the server"):
            lane.run_blocking(partial(say, number))

        assert lane.run_blocking(connection_id) != before
    lane.shut_down()


def test_a_server_that_only_reads_is_left_at_the_first_write(store: Store):
    add(store)
    store.session.execute("SET SESSION TRANSACTION READ ONLY")
    assert store.reads.counts().due == 1

    with pytest.raises(StoreUnavailable):
        store.session.execute("UPDATE queued_job SET result_code = 1")

    with pytest.raises(StoreUnavailable):
        store.reads.counts()


def test_a_clean_no_costs_no_connection(store: Store):
    before = connection_id(store)

    for number in REFUSED:
        with pytest.raises(StoreRefused, match="said by the server"):
            store.session.execute(signal(number))

    assert connection_id(store) == before


def test_a_refused_value_differs_from_all_other_refusals(store: Store):
    (job_id,) = add(store)

    with pytest.raises(RowRefused):
        store.session.execute("UPDATE queued_job SET priority = 99999")

    assert store.reads.job(job_id).state is JobState.PENDING
