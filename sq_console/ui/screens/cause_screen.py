"""One cause of failures: since when, at whom, with which answers, and what can be done
to all of its jobs.
"""

from collections.abc import Collection, Sequence

from textual import on, work
from textual.app import ComposeResult

from sq_console.errors import SQConsoleError
from sq_console.model import (
    BulkRequest,
    BulkVerb,
    Cause,
    CauseKey,
    JobFilter,
    JobState,
    JobSummary,
)
from sq_console.text.cause_words import cause_markdown, cause_text
from sq_console.text.humanize import stopwatch
from sq_console.ui.content.failures.cause_page import (
    cause_fact_lines,
    choice_lines,
)
from sq_console.ui.content.lines import Line, Span, Tone, foreign, spread
from sq_console.ui.keys import LEAVING_PAGE, ON_CAUSE, PAGING
from sq_console.ui.screens.job_keys import JobKeysScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.state.causes_watch import PAGE_JOBS, CauseReading
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.screen_data import Vitals, read_vitals, seen
from sq_console.ui.widgets.cause_list import CauseJobList
from sq_console.ui.widgets.cursor_list import CursorList
from sq_console.ui.widgets.painted import Lines

_LOW = 20
"""On a screen of fewer lines the keys are not listed."""
_PACE = 10
"""Retries a second, in the words for how long they take."""


class CauseScreen(JobKeysScreen):
    """A page about one cause; q and esc go back."""

    AUTO_FOCUS = "#cause-jobs"
    BINDINGS = [*LEAVING_PAGE, *PAGING, *ON_CAUSE]

    def __init__(self, key: CauseKey, clock: Clock) -> None:
        super().__init__()
        self._key = key
        self._page = 0
        self._cause: Cause | None = None
        """As it was last read."""
        self._reading: CauseReading | None = None
        self._facts = Lines(id="cause-facts")
        self._heads = Lines(id="cause-heads")
        self._jobs = CauseJobList(clock)
        self._position = Lines(id="cause-place")
        self._choices = Lines(id="cause-choices")

    def compose_middle(self) -> ComposeResult:
        """Show facts, jobs and what can be done."""
        yield self._facts
        yield self._heads
        yield self._jobs
        yield self._position
        yield self._choices

    # What is shown

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read a page of the cause's jobs, and the vitals."""
        if not full:
            return None
        key, page, causes = self._key, self._page, self.console.causes
        vitals, reading = await self.console.lane.run(
            lambda store: (read_vitals(store), causes.read_cause(store, key, page))
        )
        if self.is_attached and (key, page) == (self._key, self._page):
            self._reading = reading
            self._jobs.show(reading, vitals.now)
        return vitals

    def show_status(self, status: ConsoleStatus) -> None:
        """Show the facts as they were read last."""
        super().show_status(status)
        is_frozen = status.frozen_since is not None
        self._jobs.set_stale(bool(status.lost) or (status.is_stale and not is_frozen))
        if not is_frozen:
            self._show(held_hosts(status))

    def _show(self, held: Collection[str]) -> None:
        reading = self.console.causes.reading
        causes = reading.causes if reading else ()
        keys = [cause.key for cause in causes]
        is_there = self._key in keys
        if is_there:
            self._cause = causes[keys.index(self._key)]
        cause, width = self._cause, self.size.width
        if cause is None or reading is None:
            self._facts.show((Span(" Cause ", Tone.BOLD), Span("reading…", Tone.DIM)))
            return
        samples = self._reading.samples if self._reading else ()
        facts = cause_fact_lines(
            cause,
            (keys.index(self._key) + 1 if is_there else 0, len(keys)),
            reading.now,
            self.console.clock,
            self._reading.context if self._reading else None,
            foreign(samples[0].job.http_method.strip().upper()).text if samples else "",
            width,
        )
        if not is_there:
            gone = Span(" GONE, no job has this cause any more ", Tone.ON_IDLE)
            facts[0] = (Span(" Cause", Tone.BOLD), Span("  "), gone)
        self._facts.show(*facts)
        self._heads.show(self._jobs.heads())
        self._show_position()
        self._show_choices(cause, is_held=self._key.host in held)

    @on(CursorList.Changed)
    def _show_position(self) -> None:
        """Show which of the jobs are visible, and how many are marked."""
        view, number = self._jobs, len(self._jobs.cursor.rows)
        jobs = self._reading.jobs if self._reading else 0
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
        pace = stopwatch(cause.jobs / _PACE)
        jobs, waits = f"{cause.jobs:,}", cause.waiting > 0
        heading = (
            f" All {jobs} (or those marked; enter: this one)."
            " Each counts first, and asks."
        )
        choices = [
            ("t", "try one, see its answer"),
            ("H", f"{'lift the hold of' if is_held else 'hold'} {host}"),
            ("r", f"retry; at {_PACE}/s it takes {pace}"),
            ("e", "change all urls"),
            ("x", "set aside: leaves this list"),
            ("Y", "copy this page, for the ticket"),
            ("l", "log of this host"),
            *([("K", f"end those still waiting ({cause.waiting:,})")] if waits else []),
        ]
        lines = choice_lines(choices, self.size.width)
        self._choices.styles.height = len(lines) + 1
        self._choices.show((Span(heading, Tone.DIM),), *lines)

    # Which jobs

    def chosen(self) -> Sequence[JobSummary]:
        """Return the marked jobs, else the one under the cursor."""
        marked = self._jobs.cursor.marked
        if marked:
            return tuple(sample.job for sample in marked.values())
        refusal, row = self._jobs.why_not_here(), self._jobs.cursor.current
        if refusal or row is None:
            self.console.notify_operator(refusal or "no job here", bad=True)
            return ()
        return (row.job,)

    def chosen_id(self) -> int | None:
        """Return the job under the cursor."""
        return self._jobs.cursor.key

    def hinted_states(self) -> Collection[JobState]:
        """Return the states that jobs of the cause are in."""
        if self._cause is None:
            return ()
        waits = [JobState.PENDING] if self._cause.waiting else []
        return [*waits, *([JobState.FAILED] if self._cause.failed else [])]

    def choice(self) -> object:
        """Return the cause, its job under the cursor, and the marks."""
        return self._key, self.chosen_id(), frozenset(self._jobs.cursor.marked)

    def acted(self, job_ids: Sequence[int]) -> None:
        """Take the marks off these jobs, and read all again."""
        self._jobs.unmark(job_ids)
        self.console.causes.reread()

    # Moving

    def action_open(self) -> None:
        """Open the page of the job under the cursor."""
        row = self._jobs.cursor.current
        if row is not None:
            self._jobs.touch()
            self.console.open_screen(JobScreen(row.job.id, row.job))

    @on(CursorList.RowOpened)
    def _open_row(self) -> None:
        self.action_open()

    def action_turn(self, by: int) -> None:
        """Go to another page of the jobs."""
        jobs = self._reading.jobs if self._reading else 0
        page = self._page + by
        if page >= 0 and page * PAGE_JOBS < jobs:
            self._page, self._reading = page, None
            self._jobs.clear()
            self.console.request_refresh()
        else:
            self.console.notify_operator("no page there")

    def action_neighbour(self, by: int) -> None:
        """Go to the next cause, or the one before."""
        reading = self.console.causes.reading
        keys = [cause.key for cause in reading.causes] if reading else []
        if not keys or keys == [self._key]:
            self.console.notify_operator("no other cause")
            return
        at = keys.index(self._key) + by if self._key in keys else 0
        self._key, self._page = keys[at % len(keys)], 0
        self._cause = self._reading = None
        self._jobs.action_unmark_all()
        self._jobs.clear()
        self.console.request_refresh()

    def action_escape(self) -> None:
        """Take the marks off; else go back, painted once."""
        if self._jobs.cursor.marked:
            self._jobs.action_unmark_all()
            return
        self.app.delay_update(UNCOVER_SECS)
        self.dismiss()

    # Acting

    def action_retry(self) -> None:
        """Retry the marked jobs, else all of the cause."""
        if self._jobs.cursor.marked:
            super().action_retry()
        else:
            self._act_on_all(BulkVerb.RETRY, JobState.FAILED, JobState.PENDING)

    def action_kill(self) -> None:
        """Kill the marked jobs, else all that wait for a retry."""
        if self._jobs.cursor.marked:
            super().action_kill()
        else:
            self._act_on_all(BulkVerb.KILL, JobState.PENDING)

    def action_edit(self) -> None:
        """Change the urls of all jobs of the cause."""
        self._act_on_all(BulkVerb.EDIT, JobState.FAILED, JobState.PENDING)

    def action_set_aside(self) -> None:
        """Take all failed jobs of the cause off the lists of failures."""
        self._act_on_all(BulkVerb.SET_ASIDE, JobState.FAILED)

    def _act_on_all(self, verb: BulkVerb, *states: JobState) -> None:
        if not self.console.may_change():
            return
        wanted = JobFilter(host=self._key.host)
        self._begin_bulk(BulkRequest(verb, wanted, states, self._key))

    def _begin_bulk(self, request: BulkRequest) -> None:
        self.console.notify_operator("not done: mark jobs first, with space", bad=True)

    def action_try_one(self) -> None:
        """Call the job under the cursor once, and show its page."""
        row = self._jobs.cursor.current
        if row is not None and self.console.may_change():
            self._try_one(row.job)

    @work
    async def _try_one(self, job: JobSummary) -> None:
        actor = self.console.actor
        try:
            result = await self.console.lane.run(
                lambda store: store.holds.try_once(seen(job), actor)
            )
        except SQConsoleError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        self.console.notify_operator(
            f"job {job.id}: {result.message}", bad=not result.done
        )
        if result.done and self.is_current:
            self.console.open_screen(JobScreen(result.new_id or job.id))

    def host_under_cursor(self) -> str:
        """Return the host of the cause."""
        return self._key.host

    def action_copy_cause(self) -> None:
        """The page as Markdown to the clipboard."""
        cause, reading = self._cause, self.console.causes.reading
        if cause is None or reading is None:
            self.console.notify_operator("not done: the cause is being read", bad=True)
            return
        shown = self._reading
        text = cause_markdown(
            cause,
            reading.now,
            shown.context if shown else None,
            shown.samples if shown else (),
            self.console.clock.stamp,
        )
        self.console.copy(text, f"cause {cause_text(cause.key)}")


def held_hosts(status: ConsoleStatus) -> frozenset[str]:
    """Return the hosts that are held."""
    held = status.vitals.held if status.vitals else ()
    return frozenset(it.hold.host for it in held)
