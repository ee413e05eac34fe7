"""The last net before the terminal, for Textual's own widgets too."""

import pytest
import rich.console
from rich.segment import Segment
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.filter import LineFilter
from textual.widgets import DataTable, Input, Label, TextArea

from sq_console.ui.terminal.output_filters import (
    AsciiFilter,
    ControlFilter,
    GlyphFilter,
    filters_for,
    wants_ascii,
)
from sq_console.ui.themes import choose_theme
from tests.ui.queue import Queue
from tests.ui.run_console import running

HOSTILE = "a\x1b[2J\x9b1m\u202eb\u200bc\x00d\x7f"


def through(net: LineFilter, text: str) -> str:
    (segment,) = net.apply([Segment(text)], Color(0, 0, 0))
    return segment.text


def test_nothing_obeyed_passes_and_the_width_stays():
    assert through(ControlFilter(), HOSTILE) == "a[2J1mbcd"
    assert through(ControlFilter(), "plain …│") == "plain …│"


def test_ascii_terminals_get_ascii():
    shown = through(AsciiFilter(), "cut… │ ▁█ 日 ⏎ ╭─╮")
    assert shown == "cut~ | .# ?? $ +-+"


def test_the_console_of_linux_keeps_letters():
    assert through(GlyphFilter(), "cut… ┃ ▁▃█ über 日") == "cut~ | .:# über 日"


@pytest.mark.parametrize(
    ("environ", "last"),
    [
        ({"TERM": "xterm-256color"}, ControlFilter),
        ({"TERM": "linux"}, GlyphFilter),
        ({"TERM": "linux", "SQ_ASCII": "0"}, ControlFilter),
        ({"TERM": "vt220"}, AsciiFilter),
        ({"TERM": "vt220", "SQ_ASCII": "0"}, ControlFilter),
        ({"TERM": "xterm", "SQ_ASCII": "1"}, AsciiFilter),
    ],
)
def test_a_terminal_gets_the_signs_it_has(environ: dict[str, str], last: type):
    filters = filters_for(environ)
    assert type(filters[0]) is ControlFilter
    assert type(filters[-1]) is last


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "sq-night"),
        ({"TERM": "xterm"}, "sq-16"),
        ({"TERM": "linux", "TEXTUAL_THEME": "sq-day"}, "sq-day"),
    ],
)
def test_a_terminal_of_16_colours_has_a_theme_of_those(
    environ: dict[str, str], theme: str
):
    class Console16(App[int]):
        def __init__(self) -> None:
            super().__init__()
            self.console = rich.console.Console(force_terminal=True, _environ=environ)

    app = Console16()
    choose_theme(app, environ, is_terminal=True)
    assert app.theme == theme


def test_who_gets_ascii():
    assert wants_ascii({"SQ_ASCII": "1"})
    assert not wants_ascii({"SQ_ASCII": "0"})
    assert wants_ascii({"LANG": "de_DE.ISO-8859-1"})
    assert not wants_ascii({"LANG": "C.UTF-8"})
    assert not wants_ascii({"LC_ALL": "C"})
    assert not wants_ascii({})


class Careless(App[None]):
    """Hands foreign text over as it is, in every widget that takes text."""

    def get_line_filters(self):
        return [*super().get_line_filters(), ControlFilter()]

    def compose(self) -> ComposeResult:
        yield Input(HOSTILE)
        yield TextArea(HOSTILE)
        yield Label(HOSTILE, markup=False)
        table: DataTable[object] = DataTable()
        table.add_column("x")
        table.add_row(Text(HOSTILE))
        yield table


async def test_the_net_holds_under_every_widget():
    async with Careless().run_test(size=(60, 30)) as pilot:
        strips = pilot.app.screen._compositor.render_strips()
        text = "".join(strip.text for strip in strips)
        assert not set(HOSTILE) - set("a[2Jbcd1m") & set(text)


async def test_the_console_is_under_the_net(queue: Queue):
    async with running(queue) as console:
        nets = [type(one) for one in console.app.get_line_filters()]
        assert nets[-1] is ControlFilter


async def test_without_colour_the_screen_says_the_same(queue: Queue, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    queue.failed(last_error="http 500")
    async with running(queue) as console:
        await console.press("3")
        await console.shows(">      1")
        assert "http 500" in console.text
        assert "WATCHING" in console.text
