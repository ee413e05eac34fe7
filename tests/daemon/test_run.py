"""`--no-ui` as a process: what ends it, how it ends, and what it logs."""

import json
import signal
import socket
from pathlib import Path

import pytest

from sq_console.model import JobState, NewJob
from sq_console.store import Store
from tests.cli.run_program import run_process, running
from tests.handler import HandlerServer
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(7)


def enqueue(queue: Store, url: str, count: int = 1, **fields: int) -> list[int]:
    job = NewJob("post", url, **fields)  # type: ignore[arg-type]
    return queue.actions.enqueue(job, "test@here", count)


def states(queue: Store, ids: list[int]) -> list[JobState]:
    return [queue.reads.job(job_id).state for job_id in ids]


def test_once_calls_each_due_job_once_and_exits_0(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    good = enqueue(queue, handler.url("/ok"), count=3)
    busy = enqueue(queue, handler.url("/status/503?text=busy"), retry_delay_secs=0)
    later = enqueue(queue, handler.url("/ok"), delay_secs=3600)

    done = run_process("--once", cwd=folder)

    assert (done.code, done.out) == (0, "")
    assert states(queue, good) == [JobState.SUCCEEDED] * 3
    assert handler.calls == {**dict.fromkeys(good, 1), busy[0]: 1}
    assert states(queue, busy + later) == [JobState.PENDING] * 2


def test_standard_error_has_the_log_in_the_ancestors_words(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    enqueue(queue, handler.url("/ok"))
    enqueue(queue, handler.url("/status/503?text=busy"))
    enqueue(queue, handler.url("/status/404?text=gone"))
    enqueue(queue, handler.url("/silent"), timeout_secs=1)

    debug = ("--log-format", "human", "--log-level", "debug")
    done = run_process("--once", *debug, cwd=folder)

    first, *middle, last = [line.split(" ", 3)[3] for line in done.err.splitlines()]
    assert first.startswith(f"Processor {socket.gethostname()}:")
    assert last.endswith("stopped: 4 calls ended, 0 aborted, 0 outcomes not recorded")
    url = handler.url("/ok")
    assert f"[JOBID 1] Calling job with method post on url {url} (timeout 60)" in middle
    assert "[JOBID 1] Job succeeded: ok" in middle
    assert "warning: [JOBID 2] Job failed temporarily: busy" in middle
    assert "error: [JOBID 3] Job failed permanently: gone" in middle
    assert "warning: [JOBID 4] Job failed due to timeout" in middle
    logged = [entry.msg for entry in queue.reads.job_log(1)]
    assert logged[-2:] == [
        f"[JOBID 1] Calling job with method post on url {url} (timeout 60)",
        "[JOBID 1] Job succeeded: ok",
    ]


def test_without_a_terminal_lines_are_logfmt(folder: Path) -> None:
    (line, *_) = run_process("--once", cwd=folder).err.splitlines()

    assert line.startswith("time=2")
    assert ' level=info event=processor_started msg="Processor ' in line


def test_json_lines_have_fields(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    enqueue(queue, handler.url("/ok"))

    done = run_process("--once", "--log-format", "json", cwd=folder)

    entries = [json.loads(line) for line in done.err.splitlines()]
    end = next(entry for entry in entries if entry["event"] == "succeeded")
    assert (end["job"], end["attempt"], end["status_code"]) == (1, 1, 200)
    assert end["msg"] == "[JOBID 1] Job succeeded: ok"
    assert end["time"].endswith("Z")


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize(("retries", "calls"), [(5, 6), (1, 2), (0, 1)])
def test_until_empty_calls_a_busy_handler_once_more_than_there_are_retries(
    folder: Path, queue: Store, handler: HandlerServer, retries: int, calls: int
) -> None:
    url = handler.url("/status/503")
    ids = enqueue(queue, url, retry_delay_secs=0, remaining_retries=retries)

    done = run_process("--until-empty", cwd=folder)

    assert done.code == 0
    assert handler.calls[ids[0]] == calls
    assert states(queue, ids) == [JobState.FAILED]


@pytest.mark.slow
def test_until_empty_leaves_jobs_that_are_not_due(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/status/503"), retry_delay_secs=3600)

    assert run_process("--until-empty", "-n", "1", cwd=folder).code == 0
    assert states(queue, ids) == [JobState.PENDING]


def test_an_empty_queue_ends_at_once(folder: Path) -> None:
    assert run_process("--until-empty", cwd=folder).code == 0


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains(
    folder: Path, queue: Store, handler: HandlerServer, number: signal.Signals
) -> None:
    called = enqueue(queue, handler.url("/held"))
    with running("--no-ui", "-n", "1", cwd=folder) as daemon:
        eventually(lambda: handler.calls[called[0]])
        left = enqueue(queue, handler.url("/ok"))
        daemon.signal(number)
        eventually(lambda: "event=drain_started" in daemon.err)
        handler.answer_held()

        assert daemon.wait() == 0
    assert states(queue, called + left) == [JobState.SUCCEEDED, JobState.PENDING]
    assert handler.calls[left[0]] == 0
    assert daemon.err.splitlines()[-1].count("event=processor_stopped") == 1
    assert queue.reads.processors() == []


def test_a_second_interrupt_stops_at_once(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/silent"))
    with running("--no-ui", cwd=folder) as daemon:
        eventually(lambda: handler.calls[ids[0]])
        daemon.signal(signal.SIGINT)
        eventually(lambda: "event=drain_started" in daemon.err)
        daemon.signal(signal.SIGINT)

        assert daemon.wait(5) == 130
    assert "Traceback" not in daemon.err
    assert states(queue, ids) == [JobState.PENDING]


@pytest.mark.slow
def test_a_drain_ends_after_drain_secs(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    ids = enqueue(queue, handler.url("/silent"))
    with running("--no-ui", "--drain-secs", "0", cwd=folder) as daemon:
        eventually(lambda: handler.calls[ids[0]])
        daemon.signal(signal.SIGTERM)

        assert daemon.wait(5) == 0
    assert states(queue, ids) == [JobState.PENDING]
    assert "event=jobs_released" in daemon.err
    assert "stopped: 0 calls ended, 1 aborted, 0 outcomes not recorded" in daemon.err


def test_a_database_without_tables_is_an_error_of_one_line(folder: Path) -> None:
    (folder / "queue.sqlite").write_bytes(b"")

    done = run_process("--no-ui", cwd=folder)

    assert done.code == 2
    assert "sq-console init" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.slow
def test_more_calls_than_files_may_be_open_are_refused(
    folder: Path, queue: Store
) -> None:
    few = ["sh", "-c", 'ulimit -n 450; exec "$@"', "sh"]

    done = run_process("--once", "-n", "400", cwd=folder, under=few)

    assert done.code == 2
    assert "concurrency 400 needs 500 open files, and this process may" in done.err
    assert "Traceback" not in done.err


def is_status(datagram: bytes) -> bool:
    return datagram.startswith(b"STATUS=")


def test_systemd_is_notified_of_start_status_and_stop(folder: Path) -> None:
    datagrams: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(30)
        notify = str(folder / "notify")
        with running("--no-ui", cwd=folder, NOTIFY_SOCKET=notify) as daemon:
            while b"READY=1" not in datagrams or not is_status(datagrams[-1]):
                datagrams.append(systemd.recv(4096))
            daemon.signal(signal.SIGTERM)
            while datagrams[-1] != b"STOPPING=1":
                datagrams.append(systemd.recv(4096))
            assert daemon.wait() == 0
    assert datagrams[0] == b"READY=1"
    assert b"STATUS=0/s, 0 running, 0 failing" in datagrams


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("form", ["human", "logfmt", "json"])
def test_no_line_of_the_log_has_a_secret(
    folder: Path, queue: Store, handler: HandlerServer, form: str
) -> None:
    url = handler.url("/echo?token=hush&page=2").replace("//", "//u:hush@")
    headers = '{"X-Api-Key": "hush"}'
    jobs = (
        NewJob("post", url, b'{"password": "hush"}', headers),
        NewJob("post", url.replace("/echo", "/status/404"), headers=headers),
        NewJob("brew", url),
    )
    for job in jobs:
        queue.actions.enqueue(job, "test@here")

    done = run_process("--once", "--log-format", form, cwd=folder)

    assert "hush" not in done.err
    assert "token=***&page=2" in done.err
    assert "/echo?token=hush&page=2" in {each.target for each in handler.requests}
