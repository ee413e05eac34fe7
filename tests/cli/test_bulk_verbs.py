"""Many jobs by a filter: counted, worked on, listed, stopped and pulled back."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console.cli.bulk_run import follow_bulk
from sq_console.errors import StoreUnavailable
from sq_console.model import BulkState, Job, JobFilter, JobState
from sq_console.store import Store
from sq_console.store.actions.bulk_table import BulkTable
from tests.cli.jobs_in_states import enqueued, failed
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import Done
from tests.store.bulk import begin, request, shown

Sq = Callable[..., Done]
SHOP = "http://shop.example/v1/x"
_ANOTHER_WORKER_HAS_IT = """
CREATE TRIGGER taken AFTER INSERT ON queued_job_bulk BEGIN
  UPDATE queued_job_bulk SET worker = 'other', lease_until = '2037-01-01'; END"""


def several(queue: Store, count: int = 3, url: str = SHOP) -> list[Job]:
    return [failed(queue, url) for _ in range(count)]


def states(queue: Store, jobs: list[Job]) -> set[JobState]:
    return {queue.reads.job(job.id).state for job in jobs}


def test_all_that_match_a_filter_are_retried_as_one_bulk_action(
    sq: Sq, queue: Store
) -> None:
    mine, other = several(queue), failed(queue, "http://b.example/")

    done = sq("retry", "--filter", "host:shop.example since:2h", "--all")

    assert (done.code, done.out, done.err) == (0, "bulk 1: 3 retried\n", "")
    assert states(queue, mine) == {JobState.PENDING}
    assert states(queue, [other]) == {JobState.FAILED}


def test_a_pace_and_a_reason_are_kept(sq: Sq, queue: Store) -> None:
    several(queue)

    done = sq(
        *("retry", "--state", "failed", "--all", "--pace", "30/min"),
        *("--why", "ticket 42", "--json"),
    )

    (entry,) = done.entries
    assert done.code == 0
    assert (entry["id"], entry["verb"], entry["state"]) == (1, "retry", "done")
    assert (entry["why"], entry["per_second"], entry["done"]) == ("ticket 42", 0.5, 3)
    assert entry["result"] == "3 retried"
    due = sorted(job.run_at for job in queue.reads.jobs(JobFilter()).jobs if job.run_at)
    assert (due[-1] - due[0]).total_seconds() == pytest.approx(4)


def test_pending_jobs_are_killed_by_a_filter(sq: Sq, queue: Store) -> None:
    enqueued(queue, url=SHOP), enqueued(queue, url="http://b.example/")

    done = sq("kill", "--filter", "host:shop.example", "--all", "--yes")

    assert done.out == "bulk 1: 1 killed\n"
    assert queue.reads.job(1).state is JobState.KILLED
    assert queue.reads.job(2).state is JobState.PENDING


def test_failed_jobs_are_set_aside_by_id_and_by_filter(sq: Sq, queue: Store) -> None:
    jobs = several(queue)

    one = sq("set-aside", str(jobs[0].id), "--why", "known")
    rest = sq("set-aside", "--filter", "host:shop.example", "--all", "--why", "gone")

    assert (one.code, one.out) == (0, "1 set aside\n")
    assert rest.out == "bulk 1: 2 set aside\n"
    assert states(queue, jobs) == {JobState.SET_ASIDE}
    assert queue.reads.job_log(jobs[0].id)[-1].msg.endswith(": known")
    assert queue.reads.job_log(jobs[1].id)[-1].msg.endswith(": gone")
    shown_job = sq("show", str(jobs[1].id)).lines
    assert [line.split()[-1] for line in shown_job if "bulk action:" in line] == ["1"]
    assert any(line.startswith("set aside:") for line in shown_job)


def test_urls_of_many_are_edited_after_samples(sq: Sq, queue: Store) -> None:
    jobs = several(queue, 2)

    done = sq(
        *("edit", "--filter", "host:shop.example", "--all"),
        *("--url-from", r"/v(\d+)/", "--url-to", r"/w\1/", "--regex"),
        *("--set-header", "X-A: 1"),
    )

    assert (done.code, done.out) == (0, "bulk 1: 2 edited\n")
    assert done.err.count("-> http://shop.example/w1/x  headers changed") == 2
    assert states(queue, jobs) == {JobState.SET_ASIDE}
    new = queue.reads.job(queue.reads.jobs(JobFilter(JobState.PENDING)).jobs[0].id)
    assert (new.url, new.headers) == ("http://shop.example/w1/x", '{"X-A": "1"}')


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("retry", "--filter", "host:x"), "a filter needs --all"),
        (("retry", "--filter", "", "--all"), "an empty --filter"),
        (("retry", "--filter", "since:x", "--all"), "--filter: since:x is not"),
        (("retry", "--filter", "a", "--host", "b", "--all"), "--filter says it all"),
        (("retry", "1", "--pace", "1/s"), "--pace is for all that match"),
        (("retry", "--filter", "a", "--all", "--pace", "x"), "'x' is not a pace"),
        (("retry", "--filter", "a", "--all", "--pace", "0"), "'0' is not above 0"),
        (
            ("kill", "--filter", "state:failed", "--state", "running", "--all"),
            "exclude",
        ),
        (("edit", "--filter", "a", "--all"), "nothing to change"),
        (("edit", "--filter", "a", "--all", "--url-from", "a"), "go together"),
        (("edit", "--filter", "a", "--all", "--body", "b"), "many jobs are changed"),
        (("edit", "1", "--url-from", "a", "--url-to", "b"), "are for --filter"),
        (("edit",), "name a job by its id"),
        (
            *(("edit", "--filter", "a", "--all", "--url-from", ".*a", "--url-to", ""),),
            "0 jobs matched",
        ),
        (
            *(("edit", "--filter", "a", "--all", "--set-header", "x"),),
            "'x' is not Name: value",
        ),
        (
            (
                *("edit", "--filter", "a", "--all"),
                *("--set-header", "A: 1", "--set-header", "a: 2"),
            ),
            "a is given twice",
        ),
        (("retry", "1", "--why", "x"), "--why is for all that match"),
        (("kill", "1", "--why", "x"), "--why is for all that match"),
    ],
)
def test_what_is_unclear_changes_nothing(
    sq: Sq, queue: Store, arguments: tuple[str, ...], reason: str
) -> None:
    failed(queue)

    done = sq(*arguments)

    assert done.out == ""
    assert reason in done.err
    assert queue.bulk.ls() == []
    assert queue.reads.job(1).state is JobState.FAILED


def test_an_expression_that_could_take_for_ever_is_refused(
    sq: Sq, queue: Store
) -> None:
    arguments = ("--url-from", "(a+)+", "--url-to", "b", "--regex")

    done = sq("edit", "--filter", "a", "--all", *arguments)

    assert (done.code, done.out) == (2, "")
    assert "may repeat" in done.err


def test_what_changed_meanwhile_is_counted(sq: Sq, queue: Store) -> None:
    several(queue)
    bulk_id = begin(queue, request())
    sq("retry", "2")

    done = sq("bulk", "stop", str(bulk_id))

    assert done.out == "bulk 1: 0 retried, 1 changed meanwhile, 2 not begun\n"


def test_bulk_actions_are_listed_and_shown(sq: Sq, queue: Store) -> None:
    several(queue)
    sq("retry", "--filter", "host:shop.example", "--all", "--why", "\x1b[31mred")
    begin(queue, request(per_second=10))

    listed, entries = sq("bulk", "ls").out, sq("bulk", "ls", "--json").entries
    one = sq("bulk", "show", "1").out

    assert "failed host:shop.example" in listed
    assert "10/s" in listed
    assert [(entry["id"], entry["state"]) for entry in entries] == [
        (2, "running"),
        (1, "done"),
    ]
    assert entries[1]["jobs"] == "failed host:shop.example"
    assert "result:      3 retried" in one
    assert "\x1b" not in one
    assert "red" in one


def test_a_bulk_action_that_is_not_there_is_named(sq: Sq, queue: Store) -> None:
    for verb in ("show", "stop", "pull-back"):
        done = sq("bulk", verb, "99")
        assert (done.code, done.out) == (1, "")
        assert "no bulk action has the id 99" in done.err


def test_its_retries_are_pulled_back(sq: Sq, queue: Store) -> None:
    jobs = several(queue)
    sq("retry", "--filter", "host:shop.example", "--all")

    done = sq("bulk", "pull-back", "1")

    assert (done.code, done.out) == (0, "bulk 1: 3 retried, 3 pulled back\n")
    assert states(queue, jobs) == {JobState.FAILED}
    again = sq("bulk", "stop", "1")
    assert (again.code, again.out) == (0, "bulk 1: 3 retried, 3 pulled back\n")


def test_a_kill_is_not_pulled_back(sq: Sq, queue: Store) -> None:
    enqueued(queue)
    sq("kill", "--filter", "state:pending", "--all")

    done = sq("bulk", "pull-back", "1", "--json")

    assert done.code == 1
    assert done.entries == [
        {"id": 1, "result": "refused", "reason": "kill is not pulled back"}
    ]


def test_an_interrupt_leaves_it_to_others_with_its_total(
    folder: Path, queue: Store
) -> None:
    several(queue)
    queue.session.execute(_ANOTHER_WORKER_HAS_IT)

    with in_terminal(
        *("retry", "--filter", "state:failed", "--all"), cwd=folder
    ) as terminal:
        terminal.wait_for("Retry 3 jobs?")
        terminal.press("y\r")
        terminal.wait_for("retrying 0 of 3")
        terminal.popen.send_signal(signal.SIGINT)
        assert terminal.wait() == 130

    assert "bulk 1: 0 retried" in terminal.text
    assert "bulk 1 goes on: sq-console bulk stop 1" in terminal.text
    assert shown(queue, 1).state is BulkState.RUNNING


def test_an_outage_leaves_it_to_others_and_says_so(
    queue: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    several(queue)
    bulk_id = begin(queue, request())

    def away(_bulk: BulkTable, _worker: str) -> bool:
        raise StoreUnavailable("gone away")

    monkeypatch.setattr(BulkTable, "work_batch", away)
    with pytest.raises(StoreUnavailable):
        follow_bulk(queue, bulk_id, as_json=False)

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(f"processor or console: sq-console bulk show {bulk_id}\n")


def test_a_mask_in_a_header_of_many_is_refused(sq: Sq, queue: Store) -> None:
    several(queue)

    edit = ("edit", "--filter", "host:shop.example", "--all")
    done = sq(*edit, "--set-header", "Authorization: ***")

    assert (done.code, queue.bulk.ls()) == (2, [])
    assert "the headers has *** in the place of a secret" in done.err


def test_what_is_no_id_of_a_bulk_action_is_called_so(sq: Sq) -> None:
    done = sq("bulk", "show", "0")

    assert (done.code, "the id of a bulk action" in done.err) == (2, True)
