"""Events as log lines: every event has its sentence."""

import typing

import pytest

from sq_console.daemon.log.event_lines import lines_of
from sq_console.model import (
    JobState,
    Pruned,
    PruneKind,
    Rescued,
    ResultCode,
    StuckJob,
)
from sq_console.processor import events
from tests.daemon.recorded_outcome import CALL, outcome

EVENTS: list[tuple[events.Event, list[str]]] = [
    (events.IdChosen(7), []),
    (
        events.ProcessorStarted("web1:1", 50),
        ["Processor web1:1 started with 50 slots"],
    ),
    (
        events.ProcessorStopped("web1:1", 9, 2, 1),
        ["Processor web1:1 stopped: 9 calls ended, 2 aborted, 1 outcome not recorded"],
    ),
    (events.ProcessorPaused("paused by alice"), ["Paused: paused by alice"]),
    (events.ProcessorResumed(), ["Resumed"]),
    (events.DrainStarted(3), ["Draining, 3 calls in flight"]),
    (events.DrainStarted(1), ["Draining, 1 call in flight"]),
    (
        events.CallStarted(7, 1, CALL),
        [
            "[JOBID 7] Calling job with method post on url http://***@a/ (timeout 60)",
        ],
    ),
    (
        events.OutcomeRecorded(outcome("busy"), ResultCode.TEMPORARY),
        ["[JOBID 7] Job failed temporarily: busy"],
    ),
    (
        events.OutcomeRecorded(outcome("busy"), ResultCode.KILLED),
        [
            "[JOBID 7] Job failed temporarily: busy",
            "[JOBID 7] Job killed by an operator",
        ],
    ),
    (
        events.OutcomeLost(7, 2),
        ["[JOBID 7] Outcome of attempt 2 dropped: the claim is not ours now"],
    ),
    (
        events.OutcomeRefused(7, "too odd"),
        ["[JOBID 7] Answer not storable, recorded without its text: too odd"],
    ),
    (
        events.OutcomeStuck(7, "not this one"),
        ["[JOBID 7] Outcome cannot be written, tried again later: not this one"],
    ),
    (
        events.StatsRefused("no such table"),
        ["Outcomes are recorded, but not counted in queued_job_stats: no such table"],
    ),
    (
        events.JobsReleased(4, "Job released: it is stopping"),
        ["4 jobs given back: it is stopping"],
    ),
    (
        events.JobRescued(Rescued(7, 2, JobState.PENDING, "web2:2")),
        ["[JOBID 7] Rescued from web2:2, now pending"],
    ),
    (
        events.JobStuck(StuckJob(7, "claimed", "not this one")),
        ["[JOBID 7] Job cannot be claimed, tried again later: not this one"],
    ),
    (
        events.RowsPruned(Pruned({PruneKind.FAILED: 1_200, PruneKind.LOG: 3})),
        ["Pruned: 1,200 jobs, 3 log rows"],
    ),
    (events.PruningRefused("no privilege"), ["Nothing is pruned: no privilege"]),
    (events.StoreLost("gone away"), ["Database is away: gone away"]),
    (events.StoreRegained(12.4), ["Database is back after 12 s"]),
    (events.SelfFenced("no heartbeat", 3), ["Aborted 3 calls: no heartbeat"]),
]


def test_a_long_response_is_cut_and_its_line_says_by_how_much() -> None:
    event = events.OutcomeRecorded(outcome("x" * 65_535), ResultCode.TEMPORARY)

    (line,) = lines_of(event, 0.0)

    assert line.msg.startswith("[JOBID 7] Job failed temporarily: xxx")
    assert line.msg.endswith("xxx… (+63,569)")
    assert len(line.msg) == 2_000 + len("… (+63,569)")


@pytest.mark.parametrize(("event", "words"), EVENTS, ids=lambda it: type(it).__name__)
def test_each_event_has_its_sentence(event: events.Event, words: list[str]) -> None:
    assert [line.msg for line in lines_of(event, 0.0)] == words


def test_every_event_is_in_the_table_above() -> None:
    tested = {type(event) for event, _ in EVENTS}

    assert tested == set(typing.get_args(events.Event))
