"""The screen of the activity: who did what to how many."""

import pytest

from sq_console.model import Seen
from sq_console.store.actions.activity import note_activity
from sq_console.ui.screens.beside.activity_screen import ActivityScreen
from sq_console.ui.screens.beside.bulk_screen import BulkScreen
from sq_console.ui.screens.job_screen import JobScreen
from tests.hostile_text import CORPUS
from tests.ui.golden import assert_golden
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running
from tests.ui.test_golden import named, shown_at_rest

ANNA, BOB = "anna@web1", "bob@ops via 10.0.0.5"


def did(queue: Queue, who: str, action: str, ago: float, **about: object) -> None:
    note_activity(queue.store.session, who, action, **about)  # type: ignore[arg-type]
    (newest,) = queue.store.activity.newest(1)
    queue.store.session.execute(
        "UPDATE queued_job_activity SET created_at = %s WHERE id = %s",
        (queue.ago(ago), newest.id),
    )


def furnish(queue: Queue) -> int:
    """A night with two operators; a job one of them edited."""
    job = queue.failed()
    did(queue, BOB, "pause", 5_000, jobs=0, subject="web2:4711")
    did(queue, BOB, "resume", 4_400, jobs=0, subject="web2:4711")
    did(
        queue, ANNA, "hold", 1_300, jobs=0, subject="crm.acme.example", note="ticket 42"
    )
    for number in range(14):
        host = f"shop{number % 3}.acme.example"
        did(queue, ANNA, "retry", 1_200 - number, job_id=job, subject=host)
    did(queue, ANNA, "retry", 900, jobs=2_014, bulk_id=3, subject="shop.acme.example")
    did(
        queue, BOB, "edit", 60, job_id=job, subject="api.example.com", note="made job 9"
    )
    return job


def screen(console: Console) -> ActivityScreen:
    assert isinstance(console.app.screen, ActivityScreen)
    return console.app.screen


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_it_looks_as_it_is_kept(queue: Queue, size: tuple[int, int]):
    furnish(queue)
    async with running(queue, size) as console:
        await console.press("a")
        await console.shows("and 2 more")
        assert_golden(named("activity", size), await shown_at_rest(console))


async def test_enter_opens_the_job_or_what_that_person_did(queue: Queue):
    job = furnish(queue)
    async with running(queue) as console:
        await console.press("a")
        await console.shows("and 2 more")
        await console.press("enter")
        assert isinstance(console.app.screen, JobScreen)
        await console.shows(f"Job {job} ")
        await console.press("escape")
        await console.press("j", "j", "enter")
        await console.shows(f"of {ANNA}")
        await console.hides("bob@ops")
        await console.press("escape")
        await console.shows("bob@ops")
        screen(console)
        await console.press("escape")
        assert console.app.screen is console.main


async def test_a_person_is_typed(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await console.press("a")
        await console.shows("and 2 more")
        await console.press("slash")
        await console.type("eve")
        await console.press("enter")
        await console.toasts("eve: nobody of that name has done anything")
        await console.press("escape", "slash")
        await console.type("ann")
        await console.press("enter")
        await console.shows(f"of {ANNA}")
        await console.hides("bob@ops")
        await console.press("o")
        await console.shows("bob@ops")


async def test_there_are_pages(queue: Queue):
    for number in range(450):
        who = f"{'ab'[number % 2]}@web1"
        note_activity(queue.store.session, who, "hold", subject=f"host{number}")
    async with running(queue) as console:
        await console.press("a")
        await console.shows("host449")
        await console.press("right_square_bracket")
        await console.shows("host249")
        await console.shows("201-2")
        await console.press("right_square_bracket")
        await console.shows("host49 ")
        await console.press("right_square_bracket")
        await console.toasts("no page there")
        await console.press("left_square_bracket", "left_square_bracket")
        await console.shows("host449")


async def test_what_is_done_now_comes_on_top_and_the_cursor_stays(queue: Queue):
    job = furnish(queue)
    async with running(queue) as console:
        await console.press("a")
        await console.shows("and 2 more")
        await console.press("j")
        was = screen(console).actions.cursor.key
        queue.store.actions.retry(Seen(job), "eve@here")
        await console.shows("eve@here")
        assert screen(console).actions.cursor.key == was


async def test_without_any_it_says_so(queue: Queue):
    async with running(queue) as console:
        await console.press("a")
        await console.shows("No operator has done anything yet.")
        await console.press("enter", "o", "right_square_bracket")
        await console.toasts("no page there")


@pytest.mark.parametrize("text", CORPUS.values(), ids=list(CORPUS))
async def test_hostile_text_is_harmless(queue: Queue, text: str):
    for _ in range(2):
        did(queue, text, text, 60, subject=text, note=text)
    async with running(queue) as console:
        await console.press("a")
        await console.shows("of 1 person")
        assert "\x1b" not in console.text
        await console.press("o")
        await console.shows("esc: of all")


async def test_enter_opens_the_bulk_action(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await console.press("a")
        await console.shows("bulk 3")
        await console.press("j", "enter")
        await console.until(lambda: isinstance(console.app.screen, BulkScreen))
        await console.press("escape")
        screen(console)
