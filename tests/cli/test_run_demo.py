"""The demo: a small world that goes well and badly, and leaves nothing behind."""

import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from sq_console.config import Settings
from sq_console.demo import open_demo
from sq_console.errors import SettingsError
from sq_console.model import Counts, JobFilter, JobSummary
from sq_console.processor.status import Goal
from sq_console.processor.thread import ProcessorThread
from sq_console.store import open_store
from tests.cli.run_program import run_process
from tests.waiting import eventually


def counts(settings: Settings) -> Counts:
    store = open_store(settings.db)
    try:
        return store.reads.counts()
    finally:
        store.close()


def listed(settings: Settings) -> tuple[JobSummary, ...]:
    store = open_store(settings.db)
    try:
        return store.reads.jobs(JobFilter(), 200).jobs
    finally:
        store.close()


@pytest.mark.slow
def test_one_pass_prints_a_summary_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run_process(
        *("demo", "--no-ui", "--once", "--jobs", "40"),
        cwd=tmp_path,
        TMPDIR=str(tmp_path),
    )

    assert done.code == 0
    header, *rows = [line.split() for line in done.out.splitlines()]
    assert header == ["STATE", "JOBS"]
    summary = {state: int(number) for state, number in rows}
    assert summary["succeeded"] > 0
    assert summary["failed"] > 0
    assert sum(summary.values()) == 40
    assert "event=processor_stopped" in done.err
    assert list(tmp_path.iterdir()) == []


def test_soon_something_has_failed_something_runs_and_something_waits() -> None:
    with open_demo(None, 300, trickle=False) as settings:
        settings = settings.with_concurrency(8)
        thread = ProcessorThread(settings, goal=Goal.SERVE)
        thread.start()
        try:
            eventually(lambda: _lively(counts(settings)), 5)
        finally:
            thread.stop()
            thread.join()


def _lively(now: Counts) -> bool:
    return all((now.failed, now.running, now.due, now.waiting))


def test_jobs_go_to_several_hosts_with_priorities_and_organizations() -> None:
    with open_demo(None, 200, trickle=False) as settings:
        jobs = listed(settings)

    assert len(jobs) == 200
    assert len(Counter(job.host for job in jobs)) >= 6
    assert len({job.priority for job in jobs}) >= 3
    assert {job.organization_id for job in jobs} == {1, 2, 3, 4, 5}


def test_handlers_really_answer() -> None:
    with open_demo(None, 50, trickle=False) as settings:
        url = next(job.url for job in listed(settings) if "/orders/" in job.url)
        with urllib.request.urlopen(url, data=b"{}", timeout=10) as answer:
            assert b"confirmed" in answer.read()


def test_new_jobs_trickle_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sq_console.demo.PAUSE_SECS", (0.0, 0.1))

    with open_demo(None, 1, trickle=True) as settings:
        eventually(lambda: counts(settings).due > 10)


def test_a_folder_that_was_named_is_kept_and_used_again(tmp_path: Path) -> None:
    for _ in range(2):
        with open_demo(tmp_path / "kept", 5, trickle=False) as settings:
            pass

    assert settings.db.path == str(tmp_path / "kept" / "demo.sqlite")
    assert counts(settings).due == 10


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(SettingsError),
        open_demo(tmp_path / "file" / "sub", 1, trickle=False),
    ):
        pass
