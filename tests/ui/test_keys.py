"""The table of keys, and the help made from it."""

import pytest
from textual.binding import Binding

from sq_console.ui import keys
from sq_console.ui.keys import name_of
from sq_console.ui.screens.text_page import TextPage
from tests.ui.queue import Queue
from tests.ui.run_console import running

ALL: list[Binding] = [
    binding
    for group in vars(keys).values()
    if isinstance(group, list)
    for binding in Binding.make_bindings(group)
]
NEVER = {
    *("ctrl+b", "ctrl+a", "ctrl+s", "ctrl+z", "ctrl+k", "backspace", "delete", "tilde"),
    *("ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+left_square_bracket"),
}


def test_no_key_is_bound_that_something_else_listens_to():
    assert not {binding.key for binding in ALL} & NEVER
    assert not [b.key for b in ALL if b.key.startswith(("alt+", "super+"))]


def test_every_key_is_documented_and_can_be_remapped():
    assert all(binding.tooltip and binding.id for binding in ALL)


def test_what_a_key_does_fits_on_a_line_of_80_columns():
    assert not [it.tooltip for it in ALL if len(it.tooltip or "") > 56]


async def test_help_in_the_causes_is_about_causes(queue: Queue):
    queue.failed()
    async with running(queue) as console:
        await console.press("0", "question_mark")
        await console.shows("Change the urls of all its jobs")
        assert "A handover of the last 2 h" in console.text
        assert "Job id" not in console.text
        await console.press("escape", "1", "question_mark")
        await console.shows("Job id to the terminal's clipboard")


async def test_keys_of_jobs_are_refused_in_the_causes_and_not_ignored(queue: Queue):
    queue.failed()
    async with running(queue) as console:
        for key in ("y", "C"):
            await console.press("0", key)
            await console.toasts("open the cause first: enter")
            await console.press("escape")
        await console.press("A")
        await console.toasts("only lists of jobs are marked")


def test_keys_that_change_jobs_are_upper_case_or_ask():
    # Undoable, or they ask, or a form.
    harmless_without_shift = {"retry", "edit", "new", "try_one", "set_aside"}
    changing = {"kill", "hold", *harmless_without_shift}
    for binding in ALL:
        is_letter = len(binding.key) == 1 and binding.key.islower()
        if binding.action in changing and is_letter:
            assert binding.action in harmless_without_shift


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_tells_every_key_that_works_here(queue: Queue, key: str):
    async with running(queue, size=(80, 100)) as console:
        active = console.app.screen.active_bindings.values()
        await console.press(key)
        await console.shows("JOBS")
        for one in active:
            if one.binding.tooltip and one.binding.group:
                assert one.binding.tooltip in console.text
                assert name_of(one.binding) in console.text
        await console.press("escape")
        assert not isinstance(console.app.screen, TextPage)


async def test_hints_fit_and_begin_with_help(queue: Queue):
    for width in (60, 80, 120):
        async with running(queue, size=(width, 24)) as console:
            hints = console.text.splitlines()[-1]
            assert hints.startswith(" ? help")
            assert len(hints) <= width


async def test_every_action_is_in_the_palette_and_works_from_there(queue: Queue):
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3", "ctrl+p")
        await console.type("retry")
        await console.shows("One failed job: at once")
        await console.press("enter")
        await console.toasts(f"job {job}: pending now")


async def test_hints_show_only_keys_that_apply_to_the_job_under_the_cursor(
    queue: Queue,
):
    queue.pending()
    queue.running()
    queue.failed()

    async with running(queue) as console:

        def hinted(words: str) -> bool:
            return words in console.text.splitlines()[-1]

        await console.press("1")
        assert (hinted("r retry"), hinted("K kill")) == (True, True)
        await console.press("2")
        assert (hinted("r retry"), hinted("K kill")) == (False, True)
        await console.press("3")
        assert (hinted("r retry"), hinted("K kill")) == (True, False)
        assert not hinted("P pause"), "a console that has no processor"
        await console.press("slash")
        await console.type("host:nobody")
        await console.press("enter")
        await console.shows("No match")
        await console.read_again()
        assert (hinted("r retry"), hinted("e edit")) == (False, False)
