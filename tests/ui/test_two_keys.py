"""Two keys in one read: the first acts on the job that was under the cursor when it was
pressed, whatever the second moves to.

The pairs are made from the table of keys. A key that is new in it has to have a rule
here, which says what it must have met.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.binding import Binding
from textual.events import Key
from textual.keys import key_to_character
from textual.widgets import Input

from sq_console.model import JobState
from sq_console.ui import keys
from sq_console.ui.screens.beside.hold_dialog import HoldDialog
from sq_console.ui.screens.dialog import Dialog
from sq_console.ui.screens.edit_screen import EditScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.state.log_follower import Gap
from sq_console.ui.state.panes import STATES, WINDOW, Pane
from sq_console.ui.state.screen_data import seen
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = pytest.mark.mostly_slow(2)

ALL = [
    binding
    for group in vars(keys).values()
    if isinstance(group, list)
    for binding in Binding.make_bindings(group)
]
MOVING = {
    b.action: b.key
    for b in Binding.make_bindings([*keys.MOVING, *keys.PANES])
    if b.action != "zoom"
}
"""One key for each way to move."""
MOVERS = sorted(MOVING.values())
MOVERS_ON_PAGE = ["down", "end", "pagedown", "tab"]
"""Those that do not leave it."""
FEW_MOVERS = ["3", "4", *MOVERS_ON_PAGE]
_BOUND = {
    b.key: b.action
    for b in ALL
    if b.action not in MOVING and b not in Binding.make_bindings(keys.LEAVING_PAGE)
}
ACTIONS = {
    key: action
    for action, key in {_BOUND[key]: key for key in reversed(_BOUND)}.items()
}
"""The first key of each action."""


@dataclass
class Pair:
    """A key that was sent with another one behind it."""

    console: Console
    queue: Queue
    pane: Pane
    job: int
    """Under the cursor when the keys were sent."""
    changed: list[int]
    """Jobs to which something was done before."""
    behind: str = ""
    """The key that came behind the first."""

    @property
    def top(self) -> object:
        return self.console.app.screen

    def done_to(self) -> list[int]:
        """Jobs to which something was done."""
        sql = "SELECT job_id FROM queued_job_log WHERE actor IS NOT NULL ORDER BY id"
        rows = self.queue.store.session.rows(sql)
        return [int(str(row["job_id"])) for row in rows][len(self.changed) :]


Rule = Callable[[Pair], Awaitable[None]]


async def nothing(pair: Pair) -> None:
    assert pair.done_to() == []
    assert not isinstance(pair.top, EditScreen)


async def page(pair: Pair) -> None:
    if pair.behind in "012345":  # leaves the page again
        assert pair.console.board.open_pane.key == pair.behind
        return
    assert isinstance(pair.top, JobScreen)
    await pair.console.shows(f"Job {pair.job} ")


async def retried(pair: Pair) -> None:
    if pair.pane is not Pane.FAILED:
        await asked("Retry 1 job?", pair)
    await pair.console.until(pair.done_to)
    assert pair.done_to() == [pair.job]


async def killed(pair: Pair) -> None:
    if pair.pane is Pane.FAILED:
        said = [toast.text for toast in pair.console.app.toasts.kept]
        assert any("what has ended cannot be killed" in words for words in said)
        return
    await asked("Kill 1 job?", pair)
    await pair.console.until(pair.done_to)
    assert pair.done_to() == [pair.job]


async def asked_about_host(pair: Pair) -> None:
    assert isinstance(pair.top, HoldDialog)
    await pair.console.shows(f"Hold {pair.queue.of(pair.job).host}?")
    assert pair.done_to() == []


async def asked(title: str, pair: Pair) -> None:
    assert isinstance(pair.top, Dialog)
    await pair.console.shows(title)
    assert f"{pair.job:>6} " in pair.console.text
    await pair.console.press("y")


async def aside(pair: Pair) -> None:
    if pair.pane is Pane.FAILED:
        await pair.console.until(pair.done_to)
        assert pair.done_to() == [pair.job]
    else:
        assert "only what has failed is set aside" in pair.console.toast


async def form(pair: Pair) -> None:
    await pair.console.shows(f"Edit job {pair.job}:")
    assert pair.done_to() == []


async def empty_form(pair: Pair) -> None:
    assert isinstance(pair.top, EditScreen)
    await pair.console.shows("New job")


async def id_copied(pair: Pair) -> None:
    assert pair.console.app.clipboard == str(pair.job)


async def curl_copied(pair: Pair) -> None:
    url = pair.queue.of(pair.job).url
    await pair.console.until(lambda: pair.console.app.clipboard.endswith(url))


async def curl_shown(pair: Pair) -> None:
    await pair.console.shows(f"Job {pair.job} as curl")
    await pair.console.shows("curl -i")


async def marked(pair: Pair) -> None:
    assert set(pair.console.board.lists[pair.pane].cursor.marked) == {pair.job}


async def unmarked(pair: Pair) -> None:
    assert not any(view.cursor.marked for view in pair.console.board.lists.values())


async def all_marked(pair: Pair) -> None:
    await pair.console.toasts("jobs marked")
    for pane, view in pair.console.board.lists.items():
        assert bool(view.cursor.marked) is (pane is pair.pane)


async def filtering(pair: Pair) -> None:
    assert pair.console.main._filter_bar.query_one(Input).has_focus
    await pair.console.until(lambda: pair.console.is_filter_open)
    assert pair.console.board.open_pane is pair.pane


async def log_of_job(pair: Pair) -> None:
    assert pair.console.board.log_filter_text == f"#{pair.job}"


async def sorted_by_host(pair: Pair) -> None:
    lists = pair.console.board.state
    assert lists[pair.pane].order_words().startswith("by host")
    for _ in range(9):
        if lists[pair.pane].order is not None:
            await send(pair.console, pair.pane.key, "s")
    await nothing(pair)


async def next_page(pair: Pair) -> None:
    lists = pair.console.board.state
    assert [pane for pane in lists if lists[pane].paging.before] == [pair.pane]


async def no_page(pair: Pair) -> None:
    assert pair.console.toast == "no page there"


async def left(pair: Pair) -> None:
    await pair.console.until(lambda: pair.console.app.return_code == 0)
    await nothing(pair)


NO_JOBS = (
    *("app.visit('bulk')", "stop_bulk", "pull_back"),
    *("app.visit('processors')", "drain_processor"),
    *("app.visit('activity')", "only_person", "app.visit('hosts')"),
    *("next_failure(1)", "next_failure(-1)", "neighbour(1)", "neighbour(-1)"),
    *("end", "zoom", "help", "processor", "app.command_palette", "freeze", "mouse"),
    *(
        "app.visit('processors')",
        "drain",
        "refresh_now",
        "repaint",
        "pace(1)",
        "pace(-1)",
        "escape",
    ),
    *("try_one", "set_aside", "hold", "neighbour(1)", "neighbour(-1)"),
)
RULES: dict[str, Rule] = {
    **dict.fromkeys(NO_JOBS, nothing),
    "screen.open": page,
    "retry": retried,
    "kill": killed,
    "try_one": retried,
    "hold": asked_about_host,
    "edit": form,
    "set_aside": aside,
    "new": empty_form,
    "copy_id": id_copied,
    "copy_curl": curl_copied,
    "show_curl": curl_shown,
    "mark": marked,
    "unmark_all": unmarked,
    "mark_all": all_marked,
    "filter": filtering,
    "log_of_job": log_of_job,
    "sort": sorted_by_host,
    "turn(1)": next_page,
    "turn(-1)": no_page,
    "leave": left,
    "interrupt": left,
    "app.quit": left,
}
ON_PAGE = ("retry", "kill", "edit", "copy_id", "copy_curl")
ASKING = ("retry", "kill")
"""Of pending jobs."""
IN_LOG = ("screen.open", "edit", "copy_id", "copy_curl", "log_of_job")
LEAVING = [key for key, action in ACTIONS.items() if RULES.get(action) is left]
PANES = {Pane.PENDING: "1", Pane.FAILED: "3"}


def test_every_key_has_a_rule():
    assert set(ACTIONS.values()) <= set(RULES)


def furnish(queue: Queue, pages: int = 1) -> None:
    """Jobs enough for every move, or for more than a page."""

    def jobs() -> None:
        for number in range(30 if pages == 1 else WINDOW + 9):
            queue.pending(f"http://p.example/{number}")
            job = queue.failed(f"http://f.example/{number}")
            if number < 30:
                queue.log(job, f"line {number}", 500 - number)

    queue.store.session.transact(jobs)


async def send(console: Console, *pressed: str) -> None:
    """All at once, as they come out of one read; all have been handled then."""
    for key in pressed:
        console.app.post_message(Key(key, key_to_character(key)))
    handled = asyncio.Event()
    console.app.call_later(handled.set)
    await handled.wait()


def _on_lists(console: Console) -> bool:
    return console.app.screen is console.main


async def back(console: Console) -> None:
    """To the lists, with no filter, mark, zoom or page left."""
    board = console.board
    while not _on_lists(console) or console.is_filter_open:
        await console.press("escape")
    if console.app.refresh_loop.frozen_since:
        await send(console, "p")
    while board.filter_text or board.log_filter_text or board.zoomed:
        await send(console, "escape")
    for pane, view in board.lists.items():
        if view.cursor.marked or board.state[pane].paging.before:
            await send(console, pane.key, "U", "left_square_bracket")


async def place(console: Console, pane: Pane) -> tuple[int, list[str]]:
    """A job that *pane* shows, and the keys that go there."""
    if pane is Pane.LOG:
        await console.until(lambda: console.board.log_view.line_count() > 9)
        entry = console.board.log_view.cursor.rows[-6]
        assert not isinstance(entry, Gap)
        return entry.job_id, ["4", "G", *"kkkkk"]
    cursor = console.board.lists[pane].cursor
    await send(console, pane.key)
    await console.until(lambda: len(cursor.rows) in (*range(3, 31), WINDOW))
    return cursor.rows[2].id, [pane.key, "g", "j", "j"]


async def up_to_date(console: Console, queue: Queue) -> None:
    """Wait until the lists show the jobs as they are."""
    await back(console)
    for pane, key in PANES.items():
        await send(console, key, "g")
        console.app.request_refresh()
        await console.until(
            lambda pane=pane: all(
                job.state in STATES[pane]
                and seen(job) == seen(queue.of(job.id))
                and job.run_at == queue.of(job.id).run_at
                for job in console.board.lists[pane].cursor.rows
            )
        )


@asynccontextmanager
async def pair_sent(
    console: Console, queue: Queue, pane: Pane, *pressed: str, first: str = ""
) -> AsyncIterator[Pair]:
    """Two keys, pressed with the cursor on some job of *pane*."""
    await back(console)
    job, there = await place(console, pane)
    if first:
        await send(console, *there, first)
        await console.shows("ATTEMPTS")
        there = []
    pair = Pair(console, queue, pane, job, [], pressed[-1])
    pair.changed = pair.done_to()
    await send(console, *there, *pressed)
    yield pair
    if pair.done_to():
        await up_to_date(console, queue)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("key", "pane"),
    [
        (key, pane)
        for key, action in ACTIONS.items()
        for pane in PANES
        if key not in LEAVING and (pane is Pane.FAILED or action in ASKING)
    ],
)
async def test_the_job_under_the_cursor_of_a_list_is_met(
    queue: Queue, key: str, pane: Pane
):
    furnish(queue, pages=2 if "turn" in ACTIONS[key] else 1)
    async with running(queue) as console:
        for mover in MOVERS:
            async with pair_sent(console, queue, pane, key, mover) as pair:
                await RULES[ACTIONS[key]](pair)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("key", [k for k, act in ACTIONS.items() if act in IN_LOG])
async def test_the_job_of_the_line_under_the_cursor_is_met(queue: Queue, key: str):
    furnish(queue)
    async with running(queue) as console:
        for mover in MOVERS:
            async with pair_sent(console, queue, Pane.LOG, key, mover) as pair:
                await RULES[ACTIONS[key]](pair)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("key", [k for k, act in ACTIONS.items() if act in ON_PAGE])
async def test_the_job_of_the_page_is_met(queue: Queue, key: str):
    furnish(queue)
    async with running(queue) as console:
        for mover in MOVERS_ON_PAGE:
            async with pair_sent(
                console, queue, Pane.FAILED, key, mover, first="enter"
            ) as pair:
                await RULES[ACTIONS[key]](pair)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("key", LEAVING)
async def test_leaving_does_nothing_to_a_job(queue: Queue, key: str):
    queue.failed(), queue.failed(), queue.failed()
    for mover in FEW_MOVERS:
        async with running(queue) as console:
            await send(console, "3", "g", "j", key, mover)
            await left(Pair(console, queue, Pane.FAILED, 1, []))


@pytest.mark.parametrize("key", [k for k, act in ACTIONS.items() if act in ON_PAGE])
async def test_a_key_behind_enter_meets_the_job_that_enter_opens(
    queue: Queue, key: str
):
    furnish(queue)
    async with (
        running(queue) as console,
        pair_sent(console, queue, Pane.FAILED, "enter", key) as pair,
    ):
        await RULES[ACTIONS[key]](pair)


@pytest.mark.parametrize("key", ["y", "enter", "tab", "r"])
async def test_what_was_typed_ahead_of_a_question_does_not_answer_it(
    queue: Queue, key: str
):
    furnish(queue)
    async with (
        running(queue) as console,
        pair_sent(console, queue, Pane.PENDING, "K", key) as pair,
    ):
        await console.shows("Kill 1 job?")
        assert console.app.focused.id == "cancel"
        assert pair.done_to() == []
        assert queue.state(pair.job) is JobState.PENDING


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_a_page_is_left_by_what_was_typed_ahead_and_not_the_console(
    queue: Queue, key: str
):
    furnish(queue)
    async with (
        running(queue) as console,
        pair_sent(console, queue, Pane.FAILED, "enter", key),
    ):
        await console.until(lambda: _on_lists(console))
        assert console.app.return_code is None


async def test_what_was_done_is_unmarked_in_the_list_it_was_marked_in(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await send(console, "3", "space", "space", "r", "1")
        await console.shows("Retry 2 jobs?")
        await console.press("y")
        await console.toasts("2 retried")
        await console.press("1")
        assert not console.board.lists[Pane.FAILED].cursor.marked


async def test_a_command_of_the_palette_is_refused_when_the_cursor_moved(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await send(console, "3", "g", "colon")
        await console.type("retry")
        await console.shows("One failed job: at once")
        console.jobs.action_move(1)
        await console.press("enter")
        await console.toasts("not done: the cursor has moved")
        assert queue.store.reads.counts().failed == 30
