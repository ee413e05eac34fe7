"""The heartbeat of a processor, what operators want of it, and the rescue of the dead.

On a connection and thread of its own, so that neither a long claim nor a slow record
makes a living processor look dead. A beat counts from before it was sent; a processor
that could not confirm one for a while first stops claiming, then aborts its calls,
before anybody may take its jobs over. Whoever stood still does not know for how long:
the clock is one that goes on while the machine sleeps, and it is looked at before
anything is called.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from sq_console.errors import StoreError, StoreReadOnly
from sq_console.model import Control, ProcessorState, Rescued, StuckJob
from sq_console.processor.events import Emit, JobRescued, JobStuck
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth
from sq_console.store import Store
from sq_console.store.lane import StoreLane

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's other one stops with a laptop's lid."""


def now_secs() -> float:
    """Goes on while this process, or the machine, stands still."""
    return time.clock_gettime(_CLOCK)


class Heart(Protocol):
    """What the pulse must know of, and tell, its processor."""

    processor_id: int
    name: str
    concurrency: int

    @property
    def state(self) -> ProcessorState: ...
    @property
    def in_flight(self) -> int: ...
    def apply_control(self, control: Control) -> None: ...
    def fence(self, reason: str) -> None: ...
    def cut_off(self) -> None: ...
    def reborn(self) -> None: ...


class Heartbeat:
    """Beats, reads control, rescues: one look a second."""

    def __init__(
        self,
        heart: Heart,
        lane: StoreLane,
        weather: StoreHealth,
        emit: Emit,
        times: Times,
        clock: Callable[[], float] = now_secs,
    ) -> None:
        self._heart = heart
        self._lane = lane
        self._health = weather
        self._emit = emit
        self._times = times
        self._clock = clock
        self._confirmed_at = clock()
        self._beat_at = clock()
        self._rescue_at = clock() + times.rescue / 2
        self._fenced = False
        self.read_only = False
        """The server is not to be written to: nothing should be claimed."""

    @property
    def in_doubt(self) -> bool:
        """No heartbeat was confirmed for so long that nothing should be claimed."""
        return self._silent_secs >= self._times.doubt

    @property
    def presumed_dead(self) -> bool:
        """For so long that others may have taken its jobs: nothing may be called."""
        return self._silent_secs >= self._times.fence

    @property
    def _silent_secs(self) -> float:
        return self._clock() - self._confirmed_at

    async def beat_forever(self) -> None:
        """For ever: watch the own heartbeat, and look once a control interval."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            group.create_task(self._tick_forever())

    async def _watch(self) -> None:
        """Fence even while the database keeps a statement waiting."""
        while True:
            self._fence_if_presumed_dead()
            await asyncio.sleep(min(0.5, self._times.control))

    def _fence_if_presumed_dead(self) -> None:
        if self.presumed_dead and not self._fenced:
            self._fenced = True
            silent_secs = self._silent_secs
            self._heart.fence(f"no heartbeat confirmed for {silent_secs:.0f} s")

    async def _tick_forever(self) -> None:
        while True:
            try:
                await self.tick()
                self._health.succeeded()
                await asyncio.sleep(self._times.control)
            except StoreError as error:
                await self._health.failed(error)

    async def tick(self) -> None:
        """Beat if it is time, obey what operators want, rescue if it is time."""
        await self._look_whether_writable()
        if self._clock() >= self._beat_at or self._fenced:
            await self.beat()
        processor_id = self._heart.processor_id
        control = await self._lane.run(
            lambda store: store.processors.control(processor_id)
        )
        if control.wanted is None:
            await self._re_register()
        else:
            self._heart.apply_control(control)
        if self._clock() >= self._rescue_at:
            await self._rescue()

    async def _look_whether_writable(self) -> None:
        """A server can be demoted under the connections of a user who may still write:
        those are not to be written on any more.
        """
        try:
            await self._lane.run(lambda store: store.require_writable())
        except StoreReadOnly:
            self.read_only = True
            self._heart.cut_off()
            raise
        self.read_only = False

    async def beat(self) -> None:
        """Confirm that it lives; learn whether it was declared dead. Who may have been
        fences first: its jobs can be gone while its row is still there.
        """
        self._fence_if_presumed_dead()
        sent_at = self._clock()
        heart = self._heart
        processor_id, running, state = heart.processor_id, heart.in_flight, heart.state
        alive = await self._lane.run(
            lambda store: store.processors.beat(processor_id, running, state)
        )
        if not alive:
            await self._re_register()
            return
        self._confirmed_at, self._fenced = sent_at, False
        self._beat_at = sent_at + self._times.beat

    async def _re_register(self) -> None:
        """Others have its jobs: abort what it still does, come back as another."""
        self._heart.fence("declared dead by another processor")
        self._heart.reborn()
        sent_at = self._clock()
        await self._lane.run(self.register)
        self._confirmed_at, self._fenced = sent_at, False
        self._beat_at = sent_at + self._times.beat

    def register(self, store: Store) -> None:
        """Enter the table under the present id."""
        heart = self._heart
        store.processors.register(
            heart.processor_id, heart.name, heart.concurrency, heart.state
        )

    async def _rescue(self) -> None:
        self._rescue_at = self._clock() + self._times.rescue
        if self._health.secs_since_failure < self._times.grace:
            return
        dead_secs, name = self._times.dead, self._heart.name

        def rescue(store: Store) -> tuple[list[Rescued], tuple[StuckJob, ...]]:
            rescued = store.rescuer.rescue(name, dead_secs)
            return rescued, store.stuck_rows.take_reports()

        rescued, stuck = await self._lane.run(rescue)
        for one in rescued:
            self._emit(JobRescued(one))
        for left in stuck:
            self._emit(JobStuck(left))
