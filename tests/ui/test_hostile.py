"""Text made to harm goes through every screen, and comes out as text."""

import unicodedata

import pytest

from tests.ui.console import Console, running
from tests.ui.queue import Queue

CORPUS = {
    "markup": "[/red] [@click=app.quit]quit[/] [link=x\x1b]l[/link] [/ %s {x} $y \\["
    "👩‍👧 🏳️‍🌈 ❤️ 日本語 한글 ﷽",
    "escapes": "\x1b[2J\x1b]0;pwned\x07\x1b]52;c;cHduZWQ=\x07\x1bP1$r\x1b\\\x1b[6n"
    + "".join(map(chr, [*range(1, 32), 127, *range(128, 160)])),
    "unseen": "\u202etxt.exe\u202c \u2066a\u2069 \u200f\u061c\ufeff\u2028\u2029"
    "a\u200bb\u00adc\u2060d \U000e0041\U000e0042 \ue000 z" + "\u0301" * 60,
}


def assert_harmless(console: Console) -> None:
    """Nothing on the screen is a character that a terminal would obey."""
    for character in set(console.text) - {"\n"}:
        kind = unicodedata.category(character)
        assert kind not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"), ascii(character)


def furnish(queue: Queue, text: str) -> int:
    """*text* wherever an application or a handler can put text."""
    sqlite_text = text.replace("\0", "")
    everywhere = {
        "url": f"http://{sqlite_text}/{sqlite_text}",
        "http_method": sqlite_text[:10],
        "body": text.encode("utf-8", "surrogatepass") + b"\x00\xff",
        "headers": sqlite_text,
        "last_error": sqlite_text[:200],
        "last_response": sqlite_text,
    }
    queue.pending(**everywhere)
    queue.running(**everywhere, kill_requested_by=sqlite_text)
    queue.killed(**{**everywhere, "kill_requested_by": sqlite_text})
    job = queue.failed(**everywhere)
    queue.log(job, sqlite_text, event="failed", attempt=1, processor=sqlite_text[:99])
    queue.log(job, sqlite_text, actor=sqlite_text[:99])
    queue.store.session.run("UPDATE queued_job_processor SET name = %s", (sqlite_text,))
    return job


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
        await console.press("escape", "escape", "3")
        await console.until(lambda: console.cursor == job or queue.state(job))
        await console.press("5", "e")
        await console.shows("Edit job")
        assert_harmless(console)
        assert "\x1b" not in (console.app.clipboard or "")


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
        await console.shows("Job retried by ops␛[2J@[/red]")
        assert_harmless(console)
