"""The README's pictures: `python -m tests.readme_picture` writes what the console shows
of the demo's incident to `.github/`, and of the same queue on a good day.

The database's clock and the console's stand still, so that the same program draws the
same pictures.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from sq_console.config import DbSettings, Settings
from sq_console.store import Store, open_store
from sq_console.store.dialect import Dialect
from sq_console.ui.app import ConsoleApp
from sq_console.ui.frames import frame_of
from sq_console.ui.state.clock import Clock
from tests.e2e.drill import furnish
from tests.waiting import eventually_async

SIZE = (100, 30)
_WHOLE = "failed, or waiting for a retry"
"""The causes are of all that failed, and not of the first pieces."""
MOMENT = datetime(2026, 9, 12, 12, 7, 12, tzinfo=UTC)
_PATIENCE_SECS = 90.0
TARGET = Path(__file__).parent.parent / ".github"


@dataclass(frozen=True)
class Picture:
    """A screen, and how one gets there."""

    name: str
    keys: tuple[str, ...]
    shows: str
    """It is drawn when this is on it."""
    is_well: bool = False


PICTURES = (
    Picture("console-failing", (), "404 no route"),
    Picture("console-cause", ("g", "enter"), "Each counts first"),
    Picture("console-hosts", ("h",), "worst first"),
    Picture("console-well", ("1",), "well since", is_well=True),
)


@contextlib.contextmanager
def standing_still() -> Iterator[None]:
    """The database's clock says `MOMENT`."""
    worded = Dialect.sql
    now = f"'{MOMENT:%Y-%m-%d %H:%M:%S}.000'"

    def still(dialect: Dialect, statement: str) -> str:
        return worded(dialect, statement).replace("'now'", now)

    with patch.object(Dialect, "sql", still):
        yield


def make_well(store: Store) -> None:
    """The same queue when nothing is broken: what failed is not there."""
    for statement in (
        "DELETE FROM queued_job WHERE state = 'failed' OR last_error IS NOT NULL",
        "DELETE FROM queued_job WHERE state = 'pending' AND host LIKE 'crm%%'",
        "DELETE FROM queued_job WHERE state = 'pending' AND host LIKE 'billing%%'",
        "DELETE FROM queued_job_hold",
        "DELETE FROM queued_job_lost_processor",
        "DELETE FROM queued_job_log WHERE event NOT IN ('called', 'succeeded')",
        "UPDATE queued_job_stats SET succeeded = succeeded + failed, failed = 0,"
        " retried = 0",
        "UPDATE queued_job_host_stats SET succeeded = succeeded + failed, failed = 0,"
        " retried = 0",
        "UPDATE queued_job SET run_at = datetime(run_at, '+50 seconds')"
        " WHERE state = 'pending' AND host LIKE 'shop%%'",
    ):
        store.session.execute(statement)


def made_queue(path: str, change: Callable[[Store], None]) -> Settings:
    """A queue in the file *path*, changed by *change*."""
    settings = Settings(DbSettings(engine="sqlite", path=path))
    store = open_store(settings.db, create=True)
    store.admin.create_schema()
    furnish(store)
    change(store)
    store.close()
    return settings


async def draw(settings: Settings, picture: Picture) -> str:
    """A picture as SVG."""
    clock = Clock(lambda: MOMENT, UTC)
    app = ConsoleApp(settings, demo=True, actor="anna@ops1", clock=clock)
    async with app.run_test(size=SIZE) as pilot:
        await eventually_async(lambda: app.refresh_loop.vitals, _PATIENCE_SECS)
        begins = picture.shows if picture.is_well else _WHOLE
        await eventually_async(lambda: begins in frame_of(app).text, _PATIENCE_SECS)
        for key in picture.keys:
            await _read_again(app)
            await pilot.press(key)
        await eventually_async(
            lambda: picture.shows in frame_of(app).text, _PATIENCE_SECS
        )
        for _ in range(8):  # what is read in pieces is whole by then
            await _read_again(app)
            await pilot.pause()
        return frame_of(app).svg


async def _read_again(app: ConsoleApp) -> None:
    before = app.refresh_loop.vitals
    app.request_refresh()
    await eventually_async(
        lambda: app.refresh_loop.vitals is not before, _PATIENCE_SECS
    )


def draw_all(pictures: Sequence[Picture] = PICTURES) -> dict[str, str]:
    """Each picture by its name."""
    drawn = {}
    with (
        standing_still(),
        patch.dict(os.environ, {"COLORTERM": "truecolor", "TERM": "xterm-256color"}),
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
    ):
        bad = made_queue("prod.sqlite", lambda store: None)
        Path("well").mkdir()
        with contextlib.chdir("well"):
            good = made_queue("prod.sqlite", make_well)
        for picture in pictures:
            where, settings = ("well", good) if picture.is_well else (".", bad)
            with contextlib.chdir(where):
                drawn[picture.name] = asyncio.run(draw(settings, picture))
    return drawn


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name, svg in draw_all().items():
        (TARGET / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"wrote {name}.svg")


if __name__ == "__main__":
    sys.exit(main())
