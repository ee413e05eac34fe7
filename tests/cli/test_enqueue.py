"""`enqueue`: what is given arrives in the row; what no processor would call, not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sq_console.cli.wall_clock import next_time
from sq_console.model import JobFilter
from sq_console.store import Store
from tests.cli.run_program import Done

Sq = Callable[..., Done]
URL = "http://a.example.com/x"


def test_it_prints_the_id_and_the_row_has_the_tables_defaults(
    sq: Sq, queue: Store
) -> None:
    done = sq("enqueue", "post", URL)

    assert (done.code, done.err) == (0, "")
    job = queue.reads.job(int(done.out))
    assert (job.http_method, job.url, job.body) == ("post", URL, None)
    assert (job.timeout_secs, job.remaining_retries, job.retry_delay_secs) == (
        60,
        5,
        60,
    )


def test_every_option_arrives_in_its_column(sq: Sq, queue: Store) -> None:
    done = sq(
        *("enqueue", "put", URL, "--body", "grüße", "--timeout", "7"),
        *("--header", "X-One: 1", "--header", "X-Two:2:3", "--retries", "0"),
        *("--retry-delay", "0", "--priority", "-3", "--org", "12", "--delay", "3600"),
    )

    job = queue.reads.job(int(done.out))
    assert job.body == "grüße".encode()
    assert json.loads(job.headers or "") == {"X-One": "1", "X-Two": "2:3"}
    assert (job.timeout_secs, job.remaining_retries, job.retry_delay_secs) == (7, 0, 0)
    assert (job.priority, job.organization_id) == (-3, 12)
    assert job.run_at is not None
    assert timedelta(minutes=59) < job.run_at - queue.reads.now() <= timedelta(hours=1)


def test_the_body_comes_from_a_file_or_from_standard_input(
    sq: Sq, queue: Store, folder: Path
) -> None:
    (folder / "body.json").write_bytes(b'{"a": 1}\n')

    from_file = sq("enqueue", "post", URL, "--body", "@body.json")
    from_stdin = sq("enqueue", "post", URL, "--body", "-", stdin=b"line\r\n\x00end")
    as_curl_does = sq("enqueue", "post", URL, "--body", "@-", stdin=b"@literal")

    assert queue.reads.job(int(from_file.out)).body == b'{"a": 1}\n'
    assert queue.reads.job(int(from_stdin.out)).body == b"line\r\n\x00end"
    assert queue.reads.job(int(as_curl_does.out)).body == b"@literal"


def test_a_time_with_a_zone_is_that_moment(sq: Sq, queue: Store) -> None:
    done = sq("enqueue", "get", URL, "--at", "2030-01-02T03:04:05+01:00")

    moment = datetime(2030, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert queue.reads.job(int(done.out)).run_at == moment


def test_an_hour_and_minute_are_the_next_such_time() -> None:
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).astimezone()

    later, tomorrow = next_time("23:59", now), next_time("00:00", now)

    assert (later.hour, later.minute) == (23, 59)
    assert now < later < tomorrow <= now + timedelta(days=1)


def test_a_count_makes_that_many_and_json_names_each(sq: Sq, queue: Store) -> None:
    done = sq("enqueue", "get", URL, "--count", "3", "--json")

    assert done.entries == [{"id": n, "result": "enqueued"} for n in (1, 2, 3)]
    assert len(queue.reads.jobs(JobFilter()).jobs) == 3


def test_a_timeout_above_the_settings_is_said_to_count_as_less(sq: Sq) -> None:
    done = sq("enqueue", "get", URL, "--timeout", "9999")

    assert done.code == 0
    assert done.err == "sq-console: a timeout of 9999 s will count as 3600 s\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("get", "ftp://a.example.com/"), "bad url: not http or https"),
        (("get", "http://"), "bad url: no host"),
        (("get", "http://a.example.com:99999/"), "bad url: "),
        (("get", "http://a.example.com/\r\nX: y"), "bad url: it holds a space"),
        (("get", "http://a.example.com/\udcff"), "bad url: it is not UTF-8 text"),
        (("brew", URL), "bad method 'brew': not one of DELETE, GET, HEAD, "),
        (("get", URL, "--header", "no colon"), "'no colon' is not Name: value"),
        (("get", URL, "--header", "Host: x"), "Host is not the job's to set"),
        (("get", URL, "--header", "a: 1", "--header", "A: 2"), "A is given twice"),
        (("get", URL, "--header", "a: b\r\nc: d"), "cannot be sent"),
        (("get", URL, "--body", "@missing"), "@missing: No such file or directory"),
        (("get", URL, "--body", "\udcff"), "not UTF-8 text"),
        (("get", f"{URL}{'x' * 65_535}"), "bad url: 65,557 bytes; at most 65,535 fit"),
        (("get", URL, "--body", "@/dev/zero"), "more than the 16,777,215 bytes"),
        (("get", URL, "--at", "soon"), "'soon' is not a time"),
        (("get", URL, "--at", "1969-12-31"), "is not from 1970-01-02 to"),
        (("get", URL, "--at", "0001-01-01"), "is not from 1970-01-02 to"),
        (("get", URL, "--at", "2055-01-01"), "to 2038-01-18, what the column"),
        (("get", URL, "--at", "12:00", "--delay", "5"), "exclude each other"),
        (("get", URL, "--delay", "x"), "'x' is not a whole number from 0 to"),
        (("get", URL, "--timeout", "0"), "'0' is not a whole number from 1 to"),
        (
            ("get", URL, "--priority", "99999"),
            "is not a whole number from -32,768 to 32,767",
        ),
        (("get",), "Missing argument 'URL'"),
    ],
)
def test_what_cannot_be_called_is_one_line_and_no_row(
    sq: Sq, queue: Store, arguments: tuple[str, ...], reason: str
) -> None:
    done = sq("enqueue", *arguments)

    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert done.err.startswith("sq-console: ")
    assert done.err.endswith("(see 'sq-console enqueue -h')\n")
    assert done.err.count("\n") == 1
    assert queue.reads.jobs(JobFilter()).jobs == ()
