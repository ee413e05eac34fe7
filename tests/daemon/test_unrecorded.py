"""A run that could not record all outcomes does not exit with 0: cron and systemd read
only the exit status.
"""

import signal
from pathlib import Path

import pytest

from sq_console.model import JobState, NewJob
from sq_console.store import Store
from tests.cli.run_program import run_process, running
from tests.handler import HandlerServer
from tests.store.jobs import refuse_updates
from tests.waiting import eventually

EVENT = "outcomes_unrecorded"


def enqueue(queue: Store, url: str, count: int) -> list[int]:
    return queue.actions.enqueue(NewJob("post", url), "test@here", count)


def unrecorded_line(err: str) -> str:
    """Return the one line with the number."""
    (line,) = [line for line in err.splitlines() if EVENT in line]
    return line


@pytest.mark.parametrize("goal", ["--once", "--until-empty"])
def test_unrecorded_outcomes_are_counted_and_the_exit_status_is_1(
    folder: Path, queue: Store, handler: HandlerServer, goal: str
) -> None:
    ids = enqueue(queue, handler.url("/ok"), 3)
    refuse_updates(queue, None, "OLD.claimed_by IS NOT NULL AND NEW.id < 3")

    done = run_process(goal, cwd=folder)

    assert done.code == 1
    assert "level=error" in unrecorded_line(done.err)
    assert "2 outcomes could not be recorded" in unrecorded_line(done.err)
    assert queue.reads.job(ids[2]).state is JobState.SUCCEEDED


def test_a_drain_that_leaves_an_outcome_unrecorded_exits_with_1(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    (job_id,) = enqueue(queue, handler.url("/held"), 1)
    refuse_updates(queue, job_id)
    with running("--no-ui", cwd=folder) as daemon:
        eventually(lambda: handler.calls[job_id])
        daemon.signal(signal.SIGTERM)
        eventually(lambda: "event=drain_started" in daemon.err)
        handler.answer_held()

        assert daemon.wait() == 1
    assert "1 outcome could not be recorded" in unrecorded_line(daemon.err)


@pytest.mark.slow
def test_with_procs_the_supervisor_logs_how_many_and_restarts_no_child(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/held"), 4)
    refuse_updates(queue, None, "OLD.claimed_by IS NOT NULL AND NEW.id < 4")
    with running("--no-ui", "--procs", "2", "-n", "3", cwd=folder) as supervisor:
        eventually(lambda: all(handler.calls[job_id] for job_id in ids))
        supervisor.signal(signal.SIGTERM)
        eventually(lambda: supervisor.err.count("event=drain_started") == 2)
        handler.answer_held()

        assert supervisor.wait() == 1
    assert "3 outcomes could not be recorded" in supervisor.err.splitlines()[-1]
    assert "processor_died" not in supervisor.err


@pytest.mark.slow
def test_once_with_procs_ends_with_1_and_restarts_no_child(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    (job_id,) = enqueue(queue, handler.url("/ok"), 1)
    refuse_updates(queue, job_id)

    done = run_process("--once", "--procs", "2", cwd=folder)

    assert done.code == 1
    assert "1 outcome could not be recorded" in done.err.splitlines()[-1]
    assert done.err.count("event=processor_started") == 2
