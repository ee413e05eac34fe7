"""One job: why it is or is not running, its request, attempts, last answer and log."""

from collections.abc import Collection, Sequence

from textual.app import ComposeResult

from sq_console.model import JobSummary
from sq_console.store import Store
from sq_console.ui.content.job_detail import job_detail_lines
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, spread
from sq_console.ui.content.state_explanation import STATE_TONES, explain_state
from sq_console.ui.keys import LEAVING_PAGE, ON_PAGE
from sq_console.ui.screens.job_keys import JobKeysScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.state.screen_data import JobReading, Vitals, read_job, read_vitals
from sq_console.ui.widgets.list_neighbours import ListNeighbours
from sq_console.ui.widgets.painted import Lines
from sq_console.ui.widgets.text_view import TextView


class JobScreen(JobKeysScreen):
    """A page about one job; q and esc go back."""

    AUTO_FOCUS = "#job-text"
    BINDINGS = [*LEAVING_PAGE, *ON_PAGE]

    def __init__(
        self,
        job_id: int,
        seen: JobSummary | None = None,
        listed: ListNeighbours | None = None,
    ) -> None:
        """A page about *job_id*, which was displayed as *seen* where it was opened;
        *listed* is the list it was opened from.
        """
        super().__init__()
        self._listed = listed
        self._job_id = job_id
        self._seen = seen
        self._reading: JobReading | None = None
        self._width = 0
        self._head = Lines(id="job-title")
        self._page = TextView(id="job-text")

    def compose_middle(self) -> ComposeResult:
        """Show title, reason and page."""
        yield self._head
        yield self._page

    def on_mount(self) -> None:
        """Show a title until the job has been read."""
        self._show_title((Span("reading…", Tone.DIM),))

    def _show_title(self, state: Line, reason: Line = ()) -> None:
        """Show which job, its state, and where in its list it is."""
        title: Line = (Span(f" Job {self._job_id} ", Tone.BOLD), *state)
        listed = self._listed.current() if self._listed else None
        if listed is not None and listed.job_id == self._job_id:
            where = f"{listed.place}  < > "
            title = spread(title, (Span(where, Tone.DIM),), self.size.width)
        self._head.show(title, reason)

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read the job, its log and the vitals."""
        if not full:
            return None
        job_id, known = self._job_id, self._reading
        vitals, reading = await self.console.lane.run(
            lambda store: _read(store, job_id, known)
        )
        # Else it was left meanwhile, or shows another job.
        if self.is_attached and job_id == self._job_id:
            self._show(vitals, reading)
        return vitals

    def _show(self, vitals: Vitals, reading: JobReading) -> None:
        job, was = reading.job, (self._reading, self._width)
        self._reading, self._width = reading, self._page.text_width
        if job is None:
            self._show_title((Span(" GONE ", Tone.ON_BAD), Span("  no such job")))
            self._page.show(())
            return
        badge = Span(f" {job.state.upper()} ", STATE_TONES[job.state])
        clock, cap = self.console.clock, self.console.settings.processor.host_cap
        reason = (Span(" "), *explain_state(job, vitals, clock, cap))
        self._show_title((badge,), cut_line(reason, self.size.width))
        if was != (self._reading, self._width):
            clock = self.console.clock
            self._page.show(job_detail_lines(job, reading.log, clock, self._width))

    def chosen(self) -> Sequence[JobSummary]:
        """Return this job, as displayed."""
        job = self._reading.job if self._reading else self._seen
        if job is None:
            why = "is not there" if self._reading else "is being read: press again"
            self.console.notify_operator(f"job {self._job_id} {why}", bad=True)
            return ()
        return (job,)

    def hinted_jobs(self) -> Collection[JobSummary]:
        """Return this job."""
        job = self._reading.job if self._reading else self._seen
        return [job] if job else []

    def chosen_id(self) -> int:
        """Return this job."""
        return self._job_id

    def action_neighbour(self, by: int) -> None:
        """Show the next job of the list this one was opened from, or that before."""
        listed = self._listed.step(by) if self._listed else None
        if listed is None:
            where = "there" if self._listed else "here: it was opened from no list"
            self.console.notify_operator(f"no other job {where}")
            return
        self._job_id, self._seen, self._reading = listed.job_id, listed.seen, None
        self._page.scroll_to_line(0)
        self._page.show(())
        self._show_title((Span("reading…", Tone.DIM),))
        self.console.request_refresh()

    def action_escape(self) -> None:
        """Go back to the lists, painted once."""
        self.app.delay_update(UNCOVER_SECS)
        self.dismiss()


def _read(
    store: Store, job_id: int, known: JobReading | None
) -> tuple[Vitals, JobReading]:
    return read_vitals(store), read_job(store, job_id, known)
