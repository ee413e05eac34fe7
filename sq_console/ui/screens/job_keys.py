"""Keys that act on jobs, for every screen on which jobs can be chosen.

An action is on the jobs as displayed; the store refuses those that changed since, and
the toast says so.

The jobs are chosen, and the question is shown, when the key is handled and not in the
worker that does the rest: the next key may be waiting, and would move the cursor.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

from textual import work

from sq_console.errors import SQConsoleError
from sq_console.model import (
    ActionResult,
    BulkRequest,
    BulkVerb,
    Job,
    JobFilter,
    JobState,
    JobSummary,
    NewJob,
    Seen,
)
from sq_console.rules.applicability import JOB_ACTIONS, applies_to
from sq_console.store import Store
from sq_console.text.bulk_words import doing_of
from sq_console.ui.content.curl import CurlCommand, curl_command, curl_lines
from sq_console.ui.content.question import Question
from sq_console.ui.keys import COPYING, ON_JOB, TRYING
from sq_console.ui.screens.edit_screen import EditScreen
from sq_console.ui.screens.hold_keys import HoldKeysScreen
from sq_console.ui.screens.questions import ask_kill, ask_retry, ask_set_aside
from sq_console.ui.screens.text_page import TextPage
from sq_console.ui.state.bulk_actions import (
    BulkProgress,
    job_action,
    run_bulk_action,
)
from sq_console.ui.state.edit_form import EditForm, form_of
from sq_console.ui.state.screen_data import seen


class JobKeysScreen(HoldKeysScreen):
    """A screen on which jobs can be chosen."""

    BINDINGS = [*ON_JOB, *TRYING, *COPYING]

    def chosen(self) -> Sequence[JobSummary]:
        """Return the jobs to act on, as displayed; if none, a toast says why."""
        raise NotImplementedError

    def chosen_id(self) -> int | None:
        """Return the job under the cursor, whatever is marked."""
        raise NotImplementedError

    def why_no_id(self) -> str:
        """Return why there is no job under the cursor."""
        return "no job is under the cursor"

    def known_id(self) -> int | None:
        """Return the job under the cursor; if none, a toast says why."""
        job_id = self.chosen_id()
        if job_id is None:
            self.console.notify_operator(self.why_no_id(), bad=True)
        return job_id

    def hinted_jobs(self) -> Collection[JobSummary] | None:
        """Return the jobs that a key would act on; None where that is not known."""
        return None

    def hinted_states(self) -> Collection[JobState] | None:
        """Return the states of those jobs."""
        jobs = self.hinted_jobs()
        return None if jobs is None else {job.state for job in jobs}

    def chosen_filter(self) -> tuple[JobFilter, tuple[JobState, ...]] | None:
        """Return a filter and its states where all that match are chosen."""
        return None

    def hint_applies(self, action: str) -> bool:
        """Return whether the key of *action* would do something just now."""
        if action in JOB_ACTIONS:
            states, jobs = self.hinted_states(), self.hinted_jobs()
            if states is not None and not any(applies_to(action, it) for it in states):
                return False
            if action == "try_one" and jobs is not None:  # else it is a retry
                return any(self.is_held(job.host) for job in jobs)
        return super().hint_applies(action)

    def not_listed(self) -> int:
        """Return how many of the chosen jobs are not in the list any more."""
        return 0

    def acted(self, job_ids: Sequence[int]) -> None:
        """Note that the action was done on these jobs."""

    def action_retry(self) -> None:
        """Retry; ask first unless it is one failed job."""
        if self._begins_bulk(BulkVerb.RETRY):
            return
        jobs, actor = self._to_change(), self.console.actor
        if jobs:
            answer = self._answer(ask_retry(jobs, self.not_listed()))
            self._act(jobs, answer, "retried", lambda s, it: s.actions.retry(it, actor))

    def action_kill(self) -> None:
        """Kill, after asking."""
        if self._begins_bulk(BulkVerb.KILL):
            return
        jobs, actor = self._to_change(), self.console.actor
        if jobs and not any(applies_to("kill", job.state) for job in jobs):
            self.console.notify_operator(
                "not done: what has ended cannot be killed", bad=True
            )
        elif jobs:
            answer = self._answer(ask_kill(jobs, self.not_listed()))
            self._act(jobs, answer, "killed", lambda s, it: s.actions.kill(it, actor))

    def action_try_one(self) -> None:
        """Call the job under the cursor once, held or not; ask as before a retry."""
        jobs, actor = self._to_change()[:1], self.console.actor
        if jobs:
            answer = self._answer(ask_retry(jobs))
            self._act(jobs, answer, "tried", lambda s, it: s.holds.try_once(it, actor))

    def host_under_cursor(self) -> str | None:
        """Return the host of the job that a key would act on."""
        jobs = self.chosen()[:1]
        return jobs[0].host if jobs else None

    def action_set_aside(self) -> None:
        """Take failed jobs off the lists of failures; ask first about several."""
        if self._begins_bulk(BulkVerb.SET_ASIDE):
            return
        jobs, actor = self._to_change(), self.console.actor
        if jobs and not any(applies_to("set_aside", job.state) for job in jobs):
            self.console.notify_operator(
                "not done: only what has failed is set aside", bad=True
            )
        elif jobs:
            answer = self._answer(ask_set_aside(jobs, self.not_listed()))
            self._act(
                jobs, answer, "set aside", lambda s, it: s.actions.set_aside(it, actor)
            )

    def _begins_bulk(self, verb: BulkVerb) -> bool:
        """Begin a bulk action where all that match a filter are chosen; return whether
        they are.
        """
        chosen = self.chosen_filter()
        if chosen is None:
            return False
        wanted, states = chosen
        action = verb.value
        fitting = tuple(state for state in states if applies_to(action, state))
        if not fitting:
            self.console.notify_operator("not done: no such job here", bad=True)
        elif self.console.may_change():
            self.begin_bulk(BulkRequest(verb, replace(wanted, state=None), fitting))
        return True

    def action_edit(self) -> None:
        """Edit the job under the cursor."""
        if self._begins_bulk(BulkVerb.EDIT):
            return
        job_id = self.known_id() if self.console.may_change() else None
        if job_id is not None:
            self._edit(job_id)

    @work
    async def _edit(self, job_id: int) -> None:
        job = await self._whole_job(job_id)
        if job is not None and self.is_still_here():
            vitals = self.console.refresh_loop.vitals
            form = form_of(job, vitals.now if vitals else None)
            self.console.open_screen(EditScreen(form, self._save))

    def action_new(self) -> None:
        """Make a new job."""
        if self.console.may_change():
            self.console.open_screen(EditScreen(EditForm(), self._save))

    def action_copy_id(self) -> None:
        """The job's id to the clipboard."""
        job_id = self.known_id()
        if job_id is not None:
            self.console.copy(str(job_id), f"job id {job_id}")

    def action_copy_curl(self) -> None:
        """The job's request, as curl, to the clipboard."""
        job_id = self.known_id()
        if job_id is not None:
            self._copy_curl(job_id)

    def action_show_curl(self) -> None:
        """Show the job's request as curl: a terminal may refuse what is copied."""
        job_id = self.known_id()
        if job_id is not None:
            self._show_curl(job_id)

    @work
    async def _copy_curl(self, job_id: int) -> None:
        made = await self._curl(job_id)
        if made is not None:
            description = ", ".join((f"job {job_id} as curl", *made.differences))
            self.console.copy(made.command, description)

    @work
    async def _show_curl(self, job_id: int) -> None:
        made = await self._curl(job_id)
        if made is not None and self.is_still_here():
            lines = curl_lines(job_id, made)
            self.console.open_screen(TextPage(f"Job {job_id} as curl", lines))

    async def _curl(self, job_id: int) -> CurlCommand | None:
        job = await self._whole_job(job_id)
        if job is None:
            return None
        try:
            uuid = await self.console.lane.run(lambda s: s.reads.database_uuid())
        except SQConsoleError as error:
            self.console.notify_operator(str(error), bad=True)
            return None
        # In a thread: the first time, it loads what calls are made with.
        return await asyncio.to_thread(curl_command, job, self.console.settings, uuid)

    def _to_change(self) -> Sequence[JobSummary]:
        under_way = self.console.bulk_progress
        if under_way is not None:
            words = f"not done: {under_way.words()}; esc stops that"
            self.console.notify_operator(words, bad=True)
            return ()
        return self.chosen() if self.console.may_change() else ()

    def _answer(self, asked: Question | None) -> Awaitable[str | None] | None:
        """Return the answer to come; None when nothing is asked, which is a yes."""
        return None if asked is None else self.console.ask(asked)

    @work
    async def _act(
        self,
        jobs: Sequence[JobSummary],
        answer: Awaitable[str | None] | None,
        verb: str,
        act: Callable[[Store, Seen], ActionResult],
    ) -> None:
        if answer is not None and await answer is None:
            return
        console, progress = self.console, BulkProgress(doing_of(verb), len(jobs))
        if len(jobs) > 1:
            console.bulk_progress = progress
        try:
            report = await run_bulk_action(
                console.lane, jobs, job_action(verb, act), progress
            )
        finally:
            if console.bulk_progress is progress:
                console.bulk_progress = None
        self.acted([job.id for job in report.done])
        self.console.notify_operator(report.summary(), bad=not report.all_done)
        self.console.request_refresh()

    async def _whole_job(self, job_id: int) -> Job | None:
        try:
            return await self.console.lane.run(lambda store: store.reads.job(job_id))
        except SQConsoleError as error:
            self.console.notify_operator(str(error), bad=True)
            return None

    async def _save(self, form: EditForm, made: NewJob) -> str | None:
        """Write the job of the form; return why it was refused, if it was."""
        job, actor = form.job, self.console.actor
        try:
            if job is None:
                ids = await self.console.lane.run(
                    lambda store: store.actions.enqueue(made, actor)
                )
                message = f"job {ids[0]} enqueued"
            else:
                result = await self.console.lane.run(
                    lambda store: store.actions.edit(seen(job), made, actor)
                )
                message = f"job {job.id}: {result.message}"
                if not result.done:
                    return message
        except SQConsoleError as error:
            return str(error)
        self.console.notify_operator(message)
        self.console.request_refresh()
        return None
