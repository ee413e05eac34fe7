"""A mark belongs to a job, not to its id."""

from sq_console.model import JobState
from sq_console.ui.state.list_cursor import Rows
from tests.ui.jobs import ago, summary


def test_a_mark_follows_its_job_through_its_states():
    rows = Rows()
    rows.show([summary(id=7)], haunt=True)
    rows.toggle_mark()

    rows.show([summary(id=7, state=JobState.RUNNING, attempts=1)], haunt=True)

    assert [job.attempts for job in rows.marked.values()] == [1]


def test_another_job_that_has_got_the_id_is_not_marked():
    rows = Rows()
    rows.show([summary(id=7), summary(id=8)], haunt=True)
    rows.toggle_mark()

    rows.show([summary(id=7, created_at=ago(1)), summary(id=8)], haunt=True)

    assert rows.marked == {}
