"""`ls`, `show` and `tail`: what is in the queue, for people and for programs, with
nothing in it that a terminal would obey or a stranger should read.
"""

import json
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sq_console.cli.actor import current_actor
from sq_console.cli.output import print_json
from sq_console.cli.verbs.tail import LogSearch
from sq_console.model import Job
from sq_console.rules.log_filter import LogFilter
from sq_console.store import Store
from sq_console.store.queries.log_tail import LogTail
from sq_console.store.queries.reads import StoreReads
from tests.cli.jobs_in_states import PROCESSOR, claimed, ended, enqueued, failed
from tests.cli.run_program import Done, command, environment, running
from tests.waiting import eventually

Sq = Callable[..., Done]
NewJob = Callable[..., Job]

JOB_KEYS = [
    *("id", "state", "http_method", "url", "host", "organization_id", "priority"),
    *("attempts", "remaining_retries", "max_retries", "timeout_secs"),
    *("retry_delay_secs", "created_at", "run_at", "last_started_at"),
    *("last_finished_at", "result_code", "last_status_code", "last_error"),
    *("claimed_by", "processor", "kill_requested_at", "requeued_from"),
]


LOOKING = ("ls", "ls --json", "tail", "tail --json", "show 1", "show 1 --json")


def test_a_list_is_aligned_text_in_a_pipe(sq: Sq, queue: Store) -> None:
    failed(queue, "http://a.example.com/first")
    enqueued(queue, "http://b.example.com/second")

    header, *rows = sq("ls").lines

    assert header.split()[:4] == ["ID", "STATE", "REQUEST", "TRIES"]
    assert [row.split()[3] for row in rows] == [
        "http://b.example.com/second",
        "http://a.example.com/first",
    ]
    assert "http 500" in rows[1]


def test_a_list_as_json_has_the_columns_names_and_utc_times(
    sq: Sq, queue: Store
) -> None:
    claimed(queue, enqueued(queue))

    (entry,) = sq("ls", "--json").entries

    assert list(entry) == JOB_KEYS
    assert (entry["id"], entry["state"], entry["processor"]) == (
        1,
        "running",
        "web2:4711",
    )
    assert entry["created_at"].endswith("Z")
    assert len(entry["created_at"]) == len("2026-11-23T21:11:05.123Z")


def test_filters_narrow_the_list(sq: Sq, queue: Store, new_job: NewJob) -> None:
    failed(queue, "http://a.example.com/broken")
    new_job("http://A.example.com:81/", organization_id=7)
    new_job("http://b.example.com/special")

    def ids(*filters: str) -> list[int]:
        return [entry["id"] for entry in sq("ls", "--json", *filters).entries]

    assert ids("--state", "failed") == [1]
    assert ids("--host", "A.example.com:81") == [2]
    assert ids("--org", "7") == [2]
    assert ids("--text", "special") == [3]
    assert ids("--limit", "2") == [3, 2]
    assert ids("--filter", "path:special") == [3]
    assert ids("--state", "failed", "--filter", "since:1h") == [1]
    assert ids("--filter", "body:nothing") == []
    assert "says it all" in sq("ls", "--host", "h", "--filter", "x").err


def test_a_list_longer_than_a_page_is_whole(sq: Sq, new_job: NewJob) -> None:
    sq("enqueue", "get", "http://a.example.com/", "--count", "450")

    assert len(sq("ls", "--limit", "1000", "--json").entries) == 450


def test_a_search_that_finds_nothing_for_long_ends_and_says_so(
    sq: Sq, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sq_console.store.queries.job_pages.SEARCH_WINDOW", 1)
    monkeypatch.setattr("sq_console.cli.verbs.ls.SEARCH_PAGES", 3)
    for _ in range(4):
        new_job()

    done = sq("ls", "--text", "nothing like it")

    assert (done.code, len(done.lines)) == (0, 1)
    assert "more may match: narrow it with --state and --host" in done.err


def test_an_unknown_state_is_refused_with_the_known_ones(sq: Sq) -> None:
    done = sq("ls", "--state", "done")

    assert done.code == 2
    assert "'pending', 'running', 'succeeded', 'failed', 'killed'" in done.err


def test_show_tells_request_attempts_answer_and_log(sq: Sq, queue: Store) -> None:
    failed(queue, "http://a.example.com/broken")

    shown = sq("show", "1").out

    assert "failed, http 500" in shown
    assert "post http://a.example.com/broken" in shown
    assert "last response:\n    oh no\n" in shown
    assert "[JOBID 1] Job failed permanently: oh no" in shown
    attempt = next(line for line in shown.splitlines() if "web2:4711" in line)
    assert attempt.split()[-4:] == ["failed", "500", "12", "web2:4711"]


def test_show_tells_of_the_attempt_that_runs(sq: Sq, queue: Store) -> None:
    claimed(queue, enqueued(queue))

    shown, (entry,) = sq("show", "1").lines, sq("show", "1", "--json").entries

    attempt = shown[shown.index("attempts:") + 2].split()
    assert (attempt[0], attempt[3:]) == ("1", ["running", "-", "-", "web2:4711"])
    (attempt,) = entry["each_attempt"]
    assert (attempt["result"], attempt["started_at"]) == (
        None,
        entry["last_started_at"],
    )
    queue.claims.release(
        PROCESSOR,
        queue.claims.held_by(PROCESSOR, await_commits=True),
        "Job released: it is stopping",
    )
    (released,) = sq("show", "1", "--json").entries[0]["each_attempt"]
    assert released["result"] == "released"
    assert released["started_at"] == entry["last_started_at"]


def test_show_reads_well(sq: Sq, queue: Store, new_job: NewJob) -> None:
    headers = json.dumps({"X-Plain": "seen", "Cookie": "hush"})
    new_job(headers=headers, retry_delay_secs=-5, timeout_secs=0)
    killed = new_job(remaining_retries=-1)
    sq("kill", str(killed.id))
    waiting = failed(queue)
    sq("retry", str(waiting.id))

    odd = sq("show", "1").out
    assert "headers:\n    X-Plain: seen\n    Cookie: ***\n" in odd
    assert "retries left:  5, at once\n" in odd
    assert "timeout:       1 s\n" in odd
    ended = sq("show", "2").out
    assert "state:         killed\n" in ended
    assert "retries left:  0, at least 60 s apart\n" in ended
    assert f" by {current_actor()}\n" in ended
    assert "pending, last call: http 500\n" in sq("show", "3").out


def test_show_tells_the_log_in_the_order_in_which_it_happened(
    sq: Sq, queue: Store
) -> None:
    """The row of a call is written when the call is over."""
    job = claimed(queue, enqueued(queue))
    for msg, secs in (("asked", 60), ("called", 90), ("ended", 30)):
        queue.session.execute(
            "INSERT INTO queued_job_log (job_id, msg, created_at)"
            " VALUES (%s, %s, {secs_ago})",
            (job.id, msg, secs),
        )

    printed = [line.split()[-1] for line in sq("show", "1").lines[-4:]]

    assert printed == ["called", "asked", "ended", "test@here"]


def test_an_attempt_without_an_outcome_runs_only_while_its_job_does(
    sq: Sq, queue: Store
) -> None:
    job = enqueued(queue)
    ended(queue, job, status_code=200, response="fine")
    queue.session.execute("DELETE FROM queued_job_log WHERE event = 'succeeded'")

    assert "no outcome in the log" in sq("show", str(job.id)).out
    (attempt,) = sq("show", str(job.id), "--json").entries[0]["each_attempt"]
    assert attempt["result"] is None


def test_show_as_json_is_one_object_with_every_attempt(sq: Sq, queue: Store) -> None:
    job = enqueued(queue)
    ended(queue, job, status_code=200, response="fine")

    (entry,) = sq("show", str(job.id), "--json").entries

    assert set(JOB_KEYS) < set(entry)
    assert entry["last_response"] == "fine"
    (attempt,) = entry["each_attempt"]
    assert attempt["attempt"] == 1
    assert attempt["result"] == "succeeded"
    assert (attempt["status_code"], attempt["duration_ms"]) == (200, 12)
    assert [row["event"] for row in entry["log"]] == ["enqueued", "called", "succeeded"]


def test_a_job_that_is_not_there_is_named(sq: Sq) -> None:
    done = sq("show", "99")

    assert (done.code, done.out) == (1, "")
    assert done.err == "sq-console: no job has the id 99\n"


def test_credentials_are_shown_nowhere(sq: Sq, queue: Store, new_job: NewJob) -> None:
    headers = {"Authorization": "Bearer hush", "X-Api-Key": "hush", "X-Plain": "seen"}
    job = new_job("http://u:hush@a.example.com/", headers=json.dumps(headers))
    ended(queue, job, status_code=200, response="ok")

    for verb in LOOKING:
        printed = sq(*verb.split()).out
        assert "hush" not in printed
        assert "a.example.com" in printed
    assert "seen" in sq("show", "1").out


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m \u202e[/red]"


def test_nothing_reaches_the_terminal_that_it_would_obey(sq: Sq, queue: Store) -> None:
    job = enqueued(queue, f"http://a.example.com/{HOSTILE}")
    ended(queue, job, status_code=500, response=f"line one\n{HOSTILE}\r\n")

    for verb in LOOKING:
        printed = sq(*verb.split()).out
        assert not {*"\x1b\x07\x9b\u202e\r"} & set(printed), verb
        assert "owned" in printed


def test_json_gives_a_hostile_text_back_unchanged(sq: Sq, queue: Store) -> None:
    ended(queue, enqueued(queue), status_code=500, response=HOSTILE)

    assert sq("show", "1", "--json").entries[0]["last_response"] == HOSTILE


def test_a_body_that_is_no_text_is_base64_in_json(
    sq: Sq, queue: Store, new_job: NewJob
) -> None:
    new_job(body=b"\xff\x00\xfe")

    (entry,) = sq("show", "1", "--json").entries

    assert (entry["body"], entry["body_base64"]) == (None, "/wD+")
    assert "\\xff" in sq("show", "1").out


def test_tail_ends_with_the_last_rows(sq: Sq, queue: Store) -> None:
    failed(queue)
    enqueued(queue)

    lines = sq("tail", "-n", "2").lines

    assert len(lines) == 2
    assert lines[0].endswith("[JOBID 1] Job failed permanently: oh no (a.example.com)")
    assert lines[1].endswith("[JOBID 2] Job enqueued by test@here")


def test_tail_of_one_job_as_json(sq: Sq, queue: Store) -> None:
    failed(queue)
    enqueued(queue)

    entries = sq("tail", "--job", "1", "--json").entries

    assert {entry["job_id"] for entry in entries} == {1}
    assert entries[-1]["status_code"] == 500


def test_a_followed_tail_prints_what_comes_and_ends_by_interrupt(
    folder: Path, queue: Store
) -> None:
    with running("tail", "-f", "-v", cwd=folder) as process:
        eventually(lambda: "connected" in process.err)
        job = enqueued(queue)
        eventually(lambda: f"[JOBID {job.id}]" in process.out)
        process.signal(signal.SIGINT)

        assert process.wait() == 130
    assert "Traceback" not in process.err


def test_a_followed_tail_ends_with_its_reader_though_nothing_comes(
    folder: Path, queue: Store
) -> None:
    enqueued(queue)
    tail = subprocess.Popen(
        command("tail", "-f"),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with tail:
        assert tail.stdout is not None
        assert b"[JOBID 1]" in tail.stdout.readline()
        tail.stdout.close()

        assert tail.wait(20) == 1
        assert tail.stderr is not None
        assert tail.stderr.read() == b""


def test_json_has_no_number_that_is_none(sq: Sq, queue: Store, new_job: NewJob) -> None:
    """An SQLite column holds what it is given."""
    new_job(headers='{"X": NaN, "Y": -Infinity, "Z": 1.10}')
    queue.session.execute(
        "UPDATE queued_job SET priority = 9e999, timeout_secs = -9e999"
    )
    queue.session.execute(
        "UPDATE queued_job SET last_started_at = '0001-01-01 00:00:00+14:00'"
    )

    for verb in ("ls", "show 1", "tail", "stats", "processors"):
        done = sq(*verb.split(), "--json")
        assert done.code == sq(*verb.split()).code == 0, done.err
        for line in done.lines:
            json.loads(line, parse_constant=pytest.fail)
    assert sq("show", "1", "--json").entries[0]["headers"] == {
        "X": "NaN",
        "Y": "-Infinity",
        "Z": "1.10",
    }


def test_a_number_that_is_none_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("inf"), "b": [{"c": float("nan"), "d": 1.5}]})

    assert capsys.readouterr().out == '{"a":null,"b":[{"c":null,"d":1.5}]}\n'


def test_tail_is_narrowed_to_a_host_and_to_failures(sq: Sq, queue: Store) -> None:
    shop = failed(queue, url="http://shop.example:18080/v1")
    failed(queue, url="http://mail.example/")
    fine = enqueued(queue, "http://shop.example:18080/ok")
    ended(queue, fine, status_code=200, response="ok")

    of_shop = sq("tail", "--host", "Shop.example:18080", "--json").entries
    assert {entry["host"] for entry in of_shop} == {"shop.example:18080"}
    (only,) = sq("tail", "--host", "shop.example:18080", "--failed").lines
    assert only.endswith(
        f"[JOBID {shop.id}] Job failed permanently: oh no (shop.example:18080)"
    )
    assert len(sq("tail", "--failed").lines) == 2
    assert sq("tail", "--host", "nobody.example").lines == []
    assert sq("tail", "--host", "shop.example", "--failed").lines == [only]


def test_a_host_may_be_named_without_its_port(sq: Sq, queue: Store) -> None:
    enqueued(queue, "http://shop.example:18080/")
    enqueued(queue, "http://crm.example:1/"), enqueued(queue, "http://crm.example:2/")

    assert len(sq("ls", "--host", "Shop.example", "--json").entries) == 1
    assert len(sq("ls", "--filter", "host:shop.example", "--json").entries) == 1
    either = sq("ls", "--host", "crm.example", "--json")
    assert (either.code, either.out) == (0, "")
    assert "no job has the host crm.example; jobs have crm.example:1, crm" in either.err


def test_nothing_is_done_to_a_host_of_another_name(sq: Sq, queue: Store) -> None:
    enqueued(queue, "http://shop.example:18080/")

    done = sq("kill", "--filter", "host:shop", "--all", "--yes")

    assert (done.code, done.out) == (0, "")
    assert "no job has the host shop; jobs have shop.example:18080" in done.err
    assert "0 jobs matched; nothing was done" in done.err


def test_tail_since_prints_all_of_that_time(sq: Sq, queue: Store) -> None:
    for _ in range(30):
        enqueued(queue)
    queue.session.execute(
        "UPDATE queued_job_log SET created_at = '2020-01-01 00:00:00' WHERE id <= 3"
    )

    assert len(sq("tail").lines) == 20
    assert len(sq("tail", "--since", "1h").lines) == 27
    assert len(sq("tail", "--since", "2019-12-31").lines) == 30
    assert sq("tail", "--since", "1h", "--failed").lines == []


def test_tail_since_loses_no_row_that_is_written_while_it_begins(
    queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = enqueued(queue)
    real = queue.reads.last_log_id
    written: list[int] = []

    def one_more(_reads: StoreReads) -> int:
        """Return the newest id; then one more row is written."""
        newest = real()
        if len(written) < 3:
            written.append(enqueued(queue).id)
        return newest

    monkeypatch.setattr(StoreReads, "last_log_id", one_more)
    log = LogTail()
    search = LogSearch(LogFilter(), 20, lambda now: now - timedelta(hours=1))

    shown = [entry.job_id for page in search.first(queue, log) for entry in page]
    shown += [entry.job_id for entry in log.poll(queue.reads)]

    assert sorted(shown) == [first.id, *written]


def test_tail_names_a_job_that_is_gone_by_its_id(sq: Sq, queue: Store) -> None:
    gone = failed(queue)
    queue.session.execute("DELETE FROM queued_job")

    (line,) = sq("tail", "--failed").lines

    assert line.endswith(f"[JOBID {gone.id}] Job failed permanently: oh no")


def test_show_curl_is_the_command_alone(sq: Sq, queue: Store, new_job: NewJob) -> None:
    new_job("http://eve:secret@a.example.com/x", body=b"one\ntwo")

    done = sq("show", "1", "--curl")

    assert done.out.startswith("curl -i ")
    assert "secret" not in done.out
    assert "one\ntwo" in done.out
    assert "secrets masked" in done.err
    (entry,) = sq("show", "1", "--curl", "--json").entries
    assert entry["command"] in done.out


def test_a_duration_that_is_too_long_is_called_so(sq: Sq, queue: Store) -> None:
    refused = sq("tail", "--since", "9999d")
    assert refused.code == 2
    assert "'9999d' is more than ten years" in refused.err
