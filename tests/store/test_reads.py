"""Lists, counts and the log, on every kind of store."""

import pytest

from sq_console.config import DbSettings
from sq_console.errors import JobNotFound
from sq_console.model import COUNT_CAP, JobFilter, JobState, NewJob, ResultCode, Seen
from sq_console.store import Store, open_store
from sq_console.store.queries.log_tail import FEW, LogTail
from tests.store.jobs import ACTOR, ME, add, claim, enter, outcome, run_to


def all_pages(store: Store, wanted: JobFilter, limit: int) -> list[int]:
    ids: list[int] = []
    after = None
    while True:
        page = store.reads.jobs(wanted, limit, after)
        assert len(page.jobs) <= limit
        ids += [job.id for job in page.jobs]
        if page.next is None:
            return ids
        after = page.next


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_join_without_gap_or_repeat(store: Store, limit: int):
    enter(store)
    now = store.reads.now()
    expected = []
    for priority in (-1, 0, 4):
        for _ in range(4):
            expected += add(store, priority=priority, run_at=now)

    assert all_pages(store, JobFilter(JobState.PENDING), limit) == expected
    assert all_pages(store, JobFilter(), limit) == sorted(expected, reverse=True)
    by_host = JobFilter(JobState.PENDING, host="api.example.com")
    assert all_pages(store, by_host, limit) == expected
    for job in claim(store):
        store.outcomes.record(ME, [outcome(job, ResultCode.PERMANENT)])
    store.session.execute("UPDATE queued_job SET last_finished_at = NULL WHERE id < 4")
    failed = all_pages(store, JobFilter(JobState.FAILED), limit)
    assert sorted(failed) == sorted(expected)
    assert failed[-3:] == [3, 2, 1]


def test_finished_jobs_are_listed_newest_first(store: Store):
    enter(store)
    ids = [run_to(store, ResultCode.SUCCEEDED) for _ in range(3)]
    store.session.execute(
        "UPDATE queued_job SET last_finished_at = '2020-01-01 00:00:00' WHERE id = %s",
        (ids[1],),
    )

    page = store.reads.jobs(JobFilter(JobState.SUCCEEDED))

    assert [job.id for job in page.jobs][-1] == ids[1]


def test_a_list_shows_the_processor_that_runs_a_job(store: Store):
    enter(store)
    add(store)
    claim(store)

    (job,) = store.reads.jobs(JobFilter(JobState.RUNNING)).jobs

    assert job.processor == "web1:7"


def test_a_search_finds_part_of_url_or_error_and_takes_wildcards_as_they_are(
    store: Store,
):
    (percent,) = add(store, url="http://h/100%_done!")
    add(store, url="http://h/100 done")
    (org,) = add(store, organization_id=42)

    def found(**fields: object) -> list[int]:
        wanted = JobFilter(**fields)  # type: ignore[arg-type]
        return [job.id for job in store.reads.jobs(wanted).jobs]

    assert found(text="100%_DONE!") == [percent]
    assert found(organization_id=42) == [org]
    assert found(state=JobState.PENDING, text="%_d") == [percent]
    assert found(host="api.example.com") == [org]
    assert found(job_id=org) == [org]
    assert found(job_id=10**18) == []


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_a_search_goes_on_where_its_window_ended(
    store: Store, monkeypatch: pytest.MonkeyPatch, limit: int
):
    monkeypatch.setattr("sq_console.store.queries.job_pages.SEARCH_WINDOW", 3)
    add(store, 8, priority=1)
    wanted = [
        add(store, url="http://h/wanted", priority=priority)[0]
        for priority in (2, 0, 1, 1)
    ]
    add(store, 8, priority=2)

    by_id = all_pages(store, JobFilter(text="wanted"), limit)
    pending = all_pages(store, JobFilter(JobState.PENDING, text="wanted"), limit)
    of_host = all_pages(store, JobFilter(JobState.PENDING, "h", text="wanted"), limit)

    assert by_id == wanted[::-1]
    assert pending == of_host == [wanted[1], wanted[2], wanted[3], wanted[0]]


def test_counts_tell_due_from_waiting_and_the_age_of_the_oldest(store: Store):
    enter(store)
    run_to(store, ResultCode.SUCCEEDED)
    run_to(store, ResultCode.PERMANENT)
    (running,) = add(store)
    claim(store)
    add(store, delay_secs=60)
    (killed,) = add(store)
    store.actions.kill(Seen(killed), ACTOR)
    (due,) = add(store)

    counts = store.reads.counts()

    assert (counts.due, counts.waiting, counts.running) == (1, 1, 1)
    assert (counts.succeeded, counts.failed, counts.killed) == (1, 1, 1)
    assert counts.oldest_due_at == store.reads.job(due).run_at
    assert counts.latency_secs < 10
    assert store.reads.job(running).state is JobState.RUNNING


def test_counts_stop_at_their_cap(store: Store):
    add(store, 1)
    doubling = """INSERT INTO queued_job (http_method, url)
                  SELECT http_method, url FROM queued_job"""
    for _ in range(14):
        store.session.execute(doubling)

    assert store.reads.counts().due == COUNT_CAP + 1


def test_a_job_that_is_not_there_is_named(store: Store):
    with pytest.raises(JobNotFound, match="no job has the id 12"):
        store.reads.job(12)


@pytest.mark.parametrize("job_id", [2**63 - 1, 2**63, 2**64 - 1])
def test_an_id_that_no_job_has_finds_nothing_however_large(store: Store, job_id: int):
    add(store)
    assert store.reads.jobs(JobFilter(job_id=job_id), 1).jobs == ()
    assert store.reads.job_log(job_id) == []
    with pytest.raises(JobNotFound, match=str(job_id)):
        store.reads.job(job_id)


def test_a_foreign_row_with_odd_values_is_shown_and_breaks_nothing(store: Store):
    store.session.execute(
        "INSERT INTO queued_job (http_method, url, result_code, attempts)"
        " VALUES ('', '', 7, 1)"
    )

    (job,) = store.reads.jobs(JobFilter()).jobs

    assert (job.state, job.host, job.result_code) == (JobState.FAILED, "", 7)


def test_the_tail_shows_each_row_once(store: Store):
    add(store, 3)
    tail = LogTail()

    assert [entry.job_id for entry in tail.start(store.reads, last=2)] == [2, 3]
    assert tail.poll(store.reads) == []
    add(store)
    assert [entry.job_id for entry in tail.poll(store.reads)] == [4]
    assert tail.poll(store.reads) == []


def test_the_tail_begins_with_the_last_rows_however_far_apart_their_ids(store: Store):
    add(store, 3)
    store.session.execute(
        "INSERT INTO queued_job_log (id, job_id, msg) VALUES (1000000, 2, 'noted')"
    )
    tail = LogTail()

    assert [entry.job_id for entry in tail.start(store.reads, last=3)] == [2, 3, 2]
    assert tail.poll(store.reads) == []


def test_the_tail_of_one_job_shows_only_its_rows(store: Store):
    add(store, 2)
    tail = LogTail(job_id=2)

    assert [entry.job_id for entry in tail.start(store.reads)] == [2]
    store.actions.retry(Seen(1), ACTOR)
    store.actions.retry(Seen(2), ACTOR)
    assert [entry.job_id for entry in tail.poll(store.reads)] == [2]


def test_a_limited_tail_gives_the_rest_later_or_only_the_newest(store: Store):
    tail, newest = LogTail(), LogTail()
    tail.start(store.reads)
    newest.start(store.reads)
    add(store, 5)

    assert [entry.job_id for entry in tail.poll(store.reads, 3)] == [1, 2, 3]
    assert [entry.job_id for entry in tail.poll(store.reads, 3)] == [4, 5]
    assert [e.job_id for e in newest.poll(store.reads, 2, newest=True)] == [4, 5]
    assert newest.poll(store.reads, 2, newest=True) == []


def test_a_flooded_screen_goes_on_near_the_end_and_tells_what_it_left_out(store: Store):
    tail = LogTail()
    tail.start(store.reads)
    shown, skipped = [], []
    for count in (30, 3, 40, 7):
        store.actions.enqueue(NewJob("post", "http://h/"), ACTOR, count)
        shown.append([e.job_id for e in tail.poll(store.reads, 5, newest=True)])
        skipped.append(tail.skipped)

    assert shown == [
        [26, 27, 28, 29, 30],
        [31, 32, 33],
        [69, 70, 71, 72, 73],
        [76, 77, 78, 79, 80],
    ]
    assert skipped == [25, 0, 35, 2]


# SQLite has one writer: its ids are in commit order.
@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
def test_a_row_that_commits_late_is_still_shown(
    store: Store, store_settings: DbSettings
):
    add(store)
    late = open_store(store_settings)
    now = [0.0]
    tail = LogTail(clock=lambda: now[0])
    tail.start(store.reads)
    late.session.execute("BEGIN")
    late.session.execute("INSERT INTO queued_job_log (job_id, msg) VALUES (77, 'late')")
    add(store)
    assert [entry.job_id for entry in tail.poll(store.reads)] == [2]
    now[0] = 8.0
    assert tail.poll(store.reads) == []
    late.session.execute("COMMIT")
    late.close()

    assert [entry.job_id for entry in tail.poll(store.reads)] == [77]


@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
def test_among_many_rows_a_late_one_is_shown_a_little_later(
    store: Store, store_settings: DbSettings
):
    late = open_store(store_settings)
    now = [0.0]
    tail = LogTail(clock=lambda: now[0])
    tail.start(store.reads)
    late.session.execute("BEGIN")
    late.session.execute("INSERT INTO queued_job_log (job_id, msg) VALUES (77, 'late')")
    store.actions.enqueue(NewJob("post", "http://h/"), ACTOR, FEW + 1)
    tail.poll(store.reads, 2 * FEW)
    now[0] = 1.0
    late.session.execute("COMMIT")
    late.close()
    add(store)

    assert [entry.job_id for entry in tail.poll(store.reads)] == [FEW + 2]
    now[0] = 3.0
    assert [entry.job_id for entry in tail.poll(store.reads)] == [77]


def test_old_rows_leave_the_window_after_a_while(store: Store):
    now = [0.0]
    tail = LogTail(clock=lambda: now[0])
    tail.start(store.reads)
    for _ in range(40):
        add(store)
        tail.poll(store.reads)
        now[0] += 1.0

    assert len(tail._shown) < 20


def test_every_database_has_its_own_uuid(store: Store):
    uuid = store.reads.database_uuid()

    assert len(uuid) == 36
    store.admin.create_schema()
    assert store.reads.database_uuid() == uuid


def test_a_good_database_passes_every_check(store: Store):
    assert [finding for finding in store.admin.check() if not finding.ok] == []
    assert store.admin.create_schema().created == ()


def test_a_missing_table_or_column_is_found(store: Store):
    store.session.execute("DROP TABLE queued_job_hold")
    if not store.session.server.startswith("SQLite"):
        store.session.execute("ALTER TABLE queued_job DROP KEY claim")

    bad = [finding.text for finding in store.admin.check() if not finding.ok]

    assert any("queued_job_hold" in text for text in bad)
    if not store.session.server.startswith("SQLite"):
        assert any("lacks the keys claim" in text for text in bad)
    assert store.admin.create_schema().created == ("queued_job_hold",)
