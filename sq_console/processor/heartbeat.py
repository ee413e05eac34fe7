"""The heartbeat of a processor: it confirms the registration, reads what operators want
and runs the maintenance.

It has a connection and a thread of its own, so that neither a long claim nor a slow
record makes a living processor look dead.
"""

import asyncio
from collections.abc import Callable

from sq_console.errors import StoreError, StoreReadOnly
from sq_console.model import Control
from sq_console.processor.connections import Connections
from sq_console.processor.events import Emit, SelfFenced
from sq_console.processor.gate.database_gate import DatabaseGate
from sq_console.processor.maintenance.runner import MaintenanceRunner
from sq_console.processor.pipeline.pipeline import Pipeline
from sq_console.processor.registration import Registration, now_secs
from sq_console.processor.run_state import RunState
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth
from sq_console.store import Store


class Heartbeat:
    """Ticks once a control interval: heartbeat, control, maintenance."""

    def __init__(
        self,
        registration: Registration,
        connections: Connections,
        pipeline: Pipeline,
        run_state: RunState,
        gate: DatabaseGate,
        maintenance: MaintenanceRunner,
        health: StoreHealth,
        emit: Emit,
        times: Times,
        clock: Callable[[], float] = now_secs,
    ) -> None:
        self._registration = registration
        self._connections = connections
        self._lane = connections.heartbeat
        self._pipeline = pipeline
        self._run_state = run_state
        self._gate = gate
        self._maintenance = maintenance
        self._health = health
        self._emit = emit
        self._times = times
        self._clock = clock
        self._beat_at = clock()
        self._fenced = False
        self.registered = False
        """The processor's row was written."""
        self.read_only = False
        """The server accepts no writes: nothing should be claimed."""

    async def beat_forever(self) -> None:
        """Watch the registration and tick once a control interval, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_registration())
            group.create_task(self._tick_forever())

    async def _watch_registration(self) -> None:
        """Fence even while the database keeps a statement waiting."""
        while True:
            self._fence_if_presumed_dead()
            await asyncio.sleep(min(0.5, self._times.control))

    async def _tick_forever(self) -> None:
        while True:
            try:
                await self.tick()
                self._health.succeeded()
                await asyncio.sleep(self._times.control)
            except StoreError as error:
                await self._health.failed(error)

    async def tick(self) -> None:
        """Send a heartbeat if one is due, apply what operators want, run the
        maintenance that is due. Raises StoreError.
        """
        await self._check_writable()
        await self._gate.check_if_due()
        if self._clock() >= self._beat_at or self._fenced:
            await self.beat()
        await self._read_control()
        await self._maintenance.run_due()

    async def _check_writable(self) -> None:
        """A server can be demoted under the connections of a user who may still write:
        nothing more is written over those.
        """
        try:
            await self._lane.run(lambda store: store.require_writable())
        except StoreReadOnly:
            self.read_only = True
            self._connections.renew()
            raise
        self.read_only = False

    async def beat(self) -> None:
        """Send a heartbeat, and register again when the row is gone. A processor that
        may have been declared dead fences first: its jobs can be gone while its row is
        still there.
        """
        self._fence_if_presumed_dead()
        sent_at = self._clock()
        processor_id = self._registration.processor_id
        running, state = self._pipeline.in_flight, self._run_state.state
        alive = await self._lane.run(
            lambda store: store.processors.beat(processor_id, running, state)
        )
        if alive:
            self._confirmed(sent_at)
        else:
            await self._register_again()

    async def _read_control(self) -> None:
        processor_id = self._registration.processor_id
        control = await self._lane.run(
            lambda store: store.processors.control(processor_id)
        )
        if control.wanted is None:
            await self._register_again()
        else:
            self._apply(control)
            self._run_state.apply(control.wanted, self._pipeline.in_flight)

    def _apply(self, control: Control) -> None:
        self._pipeline.claimer.holds = control.holds
        self._pipeline.claimer.tries = control.tries
        self._pipeline.dispatcher.kill(control.kills)

    async def register(self) -> None:
        """Enter the table under a new id: an earlier try may have come through."""
        self._registration.renew()
        sent_at = self._clock()
        await self._lane.run(self._insert_row)
        self.registered = True
        self._confirmed(sent_at)

    def _insert_row(self, store: Store) -> None:
        registration = self._registration
        store.processors.register(
            registration.processor_id,
            registration.name,
            registration.concurrency,
            self._run_state.state,
        )

    async def unregister(self) -> None:
        """Leave the table."""
        processor_id = self._registration.processor_id
        await self._lane.run(lambda store: store.processors.unregister(processor_id))

    async def _register_again(self) -> None:
        """Other processors have the jobs: abort the calls, go on under a new id."""
        self._fence("declared dead by another processor")
        await self._gate.check_or_end()  # another database was restored here, perhaps
        await self.register()

    def _confirmed(self, sent_at: float) -> None:
        self._registration.confirm(sent_at)
        self._fenced = False
        self._beat_at = sent_at + self._times.beat

    def _fence_if_presumed_dead(self) -> None:
        if self._registration.presumed_dead and not self._fenced:
            self._fenced = True
            unconfirmed_secs = self._registration.unconfirmed_secs
            self._fence(f"no heartbeat confirmed for {unconfirmed_secs:.0f} s")

    def _fence(self, reason: str) -> None:
        """Abort everything: other processors call it now, or will."""
        self._emit(SelfFenced(reason, self._pipeline.abandon()))
