"""A job's page: to the next job of the list, every answer whole, curl to be read."""

import pytest
from textual.binding import Binding

from sq_console.ui import keys
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.state.panes import Pane
from tests.ui.queue import WEB2, Queue
from tests.ui.run_console import running
from tests.ui.test_keys import ALL

QUIET = {
    *("escape", "q", "question_mark", "f1", "colon", "ctrl+c", "ctrl+q"),
    *("p", "ctrl+r", "f5", "ctrl+l"),
    *(binding.key for binding in Binding.make_bindings(keys.MOVING)),
}
"""They leave, move at most, or do what is not seen here."""
ANSWER = "deadlock on invoice 49221 (tx 1), waited 350 ms " * 4 + "the end of it"


async def test_one_goes_to_the_next_job_of_the_list_and_back(queue: Queue):
    first, second, third = (
        queue.failed(f"http://a.example/{n}", last_finished_at=queue.ago(n)[:19])
        for n in (10, 20, 30)
    )
    async with running(queue) as console:
        await console.press("3", "g", "enter")
        await console.shows(f"Job {first} ")
        await console.shows("1 of 3")
        await console.press("greater_than_sign")
        await console.shows(f"Job {second} ")
        await console.press("greater_than_sign")
        await console.shows(f"Job {third} ")
        await console.shows("3 of 3")
        await console.shows("a.example/30")
        await console.press("greater_than_sign")
        await console.toasts("no other job there")
        await console.press("less_than_sign")
        await console.shows(f"Job {second} ")
        await console.press("escape")
        assert console.cursor == second


async def test_a_page_opened_from_a_frozen_list_is_read(queue: Queue):
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3", "p")
        await console.shows("DISPLAY PAUSED")
        await console.press("enter")
        await console.shows(f"Job {job}  FAILED")
        await console.hides("DISPLAY PAUSED")
        await console.press("escape")
        await console.shows("DISPLAY PAUSED")


async def test_a_key_after_the_step_acts_on_the_job_that_is_shown(queue: Queue):
    first, second = (
        queue.failed(f"http://a.example/{n}", last_finished_at=queue.ago(n)[:19])
        for n in (10, 20)
    )
    async with running(queue) as console:
        await console.press("3", "g", "enter")
        await console.shows(f"Job {first} ")
        await console.press("greater_than_sign", "r")
        await console.toasts(f"job {second}: pending now")


async def test_the_rows_of_one_job_in_the_log_are_one_step(queue: Queue):
    jobs = [queue.failed(), queue.failed()]
    for job in (jobs[0], jobs[1], jobs[1]):
        queue.log(job, "Job failed permanently: no", 5, event="failed", status_code=500)
    async with running(queue) as console:
        await console.press("4")
        await console.until(lambda: len(console.board.log_view.cursor.rows) == 3)
        await console.press("enter")
        await console.shows(f"Job {jobs[1]} ")
        await console.press("less_than_sign")
        await console.shows(f"Job {jobs[0]} ")


async def test_a_page_of_no_list_says_so(queue: Queue):
    async with running(queue) as console:
        console.app.open_screen(JobScreen(queue.failed()))
        await console.shows("ATTEMPTS")
        await console.press("greater_than_sign")
        await console.toasts("opened from no list")


async def test_each_attempts_answer_is_there_whole(queue: Queue):
    job = queue.failed(attempts=2)
    for attempt in (1, 2):
        more = {"attempt": attempt, "status_code": 500, "event": "failed_temporarily"}
        queue.log(job, f"Job failed temporarily: {ANSWER}", 60, **more)
    async with running(queue, (80, 40)) as console:
        await console.press("3", "enter")
        await console.shows("the end of it")
        assert console.text.count("the end of it") <= 2


async def test_a_running_job_knows_the_heartbeat_of_its_processor(queue: Queue):
    queue.running(last_started_at=queue.ago(3)[:19])
    async with running(queue) as console:
        await console.press("2", "enter")
        await console.shows("running on web2:4711, heartbeat 0 s ago, for")
        queue.store.session.execute(
            "UPDATE queued_job_processor SET heartbeat_at = %s WHERE id = %s",
            (queue.ago(50), WEB2),
        )
        await console.shows("LOST, last heartbeat 5")


async def test_curl_is_shown_to_be_read(queue: Queue):
    queue.failed("http://eve:pw@a.example/x")
    async with running(queue) as console:
        await console.press("3", "C")
        await console.shows("curl -i --globoff")
        assert "pw@" not in console.text
        await console.press("escape")
        assert console.app.screen is console.main


async def test_digits_go_to_the_panes_from_every_page(queue: Queue):
    queue.failed()
    panes = {"0": Pane.CAUSES, "1": Pane.PENDING, "4": Pane.LOG, "5": Pane.DONE}
    async with running(queue) as console:
        for opening in (("enter",), ("h",), ("w",), ("a",), ("b",), ("0", "enter")):
            for digit, pane in panes.items():
                await console.press("3", *opening)
                await console.until(lambda: console.app.screen is not console.main)
                await console.press(digit)
                assert console.app.screen is console.main
                assert console.board.open_pane is pane
        await console.press("3", "enter", "l")
        assert console.app.screen is console.main
        assert console.board.open_pane is Pane.LOG
        await console.shows("filter host:api.example.com")


@pytest.mark.slow
async def test_no_key_on_a_page_is_silent(queue: Queue):
    for _ in range(30):
        queue.failed()
    loud = {*(binding.key for binding in ALL), "backspace", "left", "v"} - QUIET
    async with running(queue) as console:
        for key in sorted(loud):
            await console.press("3", "enter")
            await console.shows("LAST ANSWER")
            number, text = len(console.app.toasts.kept), console.text
            await console.press(key)
            await console.pilot.pause()
            is_answered = len(console.app.toasts.kept) > number or console.text != text
            assert is_answered, key
            while console.app.screen is not console.main:
                console.app.pop_screen()
                await console.pilot.pause()
            await console.press("escape")  # a filter


async def test_a_key_that_does_nothing_here_says_so(queue: Queue):
    queue.failed()
    async with running(queue) as console:
        await console.press("3", "enter", "slash")
        await console.toasts("/ does nothing here; ? lists the keys")
        await console.press("space")
        await console.toasts("space does nothing here; ? lists the keys")
        await console.press("escape", "v")
        await console.toasts("v does nothing here; ? lists the keys")
