"""Text made to harm goes through every screen, and comes out as text."""

import unicodedata

import pytest
from textual.widgets import Input, TextArea

from sq_console.text.sanitize import TEXT_CHARS, clean
from sq_console.ui.widgets.painted import Painted
from tests.hostile_text import CORPUS, furnish
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = pytest.mark.slow


def assert_harmless(console: Console) -> None:
    """Nothing on the screen is a character that a terminal would obey."""
    assert_lines_are_clean(console)
    for character in set(console.text) - {"\n"}:
        kind = unicodedata.category(character)
        assert kind not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"), ascii(character)


def assert_lines_are_clean(console: Console) -> None:
    """Foreign text is cleaned before a line is cut to its width, not when painted."""
    for widget in console.app.screen.query(Painted):
        for y in range(widget.size.height):
            for text, _ in widget.row(y)[0]:
                assert clean(text, TEXT_CHARS) == text, f"{widget} {text!a}"


@pytest.mark.parametrize("name", CORPUS)
async def test_hostile_text_is_only_text_on_every_screen(queue: Queue, name: str):
    job = furnish(queue, CORPUS[name])
    async with running(queue, size=(120, 40)) as console:
        for keys in (["1"], ["2"], ["5"], ["4"], ["3"], ["enter"]):
            await console.press(*keys)
            await console.read_again()
            assert_harmless(console)
        await console.press("escape", "3", "K", "r")
        assert_harmless(console)
        await console.press("1", "K")
        await console.shows("Kill 1 job?")
        assert_harmless(console)
        await console.press("escape", "3", "Y", "slash")
        await console.type(CORPUS[name])
        await console.press("enter")
        assert_harmless(console)
        await console.press("escape", "4", "slash")
        await console.type(CORPUS[name])
        await console.press("enter")
        assert_harmless(console)
        await console.press("escape", "escape", "3")
        await console.until(lambda: console.cursor == job or queue.state(job))
        await console.press("5", "e")
        await console.shows("Edit job")
        assert_harmless(console)
        assert "\x1b" not in (console.app.clipboard or "")


@pytest.mark.parametrize("name", CORPUS)
async def test_hostile_text_is_only_text_in_causes(queue: Queue, name: str):
    furnish(queue, CORPUS[name])
    async with running(queue, size=(120, 40)) as console:
        await console.until(lambda: console.app.causes.reading)
        await console.press("0")
        await console.read_again()
        assert_harmless(console)
        await console.press("enter")
        await console.shows("Cause 1 of")
        await console.read_again()
        assert_harmless(console)
        await console.press("Y")
        assert "\x1b" not in console.app.clipboard


@pytest.mark.parametrize("name", CORPUS)
async def test_what_a_refused_form_says_is_only_text(queue: Queue, name: str):
    async with running(queue, size=(120, 40)) as console:
        await console.press("n", "tab")
        await console.type(CORPUS[name])
        await console.press("f2")
        await console.shows("url: ")
        assert_lines_are_clean(console)
        console.find("#url", Input).value = ""
        console.find("#headers", TextArea).text = CORPUS[name]
        await console.press("f2")
        assert_lines_are_clean(console)


async def test_a_megabyte_on_one_line_is_cut_not_waited_for(queue: Queue):
    long = "x" * 1_000_000
    job = queue.failed(f"http://a.example/{long}", body=long, last_response=long)
    queue.log(job, long, attempt=1, event="failed")
    async with running(queue, size=(120, 40)) as console:
        await console.press("3", "enter")
        await console.shows("LAST ANSWER")
        await console.press("G", "e")
        await console.shows("too long to edit here")


async def test_names_of_the_console_itself_are_cleaned_too(queue: Queue):
    queue.failed()
    async with running(queue, actor="ops\x1b[2J@[/red]") as console:
        await console.press("3", "r")
        await console.read_again()
        await console.press("4")
        await console.shows("retried by ops␛[2J@[/red]")
        assert_harmless(console)
