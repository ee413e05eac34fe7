"""Only the cells that changed are painted again."""

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen

from sq_console.ui.content.lines import Line, Span, Tone
from sq_console.ui.widgets.painted import TONE_CLASSES, Lines
from tests.ui.queue import Queue
from tests.ui.run_console import running


class Watched(Lines):
    """Remembers what it asked for."""

    asked: list[Region]

    def refresh(self, *regions: Region, **how: object):
        self.asked = [*getattr(self, "asked", []), *regions]
        return super().refresh(*regions, **how)


class Page(Screen[None]):
    COMPONENT_CLASSES = TONE_CLASSES

    def compose(self) -> ComposeResult:
        yield Watched()


class Painter(App[None]):
    CSS = "Watched { height: 3; }"

    def get_default_screen(self) -> Screen[None]:
        return Page()


async def painted_between(before: list[Line], after: list[Line]) -> list[Region]:
    async with Painter().run_test(size=(40, 5)) as pilot:
        widget = pilot.app.screen.query_one(Watched)
        widget.show(*before)
        await pilot.pause()
        widget.asked = []
        widget.show(*after)
        return list(widget.asked)


async def test_a_changed_word_is_painted_and_nothing_beside_it():
    before: Line = (Span("job 7   41s   POST"),)
    after: Line = (Span("job 7   42s   POST"),)
    assert await painted_between([before], [after]) == [Region(9, 0, 1, 1)]


async def test_a_changed_tone_is_painted():
    before: Line = (Span("job "), Span("7", Tone.PLAIN))
    after: Line = (Span("job "), Span("7", Tone.BAD))
    assert await painted_between([before], [after]) == [Region(4, 0, 1, 1)]


async def test_the_same_is_not_painted():
    line: Line = (Span("the same …"),)
    assert await painted_between([line, line], [line, line]) == []


async def test_a_line_with_wide_characters_is_painted_whole():
    before: Line = (Span("日本 1"),)
    after: Line = (Span("日本 2"),)
    assert await painted_between([before], [after]) == [Region(0, 0, 40, 1)]


async def test_a_still_queue_paints_nothing(queue: Queue):
    queue.failed()
    async with running(queue) as console:
        await console.press("3")
        await console.read_again()
        jobs = console.jobs
        before = dict(jobs._painted)
        asked: list[Region] = []
        original = jobs.refresh
        jobs.refresh = lambda *regions, **how: (asked.extend(regions), original())[1]  # type: ignore[method-assign]
        await console.read_again()
        assert asked == []
        assert jobs._painted == before
