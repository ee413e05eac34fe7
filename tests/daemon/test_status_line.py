"""The status of a daemon in one line, as `systemctl status` shows it."""

from dataclasses import replace

from sq_console.daemon.reports import Report
from sq_console.daemon.status_line import StatusLine
from sq_console.model import ProcessorState
from tests.daemon.test_reports import STATUS

FINE = replace(STATUS, trouble=None, called=0, in_flight=12)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def report(called: int = 0, failed: int = 0, **status: object) -> Report:
    counts = {"failed_temporarily": failed, "succeeded": called - failed}
    return Report(replace(FINE, called=called, **status), counts)  # type: ignore[arg-type]


def test_it_says_calls_per_second_running_and_failing() -> None:
    clock = Clock()
    status = StatusLine(clock)
    assert status.of([report()]) == "0/s, 12 running, 0 failing"
    clock.now += 5
    assert status.of([report(4_060)]) == "812/s, 12 running, 0 failing"


def test_only_the_last_seconds_count() -> None:
    clock = Clock()
    status = StatusLine(clock)
    for _ in range(30):
        clock.now += 1
        busy = status.of([report(500, failed=7)])
    assert busy == "0/s, 12 running, 0 failing"
    clock.now += 1
    assert status.of([report(600, failed=10)]) == "10/s, 12 running, 3 failing"


def test_several_processes_are_summed_also_when_one_begins_anew() -> None:
    clock = Clock()
    status = StatusLine(clock)
    status.of([report(0), report(0, name="web1:2")], 2)
    clock.now += 10
    both = [report(1_200), report(800, name="web1:2")]
    assert status.of(both, 2) == "2 processors, 200/s, 24 running, 0 failing"
    clock.now += 1
    one = [report(1_200)]
    assert status.of(one, 2).startswith("1 of 2 processors, ")
    clock.now += 10
    anew = [report(1_200), report(0, name="web1:3")]
    assert status.of(anew, 2) == "2 processors, 0/s, 24 running, 0 failing"


def test_what_is_not_as_usual_is_said() -> None:
    status = StatusLine()
    paused = report(state=ProcessorState.PAUSED, why_paused="by\nanna")
    assert status.of([paused]).startswith("paused (by⏎anna): 0/s, ")
    draining = report(state=ProcessorState.DRAINING)
    assert status.of([draining]) == "draining: 0/s, 12 running, 0 failing"
    away = report(trouble="cannot\nconnect", stalled="the claim lane has not moved")
    assert status.of([away]).endswith(", the claim lane has not moved, cannot⏎connect")
    assert status.of([], 2) == "0 of 2 processors, 0/s, 0 running, 0 failing"
