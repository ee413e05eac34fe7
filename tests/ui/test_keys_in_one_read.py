"""Keys that come in one read act in the order in which they were pressed: behind a key
whose work takes a while, and in a field.
"""

import pytest
from textual.widgets import Input, TextArea

from sq_console.ui.screens.dialog import Dialog
from sq_console.ui.screens.edit_screen import EditScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.state.panes import Pane
from tests.ui.queue import Queue
from tests.ui.run_console import running
from tests.ui.test_two_keys import furnish, place, send

pytestmark = pytest.mark.mostly_slow(6)


@pytest.mark.parametrize("key", ["r", "K"])
async def test_a_key_behind_mark_all_acts_on_no_job_alone(queue: Queue, key: str):
    furnish(queue)
    async with running(queue) as console:
        await place(console, Pane.FAILED)

        await send(console, "A", key)

        assert console.toast == "the jobs are still being marked; press again"
        await console.toasts("30 jobs marked")
        await send(console, "r")
        await console.shows("Retry 30 jobs?")
    assert queue.store.reads.counts().failed == 30


@pytest.mark.parametrize("key", ["U", "escape", "space"])
async def test_a_mark_changed_behind_mark_all_has_the_last_word(queue: Queue, key: str):
    furnish(queue)
    async with running(queue) as console:
        await place(console, Pane.FAILED)

        await send(console, "A", key)

        await console.toasts("not all marked: a mark was changed meanwhile")
        marks = console.board.lists[Pane.FAILED].cursor.marked
        assert len(marks) == (1 if key == "space" else 0)


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize("key", ["r", "K", "A", "Y", "e", "enter", "space"])
async def test_a_key_behind_a_filter_meets_no_job_that_does_not_fit(
    queue: Queue, key: str
):
    furnish(queue)
    async with running(queue) as console:
        await place(console, Pane.FAILED)
        await send(console, "slash", *"none", "enter", key)

        await console.until(lambda: console.board.filter_text == "none")

        assert not console.board.lists[Pane.FAILED].cursor.marked
        assert not isinstance(console.app.screen, Dialog | JobScreen | EditScreen)
    assert queue.store.reads.counts().failed == 30


TYPED = ("a", "b", "backspace", "c", "left", "d", "home", "e", "end", "f")
MADE = "eadcf"


async def test_what_is_typed_into_a_filter_stands_where_it_was_typed(queue: Queue):
    async with running(queue) as console:
        await send(console, "slash", *TYPED)

        assert console.main._filter_bar.query_one(Input).value == MADE


@pytest.mark.parametrize("name", ["url", "headers", "body"])
async def test_what_is_typed_into_the_form_stands_where_it_was_typed(
    queue: Queue, name: str
):
    async with running(queue) as console:
        await send(console, "n")
        await console.shows("New job")
        field = console.app.screen.query_one(f"#{name}", Input | TextArea)
        field.focus()
        await console.until(lambda: console.app.focused is field)

        await send(console, *TYPED)

        assert (field.value if isinstance(field, Input) else field.text) == MADE


async def test_lines_are_typed_where_they_belong(queue: Queue):
    async with running(queue) as console:
        await send(console, "n")
        await console.shows("New job")
        body = console.app.screen.query_one("#body", TextArea)
        body.focus()
        await console.until(lambda: console.app.focused is body)

        await send(console, "a", "enter", "up", "b", "down", "c", "tab", "shift+tab")

        assert body.text == "ba\nc"


async def test_a_field_is_left_before_the_next_key(queue: Queue):
    async with running(queue) as console:
        await send(console, "n")
        await console.shows("New job")
        url = console.app.screen.query_one("#url", Input)
        url.focus()
        await console.until(lambda: console.app.focused is url)

        await send(console, "h", "tab", "backspace", "7")

        timeout = console.app.screen.query_one("#timeout_secs", Input)
        assert (url.value, timeout.value) == ("h", "67")
