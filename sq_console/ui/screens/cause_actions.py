"""What can be done about a cause of failures: to its marked jobs, or to all of them."""

from collections.abc import Collection, Sequence

from textual import work

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
from sq_console.ui.keys import ON_CAUSE
from sq_console.ui.screens.job_keys import JobKeysScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.state.causes_watch import CauseReading
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.panes import Pane
from sq_console.ui.state.screen_data import seen
from sq_console.ui.widgets.cause_list import CauseJobList


class CauseActionsScreen(JobKeysScreen):
    """A screen about one cause, with a list of its jobs."""

    BINDINGS = [*ON_CAUSE]

    def __init__(self, key: CauseKey, clock: Clock) -> None:
        super().__init__()
        self.cause_key = key
        self.cause: Cause | None = None
        """As it was last read."""
        self.shown: CauseReading | None = None
        """The page of its jobs that is shown."""
        self.jobs = CauseJobList(clock)

    # Which jobs

    def chosen(self) -> Sequence[JobSummary]:
        """Return the marked jobs, else the one under the cursor."""
        marked = self.jobs.cursor.marked
        if marked:
            return tuple(sample.job for sample in marked.values())
        refusal, row = self.jobs.why_not_here(), self.jobs.cursor.current
        if refusal or row is None:
            self.console.notify_operator(refusal or "no job here", bad=True)
            return ()
        return (row.job,)

    def chosen_id(self) -> int | None:
        """Return the job under the cursor."""
        return self.jobs.cursor.key

    def hinted_states(self) -> Collection[JobState]:
        """Return the states that jobs of the cause are in."""
        return () if self.cause is None else job_states(self.cause)

    def choice(self) -> object:
        """Return the cause, its job under the cursor, and the marks."""
        return self.cause_key, self.chosen_id(), frozenset(self.jobs.cursor.marked)

    def acted(self, job_ids: Sequence[int]) -> None:
        """Take the marks off these jobs."""
        self.jobs.unmark(job_ids)

    # Acting

    def action_retry(self) -> None:
        """Retry the marked jobs, else all of the cause."""
        if self.jobs.cursor.marked:
            super().action_retry()
        else:
            self._act_on_all(BulkVerb.RETRY, JobState.FAILED, JobState.PENDING)

    def action_kill(self) -> None:
        """Kill the marked jobs, else all that wait for a retry."""
        if self.jobs.cursor.marked:
            super().action_kill()
        else:
            self._act_on_all(BulkVerb.KILL, JobState.PENDING)

    def action_edit(self) -> None:
        """Change the urls of all jobs of the cause."""
        self._act_on_all(BulkVerb.EDIT, JobState.FAILED, JobState.PENDING)

    def action_set_aside(self) -> None:
        """Take the marked jobs, else all of the cause that failed, off the lists of
        failures.
        """
        if self.jobs.cursor.marked:
            super().action_set_aside()
        else:
            self._act_on_all(BulkVerb.SET_ASIDE, JobState.FAILED)

    def _act_on_all(self, verb: BulkVerb, *states: JobState) -> None:
        if not self.console.may_change():
            return
        wanted = JobFilter(host=self.cause_key.host)
        self.begin_bulk(BulkRequest(verb, wanted, states, self.cause_key))

    def action_try_one(self) -> None:
        """Call the job under the cursor once, and show its page."""
        if not self.console.may_change():
            return
        refusal, row = self.jobs.why_not_here(), self.jobs.cursor.current
        if refusal or row is None:
            self.console.notify_operator(refusal or "no job here", bad=True)
        else:
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
        if result.done and self.is_active:
            self.console.open_screen(JobScreen(result.new_id or job.id))

    def host_under_cursor(self) -> str:
        """Return the host of the cause."""
        return self.cause_key.host

    def action_log_of_host(self) -> None:
        """Go back, with only this host in the log."""
        self.console.show_host(self.cause_key.host, Pane.LOG)

    def action_copy_cause(self) -> None:
        """The page as Markdown to the clipboard."""
        cause, reading = self.cause, self.console.causes.reading
        if cause is None or reading is None:
            self.console.notify_operator("not done: the cause is being read", bad=True)
            return
        shown = self.shown
        text = cause_markdown(
            cause,
            reading.now,
            shown.context if shown else None,
            shown.samples if shown else (),
            self.console.clock.stamp,
        )
        self.console.copy(text, f"cause {cause_text(cause.key)}")


def job_states(cause: Cause) -> Collection[JobState]:
    """Return the states that jobs of *cause* are in."""
    waits = [JobState.PENDING] if cause.waiting else []
    return [*waits, *([JobState.FAILED] if cause.failed else [])]
