"""One frame of the console: the same screens, without a terminal.

It reads the real database, starts no processor and writes nothing: the database itself
keeps it from that.
"""

import asyncio
import html
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from rich.console import Console
from textual._context import visible_screen_stack
from textual.pilot import Pilot

from sq_console.config import Settings
from sq_console.errors import StoreUnavailable
from sq_console.ui.app import ConsoleApp
from sq_console.ui.terminal.cells import width_of

SCREENS = {
    "main": "",
    "pending": "1",
    "running": "2",
    "failed": "3",
    "log": "4",
    "done": "5",
    "causes": "0",
    "hosts": "h",
    "processors": "w",
    "activity": "a",
    "bulk": "b",
}
"""The key that opens each."""
_READ_SECS = 15.0
_PAUSE_SECS = 0.05
_LOOKS = 3
"""So many times it is read: what is on a screen may need what was read before."""
_FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""They name somebody's server; any monospaced font will do."""
_TEXT = re.compile(
    r'<text class="(?P<style>[^"]*)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)"'
    r' textLength="(?P<length>[\d.]+)" clip-path="(?P<clip>[^"]*)">'
    r"(?P<words>[^<]*)</text>"
)
_PIECE = re.compile(
    "[^\N{NO-BREAK SPACE}]+(?:\N{NO-BREAK SPACE}[^\N{NO-BREAK SPACE}]+)*"
)
"""Words with one blank between them."""
ColourSystem = Literal["standard", "256", "truecolor"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the screen showed."""

    text: str
    """Without colour."""
    coloured: str
    svg: str


def take_snapshot(
    settings: Settings,
    *,
    screen: str,
    size: tuple[int, int],
    colours: ColourSystem | None,
) -> Frame:
    """Return a frame of *screen*, one of `SCREENS`. Raises StoreUnavailable."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    if colours is None:  # a picture has all colours, whatever this terminal has
        os.environ["COLORTERM"] = "truecolor"
    return asyncio.run(_take(settings, SCREENS[screen], size, colours))


async def _take(
    settings: Settings, key: str, size: tuple[int, int], colours: ColourSystem | None
) -> Frame:
    app = ConsoleApp(settings, reads_only="it is a snapshot")
    async with app.run_test(size=size) as pilot:
        await _until(app, lambda: app.refresh_loop.vitals is not None)
        if key:
            await pilot.press(key)
        for _ in range(_LOOKS):
            await _read_again(app, pilot)
        return frame_of(app, colours)


async def _read_again(app: ConsoleApp, pilot: Pilot[int]) -> None:
    before = app.refresh_loop.vitals
    app.request_refresh()
    await _until(app, lambda: app.refresh_loop.vitals is not before)
    await pilot.pause()


async def _until(app: ConsoleApp, is_met: Callable[[], bool]) -> None:
    end = monotonic() + _READ_SECS
    while not is_met():
        if app.refresh_loop.lost is not None:
            raise StoreUnavailable(app.refresh_loop.lost.why)
        if monotonic() > end:
            raise StoreUnavailable(f"nothing was read within {_READ_SECS:.0f} s")
        await asyncio.sleep(_PAUSE_SECS)


def frame_of(app: ConsoleApp, colours: ColourSystem | None = None) -> Frame:
    """Return what *app* shows now. Textual has no public way to ask for text."""
    visible_screen_stack.set(app._background_screens)
    strips = app.screen._compositor.render_strips()
    console = Console(color_system=colours, force_terminal=True)
    return Frame(
        text="\n".join(strip.text.rstrip() for strip in strips),
        coloured="\n".join(strip.render(console) for strip in strips),
        svg=placed(_FONT_FACES.sub("", app.export_screenshot(title="sq-console"))),
    )


def placed(svg: str) -> str:
    """Return *svg* with a place of its own for each piece of text between blanks: some
    viewers leave blanks out where a text begins, and some have wider letters.
    """
    return _TEXT.sub(lambda found: "\n".join(_pieces(found)), svg)


def _pieces(found: re.Match[str]) -> Iterator[str]:
    text = html.unescape(found["words"])
    x, cell = float(found["x"]), float(found["length"]) / len(text)
    for piece in _PIECE.finditer(text):
        begins = x + width_of(text[: piece.start()]) * cell
        yield (
            f'<text class="{found["style"]}" x="{begins:g}" y="{found["y"]}"'
            f' textLength="{len(piece[0]) * cell:g}"'
            f' clip-path="{found["clip"]}">{_escaped(piece[0])}</text>'
        )


def _escaped(words: str) -> str:
    return html.escape(words).replace("\N{NO-BREAK SPACE}", "&#160;")
