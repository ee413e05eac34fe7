"""Hosts with a label of their own: there are only so many, the busiest in the end, and
no series ever goes down.
"""

from hypothesis import given
from hypothesis import strategies as st

from sq_console.daemon.metrics.call_counts import CallCounts
from sq_console.daemon.metrics.families import Key
from sq_console.daemon.metrics.host_labels import OTHER, REVIEW_SECS, HostLabels
from sq_console.daemon.metrics.totals import Totals
from sq_console.model import LogEvent, LogLine, Outcome, ResultCode
from sq_console.processor.events import OutcomeRecorded


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def called(host: str, event: LogEvent = LogEvent.SUCCEEDED) -> OutcomeRecorded:
    line = LogLine(event, "")
    result = ResultCode.SUCCEEDED
    outcome = Outcome(1, 1, result, 200, None, "", 1500, (line,), host=host)
    return OutcomeRecorded(outcome, result)


def of_host(host: str) -> Key:
    return ("sq_host_outcomes_total", host, "succeeded")


def test_a_busy_host_takes_the_label_of_a_quiet_one_after_a_minute() -> None:
    clock = Clock()
    counts = CallCounts(HostLabels(2, clock))
    for host in ("quiet", "steady", *["busy"] * 9, *["steady"] * 8):
        counts.on_event(called(host))
    before = counts.counts()
    clock.now = REVIEW_SECS
    counts.counts()
    counts.on_event(called("busy"))
    after = counts.counts()

    assert before[of_host("quiet")] == 1
    assert before[of_host(OTHER)] == after[of_host(OTHER)] == 9
    assert of_host("quiet") not in after
    assert after[of_host("busy")] == 1
    assert after[of_host("steady")] == 9


def test_a_label_is_not_taken_for_a_little_more() -> None:
    clock = Clock()
    labels = HostLabels(1, clock)
    for host in ("first", "first", *["second"] * 4):
        labels.label(host)
    clock.now = REVIEW_SECS

    assert labels.review() == set()
    assert labels.label("first") == "first"


CALLS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 9), st.booleans()),
    max_size=20,
)


@given(CALLS)
def test_no_series_goes_down_while_it_is_there_and_none_is_lost(calls) -> None:
    """Two processes in turn; one is replaced now and then, and begins at 0."""
    clock = Clock()
    totals = Totals(HostLabels(3, clock))
    processes = [CallCounts(HostLabels(2, clock)) for _ in range(2)]
    before: dict[Key, float] = {}
    made = 0
    for step, (host, count, replaced) in enumerate(calls):
        clock.now += REVIEW_SECS / 3
        number = step % 2
        for _ in range(count):
            processes[number].on_event(called(host))
        made += count
        totals.absorb(number, processes[number].counts())
        if replaced:
            totals.forget(number)
            processes[number] = CallCounts(HostLabels(2, clock))
        now = totals.sums()
        for key in before.keys() & now.keys():
            assert now[key] >= before[key]
        assert len({key[1] for key in now if key[0] == "sq_host_outcomes_total"}) <= 4
        assert now["sq_outcomes_total", "succeeded"] == made
        before = now


def test_durations_are_counted_once() -> None:
    counts = CallCounts()
    counts.on_event(called("a"))
    found = counts.counts()

    buckets = {key: value for key, value in found.items() if key[1].isdigit()}
    assert list(buckets.values()) == [1]
    assert found["sq_call_duration_seconds", "sum"] == 1.5
