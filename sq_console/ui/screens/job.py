"""One job: why it is or is not running, its request, attempts, last answer and log."""

from collections.abc import Sequence

from textual.app import ComposeResult

from sq_console.errors import JobNotFound
from sq_console.model import Job, JobSummary, LogEntry
from sq_console.store.base import Store
from sq_console.ui.content.detail import detail
from sq_console.ui.content.why import STATE_TONES, why
from sq_console.ui.keys import LEAVING_PAGE
from sq_console.ui.lines import Line, Span, Tone, cut_line
from sq_console.ui.reading import Vitals, read_vitals
from sq_console.ui.screens.job_keys import JobKeysScreen
from sq_console.ui.screens.over import GONE_SECS
from sq_console.ui.widgets.painted import Lines
from sq_console.ui.widgets.text_view import TextView


class JobScreen(JobKeysScreen):
    """A page about one job; q and esc go back."""

    AUTO_FOCUS = "#job-text"
    BINDINGS = [*LEAVING_PAGE]

    def __init__(self, job_id: int) -> None:
        super().__init__()
        self._job_id = job_id
        self._job: Job | None = None
        self._head = Lines(id="job-title")
        self._page = TextView(id="job-text")

    def compose_middle(self) -> ComposeResult:
        """Title, reason, page."""
        yield self._head
        yield self._page

    def on_mount(self) -> None:
        """Something to read while it is being read."""
        title = (Span(f" Job {self._job_id} ", Tone.BOLD), Span("reading…", Tone.DIM))
        self._head.show(title)

    async def look(self, *, full: bool) -> Vitals | None:
        """The job, its log and the vitals."""
        if not full:
            return None
        vitals, job, log = await self.console.lane.run(
            lambda store: _read(store, self._job_id)
        )
        if self.is_attached:  # else it was left meanwhile
            self._show(vitals, job, log)
        return vitals

    def _show(self, vitals: Vitals, job: Job | None, log: tuple[LogEntry, ...]) -> None:
        self._job = job
        title: Line = (Span(f" Job {self._job_id} ", Tone.BOLD),)
        if job is None:
            gone = (*title, Span(" GONE ", Tone.ON_BAD), Span("  no such job"))
            self._head.show(gone)
            return
        badge = Span(f" {job.state.upper()} ", STATE_TONES[job.state])
        reason = (Span(" "), *why(job, vitals))
        width = self.size.width
        self._head.show((*title, badge), cut_line(reason, width))
        page = detail(job, log, self.console.clock, self._page.text_width)
        self._page.show(page)

    def chosen(self) -> Sequence[JobSummary]:
        """This job, as displayed."""
        if self._job is None:
            self.console.tell(f"job {self._job_id} is not there", bad=True)
            return ()
        return (self._job,)

    def chosen_id(self) -> int:
        """This job."""
        return self._job_id

    def action_escape(self) -> None:
        """Back to the lists, painted once."""
        self.app.delay_update(GONE_SECS)
        self.dismiss()


def _read(store: Store, job_id: int) -> tuple[Vitals, Job | None, tuple[LogEntry, ...]]:
    vitals = read_vitals(store)
    try:
        job = store.reads.job(job_id)
    except JobNotFound:
        return vitals, None, ()
    return vitals, job, tuple(store.reads.job_log(job_id))
