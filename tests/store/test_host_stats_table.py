"""The sums of each host and minute."""

import pytest

from sq_console.errors import StoreRefused
from sq_console.model import CALL_DURATIONS_MS, HostSums, ResultCode, Sums
from sq_console.processor.pipeline.host_counter import MAX_HOSTS, HostCounter
from sq_console.store import Store
from sq_console.store.recording.host_stats_table import MINUTES_AT_ONCE
from tests.store.jobs import ME, OTHER

COLUMNS = (
    "host, processor_id, succeeded, failed, retried, killed, duration_ms_sum,"
    " duration_ms_max, within_30_ms, within_100_ms, within_30_s"
)
HOSTILE = ["crm.example.org:8080", "ü.example", "a'b\\\"%s{x}", "\U0001f427.example"]


def counted(host: str, *durations_ms: int) -> HostSums:
    counter = HostCounter()
    for duration_ms in durations_ms:
        counter.count(host, ResultCode.SUCCEEDED, duration_ms)
    (sums,) = counter.take(1)
    return sums


def stored(store: Store) -> list[tuple[object, ...]]:
    found = store.session.rows(
        f"SELECT {COLUMNS} FROM queued_job_host_stats ORDER BY host, processor_id"
    )
    return [
        (bytes(host).decode() if isinstance(host, bytes) else host, *map(int, rest))
        for host, *rest in (tuple(row.values()) for row in found)
    ]


def test_every_call_is_in_the_place_of_its_duration():
    durations = [0, 30, 31, 100, 30_000, 30_001, 10**9]
    sums = counted("a.example", *durations)

    assert sums.within == (2, 2, 0, 0, 0, 0, 1)
    assert len(sums.within) == len(CALL_DURATIONS_MS)
    assert sums.sums.succeeded == len(durations)
    assert sums.sums.duration_ms_max == 10**9


def test_each_kind_of_outcome_is_counted():
    counter = HostCounter()
    for result in ResultCode:
        counter.count("a.example", result, 12)
    counter.count("", ResultCode.SUCCEEDED, 12)

    (host,) = counter.take(100)

    assert host.sums == Sums(1, 1, 1, 1, 48, 12)
    assert counter.take(100) == []


def test_no_more_hosts_are_counted_than_there_is_room_for():
    counter = HostCounter()
    for number in range(MAX_HOSTS + 50):
        counter.count(f"h{number}", ResultCode.SUCCEEDED, 1)

    assert len(counter.take(100)) == 100
    assert len(counter.take(MAX_HOSTS)) == MAX_HOSTS - 100


def test_sums_are_added_to_those_that_are_there(store: Store):
    hosts = [counted(host, 12, 50, 20_000) for host in HOSTILE]

    store.host_stats.add_hosts(ME, hosts)
    store.host_stats.add_hosts(ME, hosts[:1])
    store.host_stats.add_hosts(OTHER, hosts[:1])

    rows = {row[:2]: row[2:] for row in stored(store)}
    once = (3, 0, 0, 0, 20_062, 20_000, 1, 1, 1)
    assert rows.pop((HOSTILE[0], ME)) == (6, 0, 0, 0, 40_124, 20_000, 2, 2, 2)
    assert rows == {
        (HOSTILE[0], OTHER): once,
        **{(host, ME): once for host in HOSTILE[1:]},
    }


def test_old_minutes_are_deleted_a_few_at_a_time(store: Store):
    store.host_stats.add_hosts(ME, [counted("new.example", 1)])
    for minute in range(MINUTES_AT_ONCE + 2):
        for host in ("a", "b"):
            store.session.execute(
                "INSERT INTO queued_job_host_stats (minute, host, processor_id)"
                " VALUES (%s, %s, 1)",
                (f"2001-01-01 00:{minute:02}:00", host),
            )

    deleted = [store.host_stats.prune_hosts() for _ in range(3)]

    assert deleted == [2 * MINUTES_AT_ONCE, 4, 0]
    assert [row[0] for row in stored(store)] == ["new.example"]


def test_old_sums_of_the_queue_are_deleted_too(store: Store):
    store.stats.add(ME, Sums(succeeded=1))
    for minute in range(3):
        store.session.execute(
            "INSERT INTO queued_job_stats (minute, processor_id) VALUES (%s, 1)",
            (f"2001-01-01 00:{minute:02}:00",),
        )

    assert [store.stats.prune_minutes(), store.stats.prune_minutes()] == [3, 0]
    assert sum(minute.succeeded for minute in store.reads.minutes(5)) == 1


def test_without_the_table_the_refusal_says_so(store: Store):
    store.session.execute("DROP TABLE queued_job_host_stats")

    with pytest.raises(StoreRefused):
        store.host_stats.add_hosts(ME, [counted("a.example", 1)])
