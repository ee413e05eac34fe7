"""`retry`, `kill` and `edit`: one result for each job, by its id."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console.cli.actor import current_actor
from sq_console.model import JobState, NewJob
from sq_console.store import Store
from tests.cli.jobs_in_states import claimed, ended, enqueued, failed
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import Done

Sq = Callable[..., Done]


def test_a_failed_job_is_retried(sq: Sq, queue: Store) -> None:
    job = failed(queue)

    done = sq("retry", str(job.id))

    assert (done.code, done.out, done.err) == (0, "1 pending now\n", "")
    assert queue.reads.job(job.id).state is JobState.PENDING


def test_each_refusal_is_named_and_the_others_are_done(sq: Sq, queue: Store) -> None:
    failed(queue)
    claimed(queue, enqueued(queue))

    done = sq("retry", "1", "2", "99", "1")

    assert done.code == 1
    assert done.out == "1 pending now\n"
    assert done.err == (
        "sq-console: 2 refused: it is running\nsq-console: 99 refused: no such job\n"
    )


def test_results_as_json_lines_on_standard_output(sq: Sq, queue: Store) -> None:
    ended(queue, enqueued(queue), status_code=200, response="ok")
    claimed(queue, enqueued(queue))

    done = sq("retry", "1", "2", "--json")

    assert (done.code, done.err) == (1, "")
    assert done.entries == [
        {"id": 1, "result": "done", "message": "requeued as job 3", "new_id": 3},
        {"id": 2, "result": "refused", "reason": "it is running"},
    ]


def test_a_pending_job_is_killed_and_a_running_one_asked_for(
    sq: Sq, queue: Store
) -> None:
    running = claimed(queue, enqueued(queue))
    pending = enqueued(queue)

    done = sq("kill", str(pending.id), str(running.id))

    assert done.code == 0
    assert queue.reads.job(pending.id).state is JobState.KILLED
    assert queue.reads.job(running.id).kill_requested_at is not None


def test_a_filter_retries_all_that_match(sq: Sq, queue: Store) -> None:
    mine = [failed(queue, "http://a.example.com/") for _ in range(3)]
    other = failed(queue, "http://b.example.com/")

    done = sq("retry", "--state", "failed", "--host", "A.example.com", "--all")

    assert done.code == 0
    assert len(done.lines) == 3
    assert {queue.reads.job(job.id).state for job in mine} == {JobState.PENDING}
    assert queue.reads.job(other.id).state is JobState.FAILED


def test_all_that_match_a_text_are_all_of_them(sq: Sq, queue: Store) -> None:
    """More than one page of a search."""
    sq("enqueue", "get", "http://a.example.com/wanted", "--count", "450")

    done = sq("kill", "--state", "pending", "--text", "wanted", "--all")

    assert len(done.lines) == 450
    assert queue.reads.counts().killed == 450


def test_a_filter_that_nothing_matches_says_so(sq: Sq, queue: Store) -> None:
    failed(queue)

    done = sq("retry", "--state", "failed", "--host", "nohost", "--all", "--yes")

    assert (done.code, done.out) == (0, "")
    assert done.err == "sq-console: 0 jobs matched; nothing was done\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "name jobs by id, or by --state with --all"),
        (("--state", "failed"), "a filter needs --state and --all"),
        (("--all",), "a filter needs --state and --all"),
        (("--host", "x", "--all"), "a filter needs --state and --all"),
        (("1", "--state", "failed", "--all"), "name jobs by id, or by --state"),
        (("--state", "failed", "--host", "", "--all"), "an empty --host or --text"),
        (("--state", "failed", "--text", "", "--all"), "an empty --host or --text"),
        (("seven",), "'seven' is not the id of a job"),
        (("0",), "'0' is not the id of a job"),
        (("99999999999999999999",), "is not the id of a job"),
    ],
)
def test_an_unclear_choice_changes_nothing(
    sq: Sq, queue: Store, arguments: tuple[str, ...], reason: str
) -> None:
    failed(queue)

    done = sq("retry", *arguments)

    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert queue.reads.job(1).state is JobState.FAILED


@pytest.mark.parametrize(("answer", "state"), [("y", "pending"), ("n", "failed")])
def test_a_person_is_asked_before_all_that_match(
    folder: Path, queue: Store, answer: str, state: str
) -> None:
    failed(queue)

    with in_terminal("retry", "--state", "failed", "--all", cwd=folder) as terminal:
        terminal.wait_for("Retry 1 job?")
        terminal.press(f"{answer}\n")
        terminal.wait()

    assert queue.reads.job(1).state == state


def test_a_job_never_called_is_edited_in_place(sq: Sq, queue: Store) -> None:
    job = enqueued(queue)

    done = sq("edit", "1", "--url", "http://b.example.com/new", "--body", "new")

    assert (done.code, done.out) == (0, "1 edited in place\n")
    after = queue.reads.job(job.id)
    assert (after.url, after.body) == ("http://b.example.com/new", b"new")
    assert after.run_at == job.run_at


def test_a_job_that_was_called_stays_and_a_new_one_is_made(
    sq: Sq, queue: Store
) -> None:
    old = failed(queue)

    done = sq("edit", "1", "--method", "put", "--json")

    assert done.entries[0]["new_id"] == 2
    new = queue.reads.job(2)
    assert (new.http_method, new.url, new.requeued_from) == ("put", old.url, 1)
    assert (new.state, new.remaining_retries) == (JobState.PENDING, 5)
    assert queue.reads.job(1).state is JobState.FAILED


def test_an_edit_of_a_running_job_warns_that_it_goes_on(sq: Sq, queue: Store) -> None:
    claimed(queue, enqueued(queue))

    done = sq("edit", "1", "--body", "new")

    assert (done.code, done.out) == (0, "1 requeued as job 2\n")
    assert done.err == (
        "sq-console: 1 is running and goes on as it was; kill it if 2 replaces it\n"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("1",), "nothing to change"),
        (("1", "--url", "nonsense"), "bad url: not http or https"),
        (("1", "--method", "brew"), "bad method"),
    ],
)
def test_a_bad_edit_changes_nothing(
    sq: Sq, queue: Store, arguments: tuple[str, ...], reason: str
) -> None:
    job = enqueued(queue)

    done = sq("edit", *arguments)

    assert done.code == 2
    assert reason in done.err
    assert queue.reads.job(1) == job


def test_the_help_of_an_edit_promises_no_default(sq: Sq) -> None:
    enqueue, edit = sq("enqueue", "-h").out, sq("edit", "-h").out

    assert "60 when not given" in enqueue
    assert "when not given" not in edit
    assert "What is not given stays as it is." in edit


def test_every_action_is_logged_with_who_and_from_where(
    sq: Sq, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.1.2.3 50000 10.0.0.1 22")
    job = failed(queue)

    sq("retry", "1")

    actor = queue.reads.job_log(job.id)[-1].actor
    assert actor is not None
    assert actor.endswith(f"@{socket.gethostname()} via 10.1.2.3")


def test_under_sudo_the_operator_is_who_called_it() -> None:
    assert current_actor({"SUDO_USER": "alice"}).startswith("alice@")


def test_an_actor_holds_nothing_a_terminal_would_obey() -> None:
    hostile = current_actor({"SUDO_USER": "a\x1b[2J\n" * 100, "SSH_CONNECTION": "\x07"})

    assert not {*"\x1b\n\x07"} & set(hostile)
    assert len(hostile) <= 256
    assert json.dumps(hostile)


BYTES = b"--b\r\nA: 1\r\n\r\n\tx\xff\x00\n--b--\r\n"


def test_an_edit_of_something_else_keeps_the_bodys_bytes(
    sq: Sq, queue: Store, folder: Path
) -> None:
    queue.actions.enqueue(NewJob("post", "http://a.example.com/", BYTES), "test@here")
    text = BYTES.replace(b"\xff", b"\xef\xbb\xbf")
    (folder / "body").write_bytes(text)

    assert sq("edit", "1", "--timeout", "5").code == 0
    assert queue.reads.job(1).body == BYTES
    assert sq("edit", "1", "--body", "@body").code == 0
    assert queue.reads.job(1).body == text
