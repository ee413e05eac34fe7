"""One claim: for how many jobs there is room, of which hosts, and what came of it."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sq_console.model import ClaimedJob, ClaimRequest, StuckJob
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.events import Emit, JobStuck
from sq_console.store import Store
from sq_console.store.lane import StoreLane


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What a claim has brought."""

    jobs: Sequence[ClaimedJob]
    filled: bool
    """All the room that there was: more may be due."""
    found_nothing: bool
    """Nothing that may be called is due."""
    slot_is_enough: bool
    """Not filled, but more may be due of a host that has no room, or behind one: as
    soon as a slot is free it is worth another look.
    """


class Claimer:
    """Claims over one lane what the slots have room for."""

    def __init__(self, lane: StoreLane, slots: Slots, emit: Emit) -> None:
        self._lane = lane
        self._slots = slots
        self._emit = emit

    async def claim(
        self, processor_id: int, holds: Set[str], due_by: datetime | None
    ) -> ClaimResult:
        """Jobs for *processor_id*, of no host that is held. Raises StoreError."""
        room = self._slots.room_by_host()
        request = ClaimRequest(
            limit=self._slots.room,
            due_by=due_by,
            room=room | dict.fromkeys(holds, 0),
            default_room=self._slots.default_room,
        )

        def claim(store: Store) -> tuple[list[ClaimedJob], bool, tuple[StuckJob, ...]]:
            claims = store.claims
            jobs = claims.claim(processor_id, request)
            return jobs, claims.scanned_all_hosts, store.stuck_rows.take_reports()

        jobs, looked_everywhere, stuck = await self._lane.run(claim)
        for one in stuck:
            self._emit(JobStuck(one))
        return ClaimResult(
            jobs,
            filled=len(jobs) >= request.limit,
            found_nothing=not jobs and looked_everywhere,
            slot_is_enough=0 in room.values()
            or (bool(jobs) and (bool(holds) or _filled_a_host(request, jobs))),
        )


def _filled_a_host(request: ClaimRequest, claimed: Sequence[ClaimedJob]) -> bool:
    """Did *claimed* take all the room of a host? Then more of it may be due."""
    taken = Counter(job.host for job in claimed)
    default = request.limit if request.default_room is None else request.default_room
    return any(
        count >= request.room.get(host, default) for host, count in taken.items()
    )
