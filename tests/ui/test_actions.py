"""Keys do to the database what they say, and say what they did."""

import asyncio
from threading import Event
from typing import Any

import pytest
from textual.events import Key

from sq_console.model import JobState
from tests.ui.queue import Queue
from tests.ui.run_console import ACTOR, running

pytestmark = pytest.mark.mostly_slow(9)


@pytest.mark.parametrize("key", ["r", "R"])
async def test_one_failed_job_is_retried_at_once(queue: Queue, key: str):
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3", key)

        await console.toasts(f"job {job}: pending now")

    assert queue.state(job) is JobState.PENDING
    assert queue.messages(job) == [f"[JOBID {job}] Job retried by {ACTOR}"]


async def test_what_was_asked_on_a_page_is_done_though_it_is_left(queue: Queue):
    """While the database was slow, esc after a key left the key undone, silently."""
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3", "enter")
        await console.shows("failed: http 500, which")
        gate = Event()
        waiting = asyncio.ensure_future(console.app.lane.run(lambda _: gate.wait(30)))
        await console.press("r", "escape")
        await console.until(lambda: console.app.screen is console.main)
        gate.set()
        await waiting
        await console.toasts(f"job {job}: pending now")


async def test_several_jobs_are_retried_after_a_question(queue: Queue):
    jobs = [queue.failed(f"http://h{n}.example/a") for n in range(3)]
    async with running(queue) as console:
        await console.press("3", "space", "space", "space", "r")
        await console.shows("Retry 3 jobs?")
        assert "3 failed: pending again, with all retries" in console.text
        assert {queue.state(job) for job in jobs} == {JobState.FAILED}

        await console.press("y")
        await console.toasts("3 retried")

        assert {queue.state(job) for job in jobs} == {JobState.PENDING}
        assert not console.jobs.cursor.marked


async def test_a_waiting_job_is_run_now_after_a_question(queue: Queue):
    job = queue.later()
    async with running(queue) as console:
        await console.press("1", "r")
        await console.shows("1 waiting: run now, no retry charged")
        await console.press("y")
        await console.toasts(f"job {job}: due now")


async def test_a_succeeded_job_is_called_again_as_a_new_one(queue: Queue):
    job = queue.succeeded()
    async with running(queue) as console:
        await console.press("5", "r")
        await console.shows("1 succeeded: called again as a new job")
        await console.press("y")
        await console.toasts(f"job {job}: requeued as job 2")

    assert queue.of(2).requeued_from == job


@pytest.mark.parametrize("key", ["K", "f9"])
async def test_a_kill_is_always_asked_and_cancel_has_the_focus(queue: Queue, key: str):
    job = queue.pending()
    async with running(queue) as console:
        await console.press("1", key)
        await console.shows("Kill 1 job?")
        assert "1 pending: will never be called" in console.text
        assert console.app.focused.id == "cancel"

        await console.press("enter")
        await console.hides("Kill 1 job?")
        assert queue.state(job) is JobState.PENDING

        await console.press(key)
        await console.shows("Kill 1 job?")
        await console.press("y")
        await console.toasts(f"job {job}: killed")

    assert queue.state(job) is JobState.KILLED


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("key", ["escape", "n", "q"])
async def test_a_question_is_left_without_doing_anything(queue: Queue, key: str):
    job = queue.pending()
    async with running(queue) as console:
        await console.press("1", "K")
        await console.shows("Kill 1 job?")
        await console.press(key)
        await console.hides("Kill 1 job?")
        assert console.main.is_active

    assert queue.state(job) is JobState.PENDING


async def test_a_question_ignores_keys_for_a_moment(queue: Queue):
    job = queue.pending()
    async with running(queue, guard_secs=600) as console:
        await console.press("1", "K")
        await console.shows("Kill 1 job?")

        await console.press("y")

        assert "Kill 1 job?" in console.text
        await console.press("escape")
    assert queue.state(job) is JobState.PENDING


async def test_the_number_of_many_jobs_has_to_be_typed(queue: Queue):
    for number in range(30):
        queue.pending(f"http://h{number % 7}.example/a")
    async with running(queue) as console:
        await console.press("1", "A")
        await console.toasts("30 jobs marked")
        await console.press("K")
        await console.shows("Type 30, then y.")

        await console.type("29")
        await console.press("enter")
        await console.shows("29 is not 30")
        await console.press("y")
        assert "Kill 30 jobs?" in console.text
        await console.press("3")
        await console.hides("29 is not 30")
        await console.press("0", "enter", "y")

        await console.toasts("30 killed")
    assert queue.store.reads.counts().killed == 30


async def test_a_wrong_number_keeps_the_field_and_no_key_goes_elsewhere(queue: Queue):
    """Enter went to the answers all the same, and what was typed next was lost."""
    for number in range(30):
        queue.pending(f"http://h{number % 7}.example/a")
    async with running(queue) as console:
        await console.press("1", "A")
        await console.toasts("30 jobs marked")
        await console.press("K")
        await console.shows("Kill 30 jobs?")
        await console.press("y")
        await console.shows("type 30 first")
        await console.press("2", "6", "enter", "l", "j")
        await console.shows("26 is not 30")
        field = console.app.focused
        assert field.id == "dialog-input"
        assert field.selected_text == "26"
        await console.press("3", "0", "y")
        await console.toasts("30 killed")


async def test_esc_stops_a_bulk_action_and_clears_no_filter(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
):
    """Esc cleared the filter, and the action went on to its end."""
    monkeypatch.setattr("sq_console.ui.state.bulk_actions.CHUNK", 1)
    queue.store.session.transact(lambda: [queue.failed() for _ in range(200)])
    async with running(queue) as console:
        await console.press("3", "slash")
        await console.type("api.example")
        await console.press("enter")
        await console.until(lambda: len(console.jobs.cursor.rows) == 200)
        console.jobs.mark(console.jobs.cursor.rows)
        await console.press("r")
        await console.shows("Retry 200 jobs?")
        await console.type("200")
        run, pressed = console.app.lane.run, []

        async def run_and_press(use: Any) -> Any:
            progress = console.app.bulk_progress
            if progress is not None and progress.done == 5 and not pressed:
                pressed.append("escape")
                console.app.post_message(Key("escape", None))
            return await run(use)

        monkeypatch.setattr(console.app.lane, "run", run_and_press)
        await console.press("y")

        await console.toasts("not begun")
        assert console.board.filter_text == "api.example"
        assert 0 < queue.store.reads.counts().failed < 200


async def test_a_running_job_is_asked_to_end(queue: Queue):
    job = queue.running()
    async with running(queue) as console:
        await console.press("2", "K")
        await console.shows("1 running: the call is aborted, what was sent stays sent")
        await console.press("y")
        await console.toasts("kill asked for")
        await console.shows("killing")

    assert queue.of(job).kill_requested_by == ACTOR


async def test_what_changed_since_it_was_displayed_is_refused_with_a_toast(
    queue: Queue,
):
    one, other = queue.failed(), queue.failed()
    async with running(queue) as console:
        await console.press("3", "p", "space", "space", "r")
        await console.shows("Retry 2 jobs?")
        queue.finish(one)
        await console.press("y")

        await console.toasts("1 retried, 1 changed since you looked")
        assert set(console.jobs.cursor.marked) == {one}
    assert queue.state(one) is JobState.SUCCEEDED
    assert queue.state(other) is JobState.PENDING


async def test_a_running_job_cannot_be_retried_and_the_toast_says_why(queue: Queue):
    job = queue.running()
    async with running(queue) as console:
        await console.press("2", "r")
        await console.shows("1 running: will be refused")
        await console.press("y")
        await console.toasts(f"job {job}: refused: it is running")


async def test_what_has_ended_is_not_killed(queue: Queue):
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3", "K")
        await console.toasts("not done: what has ended cannot be killed")
    assert queue.state(job) is JobState.FAILED


@pytest.mark.parametrize("key", ["e", "l", "y", "Y", "C", "enter"])
async def test_no_key_about_one_job_is_silent_without_one(queue: Queue, key: str):
    async with running(queue) as console:
        await console.press("1", key)
        await console.toasts("no pending job is under the cursor")


async def test_no_job_under_the_cursor_shows_a_toast(queue: Queue):
    async with running(queue) as console:
        await console.press("3", "r")
        await console.toasts("no failed job is under the cursor")


async def test_id_and_curl_are_copied_without_secrets(queue: Queue):
    job = queue.failed(
        "http://ops:sesame@a.example/x?api_key=sesame",
        headers='{"Authorization": "Bearer sesame", "X-Trace": "7"}',
        body='{"password": "sesame", "order": 7}',
    )
    async with running(queue) as console:
        await console.press("3", "y")
        await console.toasts(f"job id {job}: sent to the terminal's clipboard")
        assert console.app.clipboard == str(job)

        await console.press("Y")
        await console.toasts("as curl, secrets masked")
        assert console.app.clipboard.startswith(
            "curl -i --globoff --proto '=http,https' -X POST --max-time 60"
        )
        assert "X-Trace: 7" in console.app.clipboard
        assert '"order": 7' in console.app.clipboard
        assert "sesame" not in console.app.clipboard


async def test_messages_that_were_missed_can_be_read_again(queue: Queue):
    queue.failed()
    async with running(queue) as console:
        await console.press("3", "r")
        await console.toasts("pending now")

        await console.press("colon")
        await console.type("messages")
        await console.press("enter")

        await console.shows("02:00:00  job 1: pending now")
