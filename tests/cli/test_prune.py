"""The verb `prune`: counted, exported, deleted, interrupted."""

import base64
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sq_console.cli.verbs.database.export_file import ExportFile
from sq_console.errors import SettingsError
from sq_console.model import JobFilter
from sq_console.store import Store
from sq_console.text.pruned.export_lines import export_header, export_line
from tests.cli.jobs_in_states import enqueued, failed
from tests.cli.run_program import Done, Process
from tests.waiting import eventually

Sq = Callable[..., Done]
OLD = "2020-01-01 00:00:00"
AGE_ALL = f"UPDATE queued_job SET last_finished_at = '{OLD}' WHERE result_code = 1"
DOUBLE_JOBS = f"""
INSERT INTO queued_job (http_method, url, body, result_code, last_finished_at)
SELECT 'post', 'http://a.example/', 'x', 0, '{OLD}' FROM queued_job"""


def old_failures(queue: Store, count: int = 3) -> list[int]:
    ids = [failed(queue).id for _ in range(count)]
    queue.session.execute(AGE_ALL)
    return ids


def many_old_jobs(queue: Store, doublings: int = 11) -> int:
    queue.session.execute(DOUBLE_JOBS.replace("FROM queued_job", ""))
    for _ in range(doublings):
        queue.session.execute(DOUBLE_JOBS)
    return 2**doublings


def job_ids(queue: Store) -> list[int]:
    found = queue.session.rows("SELECT id FROM queued_job ORDER BY id")
    return [int(str(row["id"])) for row in found]


def exported(path: Path, table: str = "queued_job") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_bytes().splitlines()[1:]]
    return [line["row"] for line in lines if line["table"] == table]


def test_what_is_old_is_deleted_with_its_log_and_what_is_not_stays(
    sq: Sq, queue: Store
) -> None:
    old_failures(queue)
    young, pending = failed(queue), enqueued(queue)

    done = sq("prune", "--older", "90d")

    assert (done.code, done.err) == (0, "")
    assert done.out == "3 jobs, 9 log rows removed\n"
    assert job_ids(queue) == [young.id, pending.id]
    (row,) = queue.activity.newest(1)
    assert (row.action, row.jobs, row.note) == (
        *("prune", 3),
        "3 jobs, 9 log rows removed",
    )


def test_the_settings_say_how_old(sq: Sq, queue: Store, folder: Path) -> None:
    old_failures(queue)
    ini = folder / "db.ini"
    ini.write_text(f"{ini.read_text()}\n[retention]\nsucceeded = 1h\nfailed = keep\n")
    assert sq("prune").out == "0 jobs removed\n"

    ini.write_text(ini.read_text().replace("failed = keep", "failed = 90d"))
    assert sq("prune").out.startswith("3 jobs")


def test_options_mean_only_what_they_name(sq: Sq, queue: Store, folder: Path) -> None:
    old_failures(queue)
    ini = folder / "db.ini"
    ini.write_text(f"{ini.read_text()}\n[retention]\nfailed = 90d\n")

    assert sq("prune", "--succeeded", "7d").out == "0 jobs removed\n"
    assert sq("prune", "--older", "7d", "--failed", "keep").out == "0 jobs removed\n"
    assert sq("prune", "--older", "2000d", "--failed", "7d").out.startswith("3 jobs")


def test_a_dry_run_only_counts(sq: Sq, queue: Store) -> None:
    ids = old_failures(queue)
    endless = failed(queue)
    queue.session.execute(
        "UPDATE queued_job SET last_finished_at = NULL WHERE id = %s", (endless.id,)
    )

    done = sq("prune", "--older", "90d", "--log", "1h", "--dry-run")
    as_json = sq("prune", "--older", "90d", "--dry-run", "--json").entries[0]

    assert done.code == 0
    assert [line.split()[:3] for line in done.lines] == [
        ["0", "succeeded", "jobs"],
        ["3", "failed", "jobs"],
        ["0", "killed", "jobs"],
        ["0", "set-aside", "jobs"],
        ["0", "log", "rows"],
    ]
    assert done.err == (
        "sq-console: failed jobs that stay, without last_finished_at: 1\n"
    )
    assert as_json["rows"] == {"succeeded": 0, "failed": 3, "killed": 0, "set_aside": 0}
    assert job_ids(queue) == [*ids, endless.id]
    assert "prune" not in {one.action for one in queue.activity.newest(100)}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "nothing says how long rows are kept"),
        (("--older", "keep"), "nothing says how long"),
        (("--older", "3m"), "months are days"),
        (("--older", "0d"), "'0d' is not a time to keep rows for"),
        (("--older", "20y"), "more than ten years"),
        (("--older", "7d", "--export", "db.ini"), "no export of this database"),
        (("--older", "7d", "--export", "no/x"), "no/x: No such file"),
        (("--older", "7d", "--export", "."), "Is a directory"),
    ],
)
def test_bad_input_is_one_line(
    sq: Sq, queue: Store, arguments: tuple[str, ...], reason: str
) -> None:
    ids = old_failures(queue)

    done = sq("prune", *arguments)

    assert done.code == 2
    assert done.err.count("\n") == 1
    assert reason in done.err
    assert job_ids(queue) == ids


def test_an_export_has_whole_rows_and_every_byte(
    sq: Sq, queue: Store, folder: Path
) -> None:
    (first, second, _) = old_failures(queue)
    broken = b"caf\xe9\xff \x00"
    queue.session.execute(
        "UPDATE queued_job SET body = CAST(%s AS TEXT) WHERE id = %s", (broken, first)
    )
    log = queue.reads.job_log(second)

    done = sq("prune", "--older", "90d", "--export", "old.jsonl")

    path = folder / "old.jsonl"
    assert done.out.startswith("3 jobs")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    jobs = {row["id"]: row for row in exported(path)}
    assert base64.b64decode(jobs[first]["body_base64"]) == broken
    assert (jobs[second]["state"], jobs[second]["last_response"]) == ("failed", "oh no")
    rows = exported(path, "queued_job_log")
    assert [r["msg"] for r in rows if r["job_id"] == second] == [e.msg for e in log]


def test_a_second_export_adds_to_its_own_file(
    sq: Sq, queue: Store, folder: Path
) -> None:
    path = folder / "old.jsonl"
    first = old_failures(queue, 1)
    sq("prune", "--older", "90d", "--export", "old.jsonl")
    with path.open("ab") as file:
        file.write(b'{"table":"queued_job","row":{"id":99')  # killed in mid-write

    second = old_failures(queue, 2)
    assert sq("prune", "--older", "90d", "--export", "old.jsonl").code == 0

    assert [row["id"] for row in exported(path)] == [*first, *second]


def test_an_export_of_another_database_or_that_is_written_to_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(export_header("a") + export_line("t", {"id": 1}))
    with ExportFile(path, "a"), pytest.raises(SettingsError, match="another prune"):
        ExportFile(path, "a")
    with pytest.raises(SettingsError, match="no export of this database"):
        ExportFile(path, "b")
    assert path.read_bytes() == export_header("a") + export_line("t", {"id": 1})


def test_a_header_that_was_cut_off_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(export_header("a")[:20])

    with ExportFile(path, "a") as file:
        file.write_rows("t", [{"id": 1}])

    assert path.read_bytes() == export_header("a") + export_line("t", {"id": 1})


def test_what_cannot_be_exported_stays(
    sq: Sq, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = old_failures(queue)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = sq("prune", "--older", "90d", "--export", "old.jsonl")

    assert done.code in (1, 2)
    assert "No space left on device" in done.err
    assert job_ids(queue) == ids


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_is_exact_and_goes_on_where_it_was(
    queue: Store, folder: Path, sq: Sq, how: signal.Signals
) -> None:
    count = many_old_jobs(queue)
    enqueued(queue)
    program = Process("prune", "--older", "90d", "--export", "x", cwd=folder)
    path = folder / "x"
    eventually(lambda: path.exists() and path.stat().st_size > 5_000)

    program.popen.send_signal(how)
    program.popen.wait(30)
    left = len(job_ids(queue)) - 1
    was_stopped = left > 0  # it may have been through: what follows holds all the same

    rows = [one for one in queue.activity.newest(5) if one.action == "prune"]
    assert sum(row.jobs for row in rows) == count - left
    if how is signal.SIGINT and was_stopped:
        out = (folder / "stdout").read_text()
        assert program.popen.returncode == 130
        removed = f"{count - left:,} jobs removed"
        assert out == f"{removed}; interrupted, run again to go on\n"
    assert sq("prune", "--older", "90d", "--export", "x").code == 0
    assert len(queue.reads.jobs(JobFilter()).jobs) == 1
    assert len({row["id"] for row in exported(path)}) == count
