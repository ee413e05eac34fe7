"""A list of rows that are no jobs, ten thousand of them, in an app of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen

from sq_console.ui.content.lines import Line, Span, text_of
from sq_console.ui.keys import FOLLOWING, MARKING
from sq_console.ui.state.cursors.cursor_guard import (
    AT_WORK_SECS,
    SLID_SECS,
    CursorGuard,
)
from sq_console.ui.state.cursors.following_cursor import FollowingCursor
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.widgets.cursor_list import CursorList
from sq_console.ui.widgets.following_list import FollowingList
from sq_console.ui.widgets.painted import TONE_CLASSES

MANY = 10_000
HEIGHT = 20


@dataclass(frozen=True, slots=True)
class Host:
    name: str
    calls: int = 0


def hosts(first: int = 0, last: int = MANY) -> list[Host]:
    return [Host(f"host{number}") for number in range(first, last)]


class HostList(CursorList[Host, str]):
    BINDINGS = [*MARKING]
    noun = "host"

    def __init__(self) -> None:
        self.seconds = 1_000.0
        guard = CursorGuard(lambda: self.seconds)
        super().__init__(RowCursor(lambda host: host.name), guard=guard, empty="none")

    def content(self, row: Host, width: int) -> Line:
        return (Span(f"{row.name} {row.calls}"),)


class CallList(FollowingList[Host, str]):
    BINDINGS = [*FOLLOWING]

    def __init__(self) -> None:
        super().__init__(FollowingCursor(lambda host: host.name))

    def content(self, row: Host, width: int) -> Line:
        return (Span(row.name),)


class Page(Screen[None]):
    COMPONENT_CLASSES = TONE_CLASSES

    def __init__(self, shown: HostList | CallList) -> None:
        super().__init__()
        self.shown = shown

    def compose(self) -> ComposeResult:
        yield self.shown


class ListApp(App[None]):
    CSS = """
    CursorList { height: 1fr; }
    .row--cursor, .row--idle-cursor, .row--marked { background: $surface; }
    """

    def __init__(self, shown: HostList | CallList) -> None:
        super().__init__()
        self.shown = shown
        self.opened: list[object] = []

    def get_default_screen(self) -> Screen[None]:
        return Page(self.shown)

    def on_cursor_list_row_opened(self, event: CursorList.RowOpened) -> None:
        self.opened.append(event.row)


@asynccontextmanager
async def showing(shown: HostList | CallList) -> AsyncIterator[Pilot[Any]]:
    async with ListApp(shown).run_test(size=(40, HEIGHT)) as pilot:
        yield pilot


def window(shown: HostList | CallList) -> list[str]:
    """The lines of the window, without the thumb at their right edge."""
    lines = [text_of(shown.row(y)[0]) for y in range(HEIGHT)]
    return [line[: shown.size.width - 1].rstrip() for line in lines]


async def test_many_rows_are_shown_through_a_window():
    shown = HostList()
    async with showing(shown) as pilot:
        shown.show_rows(hosts())
        assert window(shown)[:2] == ["> host0 0", "  host1 0"]
        await pilot.press("G")
        assert window(shown)[-1] == "> host9999 0"
        await pilot.press("pageup")
        assert shown.cursor.key == "host9980"


async def test_the_cursor_and_its_line_stay_when_a_thousand_rows_come_above():
    shown = HostList()
    async with showing(shown) as pilot:
        shown.show_rows(hosts(1_000))
        await pilot.press("pagedown", "pagedown", "j")
        line = window(shown).index("> host1039 0")

        shown.show_rows(hosts())

        assert shown.cursor.index == 1_039
        assert window(shown)[line] == "> host1039 0"


async def test_a_row_that_leaves_under_the_cursor_stays_while_one_is_at_work():
    shown = HostList()
    async with showing(shown) as pilot:
        shown.show_rows(hosts(0, 5))
        await pilot.press("j")

        shown.show_rows([*hosts(0, 1), *hosts(2, 5)])
        assert window(shown)[1] == "> ~ gone  host1 0"
        assert shown.why_not_here() is None

        shown.seconds += AT_WORK_SECS
        shown.show_rows([*hosts(0, 1), *hosts(2, 5)])
        assert window(shown)[1] == "> host2 0"


async def test_a_list_without_gone_rows_says_that_its_cursor_moved():
    shown = HostList()
    shown.KEEPS_GONE_ROWS = False  # type: ignore[misc]
    async with showing(shown) as pilot:
        shown.show_rows(hosts(0, 5))
        await pilot.press("j")

        shown.show_rows([*hosts(0, 1), *hosts(2, 5)])

        assert "moved under the cursor, now on host host2" in str(shown.why_not_here())
        assert shown.why_not_here() is None


async def test_a_cursor_that_slid_long_ago_is_acted_upon():
    shown = HostList()
    async with showing(shown):
        shown.show_rows(hosts(0, 3))
        shown.show_rows(hosts(1, 3))
        shown.seconds += SLID_SECS
        assert shown.why_not_here() is None


async def test_a_cursor_outside_the_window_is_brought_into_it():
    shown = HostList()
    async with showing(shown) as pilot:
        shown.show_rows(hosts())
        await pilot.press("G")
        shown.scroll_to_line(0)

        assert "was out of sight, on host host9999" in str(shown.why_not_here())

        assert window(shown)[-1] == "> host9999 0"
        assert shown.why_not_here() is None


async def test_rows_are_marked_one_after_the_other():
    shown = HostList()
    async with showing(shown) as pilot:
        shown.show_rows(hosts(0, 5))
        await pilot.press("space", "space")
        assert window(shown)[:3] == [" *host0 0", " *host1 0", "> host2 0"]
        await pilot.press("U")
        assert not shown.cursor.marked


async def test_an_empty_list_says_so():
    shown = HostList()
    async with showing(shown):
        assert window(shown)[0] == "  none"
        assert shown.why_not_here() == "no host is under the cursor"


async def test_a_second_click_opens_the_row():
    shown = HostList()
    async with showing(shown) as pilot:
        shown.show_rows(hosts())
        await pilot.click(shown, offset=(3, 4), times=2)
        assert shown.cursor.key == "host4"
        assert pilot.app.opened == [Host("host4")]  # type: ignore[attr-defined]


async def test_a_list_that_grows_at_its_end_is_followed_until_one_goes_up():
    shown = CallList()
    async with showing(shown) as pilot:
        shown.append_rows(hosts(0, 1_000))
        assert window(shown)[-1] == "> host999"

        await pilot.press("k")
        before = window(shown)
        shown.append_rows(hosts(1_000, MANY))
        assert window(shown) == before
        assert shown.cursor.unseen == MANY - 1_000

        await pilot.press("F")
        assert window(shown)[-1] == f"> host{MANY - 1}"
        assert shown.cursor.unseen == 0
