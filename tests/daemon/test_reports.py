"""What a processor process reports of itself, and the pipe to its supervisor."""

import json
import os
import select
import typing
from dataclasses import replace

from sq_console.daemon.procs.supervisor_pipe import SupervisorPipe
from sq_console.daemon.reports import COUNTED, EventCounts, Report, summed
from sq_console.model import JobState, ProcessorState, Rescued, ResultCode
from sq_console.processor import events
from sq_console.processor.status import Status
from tests.daemon.recorded_outcome import outcome

STATUS = Status(ProcessorState.RUNNING, 7, "web1:1", 50, 3, 1, 0, None, "away", 12, 1.5)


def test_events_are_counted_by_what_they_say() -> None:
    count = EventCounts()
    for result in (ResultCode.SUCCEEDED, ResultCode.TEMPORARY, ResultCode.SUCCEEDED):
        count(events.OutcomeRecorded(outcome("x"), result))
    count(events.JobsReleased(4, "it is stopping"))
    count(events.JobRescued(Rescued(7, 2, JobState.PENDING, "web2:2")))
    count(events.StoreLost("gone"))
    count(events.DrainStarted(3))

    counted = {name: number for name, number in count.counts().items() if number}
    assert counted == {
        "succeeded": 2,
        "failed_temporarily": 1,
        "jobs_released": 4,
        "jobs_rescued": 1,
        "store_lost": 1,
    }


def test_a_report_comes_out_of_json_as_it_went_in() -> None:
    report = Report(STATUS, {"succeeded": 2, "jobs_released": 4})

    read = Report.from_json(json.loads(json.dumps(report.to_json())))

    assert read == report
    assert read.status.state is ProcessorState.RUNNING


def test_counts_of_processes_are_summed() -> None:
    sums = summed([{"succeeded": 2, "own": 1}, {"succeeded": 3}])

    assert (sums["succeeded"], sums["own"], sums["failed"]) == (5, 1, 0)
    assert {*COUNTED} < {*sums}


def test_a_supervisor_that_reads_nothing_delays_no_child() -> None:
    read, write = os.pipe()
    pipe = SupervisorPipe(write)
    long = Report(replace(STATUS, trouble="x" * 9_000), {})
    for _ in range(100):
        pipe.on_report(long)
    written = b""
    while select.select([read], [], [], 0)[0]:
        written += os.read(read, 65_536)
    pipe.on_report(long)
    pipe.send(unrecorded=2)
    os.close(write)
    while piece := os.read(read, 65_536):
        written += piece
    os.close(read)

    *reports, last = [json.loads(line) for line in written.splitlines()]
    assert last == {"unrecorded": 2}
    assert {len(each["report"]["status"]["trouble"]) for each in reports} == {9_000}
    assert typing.cast(int, len(reports)) < 20
