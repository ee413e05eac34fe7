"""A form that was changed asks before it is left, by whatever key, and loses none."""

import pytest
from textual.widgets import Button, Input, TextArea

from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = pytest.mark.mostly_slow(4)

ASKED = "changed, not saved:"


async def changed_form(console: Console) -> None:
    await console.press("n")
    await console.shows("New job")
    console.find("#body", TextArea).focus()
    await console.pilot.pause()
    await console.type("some text")
    await console.until(lambda: console.find("#body", TextArea).text)


async def test_a_late_message_about_a_change_loses_no_esc(queue: Queue):
    async with running(queue) as console:
        await changed_form(console)
        await console.press("escape")
        await console.shows(f"{ASKED} esc again drops it")

        body, url = console.find("#body", TextArea), console.find("#url", Input)
        body.post_message(TextArea.Changed(body))
        url.post_message(Input.Changed(url, url.value))
        await console.pilot.pause()
        await console.press("escape")

        await console.hides("New job")


async def test_what_is_typed_after_the_question_is_asked_about_again(queue: Queue):
    async with running(queue) as console:
        await changed_form(console)
        await console.press("escape")
        await console.shows(ASKED)
        await console.type(" and more")
        await console.press("escape")
        assert "New job" in console.text
        await console.press("escape")
        await console.hides("New job")


async def test_ctrl_q_asks_before_it_drops_a_form(queue: Queue):
    async with running(queue) as console:
        await changed_form(console)

        await console.press("ctrl+q")

        await console.shows(f"{ASKED} ctrl+q again drops it")
        assert console.app.return_code is None
        await console.press("ctrl+q")
        await console.until(lambda: console.app.return_code == 0)


async def test_ctrl_q_over_a_form_says_that_one_is_open(queue: Queue):
    async with running(queue) as console:
        await changed_form(console)
        console.app.show_messages()
        await console.shows("none yet")
        await console.press("ctrl+q")
        await console.toasts("not done: a form is open, changed and not saved")
        assert console.app.return_code is None
        await console.press("escape")
        await console.shows(ASKED)


async def test_ctrl_q_is_not_asked_about_a_form_as_it_was_opened(queue: Queue):
    async with running(queue) as console:
        await console.press("n", "ctrl+q")
        await console.until(lambda: console.app.return_code == 0)


@pytest.mark.parametrize("way", ["button", "ctrl+c"])
async def test_other_ways_out_ask_too(queue: Queue, way: str):
    async with running(queue) as console:
        await changed_form(console)
        for _ in range(2):
            assert "New job" in console.text
            if way == "button":
                console.find("#cancel", Button).press()
                await console.pilot.pause()
            else:
                await console.press(way)
        await console.hides("New job")
