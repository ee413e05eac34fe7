"""One cause of failures: since when, at whom, with which answers, and what can be done
to all of its jobs.
"""

from collections.abc import Collection

from textual import on
from textual.app import ComposeResult

from sq_console.model import (
    Cause,
    CauseKey,
)
from sq_console.text.humanize import stopwatch
from sq_console.ui.content.failures.cause_page import (
    cause_fact_lines,
    choice_lines,
)
from sq_console.ui.content.lines import Line, Span, Tone, foreign, spread
from sq_console.ui.keys import LEAVING_PAGE, PAGING
from sq_console.ui.screens.cause_actions import CauseActionsScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.state.causes_watch import PAGE_JOBS
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.screen_data import Vitals, read_vitals
from sq_console.ui.widgets.cursor_list import CursorList
from sq_console.ui.widgets.list_neighbours import ListNeighbours
from sq_console.ui.widgets.painted import Lines

_LOW = 20
"""On a screen of fewer lines the keys are not listed."""
_PACE = 10
"""Retries a second, in the words for how long they take."""


class CauseScreen(CauseActionsScreen):
    """A page about one cause; q and esc go back."""

    AUTO_FOCUS = "#cause-jobs"
    BINDINGS = [*LEAVING_PAGE, *PAGING]

    def __init__(self, key: CauseKey, clock: Clock, then: str = "") -> None:
        """A page about the cause *key*; the action *then* is done when it was read."""
        super().__init__(key, clock)
        self._then = then
        self._page = 0
        self._facts = Lines(id="cause-facts")
        self._heads = Lines(id="cause-heads")
        self._position = Lines(id="cause-place")
        self._choices = Lines(id="cause-choices")

    def compose_middle(self) -> ComposeResult:
        """Show facts, jobs and what can be done."""
        yield self._facts
        yield self._heads
        yield self.jobs
        yield self._position
        yield self._choices

    # What is shown

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read a page of the cause's jobs, and the vitals."""
        if not full:
            return None
        key, page, causes = self.cause_key, self._page, self.console.causes
        vitals, reading = await self.console.lane.run(
            lambda store: (read_vitals(store), causes.read_cause(store, key, page))
        )
        if self.is_attached and (key, page) == (self.cause_key, self._page):
            self.shown = reading
            self.jobs.show(reading, vitals.now)
            self._act_once()
        return vitals

    def _act_once(self) -> None:
        """Do what the key was pressed for that opened this page."""
        then, self._then = self._then, ""
        if then and self.is_active:
            self.cause = self.cause or self._known_cause()
            getattr(self, f"action_{then}")()

    def _known_cause(self) -> Cause | None:
        reading = self.console.causes.reading
        return reading.cause(self.cause_key) if reading else None

    def show_status(self, status: ConsoleStatus) -> None:
        """Show the facts as they were read last."""
        super().show_status(status)
        if status.lost:
            self._then = ""  # not when it comes back, whenever that is
        is_frozen = status.frozen_since is not None
        self.jobs.set_stale(bool(status.lost) or (status.is_stale and not is_frozen))
        if not is_frozen:
            self._show(held_hosts(status))

    def _show(self, held: Collection[str]) -> None:
        reading = self.console.causes.reading
        causes = reading.causes if reading else ()
        keys = [cause.key for cause in causes]
        is_there = self.cause_key in keys
        if is_there:
            self.cause = causes[keys.index(self.cause_key)]
        cause, width = self.cause, self.size.width
        if cause is None or reading is None:
            self._facts.show((Span(" Cause ", Tone.BOLD), Span("reading…", Tone.DIM)))
            return
        samples = self.shown.samples if self.shown else ()
        facts = cause_fact_lines(
            cause,
            (keys.index(self.cause_key) + 1 if is_there else 0, len(keys)),
            reading.now,
            self.console.clock,
            self.shown.context if self.shown else None,
            foreign(samples[0].job.http_method.strip().upper()).text if samples else "",
            width,
        )
        if not is_there:
            gone = Span(" GONE, no job has this cause any more ", Tone.ON_IDLE)
            facts[0] = (Span(" Cause", Tone.BOLD), Span("  "), gone)
        self._facts.show(*facts)
        self._heads.show(self.jobs.heads())
        self._show_position()
        self._show_choices(cause, is_held=self.cause_key.host in held)

    @on(CursorList.Changed)
    def _show_position(self) -> None:
        """Show which of the jobs are visible, and how many are marked."""
        view, number = self.jobs, len(self.jobs.cursor.rows)
        jobs = self.shown.jobs if self.shown else 0
        before = self._page * PAGE_JOBS + view.top
        last = self._page * PAGE_JOBS + min(number, view.top + view.size.height)
        shown = f"{before + 1:,}-{last:,} of {jobs:,}" if number else ""
        pages = "  [ ] pages " if jobs > PAGE_JOBS else " "
        marked = len(view.cursor.marked)
        start: Line = (Span(" "),)
        if marked:
            start = (Span(" "), Span(f" {marked:,} marked ", Tone.ON_BUSY))
        end = (Span(shown, Tone.DIM), Span(pages, Tone.DIM))
        self._position.show(spread(start, end, self.size.width))

    def _show_choices(self, cause: Cause, *, is_held: bool) -> None:
        if self.size.height < _LOW:
            self._choices.styles.height = 0
            return
        host = foreign(cause.key.host or "no host").text
        pace = f"retry; at {_PACE}/s it takes {stopwatch(cause.jobs / _PACE)}"
        jobs, waits = f"{cause.jobs:,}", cause.waiting > 0
        heading = (
            f" All {jobs} (or those marked; enter: this one)."
            " Each counts first, and asks."
        )
        choices = [
            ("t", "try one, see its answer"),
            ("H", f"{'lift the hold of' if is_held else 'hold'} {host}"),
            ("r", pace if cause.jobs > _PACE else "retry"),
            ("e", "change all urls"),
            ("x", "set aside: leaves this list"),
            ("Y", "copy this page, for the ticket"),
            ("l", "log of this host"),
            *([("K", f"end those still waiting ({cause.waiting:,})")] if waits else []),
        ]
        lines = choice_lines(choices, self.size.width)
        self._choices.styles.height = len(lines) + 1
        self._choices.show((Span(heading, Tone.DIM),), *lines)

    # Moving

    def action_open(self) -> None:
        """Open the page of the job under the cursor."""
        row = self.row_under_cursor(self.jobs)
        if row is not None:
            self.jobs.touch()
            self.console.open_screen(
                JobScreen(row.job.id, row.job, ListNeighbours(self.jobs))
            )

    @on(CursorList.RowOpened)
    def _open_row(self) -> None:
        self.action_open()

    def action_turn(self, by: int) -> None:
        """Go to another page of the jobs."""
        jobs = self.shown.jobs if self.shown else 0
        page = self._page + by
        if page >= 0 and page * PAGE_JOBS < jobs:
            self._page, self.shown = page, None
            self.jobs.clear()
            self.console.request_refresh()
        else:
            self.console.notify_operator("no page there")

    def action_neighbour(self, by: int) -> None:
        """Go to the next cause, or the one before."""
        reading = self.console.causes.reading
        keys = [cause.key for cause in reading.causes] if reading else []
        if not keys or keys == [self.cause_key]:
            self.console.notify_operator("no other cause")
            return
        at = keys.index(self.cause_key) + by if self.cause_key in keys else 0
        self.cause_key, self._page = keys[at % len(keys)], 0
        self.cause, self.shown, self._then = None, None, ""
        self.jobs.action_unmark_all()
        self.jobs.clear()
        self.console.request_refresh()

    def action_escape(self) -> None:
        """Take the marks off; else go back, painted once."""
        if self.jobs.cursor.marked:
            self.jobs.action_unmark_all()
            return
        self.app.delay_update(UNCOVER_SECS)
        self.dismiss()


def held_hosts(status: ConsoleStatus) -> frozenset[str]:
    """Return the hosts that are held."""
    held = status.vitals.held if status.vitals else ()
    return frozenset(it.hold.host for it in held)
