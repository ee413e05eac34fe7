"""How each host does, worst first."""

import pytest

from sq_console.model import HOLD_ALL, HostSums, ResultCode, Sums
from sq_console.model.host_overview import HostState
from sq_console.store import Store
from sq_console.store.queries.each_host import host_backlog as backlog_module
from sq_console.store.queries.each_host import hosts as module
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, run_to


def sums(host: str, succeeded: int, failed: int = 0, place: int = 2) -> HostSums:
    within = [0] * 7
    within[place] = succeeded + failed
    return HostSums(host, Sums(succeeded, failed, 0, 0, 9, 200), tuple(within))


def states(store: Store) -> dict[str, HostState]:
    return {row.host: row.state for row in store.hosts.worst_first().rows}


def test_hosts_are_found_by_their_jobs_and_by_their_calls(store: Store):
    enter(store)
    add(store, 2, url="http://due.example/")
    add(store, url="http://later.example/", delay_secs=600)
    add(store, url="http://running.example/", priority=-1)
    claim(store, 1)
    store.host_stats.add_hosts(ME, [sums("called.example", 5)])
    store.holds.hold("held.example", ACTOR, "why")

    assert states(store) == {
        "held.example": HostState.HELD,
        "due.example": HostState.OK,
        "called.example": HostState.OK,
        "running.example": HostState.OK,
        "later.example": HostState.QUIET,
    }


def test_a_row_says_what_waits_runs_and_was_called(store: Store):
    enter(store)
    add(store, 3, url="http://a.example/")
    add(store, url="http://a.example/", delay_secs=600)
    add(store, url="http://a.example/", priority=-1)
    claim(store, 1)
    hosts = [sums("a.example", 30, 10)]
    store.host_stats.add_hosts(ME, hosts)
    store.host_stats.add_hosts(OTHER, hosts)

    (row,) = store.hosts.worst_first().rows

    assert (row.due, row.running, row.is_due_cut) == (3, 1, False)
    assert (row.recent.calls, row.recent.failed) == (80, 20)
    assert row.recent.median_ms == 150
    assert 80 / 5 <= row.recent.per_minute <= 80 / 4
    assert row.state is HostState.FAILING
    assert row.oldest_due_at is not None
    assert row.hold is None


def test_the_last_failure_is_the_newest_of_failed_jobs_and_of_those_to_be_retried(
    store: Store,
):
    enter(store)
    old = run_to(store, ResultCode.PERMANENT, url="http://a.example/")
    new = run_to(store, ResultCode.TEMPORARY, url="http://a.example/")
    for job_id, at, error in ((old, 1, "http 404"), (new, 2, "timeout")):
        store.session.execute(
            "UPDATE queued_job SET last_finished_at = %s, last_error = %s"
            " WHERE id = %s",
            (f"2026-01-0{at} 00:00:00", error, job_id),
        )

    (row,) = store.hosts.worst_first().rows
    details = store.hosts.details("a.example")

    assert row.last_failure is not None
    assert (row.last_failure.error, row.last_failure.at.day) == ("timeout", 2)
    assert (details.failed, details.retrying) == (1, 1)
    assert details.last_answer == "ok"


def test_everything_held_is_every_host_held(store: Store):
    add(store, url="http://a.example/")
    store.holds.hold(HOLD_ALL, ACTOR, "deploy")

    (row,) = store.hosts.worst_first().rows

    assert (row.host, row.state) == ("a.example", HostState.HELD)
    assert row.hold is not None
    assert row.hold.host == HOLD_ALL


def test_with_many_hosts_some_are_read_and_it_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MAX_HOSTS", 5)
    for number in range(7):
        add(store, url=f"http://h{number}.example/")

    reading = store.hosts.worst_first()

    assert (len(reading.rows), reading.is_cut) == (5, True)


def test_what_is_counted_at_once_is_bounded_and_the_rest_follows(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backlog_module, "COUNTED", 6)
    for number in range(3):
        add(store, number + 1, url=f"http://h{number}.example/")

    def dues() -> list[tuple[int, bool]]:
        found = {row.host: row for row in store.hosts.worst_first().rows}
        rows = [found[f"h{n}.example"] for n in range(3)]
        return [(row.due, row.is_due_cut) for row in rows]

    assert dues() == [(1, False), (2, True), (2, True)]
    assert dues() == [(1, False), (2, False), (3, False)]
    add(store, 4, url="http://h1.example/")
    assert dues() == [(1, False), (6, False), (3, False)]


def test_each_host_is_counted_in_its_turn(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backlog_module, "COUNTED", 4)
    for number in range(3):
        add(store, 4, url=f"http://h{number}.example/")
    for _ in range(4):
        store.hosts.worst_first()
    store.session.execute("DELETE FROM queued_job WHERE host = 'h1.example'")
    add(store, url="http://h1.example/")

    def due() -> int:
        rows = store.hosts.worst_first().rows
        return next(row.due for row in rows if row.host == "h1.example")

    assert 1 in [due() for _ in range(3)]


def test_a_host_fails_since_its_sums_say_so(store: Store):
    store.host_stats.add_hosts(ME, [sums("a.example", 0, 9)])

    details = store.hosts.details("a.example")

    (found,) = store.session.rows("SELECT minute FROM queued_job_host_stats")
    assert details.failing_since is not None
    assert str(details.failing_since)[:16] in str(found["minute"])
    assert store.hosts.details("b.example").failing_since is None


def test_urls_without_a_host_are_no_reason_to_stop(store: Store):
    add(store, url="http:///")
    add(store, url="http://a.example/")

    assert states(store) == {"a.example": HostState.OK}


def test_an_older_database_without_sums_has_hosts_all_the_same(store: Store):
    add(store, url="http://a.example/")
    store.session.execute("DROP TABLE queued_job_host_stats")

    assert states(store) == {"a.example": HostState.OK}
    assert store.hosts.details("a.example").failing_since is None
