"""The README's picture: `python -m tests.readme_picture` runs the demo for some
seconds and writes what the console shows to .github/console.svg.
"""

import asyncio
import contextlib
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from sq_console.demo import open_demo
from sq_console.processor.thread import ProcessorThread
from sq_console.ui.app import ConsoleApp
from tests.waiting import eventually_async

SIZE = (112, 34)
_FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""They name somebody's server; any monospaced font will do."""
TARGET = Path(__file__).parent.parent / ".github" / "console.svg"


async def draw() -> str:
    """The console as SVG, once something of everything is to be seen."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        open_demo(Path(), 300, trickle=True) as settings,
    ):
        settings = replace(
            settings, processor=replace(settings.processor, concurrency=8, drain_secs=0)
        )
        processor = ProcessorThread(settings)
        app = ConsoleApp(settings, processor=processor, demo=True, actor="demo")
        async with app.run_test(size=SIZE) as pilot:
            await eventually_async(lambda: _has_enough(app), 60)
            await pilot.press("3")
            await pilot.pause(1.5)
            picture = app.export_screenshot(title="sq-console demo")
            picture = _FONT_FACES.sub("", picture)
        processor.stop()
        processor.join(10)
    return picture


def _has_enough(app: ConsoleApp) -> bool:
    vitals = app.refresh_loop.vitals
    return vitals is not None and vitals.counts.failed >= 7 < vitals.counts.succeeded


def main() -> None:
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(asyncio.run(draw()), encoding="utf-8")
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
