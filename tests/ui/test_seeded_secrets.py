"""Every scene of the console with secrets in each field of each row and its settings:
neither text nor SVG, toasts, title, copies and log have one. A new scene is among them.
"""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import ApiSettings
from tests.secret_text import ANSWER, BODY, HEADERS, HUSH, URL, furnish
from tests.ui.queue import Queue
from tests.ui.scenes import SCENES, SIZES, Bases, Scene, opened

pytestmark = pytest.mark.mostly_slow(1)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Bases:
    """Databases to begin with."""
    return Bases(tmp_path_factory.mktemp("bases"), empty_sqlite)


def seeded(queue: Queue) -> None:
    """Secrets in the rows that are there, and a job of each state with more."""
    furnish(queue)
    tail = URL.partition("/x")[2]
    execute = queue.store.session.execute
    execute(
        "UPDATE queued_job SET url = url || %s, headers = %s, body = %s,"
        " last_response = COALESCE(last_response, '') || ' ' || %s",
        (tail, HEADERS, BODY, ANSWER),
    )
    execute("UPDATE queued_job_log SET msg = msg || %s", (f" {URL}",))
    for table, column in (("hold", "why"), ("activity", "note")):
        execute(
            f"UPDATE queued_job_{table} SET {column} = {column} || %s", (f" {URL}",)
        )


@pytest.mark.parametrize("scene", SCENES, ids=str)
async def test_no_scene_shows_a_secret(
    scene: Scene,
    bases: Bases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)

    def change(queue: Queue) -> None:
        scene.change(queue)
        seeded(queue)
        queue.settings = replace(
            queue.settings,
            db=replace(queue.db, passwd=HUSH),
            api=ApiSettings(user="queue", passwd=HUSH),
        )

    caplog.set_level(logging.DEBUG)
    # Where a job has failed, the verdict is not "well".
    shows = "" if scene.shows.startswith("well") else scene.shows
    full = replace(scene, change=change, shows=shows)
    async with opened(full, bases, SIZES[-1]) as console:
        app = console.app
        shown = {
            "text": console.text,
            "svg": app.export_screenshot(),
            "title": app.title + app.sub_title,
            "toasts": str(app.toasts.kept),
            "copied": app.clipboard,
        }
    shown["log"] = caplog.text
    assert [name for name, text in shown.items() if HUSH in text] == []
    assert shown["text"].strip()
