"""Bulk actions on the console: counted, asked about, followed, stopped, pulled back."""

from threading import Event

import pytest
from textual.widgets import Input

from sq_console.model import (
    BulkCount,
    BulkRequest,
    BulkState,
    BulkVerb,
    JobFilter,
    JobState,
)
from sq_console.store import Store
from sq_console.ui.screens import bulk_begin
from sq_console.ui.screens.beside.bulk_edit_form import BulkEditForm
from sq_console.ui.screens.beside.bulk_screen import BulkScreen
from sq_console.ui.screens.beside.processors_screen import ProcessorsScreen
from sq_console.ui.screens.dialog import Dialog
from sq_console.ui.state.lists import job_readings
from tests.store.bulk import begin, request, shown
from tests.ui.queue import Queue
from tests.ui.run_console import ACTOR, Console, running

SHOP = "http://shop.example/v1/orders"


@pytest.fixture
def few_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_readings, "MARK_LIMIT", 20)


def furnish(queue: Queue, count: int = 30) -> list[int]:
    return [queue.failed(SHOP) for _ in range(count)]


def states(queue: Queue, ids: list[int]) -> set[JobState]:
    return {queue.state(job_id) for job_id in ids}


async def mark_all(console: Console) -> None:
    await console.press("3", "A")
    await console.toasts("act on all that match")


async def test_all_that_match_are_counted_and_retried_at_a_pace(
    queue: Queue, few_marks: None
):
    ids = furnish(queue)
    async with running(queue) as console:
        await mark_all(console)
        await console.press("r")
        await console.shows("Retry 30 jobs?")
        assert isinstance(console.app.screen, Dialog)
        assert console.app.focused.id == "dialog-input"
        field = console.app.screen.query_one("#dialog-field", Input)
        field.value = "6/s"
        await console.shows("takes 5s, done about")
        await console.type("30")
        await console.press("enter", "enter")
        await console.until(lambda: queue.store.bulk.ls())
        await console.until(lambda: shown(queue.store, 1).state is BulkState.DONE)
        await console.shows("30 retried")
    assert states(queue, ids) == {JobState.PENDING}
    row = shown(queue.store, 1)
    assert (row.request.per_second, row.done, row.who) == (6.0, 30, ACTOR)


async def test_a_wrong_pace_is_said_and_nothing_is_done(queue: Queue, few_marks: None):
    furnish(queue)
    async with running(queue) as console:
        await mark_all(console)
        await console.press("r")
        await console.shows("Retry 30 jobs?")
        console.app.screen.query_one("#dialog-field", Input).value = "fast"
        await console.type("30")
        await console.press("enter", "enter")
        await console.shows("'fast' is not a pace")
        assert console.app.focused.id == "dialog-field"
        await console.press("escape")
        await console.shows("Failed")
    assert queue.store.bulk.ls() == []


async def test_a_count_ends_with_esc_and_leaves_nothing_behind(
    queue: Queue, few_marks: None, monkeypatch: pytest.MonkeyPatch
):
    """Nothing was counted yet, and esc did not end it."""
    furnish(queue)
    never = BulkCount(request())
    async with running(queue) as console:
        await mark_all(console)
        monkeypatch.setattr(bulk_begin, "_count_on", lambda _count, _store: never)
        await console.press("r")
        await console.shows("COUNTING, 0 so far")
        await console.press("r")
        await console.toasts("not done: other jobs are being counted; esc stops that")
        await console.press("escape")
        await console.toasts("not counted to the end; nothing was done")
        await console.hides("COUNTING")
    assert queue.store.bulk.ls() == []


async def test_a_question_is_only_for_the_screen_it_was_asked_on(
    queue: Queue, few_marks: None, monkeypatch: pytest.MonkeyPatch
):
    furnish(queue)
    gate = Event()

    def count_on(count: BulkCount, store: Store) -> BulkCount:
        return store.bulk.count_on(count) if gate.is_set() else count

    async with running(queue) as console:
        await mark_all(console)
        monkeypatch.setattr(bulk_begin, "_count_on", count_on)
        await console.press("r")
        await console.shows("COUNTING")
        await console.press("w")
        gate.set()
        await console.toasts("not done: something else was opened meanwhile")
        await console.hides("COUNTING")
        assert isinstance(console.app.screen, ProcessorsScreen)


async def test_marks_that_were_changed_are_acted_upon_one_by_one(
    queue: Queue, few_marks: None
):
    furnish(queue)
    async with running(queue) as console:
        await mark_all(console)
        await console.press("U", "space", "space", "r")
        await console.shows("Retry 2 jobs?")


async def test_a_filter_is_edited_with_samples(queue: Queue, few_marks: None):
    ids = furnish(queue)
    async with running(queue) as console:
        await mark_all(console)
        await console.press("e")
        await console.until(lambda: isinstance(console.app.screen, BulkEditForm))
        await console.press("enter")
        await console.shows("nothing to change")
        await console.type("/v1/")
        await console.press("tab")
        await console.type("/v2/")
        await console.press("enter")
        await console.shows("Edit 30 jobs?")
        await console.shows("-> http://shop.example/v2/orders")
        await console.type("30")
        await console.press("enter", "enter")
        await console.until(lambda: queue.store.bulk.ls())
        await console.until(lambda: shown(queue.store, 1).state is BulkState.DONE)
    assert states(queue, ids) == {JobState.SET_ASIDE}


async def test_one_failed_job_is_set_aside_at_once_and_others_refused(queue: Queue):
    (job_id,) = furnish(queue, 1)
    queue.pending()
    async with running(queue) as console:
        await console.press("3", "x")
        await console.toasts(f"job {job_id}: set aside")
        await console.press("1", "x")
        await console.toasts("only what has failed is set aside")
    assert queue.state(job_id) is JobState.SET_ASIDE


async def test_escape_stops_the_own_one_and_no_other(queue: Queue):
    furnish(queue)
    own = BulkRequest(BulkVerb.RETRY, JobFilter(state=JobState.FAILED))
    mine = queue.store.bulk.create(own, "alice@ops", 30)
    theirs = begin(queue.store, request())
    stands_still = "UPDATE queued_job_bulk SET worker = 'x', lease_until = '2037-01-01'"
    queue.store.session.execute(stands_still)
    async with running(queue, actor="alice@here") as console:
        await console.shows("RETRYING 0 of 30")
        await console.press("escape")
        assert shown(queue.store, theirs).state is BulkState.RUNNING
    async with running(queue, actor="alice@ops") as console:
        await console.shows("by you")
        await console.press("escape")
        await console.toasts("stopped")
    assert {shown(queue.store, i).state for i in (mine, theirs)} == {
        BulkState.RUNNING,
        BulkState.STOPPED,
    }


async def test_the_screen_lists_them_stops_and_pulls_back(queue: Queue):
    ids = furnish(queue, 3)
    bulk_id = begin(queue.store, request(why="ticket \x1b[31m42"))
    async with running(queue) as console:
        await console.until(lambda: shown(queue.store, bulk_id).state is BulkState.DONE)
        await console.press("b")
        await console.shows("Bulk actions 1")
        await console.shows("3 retried")
        await console.shows("ticket")
        assert "\x1b" not in console.text
        await console.press("S")
        await console.shows(f"Stop bulk action {bulk_id}, retry?")
        await console.press("y")
        await console.toasts("cannot be stopped; a pull back takes back")
        await console.press("B")
        await console.shows("Pull back what bulk action")
        await console.press("y")
        await console.toasts("being pulled back")
        await console.until(lambda: shown(queue.store, bulk_id).pulled_back == 3)
        await console.shows("pulled back  bulk action")
        await console.press("enter")
        await console.shows(f"Bulk action {bulk_id}   (esc closes)")
        await console.press("escape", "escape", "q")  # page, toasts, screen
        await console.until(lambda: console.main.is_active)
    assert states(queue, ids) == {JobState.FAILED}


async def test_what_is_cut_in_the_facts_is_whole_on_their_page(queue: Queue):
    furnish(queue, 3)
    begin(queue.store, request(why=f"{'because ' * 12}of that"))
    async with running(queue) as console:
        await console.press("b")
        await console.shows("because because")
        assert "of that" not in console.text
        await console.press("enter")
        await console.shows("of that")


async def test_only_keys_that_do_something_to_it_are_hinted_at(queue: Queue):
    furnish(queue, 3)
    kill = BulkRequest(BulkVerb.KILL, JobFilter(), (JobState.PENDING,))
    bulk_id = begin(queue.store, kill)
    async with running(queue) as console:
        await console.until(lambda: shown(queue.store, bulk_id).state is BulkState.DONE)
        await console.press("b")
        await console.shows("0 killed")
        assert "S stop" not in console.text
        assert "B pull back" not in console.text
        assert "enter open" in console.text


async def test_one_that_is_too_old_for_the_list_is_not_taken_for_another(queue: Queue):
    async with running(queue) as console:
        console.app.open_screen(BulkScreen(console.app.clock, 7))
        await console.toasts("bulk action 7 is not among the newest 200")


async def test_a_result_stays_until_a_key(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sq_console.ui.state.bulk_watch._SEEN_SECS", 0.0)
    furnish(queue, 3)
    async with running(queue) as console:
        begin(queue.store, request())
        console.app.bulk.begun(1)
        await console.shows("3 retried  bulk action 1")
        await console.press("j")
        await console.hides("3 retried  bulk action 1")
