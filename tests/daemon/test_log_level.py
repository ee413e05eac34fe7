"""How many lines a run writes at each level, and what `[log]` and the flags say."""

import json
import os
from pathlib import Path

import pytest

from sq_console.model import LogEvent, NewJob
from sq_console.store import Store
from tests.cli.run_program import run_process
from tests.handler import HandlerServer

JOBS = 1_000
FORMS = pytest.mark.parametrize("form", [[], ["--procs", "2"]])


def enqueue(queue: Store, url: str, count: int = 1) -> list[int]:
    return queue.actions.enqueue(NewJob("post", url), "test@here", count)


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize("form", [["--procs", "2"], []])
@pytest.mark.parametrize(
    ("level", "least", "most"),
    [("info", JOBS, JOBS + 10), ("warning", 0, 0), ("debug", 2 * JOBS, 2 * JOBS + 10)],
)
def test_a_thousand_jobs_that_succeed_write_few_lines(
    folder: Path,
    queue: Store,
    handler: HandlerServer,
    form: list[str],
    level: str,
    least: int,
    most: int,
) -> None:
    ids = enqueue(queue, handler.url("/ok"), JOBS)

    done = run_process(
        "--until-empty", *form, "--log-level", level, cwd=folder, timeout_secs=100
    )

    assert done.code == 0
    assert least <= len(done.err.splitlines()) <= most
    kinds = [entry.event for entry in queue.reads.job_log(ids[-1])]
    assert kinds[-2:] == [LogEvent.CALLED, LogEvent.SUCCEEDED]


@FORMS
@pytest.mark.mostly_slow(1)
def test_a_failure_is_one_line_of_its_level(
    folder: Path, queue: Store, handler: HandlerServer, form: list[str]
) -> None:
    enqueue(queue, handler.url("/ok"))
    enqueue(queue, handler.url("/status/503?text=busy"))
    enqueue(queue, handler.url("/status/404?text=gone"))
    enqueue(queue, "http://127.0.0.1:1/")

    done = run_process("--once", *form, "--log-format", "json", cwd=folder)

    entries = [json.loads(line) for line in done.err.splitlines()]
    levels = {entry["job"]: entry["level"] for entry in entries if "job" in entry}
    assert levels == {1: "info", 2: "warning", 3: "error", 4: "warning"}
    assert len([entry for entry in entries if "job" in entry]) == 4


def test_the_ini_file_names_level_and_format_and_flags_override_them(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    ini = folder / "db.ini"
    ini.write_text(f"{ini.read_text()}[log]\nlevel = error\nformat = json\n")
    enqueue(queue, handler.url("/status/404?text=gone"))
    enqueue(queue, handler.url("/status/404?text=gone"))

    quiet = run_process("--once", cwd=folder)
    loud = run_process(
        "--once", "--log-level", "info", "--log-format", "human", cwd=folder
    )

    assert [json.loads(line)["job"] for line in quiet.err.splitlines()] == [1, 2]
    assert " stopped: 0 calls ended" in loud.err


@FORMS
@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("log_format", ["auto", "json"])
def test_lines_for_the_journal_begin_with_their_priority(
    folder: Path,
    queue: Store,
    handler: HandlerServer,
    form: list[str],
    log_format: str,
) -> None:
    enqueue(queue, handler.url("/ok"))
    enqueue(queue, handler.url("/status/404?text=gone"))
    journal = folder / "journal"
    journal.touch()
    about = journal.stat()
    stream = f"{about.st_dev}:{about.st_ino}"

    to_journal = ["sh", "-c", f'exec "$@" 2>>{journal}', "sh"]
    arguments = ("--once", *form, "--log-format", log_format)
    done = run_process(*arguments, cwd=folder, under=to_journal, JOURNAL_STREAM=stream)

    assert done.code == 0
    lines = journal.read_text().splitlines()
    assert {line[:3] for line in lines} == {"<6>", "<3>"}
    (failed,) = [line for line in lines if line[:3] == "<3>"]
    assert "Job failed permanently: gone" in failed
    assert log_format == "auto" or json.loads(failed[3:])["level"] == "error"


def test_an_error_that_ends_the_program_has_its_priority_in_the_journal(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    about = os.stat(journal)  # noqa: PTH116
    to_journal = ["sh", "-c", f'exec "$@" 2>>{journal}', "sh"]

    done = run_process(
        "--no-ui",
        cwd=tmp_path,
        under=to_journal,
        JOURNAL_STREAM=f"{about.st_dev}:{about.st_ino}",
    )

    assert done.code == 2
    assert journal.read_text().startswith("<3>sq-console: no config file")
