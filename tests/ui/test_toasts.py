"""Toasts: in the place of the hints, gone by themselves, in nobody's way: neither of
esc nor of a row.
"""

from sq_console.ui.content.frame.toast_lines import toast_lines
from sq_console.ui.content.lines import text_of, width_of
from sq_console.ui.state.toasts import Toast, Toasts
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running
from tests.ui.test_find import find

LONG = "12 of 14 jobs retried; " + "2: refused, they changed meanwhile; " * 3


def last_rows(console: Console, number: int = 1) -> str:
    return "\n".join(console.text.splitlines()[-number:])


async def test_esc_does_what_it_says_while_a_toast_is_shown(queue: Queue):
    queue.pending("http://a.example/x")
    async with running(queue) as console:
        await find(console, "a.example")
        await console.shows("filter a.example")
        console.app.notify_operator("something happened", bad=True)
        await console.shows("something happened")
        await console.press("escape")
        assert console.board.filter_text == ""
        assert "something happened" in console.text


async def test_a_toast_covers_the_hints_and_goes_by_itself(queue: Queue):
    jobs = [queue.pending(f"http://a.example/{number}") for number in range(40)]
    clock = [0.0]
    async with running(queue) as console:
        console.app.toasts = Toasts(lambda: clock[0])
        await console.press("1")
        before = console.text.splitlines()
        console.app.notify_operator("something happened")
        await console.shows("something happened")
        assert console.text.splitlines()[:-1] == before[:-1]
        assert last_rows(console) == " something happened"

        clock[0] = 60.0
        await console.read_again()
        await console.until(lambda: last_rows(console).startswith(" ? help"))
        assert jobs


async def test_a_long_toast_covers_no_row_and_the_cursor_stays_visible(queue: Queue):
    for number in range(40):
        queue.pending(f"http://a.example/{number}")
    async with running(queue) as console:
        await console.press("1", *["j"] * 13)
        visible = console.jobs.size.height
        assert console.jobs.cursor.index == visible - 1  # the last visible
        console.app.notify_operator(LONG)
        await console.until(lambda: console.jobs.size.height == visible - 1)
        await console.shows("> ")
        assert "12 of 14" in last_rows(console, 2)
        assert "4 Log" in console.text
        await console.press("K")
        await console.shows("Kill 1 job?")  # it was always visible


async def test_what_is_said_over_a_modal_screen_is_shown_below_it(queue: Queue):
    queue.pending()
    async with running(queue) as console:
        before = console.text.splitlines()[0]
        await console.press("n")
        await console.shows("New job")
        console.app.notify_operator("something happened")
        await console.shows("something happened")
        await console.press("escape")
        await console.until(lambda: last_rows(console) == " something happened")
        assert console.text.splitlines()[0] == before


def test_the_newest_toast_is_whole_and_older_ones_are_above_it():
    one, two, long = Toast("", "job 7: pending now"), Toast("", "no"), Toast("", LONG)
    assert [text_of(it) for it in toast_lines((one, two), 80)] == [
        " job 7: pending now",
        " no",
    ]
    rows = toast_lines((one, two, long), 80)
    assert all(width_of(row) < 80 for row in rows)
    shown = " ".join(text_of(row).strip() for row in rows)
    assert shown == f"no {LONG.strip()}"
    assert len(toast_lines((Toast("", "x" * 400),), 60)) == 4


def test_a_toast_is_shown_for_seconds_and_kept():
    clock = [0.0]
    toasts = Toasts(lambda: clock[0])
    toasts.note(Toast("02:00:00", "done"))
    toasts.note(Toast("02:00:00", "not done", bad=True))
    toasts.note(Toast("02:00:00", "done"))
    assert [it.text for it in toasts.shown()] == ["not done", "done"]
    clock[0] = 6.0
    assert [it.text for it in toasts.shown()] == ["not done"]
    clock[0] = 9.0
    assert toasts.shown() == ()
    assert len(toasts.kept) == 3
