"""Rescue: the jobs of dead processors become pending again."""

from sq_console.model import Rescued, StuckJob
from sq_console.processor.events import Emit, JobRescued, JobStuck
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth
from sq_console.store import Store
from sq_console.store.lane import StoreLane


class DeadProcessorRescue:
    """Rescues jobs in the name of one processor, unless the database was away lately:
    after an outage every heartbeat is old.
    """

    def __init__(
        self, name: str, lane: StoreLane, health: StoreHealth, emit: Emit, times: Times
    ) -> None:
        self._name = name
        self._lane = lane
        self._health = health
        self._emit = emit
        self._times = times

    async def rescue(self) -> None:
        """Rescue what dead processors hold. Raises StoreError."""
        if self._health.secs_since_failure < self._times.grace:
            return
        rescued, stuck = await self._lane.run(self._rescue)
        for job in rescued:
            self._emit(JobRescued(job))
        for stuck_job in stuck:
            self._emit(JobStuck(stuck_job))

    def _rescue(self, store: Store) -> tuple[list[Rescued], tuple[StuckJob, ...]]:
        rescued = store.rescuer.rescue(self._name, self._times.dead)
        return rescued, store.stuck_rows.take_reports()
