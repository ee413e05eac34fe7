"""A mark belongs to a job, not to its id."""

from sq_console.model import JobState
from sq_console.ui.state.list_cursor import ListCursor
from tests.ui.jobs import ago, summary


def test_a_mark_follows_its_job_through_its_states():
    rows = ListCursor()
    rows.update([summary(id=7)], keep_gone_row=True)
    rows.toggle_mark()

    rows.update([summary(id=7, state=JobState.RUNNING, attempts=1)], keep_gone_row=True)

    assert [job.attempts for job in rows.marked.values()] == [1]


def test_another_job_that_has_got_the_id_is_not_marked():
    rows = ListCursor()
    rows.update([summary(id=7), summary(id=8)], keep_gone_row=True)
    rows.toggle_mark()

    rows.update([summary(id=7, created_at=ago(1)), summary(id=8)], keep_gone_row=True)

    assert rows.marked == {}
