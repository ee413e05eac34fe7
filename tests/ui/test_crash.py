"""A bug of ours ends the console with one line; what it knew stays off the terminal."""

import logging

import pytest

from sq_console.config import DbSettings, Settings
from sq_console.ui.app import ConsoleApp
from tests.ui.queue import Queue


async def test_a_bug_is_one_line_on_the_terminal_and_a_traceback_in_the_log(
    queue: Queue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    printed: list[str] = []

    def keep(app: ConsoleApp) -> None:
        for segments in app._exit_renderables:
            printed.append("".join(each.text for each in segments.segments))  # type: ignore[union-attr]
        app._exit_renderables.clear()

    monkeypatch.setattr(ConsoleApp, "_print_error_renderables", keep)
    app = ConsoleApp(Settings(DbSettings(engine="sqlite", path="jobs.sqlite")))

    def boom() -> None:
        local_secret = "s3cret"
        raise ValueError(f"[/red] \x1b[2J {len(local_secret)}")

    with caplog.at_level(logging.ERROR), pytest.raises(ValueError, match="red"):
        async with app.run_test() as pilot:
            app.call_later(boom)
            await pilot.pause()

    output = "".join(printed)
    assert output.strip().count("\n") <= 1  # it may be wrapped
    assert "the console broke: ValueError: [/red] ␛[2J 6" in output
    assert "s3cret" not in output
    assert "Traceback" in caplog.text
