"""Beginning a bulk action: its jobs are counted, page by page so that keys are answered
meanwhile, then a question says how many, then it is a row that others go on with.
"""

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial

from textual import work

from sq_console.errors import SQConsoleError
from sq_console.model import BulkCount, BulkEdit, BulkRequest, BulkSample, BulkVerb
from sq_console.store import Store
from sq_console.text.bulk_words import (
    bulk_doing,
    bulk_subject,
    bulk_verb_text,
    parse_pace,
)
from sq_console.text.humanize import plural
from sq_console.ui.screens.beside.bulk_edit_form import BulkEditForm
from sq_console.ui.screens.beside.bulk_questions import ask_bulk
from sq_console.ui.screens.live_screen import LiveScreen


class BulkBeginScreen(LiveScreen):
    """A screen on which bulk actions begin. One count is under way at a time."""

    def bulk_begun(self) -> None:
        """Note that a bulk action took over what was chosen."""

    def begin_bulk(self, request: BulkRequest) -> None:
        """Count, ask, and create it. The request is that of the key that was pressed,
        whatever is chosen meanwhile; a form is shown at once: the next key is for it.
        """
        form: Awaitable[BulkEdit | None] | None = None
        if request.verb is BulkVerb.EDIT and request.arguments is None:
            title = "Change urls and headers of all of them"
            form = self.console.result_of(BulkEditForm(title))
        self._begin_bulk(request, form)

    @work
    async def _begin_bulk(
        self, request: BulkRequest, form: Awaitable[BulkEdit | None] | None
    ) -> None:
        try:
            await self._begin(request, form)
        except SQConsoleError as error:
            self.console.notify_operator(str(error), bad=True)

    async def _begin(
        self, request: BulkRequest, form: Awaitable[BulkEdit | None] | None
    ) -> None:
        if form is not None:
            edit = await form
            if edit is None:
                return
            request = replace(request, arguments=edit)
        count = await self.counted(request)
        if count is None:
            return
        if not count.counted:
            verb, which = bulk_verb_text(request.verb), bulk_subject(request)
            words = f"not done: there is no job to {verb}: {which}"
            self.console.notify_operator(words, bad=True)
            return
        samples = await self._samples(count.request)
        if not self.is_still_here():
            return
        vitals = self.console.refresh_loop.vitals
        now = vitals.now if vitals else self.console.clock.now()
        asked = ask_bulk(count, samples, now, self.console.clock)
        answer = await self.console.ask(asked)
        if answer is not None:
            pace = parse_pace(answer.partition(" ")[2])
            await self._create(replace(count.request, per_second=pace), count.counted)

    async def counted(self, request: BulkRequest) -> BulkCount | None:
        """Return how many jobs *request* is about, counted page by page: the screen
        reads in between. None when esc has stopped the count: a toast says so. Raises
        StoreError.
        """
        watch, lane = self.console.bulk, self.console.lane
        counting = watch.begin_count()
        if counting is None:
            words = "not done: other jobs are being counted; esc stops that"
            self.console.notify_operator(words, bad=True)
            return None
        try:
            count = await lane.run(lambda store: store.bulk.freeze(request))
            while not count.is_complete:
                count = await lane.run(partial(_count_on, count))
                if not watch.count_goes_on(counting, count.counted):
                    words = "not counted to the end; nothing was done"
                    self.console.notify_operator(words)
                    return None
            return count
        finally:
            watch.end_count(counting)
            self.console.request_refresh()  # before a question covers the header

    async def _samples(self, request: BulkRequest) -> tuple[BulkSample, ...]:
        if request.verb is not BulkVerb.EDIT:
            return ()
        return await self.console.lane.run(lambda store: store.bulk.samples(request))

    async def _create(self, request: BulkRequest, counted: int) -> None:
        actor = self.console.actor
        bulk_id = await self.console.lane.run(
            lambda store: store.bulk.create(request, actor, counted)
        )
        self.console.bulk.begun(bulk_id)
        self.bulk_begun()
        doing = bulk_doing(request.verb)
        self.console.notify_operator(
            f"bulk action {bulk_id}: {doing} {plural(counted, 'job')}"
        )
        self.console.request_refresh()


def _count_on(count: BulkCount, store: Store) -> BulkCount:
    return store.bulk.count_on(count)
