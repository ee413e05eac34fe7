"""One claim: how many jobs there is room for, of which hosts, and what it brought."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sq_console.model import HOLD_ALL, ClaimedJob, ClaimRequest, StuckJob
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.events import Emit, JobStuck
from sq_console.processor.registration import Registration
from sq_console.store import Store
from sq_console.store.lane import StoreLane


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What one claim has brought."""

    processor_id: int
    """The id it was made under."""
    jobs: Sequence[ClaimedJob]
    filled: bool
    """The jobs took all the room there was: more may be due."""
    found_nothing: bool
    """Nothing that may be called is due."""
    wake_on_slot: bool
    """Not filled, but more may be due of a host that has no room, or behind one: as
    soon as a slot is free another claim is worth its cost.
    """


class Claimer:
    """Claims over one lane what the slots have room for."""

    def __init__(
        self,
        registration: Registration,
        lane: StoreLane,
        slots: Slots,
        emit: Emit,
        *,
        beside_ancestor: bool = False,
    ) -> None:
        self._registration = registration
        self._lane = lane
        self._slots = slots
        self._emit = emit
        self._beside_ancestor = beside_ancestor
        self.holds: frozenset[str] = frozenset()
        """Hosts that operators hold; `HOLD_ALL` among them holds everything."""
        self.tries: frozenset[int] = frozenset()
        """Jobs that operators want called once although they are held."""
        self.finds_jobs = False
        """Did the last claim find any, or none only because hosts have no room?"""

    @property
    def may_find_jobs(self) -> bool:
        """Is anything to be called: not while everything is held and nothing tried."""
        return HOLD_ALL not in self.holds or bool(self.tries)

    async def claim(self, due_by: datetime | None) -> ClaimResult:
        """Claim jobs due by *due_by*, of no host that is held. Raises StoreError."""
        room, holds = self._slots.room_by_host(), self.holds
        processor_id = self._registration.processor_id
        request = ClaimRequest(
            limit=self._slots.room,
            due_by=due_by,
            room=room | dict.fromkeys(holds, 0),
            default_room=self._slots.default_room,
            tries=self.tries,
            only_tries=HOLD_ALL in holds,
            beside_ancestor=self._beside_ancestor,
        )

        def claim_over(
            store: Store,
        ) -> tuple[list[ClaimedJob], bool, tuple[StuckJob, ...]]:
            claims = store.claims
            jobs = claims.claim(processor_id, request)
            return jobs, claims.scanned_all_hosts, store.stuck_rows.take_reports()

        jobs, scanned_all_hosts, stuck_jobs = await self._lane.run(claim_over)
        for stuck_job in stuck_jobs:
            self._emit(JobStuck(stuck_job))
        self.tries -= {job.id for job in jobs}
        result = ClaimResult(
            processor_id,
            jobs,
            filled=len(jobs) >= request.limit,
            found_nothing=not jobs and (scanned_all_hosts or request.only_tries),
            wake_on_slot=0 in room.values()
            or (bool(jobs) and (bool(holds) or _filled_a_host(request, jobs))),
        )
        self.finds_jobs = bool(jobs) or result.wake_on_slot
        return result


def _filled_a_host(request: ClaimRequest, claimed: Sequence[ClaimedJob]) -> bool:
    """Did *claimed* take all the room of a host? Then more of it may be due."""
    taken = Counter(job.host for job in claimed)
    default = request.limit if request.default_room is None else request.default_room
    return any(
        count >= request.room.get(host, default) for host, count in taken.items()
    )
