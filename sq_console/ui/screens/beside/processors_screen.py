"""The processors: every one on every machine, those that were lost within a day, and
the jobs that the one under the cursor has claimed.
"""

from collections.abc import Awaitable, Collection, Sequence

from textual import on, work
from textual.app import ComposeResult

from sq_console.model import (
    JobState,
    JobSummary,
    ProcessorRow,
    ProcessorState,
    Wanted,
)
from sq_console.ui.content.lines import Line, Span, cut_line
from sq_console.ui.content.tables.processor_lines import (
    held_bar,
    processor_line,
    processor_titles,
    processors_bar,
)
from sq_console.ui.keys import LEAVING_PAGE, ON_PROCESSOR, OPENING_ROW
from sq_console.ui.screens.beside.processor_questions import ask_want
from sq_console.ui.screens.job_keys import JobKeysScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.state.bulk_actions import BulkAction, run_bulk_action
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.state.panes import Pane
from sq_console.ui.state.readings.processor_readings import (
    HELD_JOBS,
    ProcessorsReading,
    ShownProcessor,
    read_processors,
)
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.widgets.cursor_list import GUTTER, UNREAD, CursorList
from sq_console.ui.widgets.job_list import JobList
from sq_console.ui.widgets.list_neighbours import ListNeighbours
from sq_console.ui.widgets.painted import Lines

_ON_JOBS = frozenset(
    {
        *("retry", "kill", "edit", "set_aside", "try_one", "hold", "log_of_host"),
        *("copy_id", "copy_curl", "show_curl", "mark", "unmark_all"),
    }
)
_ON_PROCESSOR = frozenset({"pause_processor", "drain_processor"})


class ProcessorList(CursorList[ShownProcessor, int]):
    """Processors, alive and lost."""

    BINDINGS = [*OPENING_ROW]
    noun = "processor"
    KEEPS_GONE_ROWS = False
    IS_RANKED = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            RowCursor(key_of=lambda shown: shown.id),
            id="processor-list",
            empty=UNREAD,
        )
        self._clock = clock
        self.vitals: Vitals | None = None
        self.own_id: int | None = None

    def label(self, row: ShownProcessor) -> str:
        """Return its name."""
        return f"processor {row.name}"

    def content(self, row: ShownProcessor, width: int) -> Line:
        """Return the row of a processor."""
        now = self.vitals.now if self.vitals else self._clock.now()
        cells = self.size.width - GUTTER - 1  # with or without a thumb
        line = processor_line(row, self.own_id, now, self._clock, cells)
        return cut_line(line, width)


class ProcessorsScreen(JobKeysScreen):
    """A list of processors, and below it a list of jobs."""

    AUTO_FOCUS = "#processor-list"
    BINDINGS = [*LEAVING_PAGE, *ON_PROCESSOR]

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.processors = ProcessorList(clock)
        self.jobs = JobList(Pane.RUNNING, clock)
        self._holder_id: int | None = None
        """The processor whose jobs are listed."""
        self._bar = Lines(classes="beside--bar")
        self._heads = Lines(classes="beside--heads")
        self._held_bar = Lines(classes="beside--bar")
        self._job_heads = Lines(classes="beside--heads")

    def compose_middle(self) -> ComposeResult:
        """Show both lists, each below its bar and its titles."""
        yield self._bar
        yield self._heads
        yield self.processors
        yield self._held_bar
        yield self._job_heads
        yield self.jobs

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read processors, rates, and the jobs of the one under the cursor."""
        if not full:
            return None
        holder_id = self.processors.cursor.key
        reading = await self.console.lane.run(
            lambda store: read_processors(store, holder_id)
        )
        if self.is_attached:  # else it was left meanwhile
            self._show(reading)
        return reading.vitals

    def _show(self, reading: ProcessorsReading) -> None:
        vitals, view = reading.vitals, self.processors
        status = self.console.local_processor.status()
        view.vitals, view.own_id = vitals, status.processor_id if status else None
        view.empty = "No processor, and none was lost within a day."
        view.show_rows(reading.shown)
        width = self.size.width
        self._bar.show(processors_bar(vitals, width))
        gutter = Span(" " * GUTTER)
        self._heads.show((gutter, *processor_titles(width - GUTTER - 1)))
        if reading.holder_id == view.cursor.key:  # else the cursor has moved
            if reading.holder_id != self._holder_id:
                self.jobs.action_unmark_all()  # nobody sees those of another one
                self._holder_id = reading.holder_id
            self.jobs.empty = "It has no job." if view.cursor.current else ""
            self.jobs.show(reading.held, vitals.now)
            shown, held = view.cursor.current, len(reading.held)
            self._held_bar.show(held_bar(shown, held, HELD_JOBS, width))
            self._job_heads.show(self.jobs.heads() if held else ())

    @on(CursorList.Changed)
    def _cursor_moved(self) -> None:
        """Read the jobs of another processor."""
        self.console.request_refresh()

    # Jobs

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the keys of jobs in the list of jobs only."""
        if action in _ON_JOBS:
            return self.jobs.has_focus
        if action in _ON_PROCESSOR:
            return not self.jobs.has_focus
        if action == "processor":  # the key is for the one under the cursor
            return False
        return super().check_action(action, parameters)

    def hint_applies(self, action: str) -> bool:
        """Return whether the key would do something to the processor or the job."""
        if action == "app.visit('processors')":
            return False
        if action in _ON_PROCESSOR:
            shown = self.processors.cursor.current
            is_asked = shown is not None and shown.row is not None
            return is_asked and super().hint_applies("drain_processor")
        return super().hint_applies(action)

    def hint_words(self, action: str) -> str:
        """Return what `P` does to the processor under the cursor."""
        shown = self.processors.cursor.current
        if action == "pause_processor" and shown is not None and shown.row is not None:
            return "resume" if shown.row.wanted == Wanted.PAUSE else "pause"
        return super().hint_words(action)

    def chosen(self) -> Sequence[JobSummary]:
        """Return the marked jobs, else the one under the cursor."""
        if self.jobs.cursor.marked:
            return tuple(self.jobs.cursor.marked.values())
        refusal, job = self.jobs.why_not_here(), self.jobs.cursor.current
        if refusal or job is None:
            self.console.notify_operator(refusal or "no job here", bad=True)
            return ()
        return (job,)

    def chosen_id(self) -> int | None:
        """Return the job under the cursor."""
        return self.jobs.cursor.key

    def hinted_states(self) -> Collection[JobState]:
        """Return the states of the jobs that a key would act on."""
        job, marked = self.jobs.cursor.current, self.jobs.cursor.marked
        return {each.state for each in marked.values() or filter(None, (job,))}

    def choice(self) -> object:
        """Return both cursors, and the marks."""
        marked = frozenset(self.jobs.cursor.marked)
        return self.processors.cursor.key, self.jobs.cursor.key, marked

    def acted(self, job_ids: Sequence[int]) -> None:
        """Take the marks off these jobs."""
        self.jobs.unmark(job_ids)

    def action_open(self) -> None:
        """Go to the jobs of the processor; from there, open one."""
        if self.jobs.has_focus and self.jobs.cursor.current is not None:
            job = self.jobs.cursor.current
            self.console.open_screen(JobScreen(job.id, job, ListNeighbours(self.jobs)))
        elif self.jobs.cursor.rows:
            self.jobs.focus()
        elif self.row_under_cursor(self.processors) is not None:
            self.console.notify_operator("it has no job", bad=True)

    @on(CursorList.RowOpened)
    def _open_row(self) -> None:
        self.action_open()

    def action_escape(self) -> None:
        """Go back to the processors; from there, back to where one came from."""
        if self.jobs.has_focus:
            self.processors.focus()
        else:
            self.app.delay_update(UNCOVER_SECS)
            self.dismiss()

    # Processors

    def action_pause_processor(self) -> None:
        """Pause the processor under the cursor, or let it run again."""
        shown = self.processors.cursor.current
        status = self.console.local_processor.status()
        if status is not None and shown is not None and shown.id == status.processor_id:
            self.action_processor()
            return
        row = self._chosen_processor()
        if row is None:
            return
        if row.wanted == Wanted.RUN and row.state == ProcessorState.PAUSED:
            self.console.notify_operator(
                f"{row.name}: its own console paused it, and only that resumes it",
                bad=True,
            )
            return
        is_paused = row.wanted == Wanted.PAUSE
        self._ask_for(row, Wanted.RUN if is_paused else Wanted.PAUSE)

    def action_drain_processor(self) -> None:
        """Drain the processor under the cursor."""
        row = self._chosen_processor()
        if row is not None:
            self._ask_for(row, Wanted.DRAIN)

    def _chosen_processor(self) -> ProcessorRow | None:
        """Return the one under the cursor, as displayed; if none, a toast says why."""
        if not self.console.may_change():
            return None
        refusal, shown = self.processors.why_not_here(), self.processors.cursor.current
        if refusal is None and shown is not None and shown.row is not None:
            return shown.row
        gone = f"{shown.name} is lost: there is nobody to ask" if shown else ""
        self.console.notify_operator(refusal or gone or "no processor", bad=True)
        return None

    def _ask_for(self, row: ProcessorRow, wanted: Wanted) -> None:
        vitals = self.processors.vitals
        others = [
            each
            for each in (vitals.alive if vitals else ())
            if each.id != row.id and each.state == ProcessorState.RUNNING
        ]
        answer = self.console.ask(ask_want(row, wanted, len(others)))
        self._want(row, wanted, answer)

    @work
    async def _want(
        self, row: ProcessorRow, wanted: Wanted, answer: Awaitable[str | None]
    ) -> None:
        if await answer is None:
            return
        actor = self.console.actor
        action: BulkAction[ProcessorRow] = BulkAction(
            "processor",
            f"asked to {wanted}",
            lambda store, seen: store.actions.want_as_seen(seen, wanted, actor),
            lambda seen: seen.name,
        )
        report = await run_bulk_action(self.console.lane, [row], action)
        self.console.notify_operator(report.summary(), bad=not report.all_done)
        self.console.request_refresh()
