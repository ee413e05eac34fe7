"""The cursor is on a job, not on a row."""

import pytest

from tests.ui.queue import Queue
from tests.ui.run_console import running

pytestmark = pytest.mark.mostly_slow(4)


async def test_the_cursor_stays_on_its_job_when_rows_are_inserted_above(queue: Queue):
    jobs = [queue.failed(last_finished_at=queue.ago(2_000 - n)[:19]) for n in range(40)]
    async with running(queue) as console:
        await console.press("3", "j", "j", "j")
        assert console.cursor == jobs[36]
        row = console.jobs.cursor.index - console.jobs.top

        for number in range(5):
            queue.failed(last_finished_at=queue.ago(100 - number)[:19])
        await console.read_again()

        assert len(console.jobs.cursor.rows) == 45
        assert console.cursor == jobs[36]
        assert console.jobs.cursor.index - console.jobs.top == row


async def test_a_job_that_leaves_under_the_cursor_is_shown_with_its_new_state(
    queue: Queue,
):
    first, second, third = (queue.pending(f"http://a.example/{n}") for n in "123")
    async with running(queue) as console:
        await console.press("j")
        assert console.cursor == second

        queue.finish(second)
        await console.read_again()

        assert console.cursor == second
        assert [job.id for job in console.jobs.cursor.rows] == [first, second, third]
        assert "~ now succeeded" in console.text

        await console.press("K")
        await console.toasts("what has ended cannot be killed")


async def test_a_gone_row_goes_when_the_cursor_does(queue: Queue):
    first, second = queue.pending(), queue.pending()
    async with running(queue) as console:
        await console.press("home")
        queue.finish(first)
        await console.read_again()
        assert "~ now succeeded" in console.text

        await console.press("j")
        await console.read_again()

        assert console.cursor == second
        assert "~ now succeeded" not in console.text


async def test_an_untouched_list_keeps_no_gone_rows(queue: Queue):
    first, second = queue.pending(), queue.pending()
    async with running(queue) as console:
        assert console.cursor == first

        queue.finish(first)
        await console.read_again()

        assert console.cursor == second
        assert [job.id for job in console.jobs.cursor.rows] == [second]


async def test_a_cursor_that_slid_by_itself_is_not_acted_upon_at_once(queue: Queue):
    queue.pending(last_error="x")
    second = queue.pending()
    async with running(queue) as console:
        queue.finish(1)
        await console.read_again()
        assert console.cursor == second

        await console.press("K")

        await console.toasts(f"the list moved under the cursor, now on job {second}")
        await console.press("K")
        await console.shows("Kill 1 job?")


async def test_marks_stay_on_their_jobs(queue: Queue):
    jobs = [queue.failed(last_finished_at=queue.ago(900 - n)[:19]) for n in range(4)]
    async with running(queue) as console:
        await console.press("3", "space", "space")
        marked = {jobs[3], jobs[2]}
        assert set(console.jobs.cursor.marked) == marked

        queue.failed(last_finished_at=queue.ago(10)[:19])
        await console.read_again()

        assert set(console.jobs.cursor.marked) == marked
        starred = [
            line for line in console.text.splitlines() if line[:2] in (" *", ">*")
        ]
        assert len(starred) == 2
        await console.press("U")
        assert not console.jobs.cursor.marked


async def test_a_key_for_a_cursor_outside_the_window_only_scrolls_to_it(queue: Queue):
    for number in range(60):
        queue.failed(last_finished_at=queue.ago(2_000 - number)[:19])
    async with running(queue) as console:
        await console.press("3", "G")
        bottom = console.cursor
        console.jobs.scroll_to_line(0)

        await console.press("r")

        await console.toasts("the cursor was out of sight")
        assert console.cursor == bottom
        assert queue.state(bottom) == "failed"


async def test_keys_move_as_in_vi_and_as_on_a_keyboard(queue: Queue):
    for _ in range(100):
        queue.pending(run_at=queue.ago(5))  # a well queue has two header lines
    async with running(queue) as console:
        moves = {
            "j": 2,
            "down": 3,
            "k": 2,
            "up": 1,
            "G": 100,
            "g": 1,
            "end": 100,
            "home": 1,
            "ctrl+d": 8,
            "ctrl+u": 1,
            "pagedown": 15,
            "pageup": 1,
        }
        for key, expected in moves.items():
            await console.press(key)
            assert console.cursor == expected, key
