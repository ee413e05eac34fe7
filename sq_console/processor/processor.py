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
from sq_console.processor.capacity.input_priority import Courtesy
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.connections import Lanes
from sq_console.processor.events import (
    Emit,
    IdChosen,
    ProcessorStarted,
    ProcessorStopped,
    SelfFenced,
)
from sq_console.processor.heartbeat import Pulse
from sq_console.processor.http.caller import Caller
from sq_console.processor.pipeline.claimer import Claiming
from sq_console.processor.pipeline.dispatcher import Calls
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.pipeline.releaser import GivingBack
from sq_console.processor.pipeline.stats_writer import Counting
from sq_console.processor.run_state import Switch
from sq_console.processor.shutdown import MOMENT_SECS, Ending
from sq_console.processor.status import Goal, Status, Times
from sq_console.processor.store_health import Weather
from sq_console.processor.store_wait import Beginning, Left
from sq_console.processor.wakeups import Naps
from sq_console.store.contract import Store

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
        lanes: Lanes,
        weather: Weather,
        beginning: Beginning,
        caller: Caller,
        emit: Emit,
        goal: Goal,
        defer_to_others: bool,
        due_by: datetime | None,
        courtesy: Courtesy,
        times: Times,
    ) -> None:
        self._settings = settings.processor
        self._emit = emit
        self._goal = goal
        self._defer_to_others = defer_to_others
        self._times = times
        self._lanes = lanes
        self._weather = weather
        self._beginning = beginning
        self._slots = Slots(self._settings.concurrency, self._settings.host_cap)
        self._caller = caller
        self._claiming = Claiming(lanes.claim, self._slots, emit)
        self._naps = Naps(self._settings.poll_ms)
        self._counting = Counting(lanes.record, emit, lambda: self.processor_id)
        self._outbox = Outbox(lanes.record, self._weather, emit, self._counting)
        self._calls = Calls(
            self._slots,
            self._caller,
            self._outbox,
            courtesy,
            emit,
            self._settings.max_timeout_secs,
            self._may_call,
            lambda: self.processor_id,
            self._naps.freed,
        )
        self._pulse = Pulse(self, lanes.pulse, self._weather, emit, times)
        self._giving_back = GivingBack(
            lanes.claim, self._slots, self._calls, self._outbox, self._weather, emit
        )
        self._holds: frozenset[str] = frozenset()
        self._due_by = due_by
        self._ending = Ending(
            self._slots,
            self._calls,
            self._outbox,
            self._counting,
            self._giving_back,
            self._settings.drain_secs,
            times.flush,
        )
        self._registered = False
        self.switch = Switch(emit, self._naps.turned)
        self.processor_id: int = new_id()
        self.name = name
        self.concurrency = self._settings.concurrency

    # What the pulse asks and tells (see `pulse.Heart`).

    @property
    def state(self) -> ProcessorState:
        """What it is doing."""
        return self.switch.state

    @property
    def in_flight(self) -> int:
        """Calls in flight."""
        return self._slots.in_flight

    def obey(self, control: Control) -> None:
        """Do what operators want."""
        self._holds = control.holds
        self._calls.kill(control.kills)
        if control.wanted is not None:
            self.switch.obey(control.wanted, self.in_flight)

    def fence(self, reason: str) -> None:
        """Abort everything: it is, or will be, called elsewhere."""
        self._slots.take_waiting()
        self._emit(SelfFenced(reason, self._calls.abort()))
        self._giving_back.uncertain = True

    def cut_off(self) -> None:
        """The server is not to be written to: let new connections find that out."""
        self._lanes.renew()

    def reborn(self) -> None:
        """Go on under a new id: the old one's claims are void."""
        self.processor_id = new_id()
        self._emit(IdChosen(self.processor_id))

    def status(self) -> Status:
        """How it stands; may be called from any thread."""
        return Status(
            state=self.switch.state,
            processor_id=self.processor_id,
            name=self.name,
            concurrency=self.concurrency,
            in_flight=self._slots.in_flight,
            waiting=self._slots.waiting,
            unrecorded=len(self._outbox),
            why_paused=self.switch.why_paused,
            trouble=self._weather.trouble,
            called=self._calls.tally[0],
        )

    def stop(self) -> None:
        """End without waiting for calls."""
        self.switch.drain(self.in_flight)
        self._ending.hurry.set()

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
        except Left:
            if not self._registered:
                raise

    async def _work(self) -> None:
        background = asyncio.gather(
            self._outbox.run(), self._counting.run(), self._pulse.run()
        )
        serving = asyncio.create_task(self._serve())
        drained = asyncio.create_task(self.switch.drained.wait())
        parts: set[asyncio.Future[Any]] = {background, serving, drained}
        try:
            await asyncio.wait(parts, return_when="FIRST_COMPLETED")
            if background.done():
                background.result()
            self.switch.ending()
            await self._ending.run(self.processor_id, serving)
            if serving.done() and not serving.cancelled():
                serving.result()
        finally:
            self._calls.abort()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _open(self) -> None:
        if not self._registered:
            await self._register()
        await self._pulse.look()  # before the first claim: what is held stays held

    async def _register(self) -> None:
        def look(store: Store) -> tuple[datetime, list[str]]:
            processors = store.reads.processors(self._times.dead)
            others = [p.name for p in processors if p.alive and p.state == "running"]
            return store.reads.now(), others

        now, others = await self._lanes.pulse.run(look)
        if self._goal is Goal.ONCE and self._due_by is None:
            self._due_by = now
        if self._defer_to_others and others:
            self.switch.pause(f"another processor is alive: {others[0]}")
        self.switch.run()
        self.reborn()  # each time it is tried: the last try may have come through
        await self._lanes.pulse.run(self._pulse.register)
        self._registered = True
        self._emit(ProcessorStarted(self.name, self.concurrency))

    async def _serve(self) -> None:
        """Claim until told to end, or until the goal is met."""
        while self.switch.state is not ProcessorState.DRAINING:
            self._naps.begin()
            try:
                await self._giving_back.settle(self.processor_id)
                if not self._may_claim():
                    await self._naps.nap()
                elif await self._claim_and_call() and await self._goal_met():
                    return
            except StoreError as error:
                self._giving_back.uncertain = True
                await self._weather.bad(error)

    def _may_claim(self) -> bool:
        held = HOLD_ALL in self._holds
        doubtful = self._pulse.in_doubt or self._pulse.read_only or self._outbox.full
        return self.switch.claiming and not held and not doubtful

    def _may_call(self) -> bool:
        return not self._pulse.presumed_dead

    async def _claim_and_call(self) -> bool:
        """One claim; True when nothing that may be called is due."""
        if self._slots.room == 0:
            await self._naps.nap(freed_is_enough=True)
            return False
        processor_id = self.processor_id
        claimed = await self._claiming.claim(processor_id, self._holds, self._due_by)
        self._weather.good()
        self._take(claimed.jobs, processor_id)
        if not claimed.filled:
            await self._naps.nap(freed_is_enough=claimed.slot_is_enough)
        return claimed.found_nothing

    def _take(self, claimed: Sequence[ClaimedJob], processor_id: int) -> None:
        if processor_id != self.processor_id or self._pulse.presumed_dead:
            self._giving_back.uncertain = True
            return  # others have them, or may have
        self._calls.void(job.claim for job in claimed)
        self._slots.add(claimed)
        self._calls.dispatch()

    async def _goal_met(self) -> bool:
        if self._goal is Goal.SERVE or self._slots.claims or self._outbox.waiting:
            return False
        if self._holds:
            return True  # what is due is held: it could be waited for, for ever
        due_by = self._due_by
        return not await self._lanes.claim.run(
            lambda store: store.claims.anything_due(due_by)
        )

    async def _close(self) -> None:
        await self._caller.close()
        if self._registered:
            # If it fails, the others will declare it dead.
            with contextlib.suppress(StoreError, TimeoutError):
                processor_id = self.processor_id
                async with asyncio.timeout(MOMENT_SECS):
                    await self._lanes.pulse.run(
                        lambda store: store.liveness.unregister(processor_id)
                    )
        self._lanes.close()
        self.switch.stopped()
        if self._registered:
            called, aborted = self._calls.tally
            unrecorded = len(self._outbox)
            self._emit(ProcessorStopped(self.name, called, aborted, unrecorded))
