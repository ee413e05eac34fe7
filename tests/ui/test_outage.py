"""The database goes away and comes back; the console stays."""

import pytest

from tests.ui.queue import Queue
from tests.ui.run_console import running


async def test_rows_stay_and_the_banner_says_since_when_and_what_is_tried(queue: Queue):
    queue.failed("http://a.example/apples")
    async with running(queue) as console:
        await console.press("3")
        await console.shows("apples")

        with queue.away():
            await console.shows("DATABASE LOST for 0s, rows are from 02:00:00")
            assert "apples" in console.text
            assert console.jobs.stale

        await console.press("ctrl+r")
        await console.hides("DATABASE LOST")
        await console.until(lambda: not console.jobs.stale)


@pytest.mark.slow
async def test_nothing_is_changed_while_it_is_away_and_the_toast_says_why(queue: Queue):
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3")
        with queue.away():
            await console.shows("DATABASE LOST")
            for key in ("r", "K", "e", "n"):
                console.app.toasts.kept.clear()
                await console.press(key)
                await console.toasts("not done: the database is lost since 02:00:00")
                assert console.main.is_active
    assert queue.state(job) == "failed"


async def test_a_form_keeps_what_was_typed_when_the_database_goes(queue: Queue):
    queue.failed()
    async with running(queue) as console:
        await console.press("3", "e")
        await console.shows("Edit job 1")
        console.find("#url").value = "http://typed.example/"
        with queue.away():
            await console.press("f2")
            await console.shows("jobs.sqlite: ")
            assert console.find("#url").value == "http://typed.example/"
        await console.press("f2")
        await console.toasts("job 1: requeued as job 2")


async def test_a_database_without_our_tables_is_reported_and_waited_for(queue: Queue):
    queue.store.session.execute("ALTER TABLE queued_job RENAME TO elsewhere")
    async with running(queue) as console:
        await console.shows("the database has no table")
        queue.store.session.execute("ALTER TABLE elsewhere RENAME TO queued_job")
        await console.press("ctrl+r")
        await console.hides("DATABASE LOST")
