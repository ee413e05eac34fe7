"""The pipeline of one processor: a job is claimed, waits for a slot, is called, and its
outcome is recorded; a job that is not called is released.
"""

from collections.abc import Sequence

from sq_console.config import ProcessorSettings
from sq_console.model import ClaimedJob
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.connections import Connections
from sq_console.processor.events import Emit
from sq_console.processor.http.caller import Caller
from sq_console.processor.pipeline.claimer import Claimer
from sq_console.processor.pipeline.dispatcher import Dispatcher
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.pipeline.releaser import Releaser
from sq_console.processor.pipeline.stats_writer import StatsWriter
from sq_console.processor.registration import Registration
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.wakeups import PollTimer


class Pipeline:
    """The parts that a job passes through, each with what it needs of the others."""

    def __init__(
        self,
        settings: ProcessorSettings,
        registration: Registration,
        connections: Connections,
        caller: Caller,
        health: StoreHealth,
        emit: Emit,
        input_priority: InputPriority,
        poll_timer: PollTimer,
    ) -> None:
        self.slots = Slots(settings.concurrency, settings.host_cap)
        self.claimer = Claimer(
            registration,
            connections.claim,
            self.slots,
            emit,
            beside_ancestor=settings.beside_ancestor,
        )
        self.stats = StatsWriter(registration, connections.record, emit)
        self.outbox = Outbox(connections.record, health, emit, self.stats)
        self.dispatcher = Dispatcher(
            registration,
            self.slots,
            caller,
            self.outbox,
            input_priority,
            poll_timer,
            emit,
        )
        self.releaser = Releaser(
            registration,
            connections.claim,
            self.slots,
            self.dispatcher,
            self.outbox,
            health,
            emit,
        )

    @property
    def in_flight(self) -> int:
        """Calls in flight."""
        return self.slots.in_flight

    @property
    def finds_jobs(self) -> bool:
        """Jobs are due as fast as they are called, or faster."""
        return self.claimer.finds_jobs or self.slots.room == 0

    @property
    def is_empty(self) -> bool:
        """No job is held, and no outcome is about to be written."""
        return not self.slots.claims and not self.outbox.waiting

    def accept(self, jobs: Sequence[ClaimedJob]) -> None:
        """Take in jobs that were claimed, and dispatch what there are slots for."""
        self.dispatcher.void(job.claim for job in jobs)
        self.slots.add(jobs)
        self.dispatcher.dispatch()

    @property
    def held_jobs(self) -> set[int]:
        """Return the jobs that are claimed here, or whose outcome is not written."""
        return {claim.job_id for claim in self.slots.claims | self.outbox.claims}

    def drop_waiting(self) -> None:
        """Call nothing that waits; the next reconcile releases it."""
        self.slots.take_waiting()
        self.releaser.reconcile_soon()

    def abandon(self) -> int:
        """Abort all calls and drop the waiting jobs; return how many calls. The next
        reconcile releases what the database says is still this processor's.
        """
        self.drop_waiting()
        return self.dispatcher.abort()
