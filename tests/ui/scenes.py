"""Scenes: what a console shows of a queue in some condition, how one gets there, and
how it looks on terminals of several sizes, in colour, without, and in ASCII.

Most are of the drill's incident, as the README's pictures are. The database's clock and
the console's stand still: ages, trends and rates are the same in every run.
"""

import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.filter import Monochrome
from textual.widget import Widget
from textual.widgets import Input

from sq_console.model import BulkRequest, BulkVerb, JobFilter, JobState
from sq_console.ui.app import ConsoleApp
from sq_console.ui.screens.live_screen import LiveScreen
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.output_filters import filters_for
from sq_console.ui.themes import NIGHT
from tests import hostile_text
from tests.e2e.drill import CRM, SHOP
from tests.readme_picture import MOMENT, made_queue, make_well, standing_still
from tests.ui.queue import WEB2, Queue
from tests.ui.run_console import Console, running

SIZES = ((80, 24), (120, 40), (200, 50))
_STILL_READINGS = 2
_READINGS = 60
OPERATOR = "anna@ops1"
Change = Callable[[Queue], None]
Then = Callable[[ConsoleApp], None]


class StillQueue(Queue):
    """A queue at `MOMENT`, for as long as a test takes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.begun = MOMENT


def late_jobs(queue: Queue) -> None:
    """A living processor; jobs of three hosts, due for long; some ended hours ago."""
    queue.processor()
    hosts = ("billing.acme.example:8080", "crm.acme.example", "mail.acme.example:80")
    for number in range(45):
        url = f"http://{hosts[number % 3]}/v1/orders/{8_800 + number}/notify"
        late_secs = 60 * 19 + 30 - number / 10
        queue.pending(url, run_at=queue.ago(late_secs), organization_id=number % 5)
    for number in range(5):
        ended = queue.ago(9_030 + 60 * number)[:19]
        queue.failed(f"http://{hosts[0]}/pay/{number}", last_finished_at=ended)
        queue.succeeded(url=f"http://{hosts[1]}/sync", last_finished_at=ended)


def hold(queue: Queue, host: str, why: str) -> None:
    queue.insert(
        "queued_job_hold", host=host, who="ben@ops2", why=why, since=queue.ago(1_350)
    )


def without_a_processor(queue: Queue) -> None:
    late_jobs(queue)
    queue.store.session.execute(
        "UPDATE queued_job_processor SET heartbeat_at = %s", (queue.ago(1_110),)
    )


def all_paused(queue: Queue) -> None:
    late_jobs(queue)
    queue.store.session.execute(
        "UPDATE queued_job_processor SET state = 'paused', wanted = 'pause'"
    )


def a_host_held(queue: Queue) -> None:
    late_jobs(queue)
    hold(queue, "crm.acme.example", "ticket 4711")


def everything_held(queue: Queue) -> None:
    late_jobs(queue)
    hold(queue, "*", "the database moves, ticket 4711")


def hostile(queue: Queue) -> None:
    late_jobs(queue)
    text = hostile_text.CORPUS["markup"]
    hostile_text.furnish(queue, text)
    queue.processor(text[:60], id=WEB2 + 1)
    hold(queue, "crm.acme.example", text)


def under_way(queue: Queue) -> None:
    """Three bulk actions: one's own is half done by some worker; others have ended."""
    columns = {"worker": "web1:3120 1", "lease_until": queue.ago(-86_400)}
    _bulk(queue, JobFilter(JobState.FAILED, CRM), "ben@ops2", 1_800)
    _end(queue, 1, state="done", done=1_204, refused=3, counted=1_207)
    _bulk(queue, JobFilter(JobState.FAILED, SHOP), OPERATOR, 300, 50.0)
    _end(
        *(queue, 2),
        state="stopped",
        stopped_by="ben@ops2",
        done=390,
        not_begun=1_620,
        refused=4,
        counted=2_014,
    )
    _bulk(queue, JobFilter(JobState.FAILED, SHOP), OPERATOR, 41, 10.0)
    _set(queue, 3, done=412, **columns)


def _bulk(
    queue: Queue, wanted: JobFilter, who: str, ago: float, pace: float | None = None
) -> None:
    asked = BulkRequest(BulkVerb.RETRY, wanted, per_second=pace)
    count = queue.store.bulk.count(asked)
    created = queue.store.bulk.create(count.request, who, count.counted)
    _set(queue, created, created_at=queue.ago(ago))
    queue.store.session.execute(  # it was counted just before
        "UPDATE queued_job_bulk SET wanted = REPLACE(wanted, %s, %s) WHERE id = %s",
        (f"{MOMENT:%H:%M:%S}", queue.ago(ago)[11:19], created),
    )
    queue.store.session.execute(
        "UPDATE queued_job_activity SET created_at = %s WHERE bulk_id = %s",
        (queue.ago(ago), created),
    )


def _end(queue: Queue, bulk_id: int, **values: object) -> None:
    _set(queue, bulk_id, ended_at=queue.ago(200), **values)


def _set(queue: Queue, bulk_id: int, **values: object) -> None:
    columns = ", ".join(f"{name} = %s" for name in values)
    statement = f"UPDATE queued_job_bulk SET {columns} WHERE id = %s"
    queue.store.session.execute(statement, (*values.values(), bulk_id))


@dataclass(frozen=True)
class Scene:
    """A condition of the queue, and the keys to look at it."""

    name: str
    base: str
    """The database it begins with: failing, well, or empty."""
    keys: tuple[str, ...] = ()
    shows: str = ""
    """It is whole when this is on it."""
    answers: tuple[str, ...] = ()
    """Keys for the dialog that those before have opened."""
    change: Change = lambda queue: None
    how: Mapping[str, Any] = field(default_factory=dict)
    then: Then = lambda app: None
    """What becomes of the console when all is shown."""
    is_away: bool = False
    """The database goes when all is shown."""

    def __str__(self) -> str:
        return self.name


def counting(app: ConsoleApp) -> None:
    app.bulk.counting = 12_000


_ALL_OF_IT = ("0", "g", "enter", "r")
_READ_ONLY = {"reads_only": "it was opened with --read-only"}
SCENES = (
    Scene("stuck", "empty", ("1",), "STUCK", change=without_a_processor),
    Scene("held", "empty", ("1",), "HELD", change=everything_held),
    Scene("failing", "failing", (), "404 no route"),
    Scene("well", "well", ("1",), "well since"),
    Scene("paused", "empty", ("1",), "every processor is paused", change=all_paused),
    Scene("held-host", "empty", ("1",), "HELD", change=a_host_held),
    Scene("causes", "failing", ("0", "z"), "404 no route"),
    Scene("cause", "failing", ("0", "g", "enter"), "Each counts first"),
    Scene("hosts", "failing", ("h",), "worst first"),
    Scene("processors", "failing", ("w",), "has claimed"),
    Scene("activity", "failing", ("a",), "ticket 42"),
    Scene("bulk", "failing", (), "RETRYING", change=under_way),
    Scene("bulk-list", "failing", ("b",), "RETRYING", change=under_way),
    Scene("bulk-count", "failing", ("3",), "3 Failed", then=counting),
    Scene("bulk-confirm", "failing", _ALL_OF_IT, "then y."),
    Scene("bulk-wrong", "failing", _ALL_OF_IT, "7 is not", ("7", "y")),
    Scene("bulk-edit", "failing", ("0", "g", "enter", "e"), "Count, see"),
    Scene("read-only", "failing", ("3",), "READ-ONLY", how=_READ_ONLY),
    Scene("away", "failing", ("1",), "Pending", is_away=True),
    Scene("empty", "empty", (), "well, no call", change=Queue.processor),
    Scene("demo", "failing", ("1",), "DEMO", how={"demo": True}),
    Scene("hostile", "empty", ("1",), "HELD", change=hostile),
)


@dataclass(frozen=True)
class Bases:
    """Databases to begin with, each made once."""

    folder: Path
    empty: Path

    def path(self, name: str) -> Path:
        if name == "empty":
            return self.empty
        made = self.folder / f"{name}.sqlite"
        if not made.exists():
            with standing_still():
                made_queue(
                    str(made), make_well if name == "well" else lambda store: None
                )
        return made


@asynccontextmanager
async def opened(
    scene: Scene, bases: Bases, size: tuple[int, int] = SIZES[0]
) -> AsyncIterator[Console]:
    """The console, showing *scene*. The folder one is in gets the database."""
    path = Path("prod.sqlite")
    shutil.copy(bases.path(scene.base), path)
    with standing_still():
        queue = StillQueue(path)
        scene.change(queue)
        clock = Clock(lambda: MOMENT, queue.begun.tzinfo)
        how = {"actor": OPERATOR, "clock": clock, **scene.how}
        async with running(queue, size, **how) as console:
            await _all_causes(console)
            await console.press(*scene.keys)
            if scene.answers:
                await console.until(lambda: isinstance(console.app.focused, Input))
            await console.press(*scene.answers)
            await console.shows(scene.shows)
            await at_rest(console)
            scene.then(console.app)
            for blinking in console.app.screen.query(Input):
                blinking.cursor_blink = False
            with queue.away() if scene.is_away else nullcontext():
                if scene.is_away:
                    await console.shows("DATABASE LOST")
                    _look_no_more(console.app)
                yield console
        queue.store.close()


def _look_no_more(app: ConsoleApp) -> None:
    """Each try that fails is said, and the time to the next."""
    for worker in app.workers:
        if worker.name == "refreshing":
            worker.cancel()


async def resized(console: Console, size: tuple[int, int]) -> None:
    """On a terminal of this size."""
    await console.pilot.resize_terminal(*size)
    await at_rest(console, 1)


async def redrawn(
    console: Console, *, ascii_only: bool = False, colours: bool = True
) -> None:
    """As on a terminal that knows ASCII only, or with NO_COLOR."""
    app = console.app
    app._own_filters = filters_for({"SQ_ASCII": "1"} if ascii_only else {})
    app._filters = [it for it in app._filters if not isinstance(it, Monochrome)]
    if not colours:
        app._filters.append(Monochrome())
    app.no_color = not colours
    for screen in app.screen_stack:
        app.stylesheet.update(screen)
        for widget in (screen, *screen.walk_children(Widget)):
            widget.refresh()
    await console.pilot.pause()


async def _all_causes(console: Console) -> None:
    """Failures are read in pieces."""
    for _ in range(_READINGS):
        reading = console.app.causes.reading
        if reading is not None and not reading.is_cut:
            return
        await console.read_again()
    raise AssertionError("not all causes were read")


def _is_read(app: ConsoleApp) -> bool:
    """Does it show what it reads? What a dialog covers is not read again."""
    return isinstance(app.screen, LiveScreen) and app.refresh_loop.lost is None


async def at_rest(console: Console, still: int = _STILL_READINGS) -> None:
    """Read again until nothing changes any more."""
    seen, same = "", 0
    for _ in range(_READINGS):
        console.app.toasts.hide()
        if _is_read(console.app):
            await console.read_again()
        else:
            await console.pilot.pause()
        now = console.text
        same = same + 1 if now == seen else 0
        seen = now
        if same == still:
            return
    raise AssertionError(f"it does not come to rest:\n{seen}")


_NAMES = {
    NIGHT.error: "error",
    NIGHT.warning: "warning",
    NIGHT.success: "success",
    NIGHT.primary: "primary",
    NIGHT.background: "ground",
    NIGHT.foreground: "text",
    NIGHT.surface: "surface",
    NIGHT.panel: "panel",
    **{value: name[3:] for name, value in NIGHT.variables.items()},
}
_ORDINARY = ("text", "ground")


def segments_of(console: Console) -> Iterator[list[tuple[str, Style]]]:
    """The lines of the screen, as texts with their styles."""
    for strip in console.app.screen._compositor.render_strips():
        yield [(it.text, it.style or Style()) for it in strip if it.text]


def marked_text(console: Console) -> str:
    """The screen with its colours: `{error on ground*|text}`, a star for bold. Text in
    the ordinary colours is not marked, and of blanks only the ground is.
    """
    _ = console.text  # makes its screen the visible one
    return "\n".join(_marked_line(line) for line in segments_of(console))


def _marked_line(line: list[tuple[str, Style]]) -> str:
    runs: list[tuple[str, str]] = []
    for text, style in line:
        mark = _mark(text, style)
        if runs and runs[-1][0] == mark:
            mark, before = runs.pop()
            text = before + text
        runs.append((mark, text))
    marked = (f"{{{mark}|{text}}}" if mark else text for mark, text in runs)
    return re.sub(r" +$", "", "".join(marked))


def _mark(text: str, style: Style) -> str:
    fore, back = colour_name(style.color), colour_name(style.bgcolor)
    if style.reverse:
        fore, back = back, fore
    star = "*" if style.bold else ""
    if not text.strip():
        fore, star = _ORDINARY[0], ""
    if (fore, back, star) == (*_ORDINARY, ""):
        return ""
    shown = "" if fore == _ORDINARY[0] else fore
    ground = "" if back == _ORDINARY[1] else f" on {back}"
    return f"{shown}{ground}{star}".strip()


def colour_name(colour: Color | None) -> str:
    """Its name in the theme, or its number."""
    if colour is None or colour.is_default:
        return "default"
    if colour.triplet is None:
        return colour.name
    near = (name for known, name in _NAMES.items() if _is_near(known, colour.triplet))
    return next(near, colour.triplet.hex)


def _is_near(known: str | None, triplet: ColorTriplet) -> bool:
    """Is it the same, but for how it was rounded on its way?"""
    parts = ColorTriplet(*bytes.fromhex((known or "#000000")[1:]))
    return all(abs(a - b) < 2 for a, b in zip(parts, triplet, strict=True))


def is_grey(colour: Color | None) -> bool:
    """Is it without a hue?"""
    triplet = None if colour is None else colour.triplet
    return triplet is None or triplet.red == triplet.green == triplet.blue
