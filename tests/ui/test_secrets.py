"""No screen, toast, dialog or copy of the console gives a secret away; the edit form
alone has them, for they are what is edited.
"""

import pytest
from textual.widgets import Input

from tests.secret_text import HUSH, PLACES, URL, furnish
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running


def assert_quiet(console: Console) -> None:
    assert HUSH not in console.text
    assert HUSH not in console.app.title + console.app.sub_title
    assert HUSH not in str(console.app.toasts.kept)
    assert HUSH not in console.app.clipboard


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("place", PLACES)
async def test_no_screen_shows_a_secret(queue: Queue, place: str):
    furnish(queue, PLACES[place])
    async with running(queue, size=(200, 70)) as console:
        for keys in (["1"], ["2"], ["5"], ["4"], ["3"], ["enter"]):
            await console.press(*keys)
            await console.read_again()
            assert_quiet(console)
        assert "***" in console.text
        await console.press("G")
        assert_quiet(console)
        await console.press("Y")
        await console.toasts("as curl")
        assert_quiet(console)
        await console.press("escape", "l")
        await console.read_again()
        assert_quiet(console)
        await console.press("escape", "1", "K")
        await console.shows("Kill 1 job?")
        assert_quiet(console)
        await console.press("escape", "5", "r")
        await console.shows("Retry 1 job?")
        assert_quiet(console)


async def test_the_page_of_a_job_says_where_secrets_are(queue: Queue):
    furnish(queue)
    async with running(queue, size=(200, 70)) as console:
        await console.press("3", "enter")
        await console.shows("Authorization: ***")
        await console.shows("JSON, secrets masked")
        assert '"password": "***"' in console.text
        assert '"order": 1.10' in console.text
        assert "X-Seen: seen" in console.text


async def test_a_refused_edit_says_why_without_secrets(queue: Queue):
    furnish(queue)
    async with running(queue, size=(160, 40)) as console:
        await console.press("1", "e")
        await console.shows("Edit job")
        assert console.find("#url", Input).value == URL
        console.find("#url", Input).value = "http://***@a.example.com/"
        await console.press("f2")
        await console.shows("url: *** stands for a secret and would be sent as it is")
        console.find("#url", Input).value = URL + HUSH
        await console.press("f2")
        await console.toasts("edited in place")
    assert queue.of(1).url == URL + HUSH
    assert HUSH not in queue.messages(1)[0]
