"""The loop: claim what there is room for, call it, hand the outcomes on.

It decides nothing about answers (`outcomes`), writes nothing itself (`outbox`) and
knows no screen. It ends when told to, or when its goal is met, and then leaves nothing
behind: what it holds is finished or given back.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sq_console.config import Settings
from sq_console.errors import StoreError
from sq_console.model import ClaimedJob, Control, ProcessorState
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.connections import Connections
from sq_console.processor.events import (
    Emit,
    IdChosen,
    ProcessorStarted,
    ProcessorStopped,
    SelfFenced,
)
from sq_console.processor.heartbeat import Heartbeat
from sq_console.processor.http.caller import Caller
from sq_console.processor.pipeline.claimer import Claimer
from sq_console.processor.pipeline.dispatcher import Dispatcher
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.pipeline.releaser import Releaser
from sq_console.processor.pipeline.stats_writer import StatsWriter
from sq_console.processor.run_state import RunState
from sq_console.processor.shutdown import RELEASE_TIMEOUT_SECS, Shutdown
from sq_console.processor.status import Goal, Status, Times
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.store_wait import Aborted, StoreWait
from sq_console.processor.wakeups import PollTimer
from sq_console.store import Store

HOLD_ALL = "*"


def new_id() -> int:
    """Random, 63 bits: an id that came again would pass the fence."""
    return secrets.randbits(62) + 1


class Processor:
    """Lives on one event loop. `switch` may be turned from callbacks on that loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        name: str,
        connections: Connections,
        weather: StoreHealth,
        beginning: StoreWait,
        caller: Caller,
        emit: Emit,
        goal: Goal,
        defer_to_others: bool,
        due_by: datetime | None,
        input_priority: InputPriority,
        times: Times,
    ) -> None:
        self._settings = settings.processor
        self._emit = emit
        self._goal = goal
        self._defer_to_others = defer_to_others
        self._times = times
        self._connections = connections
        self._health = weather
        self._beginning = beginning
        self._slots = Slots(self._settings.concurrency, self._settings.host_cap)
        self._caller = caller
        self._claimer = Claimer(connections.claim, self._slots, emit)
        self._poll_timer = PollTimer(self._settings.poll_ms)
        self._counting = StatsWriter(
            connections.record, emit, lambda: self.processor_id
        )
        self._outbox = Outbox(connections.record, self._health, emit, self._counting)
        self._dispatcher = Dispatcher(
            self._slots,
            self._caller,
            self._outbox,
            input_priority,
            emit,
            self._may_call,
            lambda: self.processor_id,
            self._poll_timer.slot_freed,
        )
        self._heartbeat = Heartbeat(
            self, connections.heartbeat, self._health, emit, times
        )
        self._releaser = Releaser(
            connections.claim,
            self._slots,
            self._dispatcher,
            self._outbox,
            self._health,
            emit,
        )
        self._holds: frozenset[str] = frozenset()
        self._due_by = due_by
        self._shutdown = Shutdown(
            self._slots,
            self._dispatcher,
            self._outbox,
            self._counting,
            self._releaser,
            self._settings.drain_secs,
            times.flush,
        )
        self._registered = False
        self.run_state = RunState(emit, self._poll_timer.state_changed)
        self.processor_id: int = new_id()
        self.name = name
        self.concurrency = self._settings.concurrency

    # What the pulse asks and tells (see `pulse.Heart`).

    @property
    def state(self) -> ProcessorState:
        """What it is doing."""
        return self.run_state.state

    @property
    def in_flight(self) -> int:
        """Calls in flight."""
        return self._slots.in_flight

    def apply_control(self, control: Control) -> None:
        """Do what operators want."""
        self._holds = control.holds
        self._dispatcher.kill(control.kills)
        if control.wanted is not None:
            self.run_state.apply(control.wanted, self.in_flight)

    def fence(self, reason: str) -> None:
        """Abort everything: it is, or will be, called elsewhere."""
        self._slots.take_waiting()
        self._emit(SelfFenced(reason, self._dispatcher.abort()))
        self._releaser.reconcile_needed = True

    def cut_off(self) -> None:
        """The server is not to be written to: let new connections find that out."""
        self._connections.renew()

    def reborn(self) -> None:
        """Go on under a new id: the old one's claims are void."""
        self.processor_id = new_id()
        self._emit(IdChosen(self.processor_id))

    def status(self) -> Status:
        """How it stands; may be called from any thread."""
        return Status(
            state=self.run_state.state,
            processor_id=self.processor_id,
            name=self.name,
            concurrency=self.concurrency,
            in_flight=self._slots.in_flight,
            waiting=self._slots.waiting,
            unrecorded=len(self._outbox),
            why_paused=self.run_state.pause_reason,
            trouble=self._health.trouble,
            called=self._dispatcher.tally[0],
        )

    def stop(self) -> None:
        """End without waiting for calls."""
        self.run_state.start_draining(self.in_flight)
        self._shutdown.force.set()

    async def run(self) -> None:
        """From registration to the last record. Raises StoreError when the database is
        not there at the start, and is not waited for."""
        await self._caller.open(self._may_call)
        try:
            await self._begin()
            await self._work()
        finally:
            await self._close()

    async def _begin(self) -> None:
        try:
            await self._beginning.until_there(self._open)
        except Aborted:
            if not self._registered:
                raise

    async def _work(self) -> None:
        background = asyncio.gather(
            self._outbox.write_forever(),
            self._counting.write_forever(),
            self._heartbeat.beat_forever(),
        )
        serving = asyncio.create_task(self._serve())
        drained = asyncio.create_task(self.run_state.drained.wait())
        parts: set[asyncio.Future[Any]] = {background, serving, drained}
        try:
            await asyncio.wait(parts, return_when="FIRST_COMPLETED")
            if background.done():
                background.result()
            self.run_state.goal_reached()
            await self._shutdown.drain_and_release(self.processor_id, serving)
            if serving.done() and not serving.cancelled():
                serving.result()
        finally:
            self._dispatcher.abort()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _open(self) -> None:
        if not self._registered:
            await self._register()
        await self._heartbeat.tick()  # before the first claim: what is held stays held

    async def _register(self) -> None:
        def look(store: Store) -> tuple[datetime, list[str]]:
            processors = store.reads.processors(self._times.dead)
            others = [p.name for p in processors if p.alive and p.state == "running"]
            return store.reads.now(), others

        now, others = await self._connections.heartbeat.run(look)
        if self._goal is Goal.ONCE and self._due_by is None:
            self._due_by = now
        if self._defer_to_others and others:
            self.run_state.pause(f"another processor is alive: {others[0]}")
        self.run_state.started()
        self.reborn()  # each time it is tried: the last try may have come through
        await self._connections.heartbeat.run(self._heartbeat.register)
        self._registered = True
        self._emit(ProcessorStarted(self.name, self.concurrency))

    async def _serve(self) -> None:
        """Claim until told to end, or until the goal is met."""
        while self.run_state.state is not ProcessorState.DRAINING:
            self._poll_timer.reset()
            try:
                await self._releaser.reconcile(self.processor_id)
                if not self._may_claim():
                    await self._poll_timer.wait()
                elif await self._claim_and_call() and await self._goal_met():
                    return
            except StoreError as error:
                self._releaser.reconcile_needed = True
                await self._health.failed(error)

    def _may_claim(self) -> bool:
        held = HOLD_ALL in self._holds
        doubtful = (
            self._heartbeat.in_doubt or self._heartbeat.read_only or self._outbox.full
        )
        return self.run_state.may_claim and not held and not doubtful

    def _may_call(self) -> bool:
        return not self._heartbeat.presumed_dead

    async def _claim_and_call(self) -> bool:
        """One claim; True when nothing that may be called is due."""
        if self._slots.room == 0:
            await self._poll_timer.wait(wake_on_slot=True)
            return False
        processor_id = self.processor_id
        claimed = await self._claimer.claim(processor_id, self._holds, self._due_by)
        self._health.succeeded()
        self._take(claimed.jobs, processor_id)
        if not claimed.filled:
            await self._poll_timer.wait(wake_on_slot=claimed.slot_is_enough)
        return claimed.found_nothing

    def _take(self, claimed: Sequence[ClaimedJob], processor_id: int) -> None:
        if processor_id != self.processor_id or self._heartbeat.presumed_dead:
            self._releaser.reconcile_needed = True
            return  # others have them, or may have
        self._dispatcher.void(job.claim for job in claimed)
        self._slots.add(claimed)
        self._dispatcher.dispatch()

    async def _goal_met(self) -> bool:
        if self._goal is Goal.SERVE or self._slots.claims or self._outbox.waiting:
            return False
        if self._holds:
            return True  # what is due is held: it could be waited for, for ever
        due_by = self._due_by
        return not await self._connections.claim.run(
            lambda store: store.claims.anything_due(due_by)
        )

    async def _close(self) -> None:
        await self._caller.close()
        if self._registered:
            # If it fails, the others will declare it dead.
            with contextlib.suppress(StoreError, TimeoutError):
                processor_id = self.processor_id
                async with asyncio.timeout(RELEASE_TIMEOUT_SECS):
                    await self._connections.heartbeat.run(
                        lambda store: store.processors.unregister(processor_id)
                    )
        self._connections.disconnect()
        self.run_state.stopped()
        if self._registered:
            called, aborted = self._dispatcher.tally
            unrecorded = len(self._outbox)
            self._emit(ProcessorStopped(self.name, called, aborted, unrecorded))
