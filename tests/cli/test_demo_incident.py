"""`demo --incident`: a bad night to practise on, the same every time, in any store."""

import http.client
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from sq_console.config import DbSettings
from sq_console.demo.incident import ANNA, open_incident, seed
from sq_console.demo.incident_handler import incident_handler
from sq_console.demo.incident_hosts import HOSTS, IncidentPorts
from sq_console.demo.incident_jobs import ORDER
from sq_console.model import Job, JobFilter, JobState
from sq_console.processor.thread import ProcessorThread
from sq_console.store import Store, open_store
from tests.cli.run_program import run_process
from tests.store.every_row import rows_of
from tests.waiting import eventually

PORTS = IncidentPorts()
NOW = datetime(2026, 9, 12, 2, 0, 30, tzinfo=UTC)


def host_of(store: Store, name: str) -> str:
    """The host with its port, which is another one where a demo runs beside this."""
    url = f"http://{name}:%"
    sql = "SELECT host FROM queued_job WHERE url LIKE %s LIMIT 1"
    (row,) = store.session.rows(sql, (url,))
    host = row["host"]
    return host.decode() if isinstance(host, bytes) else str(host)


def newest(store: Store, state: JobState, host: str) -> Job:
    (job,) = store.reads.jobs(JobFilter(state=state, host=host), 1).jobs
    return store.reads.job(job.id)


@pytest.mark.mostly_slow(1)
def test_a_seeded_store_has_causes_with_an_onset_and_what_was_before(
    store: Store,
) -> None:
    seed(store)

    counts = store.reads.counts()
    assert counts.succeeded > 3_000
    assert counts.failed > 5_000
    assert counts.due > 400
    assert counts.waiting > 300
    shop = "shop.localhost:8480"
    failed = rows_of(store, "queued_job", f"state = 'failed' AND host = '{shop}'")
    good = rows_of(store, "queued_job", f"state = 'succeeded' AND host = '{shop}'")
    began = min(str(row["last_finished_at"]) for row in failed)
    assert max(str(row["last_finished_at"]) for row in good) <= began
    assert {row["last_status_code"] for row in failed} == {404}
    (hold,) = store.reads.holds()
    assert (hold.host, hold.who) == ("crm.localhost:8479", ANNA)
    assert len(rows_of(store, "queued_job_lost_processor")) == 1


@pytest.mark.slow
def test_the_texts_of_one_cause_differ_in_numbers_and_one_body_has_the_order(
    store: Store,
) -> None:
    seed(store)

    failed = rows_of(
        store, "queued_job", "state = 'failed' AND host = 'billing.localhost:8480'"
    )
    assert len({row["last_response"] for row in failed}) == len(failed)
    assert all(b"deadlock on invoice" in bytes(row["last_response"]) for row in failed)
    assert sum(ORDER.encode() in bytes(row["body"]) for row in failed) == 1
    sizes = [len(bytes(row["body"])) for row in failed]
    assert min(sizes) < 200
    assert max(sizes) > 20_000


@pytest.mark.slow
def test_the_sums_of_a_minute_are_those_of_its_jobs(store: Store) -> None:
    seed(store)

    minutes = {row.minute: row for row in store.reads.minutes(40)}
    failed = rows_of(store, "queued_job", "state = 'failed'")
    ended = Counter(
        datetime.fromisoformat(text(row["last_finished_at"])[:16]).replace(tzinfo=UTC)
        for row in failed
        if row["last_status_code"]
    )
    # MySQL rounds to the second, and with it into the next minute.
    assert all(abs(minutes[each].failed - ended[each]) <= 4 for each in minutes)
    assert len(minutes) > 30


def text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.slow
def test_it_is_the_same_every_time(tmp_path: Path, empty_sqlite: Path) -> None:
    made = []
    for name in ("one", "other"):
        path = shutil.copy(empty_sqlite, tmp_path / name)
        store = open_store(DbSettings(engine="sqlite", path=str(path)))
        seed(store, PORTS, now=NOW)
        made.append([rows_of(store, "queued_job"), rows_of(store, "queued_job_log")])
        store.close()

    assert made[0] == made[1]


@pytest.mark.slow
def test_the_past_is_put_into_a_folder_once(tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        with open_incident(tmp_path, live=False) as settings:
            store = open_store(settings.db)
            counts.append(store.reads.counts().failed)
            store.close()

    assert counts[0] == counts[1]


def test_the_handler_answers_by_host() -> None:
    with incident_handler(Random(1)) as ports:
        called = {
            (name, path): status(ports.handler, name, path)
            for name, path in (
                ("shop.localhost", "/v1/orders/notify"),
                ("shop.localhost", "/v2/orders/notify"),
                ("billing.localhost", "/invoices/7/charge"),
                ("push.localhost", "/devices/7"),
                ("other.localhost", "/"),
            )
        }
        with pytest.raises(ConnectionRefusedError):
            status(ports.refused, "crm.localhost", "/")

    assert list(called.values()) == [404, 200, 500, 200, 404]


def status(port: int, host: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, b"{}", {"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.slow
def test_jobs_keep_coming_and_are_called_by_name(tmp_path: Path) -> None:
    with open_incident(tmp_path) as settings:
        store = open_store(settings.db)
        newest_id = store.reads.jobs(JobFilter(), 1).jobs[0].id
        before = store.reads.last_log_id()
        processor = ProcessorThread(settings.with_concurrency(20))
        processor.start()
        try:
            eventually(lambda: store.reads.last_log_id() > before + 300, 20)
            eventually(
                lambda: store.reads.jobs(JobFilter(), 1).jobs[0].id > newest_id + 20, 20
            )
            mail_host = host_of(store, "mail.localhost")
            called = JobFilter(JobState.SUCCEEDED, mail_host)
            eventually(lambda: store.reads.jobs(called, 1).jobs)
        finally:
            processor.stop()
            processor.join()
        since = datetime.now(UTC) - timedelta(minutes=1)
        mail = newest(store, JobState.SUCCEEDED, mail_host)
        store.close()

    assert mail.last_started_at is not None
    assert mail.last_started_at > since


def test_every_host_is_loopback_by_its_name() -> None:
    assert all(".localhost:" in host.url(PORTS, 1) for host in HOSTS)
    assert len(HOSTS) == 12


@pytest.mark.slow
def test_one_pass_without_a_screen_ends(tmp_path: Path) -> None:
    done = run_process(
        *("demo", "--incident", "--no-ui", "--once"),
        cwd=tmp_path,
        timeout_secs=60,
        TMPDIR=str(tmp_path),
    )

    assert done.code == 0
    assert list(tmp_path.iterdir()) == []


def test_the_incident_has_its_own_jobs(tmp_path: Path) -> None:
    done = run_process("demo", "--incident", "--jobs", "3", cwd=tmp_path)

    assert done.code == 2
    assert "--jobs" in done.err
