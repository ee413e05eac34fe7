"""What lists read from a real store."""

from sq_console.model import JobFilter, JobState
from sq_console.ui.state.lists.job_readings import (
    ListReading,
    ListRequest,
    read_all,
    read_list,
)
from sq_console.ui.state.lists.paging import Paging
from sq_console.ui.state.log_follower import LogFollower
from sq_console.ui.state.panes import WINDOW, Pane
from sq_console.ui.state.screen_data import read_job
from tests.ui.queue import Queue


def listed(queue: Queue, pane: Pane, **fields: object) -> list[int]:
    request = ListRequest(pane, JobFilter(**fields))  # type: ignore[arg-type]
    return [job.id for job in read_list(queue.store, request).jobs]


def test_done_pages_hold_killed_jobs_where_they_belong(queue: Queue):
    for number in range(250):
        queue.succeeded(last_finished_at=queue.ago(1_000 + number)[:19])
    newest, middle, oldest = (
        queue.killed(last_finished_at=queue.ago(secs)[:19])
        for secs in (500, 1_100, 5_000)
    )
    paging = Paging(Pane.DONE)
    first = read_list(queue.store, paging.request(WINDOW, None))
    paging.take(first)
    assert paging.turn(1)
    second = read_list(queue.store, paging.request(WINDOW, None))

    ids = [[job.id for job in reading.jobs] for reading in (first, second)]
    assert ids[0][0] == newest
    assert middle in ids[0]
    assert ids[1][-1] == oldest
    assert len(set(ids[0] + ids[1])) == 253
    ended = [job.last_finished_at for job in (*first.jobs, *second.jobs)]
    assert ended == sorted(ended, reverse=True)


def test_a_filter_for_a_state_empties_the_other_lists(queue: Queue):
    killed, _ = queue.killed(), queue.succeeded()
    queue.failed()
    assert listed(queue, Pane.DONE, state=JobState.KILLED) == [killed]
    assert listed(queue, Pane.FAILED, state=JobState.KILLED) == []


def test_an_id_is_found_in_the_list_it_belongs_to(queue: Queue):
    job = queue.failed()
    assert listed(queue, Pane.FAILED, job_id=job) == [job]
    assert listed(queue, Pane.PENDING, job_id=job) == []


def test_the_cursors_job_is_read_by_itself_when_it_left(queue: Queue):
    job = queue.pending()
    queue.finish(job)
    reading = read_list(queue.store, ListRequest(Pane.PENDING, JobFilter(), keep=job))
    assert reading.latest is not None
    assert reading.latest.state is JobState.SUCCEEDED


def test_all_are_found_over_pages_up_to_a_limit(queue: Queue):
    for number in range(1_100):
        queue.pending(organization_id=number % 2)
    everything = read_all(queue.store, ListRequest(Pane.PENDING, JobFilter()))
    assert (len(everything.jobs), everything.is_all) == (1_000, False)


def test_a_reading_of_a_page_left_meanwhile_is_not_shown():
    paging = Paging(Pane.PENDING)
    request = paging.request(WINDOW, None)
    paging.narrow(JobFilter(text="x"))
    assert not paging.take(ListReading(request, (), None))


def test_a_jobs_long_texts_are_read_again_only_when_something_changed(queue: Queue):
    job = queue.failed(body="x" * 100_000)
    queue.log(job, "first")
    known = read_job(queue.store, job)
    assert read_job(queue.store, job, known) is known

    queue.log(job, "second")
    more = read_job(queue.store, job, known)
    assert [entry.msg for entry in more.log][1:] == ["[JOBID 1] second"]

    queue.finish(job)
    changed = read_job(queue.store, job, more)
    assert changed.job is not None
    assert changed.job.state is JobState.SUCCEEDED
    assert read_job(queue.store, 99).job is None


def test_the_tail_keeps_no_more_of_a_message_than_a_line_shows(queue: Queue):
    following = LogFollower()
    queue.log(1, "x" * 60_000)
    (first,) = following.poll(queue.store)
    queue.log(1, "y" * 60_000)
    (second,) = following.poll(queue.store)
    assert len(first.msg) == len(second.msg) == 1_000
    assert following.poll(queue.store) == ()
