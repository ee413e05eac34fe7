"""`--no-ui --procs N` as processes: which child is restarted, what happens to the jobs
of a dead one, and how all of them end.
"""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sq_console.config import DbSettings, Settings
from sq_console.daemon.log.event_log import open_log
from sq_console.daemon.procs.supervisor import Supervisor
from sq_console.daemon.run import Assignment
from sq_console.model import JobState, NewJob
from sq_console.processor.status import Goal
from sq_console.store import Store
from tests.cli.run_program import Process, run_process, running
from tests.handler import HandlerServer
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(3)

TWO = ("--no-ui", "--procs", "2", "-n", "3", "--log-format", "json")
"""A host gets nine tenths of the slots: two calls of each."""


def enqueue(queue: Store, url: str, count: int = 1, **fields: int) -> list[int]:
    job = NewJob("post", url, **fields)  # type: ignore[arg-type]
    return queue.actions.enqueue(job, "test@here", count)


def states(queue: Store, ids: list[int]) -> list[JobState]:
    return [queue.reads.job(job_id).state for job_id in ids]


def pids(queue: Store) -> list[int]:
    """Return the process ids of the processors in the table."""
    return [int(row.name.split(":")[-1]) for row in queue.reads.processors()]


def logged(supervisor: Process, event: str) -> list[dict[str, object]]:
    """Return the log lines of *event* so far."""
    lines = supervisor.err.splitlines(keepends=True)
    entries = [json.loads(line) for line in lines if line.endswith("\n")]
    return [entry for entry in entries if entry.get("event") == event]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture
def supervisor(folder: Path, queue: Store) -> Iterator[Process]:
    """Two processors in the table, under a supervisor."""
    with running(*TWO, cwd=folder) as process:
        eventually(lambda: len(logged(process, "processor_started")) == 2)
        yield process
    eventually(lambda: pids(queue) == [])  # it was killed: they drain


def test_a_child_that_dies_is_restarted_and_its_jobs_are_rescued_at_once(
    supervisor: Process, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/held"), 4)
    eventually(lambda: all(handler.calls[job_id] for job_id in ids))
    victim, survivor = pids(queue)

    os.kill(victim, signal.SIGKILL)

    eventually(lambda: sum(handler.calls[job_id] for job_id in ids) == 6)
    eventually(lambda: len(pids(queue)) == 2)
    assert victim not in pids(queue)
    assert survivor in pids(queue)
    assert len(logged(supervisor, "rescued")) == 2
    (died,) = logged(supervisor, "processor_died")
    assert f"{victim} died (signal 9); another starts in 0.5 s" in str(died["msg"])
    handler.answer_held()
    eventually(lambda: states(queue, ids) == [JobState.SUCCEEDED] * 4)


@pytest.mark.slow
def test_the_backoff_grows_with_each_death_and_a_signal_ends_it(
    supervisor: Process, queue: Store
) -> None:
    first, other = pids(queue)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(logged(supervisor, "processor_started")) == 3)
    (second,) = {*pids(queue)} - {first, other}

    os.kill(second, signal.SIGKILL)
    eventually(lambda: len(logged(supervisor, "processor_died")) == 2)
    supervisor.signal(signal.SIGTERM)

    assert supervisor.wait() == 0
    assert "another starts in 1 s" in str(logged(supervisor, "processor_died")[1])
    assert len(logged(supervisor, "processor_started")) == 3


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_all_children(
    supervisor: Process, queue: Store, handler: HandlerServer, number: signal.Signals
) -> None:
    called = enqueue(queue, handler.url("/held"), 4)
    eventually(lambda: all(handler.calls[job_id] for job_id in called))
    left = enqueue(queue, handler.url("/ok"))

    supervisor.signal(number)
    eventually(lambda: len(logged(supervisor, "drain_started")) == 2)
    handler.answer_held()

    assert supervisor.wait() == 0
    assert states(queue, called + left) == [*[JobState.SUCCEEDED] * 4, JobState.PENDING]
    assert len(logged(supervisor, "processor_stopped")) == 2
    assert len(logged(supervisor, "supervisor_stopped")) == 1
    assert pids(queue) == []


@pytest.mark.slow
def test_a_second_interrupt_stops_all_children_at_once(
    supervisor: Process, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/silent"), 4)
    eventually(lambda: all(handler.calls[job_id] for job_id in ids))

    supervisor.signal(signal.SIGINT)
    eventually(lambda: len(logged(supervisor, "drain_started")) == 2)
    supervisor.signal(signal.SIGINT)

    assert supervisor.wait(10) == 130
    assert states(queue, ids) == [JobState.PENDING] * 4
    assert "Traceback" not in supervisor.err


@pytest.mark.slow
def test_processors_drain_when_their_supervisor_is_killed(
    supervisor: Process, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/held"), 4)
    eventually(lambda: all(handler.calls[job_id] for job_id in ids))
    children = pids(queue)

    supervisor.signal(signal.SIGKILL)
    eventually(lambda: len(logged(supervisor, "supervisor_lost")) == 2)
    handler.answer_held()

    eventually(lambda: not any(map(is_alive, children)))
    assert states(queue, ids) == [JobState.SUCCEEDED] * 4
    assert pids(queue) == []


@pytest.mark.slow
def test_a_child_that_was_drained_is_not_restarted(
    supervisor: Process, queue: Store, folder: Path
) -> None:
    assert run_process("drain", cwd=folder).code == 0

    assert supervisor.wait() == 0
    assert logged(supervisor, "processor_died") == []


def test_lines_have_the_process_id_of_their_child(
    supervisor: Process, queue: Store
) -> None:
    started = logged(supervisor, "processor_started")

    assert sorted(entry["pid"] for entry in started) == sorted(pids(queue))
    (first,) = logged(supervisor, "supervisor_started")
    assert first["pid"] == supervisor.popen.pid


def test_once_calls_each_due_job_once_in_any_child(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    busy = enqueue(queue, handler.url("/status/503"), 10, retry_delay_secs=0)

    done = run_process("--once", "--procs", "3", "-n", "1", cwd=folder)

    assert done.code == 0
    assert handler.calls == dict.fromkeys(busy, 1)


@pytest.mark.slow
def test_until_empty_ends_when_all_children_have_ended(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/ok"), 20)

    done = run_process("--until-empty", "-p", "2", "-n", "2", cwd=folder)

    assert done.code == 0
    assert states(queue, ids) == [JobState.SUCCEEDED] * 20
    assert handler.calls == dict.fromkeys(ids, 1)


@pytest.mark.slow
def test_a_failure_of_all_children_at_their_start_ends_the_supervisor(
    folder: Path, queue: Store
) -> None:
    queue.session.execute("DROP INDEX claimed_by")

    done = run_process("--no-ui", "--procs", "2", cwd=folder)

    assert done.code == 1
    assert "sq-console init" in done.err
    assert "Traceback" not in done.err


def test_a_child_that_fails_at_its_start_is_restarted_while_others_may_start(
    folder: Path, queue: Store
) -> None:
    """As when the server has too many connections at that moment."""
    settings = Settings(DbSettings(engine="sqlite", path=str(folder / "queue.sqlite")))
    log = open_log(folder / "log", "human")
    supervisor = Supervisor(Assignment(settings, Goal.SERVE), 2, log)
    unlucky, starting = (_failed(status) for status in (1, None))
    for record, child in zip(supervisor._children, (unlucky, starting), strict=True):
        record.child = child

    supervisor._child_changed(unlucky)
    first = supervisor._children[0]
    assert (first.restart_at is not None, supervisor._draining) == (True, False)
    supervisor._child_changed(unlucky)  # an earlier notice of it was still in the queue

    starting.exit_status = 1
    supervisor._child_changed(starting)
    assert supervisor._draining, "now all have failed"
    supervisor._rescuer.shut_down()
    log.finish()


def _failed(exit_status: int | None) -> SimpleNamespace:
    """Return a child as its supervisor knows it."""
    return SimpleNamespace(
        exit_status=exit_status,
        started=False,
        pid=4711,
        error="",
        unrecorded=0,
        is_final=False,
        processor_ids=[],
        drain=list,
    )


def test_the_console_has_one_processor(folder: Path) -> None:
    done = run_process("--procs", "2", cwd=folder)

    assert done.code == 2
    assert "--procs needs --no-ui" in done.err


def test_all_end_with_status_2_when_the_schema_becomes_newer(
    supervisor: Process, queue: Store, handler: HandlerServer
) -> None:
    (job_id,) = enqueue(queue, handler.url("/held"))
    eventually(lambda: handler.calls[job_id])
    queue.session.execute(
        "UPDATE queued_job_meta SET value = '99' WHERE name = 'schema_version'"
    )
    eventually(lambda: logged(supervisor, "drain_started"))
    handler.answer_held()

    assert supervisor.wait() == 2
    assert states(queue, [job_id]) == [JobState.SUCCEEDED]
    assert pids(queue) == []
    assert "schema version 99" in supervisor.err
    assert len(logged(supervisor, "processor_started")) == 2  # none was restarted
