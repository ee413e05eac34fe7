"""The whole way, in processes of their own: an application inserts, daemons call."""

import time
from contextlib import ExitStack

import pytest

from sq_console.model import JobFilter, JobState, JobSummary
from tests.cli.run_program import run_process, running
from tests.e2e.conftest import Place
from tests.handler import HandlerServer
from tests.store.jobs import add, messages
from tests.waiting import eventually

ON_MARIADB = pytest.mark.parametrize("place", ["mariadb"], indirect=True)


def test_the_founding_insert_is_called_and_logged_as_ever(place: Place):
    with HandlerServer() as handler:
        url = handler.url("/answer?status=200&text=done+well")
        place.store.session.execute(
            "INSERT INTO queued_job (http_method, url, body, timeout_secs)"
            " VALUES ('post', %s, 'some post body', 120)",
            (url,),
        )
        done = run_process("db.ini", "--once", "--log-level", "debug", cwd=place.folder)

        assert done.code == 0, done.err
        (request,) = handler.requests
    assert (request.method, request.body) == ("POST", b"some post body")
    assert messages(place.store, 1) == [
        f"[JOBID 1] Calling job with method post on url {url} (timeout 120)",
        "[JOBID 1] Job succeeded: done well",
    ]
    for line in messages(place.store, 1):
        assert line in done.err
    assert done.out == ""


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize(
    ("path", "retries", "calls"),
    [
        ("/answer?status=503", 5, 6),
        ("/answer?status=503", 1, 2),
        ("/answer?status=201", 5, 1),
        ("/answer?status=302", 5, 1),
    ],
)
@ON_MARIADB
def test_calls_are_counted_as_the_contract_says(
    place: Place, path: str, retries: int, calls: int
):
    with HandlerServer() as handler:
        add(
            place.store,
            url=handler.url(path),
            remaining_retries=retries,
            retry_delay_secs=0,
        )
        done = run_process("db.ini", "--no-ui", "--until-empty", cwd=place.folder)

        assert done.code == 0, done.err
        assert len(handler.requests) == calls


@pytest.mark.slow
@ON_MARIADB
@pytest.mark.timeout(120)
def test_four_processes_call_two_thousand_jobs_exactly_once(place: Place):
    with HandlerServer() as handler, ExitStack() as stack:
        ids = add(place.store, 2_000, url=handler.url("/ok"))
        daemons = []
        for name in "abcd":
            folder = place.folder / name
            folder.mkdir()
            ini = str(place.folder / "db.ini")
            daemons.append(
                stack.enter_context(
                    running(ini, "--no-ui", "--until-empty", cwd=folder)
                )
            )
        codes = [daemon.wait(100) for daemon in daemons]

        assert codes == [0, 0, 0, 0]
        assert dict(handler.calls) == dict.fromkeys(ids, 1)
    assert place.store.reads.counts().succeeded == 2_000
    assert {job.attempts for job in _all(place)} == {1}


def _all(place: Place) -> tuple[JobSummary, ...]:
    return place.store.reads.jobs(JobFilter(JobState.SUCCEEDED), 2_000).jobs


@pytest.mark.slow
@ON_MARIADB
@pytest.mark.timeout(90)
def test_a_slow_job_holds_up_nobody_and_is_killed_from_another_process(place: Place):
    with HandlerServer() as handler:
        (slow,) = add(place.store, url=handler.url("/held"), priority=-1)
        quick = add(place.store, 500, url=handler.url("/ok"))
        with running("db.ini", "--no-ui", "-n", "5", cwd=place.folder) as daemon:
            eventually(lambda: place.store.reads.counts().succeeded == len(quick), 60)
            assert place.store.reads.job(slow).state is JobState.RUNNING

            killed = run_process("kill", str(slow), cwd=place.folder)
            asked = time.monotonic()
            eventually(lambda: place.store.reads.job(slow).state is JobState.KILLED, 5)
            took_secs = time.monotonic() - asked

            assert killed.code == 0, killed.err
            assert took_secs < 2
            daemon.signal(15)
            assert daemon.wait() == 0
    assert handler.calls[slow] == 1
    assert "Job killed by" in messages(place.store, slow)[-1]
