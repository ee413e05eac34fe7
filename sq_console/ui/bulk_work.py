"""What the console itself does about bulk actions: it follows them, stops its own, and
works on them while it has no processor that would.
"""

from collections.abc import Callable

from sq_console.errors import SQConsoleError
from sq_console.model import BulkRow, ProcessorState
from sq_console.store import Store
from sq_console.store.lane import StoreLane
from sq_console.ui.state.bulk_watch import BulkWatch
from sq_console.ui.state.console_lane import ConsoleLane
from sq_console.ui.state.local_processor import LocalProcessor
from sq_console.ui.state.screen_data import Vitals


class BulkWork:
    """Lives as long as the console."""

    def __init__(
        self,
        open_store: Callable[[], Store],
        lane: ConsoleLane,
        local_processor: LocalProcessor,
        actor: str,
        *,
        reads_only: bool,
    ) -> None:
        self.watch = BulkWatch(actor)
        self._actor = actor
        self._reads_only = reads_only
        self._lane = lane
        self._work_lane = StoreLane(open_store, "bulk")
        self._local_processor = local_processor

    async def work_forever(self) -> None:
        """Work on them while no processor of this console does."""
        if self._reads_only:
            return
        # Loaded here: the console must start quickly.
        from sq_console.processor.maintenance.bulk_worker import BulkWorker

        name = f"console {self._actor}"
        await BulkWorker(name, self._work_lane, self._may_work).work_forever()

    def _may_work(self) -> bool:
        status = self._local_processor.status()
        return status is None or status.state is ProcessorState.STOPPED

    def shut_down(self) -> None:
        """Let the batch under way end, and close the connection."""
        self._work_lane.shut_down()

    def note_vitals(self, vitals: Vitals) -> bool:
        """Note what was read; return whether a bulk action has ended since."""
        return self.watch.note_rows(vitals.bulk, vitals.now)

    def own(self) -> BulkRow | None:
        """Return the bulk action of which the header says that esc stops it."""
        return None if self._reads_only else self.watch.standing().own

    async def stop_bulk(self, bulk: BulkRow) -> str:
        """Stop *bulk*; return words for that."""
        try:
            result = await self._lane.run(
                lambda store: store.bulk.stop(bulk.id, self._actor)
            )
        except SQConsoleError as error:
            return str(error)
        return f"bulk action {bulk.id}: {result.message}"
