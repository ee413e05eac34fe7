"""What the verdict is made from, on every kind of store: the backlog beside holds, a
day of sums, far counts.
"""

from datetime import timedelta

import pytest

from sq_console.model import HOLD_ALL, ResultCode, Sums, VerdictKind
from sq_console.rules.verdict import verdict_of
from sq_console.store import Store
from sq_console.store.queries.overview.backlog import StoreBacklog
from sq_console.store.queries.overview.health import QueueHealth
from sq_console.store.queries.overview.kept_reading import KeptReading
from tests.store.jobs import ACTOR, ME, add, enter, run_to

_HOLD = "INSERT INTO queued_job_hold (host, who, why) VALUES (%s, %s, 'ticket 42')"
_STATS = """
INSERT INTO queued_job_stats (minute, processor_id, succeeded, failed)
VALUES (%s, 1, %s, %s)"""


def hold(store: Store, host: str) -> None:
    store.session.execute(_HOLD, (host, ACTOR))


def due_at(store: Store, secs_ago: int, host: str, **fields: object) -> None:
    at = store.reads.now() - timedelta(seconds=secs_ago)
    add(store, url=f"http://{host}/x", run_at=at, **fields)


@pytest.mark.parametrize("front_rows", [1, 2, 100])
def test_the_oldest_due_job_is_that_of_no_held_host(store: Store, front_rows: int):
    for secs in (900, 800, 700):
        due_at(store, secs, "held.example")
    due_at(store, 10, "a.example", priority=-1)
    due_at(store, 300, "a.example", priority=5)
    due_at(store, 20, "z.example:81")
    due_at(store, -60, "later.example")
    clock = [0.0]
    backlog = StoreBacklog(store.session, lambda: clock[0])

    def oldest_host(*held: str) -> str | None:
        found = backlog.oldest_due(held, front_rows)
        return found.host if found else None

    assert oldest_host() == "held.example"
    assert oldest_host("held.example") == "a.example"
    assert oldest_host("held.example", "a.example") == "z.example:81"
    assert oldest_host("held.example", "a.example", "z.example:81") is None
    assert oldest_host(HOLD_ALL) is None

    hold(store, "held.example")
    assert 300 <= store.reads.counts().latency_secs < 700


def test_a_reading_counts_what_waits_behind_each_hold(store: Store):
    enter(store)
    due_at(store, 900, "held.example")
    due_at(store, 900, "held.example")
    due_at(store, -900, "held.example")
    due_at(store, 20, "a.example")
    hold(store, "held.example")

    reading = store.health.reading()

    (held,) = reading.held
    assert (held.hold.host, held.pending, held.due) == ("held.example", 3, 2)
    assert reading.oldest_due
    assert reading.oldest_due.host == "a.example"
    verdict = verdict_of(reading)
    assert (verdict.kind, verdict.due) == (VerdictKind.WELL, 1)

    hold(store, HOLD_ALL)
    everything, _ = store.health.reading().held
    assert (everything.hold.host, everything.pending, everything.due) == ("*", 4, 3)
    assert store.health.verdict().kind is VerdictKind.HELD


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
def test_a_queue_that_was_slow_stays_so_around_the_limit(store: Store):
    enter(store)
    due_at(store, 45, "a.example")
    assert store.health.verdict().kind is VerdictKind.WELL
    due_at(store, 90, "a.example")
    assert store.health.verdict().kind is VerdictKind.SLOW
    store.session.execute(
        "DELETE FROM queued_job WHERE run_at < %s",
        (f"{store.reads.now() - timedelta(seconds=60):%Y-%m-%d %H:%M:%S}",),
    )
    assert store.health.verdict().kind is VerdictKind.SLOW


def test_a_day_of_sums_is_read_seldom_and_the_last_minutes_always(store: Store):
    clock = [1_000.0]
    health = QueueHealth(store.reads, StoreBacklog(store.session), lambda: clock[0])
    this_minute = store.reads.now().replace(second=0, microsecond=0, tzinfo=None)
    long_ago, older = (this_minute - timedelta(hours=h) for h in (5, 30))
    for minute in (older, long_ago):
        store.session.execute(_STATS, (minute, 9, 1))
    assert [row.succeeded for row in health.reading().minutes] == [9]

    store.stats.add(ME, Sums(succeeded=2))
    store.session.execute(_STATS, (long_ago + timedelta(minutes=1), 7, 0))
    assert [row.succeeded for row in health.reading().minutes] == [9, 2]
    store.stats.add(ME, Sums(succeeded=2))
    assert sum(row.succeeded for row in health.reading().minutes) == 13

    clock[0] += 600
    assert [row.succeeded for row in health.reading().minutes][:2] == [9, 7]


def test_more_jobs_than_counts_go_to_are_counted_once_a_minute(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    for module in ("reads", "overview.health"):
        monkeypatch.setattr(f"sq_console.store.queries.{module}.COUNT_CAP", 2)
    enter(store)
    clock = [0.0]
    health = QueueHealth(store.reads, StoreBacklog(store.session), lambda: clock[0])
    for _ in range(4):
        run_to(store, ResultCode.SUCCEEDED)
    assert store.reads.counts().succeeded == 3
    assert health.reading().counts.succeeded == 4

    run_to(store, ResultCode.SUCCEEDED)
    assert health.reading().counts.succeeded == 4
    clock[0] += 60
    assert health.reading().counts.succeeded == 5
    assert store.reads.far_count("failed") == 0

    add(store, 4)
    add(store, 5, delay_secs=600)
    counts = health.reading().counts
    assert (counts.due, counts.waiting) == (4, 5)


def test_a_reading_is_kept_the_longer_the_more_it_took():
    clock, reads = [0.0], []

    def read(takes_secs: float = 0.0) -> int:
        clock[0] += takes_secs
        reads.append(takes_secs)
        return len(reads)

    kept: KeptReading[int] = KeptReading(5, lambda: clock[0])
    assert [kept.value(read), kept.value(read)] == [1, 1]
    assert kept.value(read, "other key") == 2
    clock[0] = 5
    assert kept.value(lambda: read(0.1), "other key") == 3
    clock[0] += 19
    assert kept.value(read, "other key") == 3
    clock[0] += 2
    assert kept.value(read, "other key") == 4
