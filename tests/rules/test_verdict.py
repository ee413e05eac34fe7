"""The verdict on the queue and its onset, minute by minute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sq_console.model import (
    HOLD_ALL,
    Counts,
    HealthReading,
    HeldJobs,
    Hold,
    Minute,
    OldestDue,
    ProcessorRow,
    StuckReason,
    Verdict,
    VerdictKind,
)
from sq_console.rules.verdict import verdict_of

NOW = datetime(2026, 9, 12, 12, 7, 30, tzinfo=UTC)
THIS_MINUTE = NOW.replace(second=0)


def back(minutes: float) -> datetime:
    """So many minutes ago."""
    return NOW - timedelta(minutes=minutes)


def start_of(minute: int) -> datetime:
    """The beginning of the minute so many minutes ago."""
    return THIS_MINUTE - timedelta(minutes=minute)


def calls(minute: int, failed: int, succeeded: int = 0) -> Minute:
    """What was called so many minutes ago."""
    return Minute(start_of(minute), succeeded, failed, 0, 0, 0, 0)


def over(first: int, last: int, failed: int, succeeded: int) -> tuple[Minute, ...]:
    """The same in each minute from *first* minutes ago to *last* ago."""
    return tuple(calls(m, failed, succeeded) for m in range(first, last - 1, -1))


def processor(state: str = "running", **values: object) -> ProcessorRow:
    base = ProcessorRow(1, "web1:7", "1", back(600), 1.0, 6, 0, state, "run", True)
    return replace(base, **values)  # type: ignore[arg-type]


def reading(
    minutes: tuple[Minute, ...] = (),
    processors: tuple[ProcessorRow, ...] = (processor(),),
    *,
    due_for_secs: float | None = None,
    due: int = 0,
    running: int = 0,
    held: tuple[HeldJobs, ...] = (),
) -> HealthReading:
    at = None if due_for_secs is None else NOW - timedelta(seconds=due_for_secs)
    counts = Counts(due or bool(at), 0, running, 0, 0, 0, at, NOW)
    oldest = None if at is None else OldestDue(at, "a.example")
    return HealthReading(counts, minutes, processors, held, oldest)


def verdict(**values: object) -> Verdict:
    return verdict_of(reading(**values))  # type: ignore[arg-type]


def hold(host: str = HOLD_ALL, due: int = 0) -> HeldJobs:
    return HeldJobs(Hold(host, "anna", "ticket 42", back(22)), due, due)


# Failing


def test_failing_begins_with_the_first_bad_minute():
    found = verdict(minutes=(*over(200, 33, 0, 60), *over(32, 0, 43, 17)))

    assert found.kind is VerdictKind.FAILING
    assert found.since == start_of(32)
    assert (found.failed, found.calls) == (5 * 43, 5 * 60)


@pytest.mark.parametrize("good", [1, 2, 4])
def test_a_few_good_minutes_do_not_move_the_onset(good: int):
    minutes = (
        *over(200, 33, 0, 60),
        *over(32, 16, 43, 17),
        *over(15, 16 - good, 0, 60),
        *over(15 - good, 0, 43, 17),
    )
    assert verdict(minutes=minutes).since == start_of(32)


def test_a_long_recovery_moves_the_onset():
    minutes = (*over(90, 60, 43, 17), *over(59, 21, 0, 60), *over(20, 0, 43, 17))
    assert verdict(minutes=minutes).since == start_of(20)


def test_minutes_without_calls_are_no_recovery_unless_they_are_many():
    bad = over(9, 0, 43, 17)
    assert verdict(minutes=(*over(40, 30, 40, 20), *bad)).since == start_of(40)
    assert verdict(minutes=(*over(120, 90, 40, 20), *bad)).since == start_of(9)


def test_failing_for_all_that_is_known_has_no_onset():
    found = verdict(minutes=over(1_439, 0, 43, 17))
    assert found.kind is VerdictKind.FAILING
    assert found.since is None
    assert found.is_longer


@pytest.mark.parametrize(
    ("failed", "succeeded", "kind"),
    [
        (2, 0, VerdictKind.WELL),
        (2, 60, VerdictKind.WELL),
        (6, 54, VerdictKind.SOME_FAIL),
        (12, 48, VerdictKind.FAILING),
    ],
)
def test_how_many_failures_are_too_many(failed: int, succeeded: int, kind: VerdictKind):
    assert verdict(minutes=(calls(1, failed, succeeded),)).kind is kind


def test_where_calls_are_few_an_hour_is_looked_at():
    failing = tuple(calls(minute, 1) for minute in (50, 35, 20, 5))
    found = verdict(minutes=failing)

    assert found.kind is VerdictKind.FAILING
    assert (found.failed, found.calls, found.span_minutes) == (4, 4, 60)
    assert verdict(minutes=(*failing, calls(2, 0, 1))).kind is VerdictKind.WELL


def test_causes_are_counted_only_for_failures():
    bad = reading(over(30, 0, 43, 17))
    found = verdict_of(bad, goes_on=2, new=1)
    assert (found.goes_on, found.new) == (2, 1)
    assert verdict_of(reading(), goes_on=2, new=1).goes_on is None


@pytest.mark.parametrize(
    ("failed", "kind"),
    [(11, VerdictKind.FAILING), (7, VerdictKind.FAILING), (5, VerdictKind.SOME_FAIL)],
)
def test_failing_does_not_waver_around_its_limit(failed: int, kind: VerdictKind):
    before = over(40, 10, 16, 44)
    found = verdict(minutes=(*before, *over(9, 0, failed, 60 - failed)))
    assert found.kind is kind
    never = verdict(minutes=over(40, 0, failed, 60 - failed))
    assert never.kind is VerdictKind.SOME_FAIL


# Well


def test_well_begins_after_the_last_bad_minute():
    minutes = (*over(200, 101, 0, 60), *over(100, 81, 43, 17), *over(80, 0, 0, 60))
    found = verdict(minutes=minutes)
    assert found.kind is VerdictKind.WELL
    assert found.since == start_of(80)


def test_well_since_the_first_call_that_is_known():
    found = verdict(minutes=over(200, 0, 0, 60))
    assert (found.since, found.is_longer) == (start_of(200), False)

    found = verdict(minutes=over(1_439, 0, 0, 60))
    assert (found.since, found.is_longer) == (None, True)

    assert verdict().since is None


def test_well_is_not_older_than_what_was_seen_to_be_wrong():
    known = reading(over(1_439, 0, 0, 60))
    assert verdict_of(known, not_well_at=back(3)).since == back(3)


# Stuck, held, slow


def test_stuck_without_a_processor_since_the_last_heartbeat():
    dead = processor(alive=False, heartbeat_age_secs=1_140.0)
    found = verdict(processors=(dead,), due_for_secs=1_100, due=8_980)
    assert found.kind is VerdictKind.STUCK
    assert found.reason is StuckReason.NO_PROCESSOR
    assert found.since == back(19)
    assert found.due == 8_980


def test_stuck_since_the_last_call_where_no_processor_left_a_trace():
    found = verdict(minutes=over(90, 20, 0, 60), processors=(), due_for_secs=900)
    assert found.since == start_of(19)


def test_between_two_runs_of_cron_nothing_is_stuck():
    assert verdict(processors=(), due_for_secs=29).kind is VerdictKind.WELL


@pytest.mark.parametrize("state", ["paused", "draining"])
def test_stuck_where_every_processor_is_paused(state: str):
    found = verdict(processors=(processor(state),), due_for_secs=50)
    assert found.reason is StuckReason.ALL_PAUSED
    both = (processor(state), processor())
    assert verdict(processors=both, due_for_secs=50).kind is VerdictKind.WELL


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, VerdictKind.STUCK),
        ({"minutes": over(9, 4, 0, 9)}, VerdictKind.STUCK),
        ({"minutes": over(9, 1, 0, 9)}, VerdictKind.SLOW),
        ({"running": 1}, VerdictKind.SLOW),
        ({"processors": (processor(started_at=back(1)),)}, VerdictKind.SLOW),
    ],
    ids=["never", "long ago", "lately", "a call under way", "just started"],
)
def test_stuck_where_processors_live_and_nothing_is_called(
    values: dict[str, object], kind: VerdictKind
):
    assert verdict(due_for_secs=400, **values).kind is kind


def test_slow_where_a_job_is_due_for_long():
    found = verdict(minutes=over(30, 0, 0, 60), due_for_secs=300, due=41)
    assert found.kind is VerdictKind.SLOW
    assert found.since == back(5)
    assert verdict(minutes=over(30, 0, 0, 60), due_for_secs=59).kind is VerdictKind.WELL


def test_what_was_slow_is_slow_until_half_of_that():
    """Around a limit the verdict flapped, and with it the lines of every screen."""
    for secs, kind in ((59, VerdictKind.SLOW), (29, VerdictKind.WELL)):
        now = reading(over(30, 0, 0, 60), due_for_secs=secs)
        assert verdict_of(now, was=VerdictKind.SLOW).kind is kind
        assert verdict_of(now, was=VerdictKind.WELL).kind is VerdictKind.WELL
    failing = reading(over(30, 0, 6, 54), due_for_secs=400)
    assert verdict_of(failing, was=VerdictKind.SLOW).kind is VerdictKind.SLOW
    assert verdict_of(failing).kind is VerdictKind.SOME_FAIL


def test_some_failures_are_worse_than_a_short_wait():
    some = over(30, 0, 6, 54)
    short, long = (verdict(minutes=some, due_for_secs=secs) for secs in (90, 900))
    assert short.kind is VerdictKind.SOME_FAIL
    assert long.kind is VerdictKind.SLOW


def test_a_hold_of_everything_is_no_fault():
    found = verdict(processors=(), held=(hold(due=300),), due=300)
    assert found.kind is VerdictKind.HELD
    assert found.since == back(22)
    assert found.due == 0


def test_jobs_of_held_hosts_are_not_due():
    found = verdict(held=(hold("b.example", 300),), due=341, due_for_secs=5)
    assert found.kind is VerdictKind.WELL
    assert found.due == 41
    assert verdict(held=(hold("b.example", 300),), due=300).due == 0
