"""`--log-file` of a daemon, and what SIGHUP does with it and without."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from sq_console.config import LogSettings
from sq_console.daemon.log.event_log import open_daemon_log
from sq_console.daemon.log.sinks import FileSink
from sq_console.model import JobState, NewJob
from sq_console.processor import events
from sq_console.store import Store
from tests.cli.pty_program import Terminal
from tests.cli.run_program import run_process, running
from tests.handler import HandlerServer
from tests.waiting import eventually

SERVING = pytest.mark.parametrize("form", [["--no-ui", "--procs", "2"], ["--no-ui"]])


def enqueue(queue: Store, url: str) -> int:
    return queue.actions.enqueue(NewJob("post", url), "test@here", 1)[0]


def succeeded(queue: Store, job_id: int) -> bool:
    return queue.reads.job(job_id).state is JobState.SUCCEEDED


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@SERVING
def test_a_hang_up_reopens_the_file_and_the_queue_goes_on(
    folder: Path, queue: Store, handler: HandlerServer, form: list[str]
) -> None:
    log, old = folder / "sq.log", folder / "sq.log.1"
    started = len(form) if len(form) == 1 else 2
    with running(*form, "--log-file", "sq.log", cwd=folder) as daemon:
        eventually(lambda: read(log).count("event=processor_started") == started)
        log.rename(old)
        daemon.signal(signal.SIGHUP)
        processes = started + (started > 1)
        eventually(lambda: read(log).count("event=log_reopened") == processes)
        job = enqueue(queue, handler.url("/ok"))
        eventually(lambda: f"[JOBID {job}] Job succeeded" in read(log))
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert "event=log_reopened" not in read(old)
    assert daemon.err == ""
    assert log.stat().st_mode & 0o777 == 0o600


@SERVING
@pytest.mark.mostly_slow(1)
def test_without_a_file_or_a_terminal_a_hang_up_stops_no_queue(
    folder: Path, queue: Store, handler: HandlerServer, form: list[str]
) -> None:
    """As when logrotate sends it to a service."""
    with running(*form, cwd=folder) as daemon:
        eventually(lambda: "event=processor_started" in daemon.err)
        daemon.signal(signal.SIGHUP)
        eventually(lambda: "event=hang_up_ignored" in daemon.err)
        job = enqueue(queue, handler.url("/ok"))
        eventually(lambda: succeeded(queue, job))
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0


@SERVING
@pytest.mark.mostly_slow(1)
def test_a_terminal_that_is_closed_drains(
    folder: Path, queue: Store, form: list[str]
) -> None:
    terminal = Terminal(*form, cwd=folder)
    try:
        eventually(queue.reads.processors)
        terminal.popen.send_signal(signal.SIGHUP)
        assert terminal.popen.wait(30) == 0
    finally:
        terminal.popen.kill()
        terminal.popen.wait()
    assert queue.reads.processors() == []


@pytest.mark.slow
def test_a_folder_that_is_gone_leaves_the_log_in_the_old_file(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    logs = folder / "logs"
    logs.mkdir()
    with running("--no-ui", "--log-file", "logs/sq.log", cwd=folder) as daemon:
        eventually(lambda: "event=processor_started" in read(logs / "sq.log"))
        os.link(logs / "sq.log", folder / "linked")
        shutil.rmtree(logs)
        daemon.signal(signal.SIGHUP)
        eventually(lambda: "cannot be reopened: No such file" in daemon.err)
        job = enqueue(queue, handler.url("/ok"))
        eventually(lambda: f"[JOBID {job}] Job succ" in read(folder / "linked"))
        logs.mkdir()
        job = enqueue(queue, handler.url("/ok"))
        eventually(lambda: f"[JOBID {job}] Job succ" in read(logs / "sq.log"))
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert daemon.err.count("cannot be reopened") == 1


def test_lines_that_a_full_disk_does_not_take_are_counted(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    job = enqueue(queue, handler.url("/ok"))

    done = run_process("--once", "--log-file", "/dev/full", cwd=folder)

    assert done.code == 0
    assert succeeded(queue, job)
    assert done.err.count("/dev/full: cannot be written: No space left") == 1
    assert "Traceback" not in done.err


def test_after_a_full_disk_the_log_says_how_many_lines_are_missing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sq.log"
    path.symlink_to("/dev/full")
    log = open_daemon_log(LogSettings(file=str(path), format="human"))
    for _ in range(3):
        log(events.ProcessorResumed())
    eventually(lambda: log.lines_dropped >= 3)
    path.unlink()
    log(events.ProcessorPaused("x"))
    log.finish()

    assert log.lines_dropped >= 3
    lines = path.read_text().splitlines()
    assert any("written again; " in line for line in lines)
    assert any(line.endswith("Paused: x") for line in lines)


def test_a_line_that_was_cut_is_ended_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "sq.log"
    sink = FileSink(path)
    sink.write("half a line")
    sink.write("whole\n")
    sink.finish()

    assert path.read_text() == "half a line\nwhole\n"


def test_a_file_that_cannot_be_opened_is_one_line_and_exit_code_2(
    folder: Path,
) -> None:
    done = run_process("--no-ui", "--log-file", "missing/sq.log", cwd=folder)

    assert done.code == 2
    assert done.err.splitlines() == [
        "sq-console: missing/sq.log: cannot be written: No such file or directory"
    ]
