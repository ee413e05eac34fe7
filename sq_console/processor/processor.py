"""The loop of a processor: claim what there is room for, dispatch it, until it is to
end or the goal is met.

It decides nothing about answers (`http.outcomes`), writes nothing itself (`pipeline`)
and knows no screen. When it ends it leaves nothing behind: the jobs it holds are
finished or released.
"""

import asyncio
import contextlib
from datetime import datetime
from typing import Any

from sq_console.config import Settings
from sq_console.errors import StoreError
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.connections import Connections
from sq_console.processor.events import Emit, ProcessorStarted, ProcessorStopped
from sq_console.processor.gate.ancestor_lock_keeper import AncestorLockKeeper
from sq_console.processor.gate.database_gate import DatabaseGate
from sq_console.processor.heartbeat import Heartbeat
from sq_console.processor.http.caller import Caller
from sq_console.processor.maintenance.bulk_worker import BulkWorker
from sq_console.processor.maintenance.pruning import HOLDS_SECS, PRUNE_SECS, Pruning
from sq_console.processor.maintenance.rescue import DeadProcessorRescue
from sq_console.processor.maintenance.retention_worker import RetentionWorker
from sq_console.processor.maintenance.runner import Duty, MaintenanceRunner
from sq_console.processor.pipeline.claimer import ClaimResult
from sq_console.processor.pipeline.pipeline import Pipeline
from sq_console.processor.registration import Registration
from sq_console.processor.run_state import RunState
from sq_console.processor.shutdown import RELEASE_TIMEOUT_SECS, Shutdown
from sq_console.processor.stalls.lane_watches import LaneWatches
from sq_console.processor.status import Goal, RunPlan, Status, Times
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.store_wait import StartCancelled, StoreWait
from sq_console.processor.wakeups import PollTimer
from sq_console.store import Store


class Processor:
    """Lives on one event loop; every method is called on it, but for `status`."""

    def __init__(
        self,
        all_settings: Settings,
        *,
        name: str,
        plan: RunPlan,
        times: Times,
        connections: Connections,
        health: StoreHealth,
        caller: Caller,
        input_priority: InputPriority,
        emit: Emit,
    ) -> None:
        settings = all_settings.processor
        self._plan = plan
        self._times = times
        self._connections = connections
        self._health = health
        self._caller = caller
        self._emit = emit
        self._due_by = plan.due_by
        self._poll_timer = PollTimer(settings.poll_ms)
        self._run_state = RunState(emit, self._poll_timer)
        self._registration = Registration(name, settings.concurrency, times, emit)
        self._pipeline = Pipeline(
            settings,
            self._registration,
            connections,
            caller,
            health,
            emit,
            input_priority,
            self._poll_timer,
        )
        self._gate = DatabaseGate(
            connections.heartbeat,
            self._run_state,
            self._pipeline,
            caller,
            plan.goal,
            every_secs=times.beat,
            beside_ancestor=settings.beside_ancestor,
        )
        self._lock_keeper = (
            AncestorLockKeeper(connections.claim, self._pipeline, health, times.control)
            if settings.beside_ancestor
            else None
        )
        self._heartbeat = Heartbeat(
            self._registration,
            connections,
            self._pipeline,
            self._run_state,
            self._gate,
            self._maintenance(),
            health,
            emit,
            times,
        )
        self._bulk_worker = BulkWorker(name, connections.bulk)
        self._retention_worker = RetentionWorker(
            name,
            connections.prune,
            all_settings.retention,
            emit,
            may_work=lambda: self._run_state.may_claim,
            is_busy=lambda: self._may_claim() and self._pipeline.finds_jobs,
        )
        self._shutdown = Shutdown(self._pipeline, settings.drain_secs, times.flush)
        self._lanes = LaneWatches(
            connections, times, has_outcomes=lambda: self._pipeline.outbox.waiting > 0
        )

    def _maintenance(self) -> MaintenanceRunner:
        name, lane = self._registration.name, self._connections.heartbeat
        rescue = DeadProcessorRescue(name, lane, self._health, self._emit, self._times)
        pruning = Pruning(lane)
        return MaintenanceRunner(
            [
                Duty(rescue.rescue, self._times.rescue),
                Duty(pruning.end_holds, HOLDS_SECS),
                Duty(pruning.prune_sums, PRUNE_SECS),
            ]
        )

    def pause(self, why: str) -> None:
        """Claim nothing until resumed."""
        self._run_state.pause(why)

    def resume(self) -> None:
        """Claim again."""
        self._run_state.resume()

    def drain(self) -> None:
        """Claim nothing more, and end when the calls have."""
        self._run_state.start_draining(self._pipeline.in_flight)

    def stop(self) -> None:
        """End without waiting for calls."""
        self.drain()
        self._shutdown.force()

    def status(self) -> Status:
        """Return how the processor stands; may be called from any thread."""
        return Status(
            state=self._run_state.state,
            processor_id=self._registration.processor_id,
            name=self._registration.name,
            concurrency=self._registration.concurrency,
            in_flight=self._pipeline.in_flight,
            waiting=self._pipeline.slots.waiting,
            unrecorded=len(self._pipeline.outbox),
            why_paused=self._run_state.pause_reason,
            trouble=self._health.trouble,
            called=self._pipeline.dispatcher.called_count,
            heartbeat_age_secs=self._registration.unconfirmed_secs,
            secs_since_answer=self._health.secs_since_answer,
            database_errors=self._health.errors,
            away_secs=self._health.away_secs,
            why_not_claiming=self._why_not_claiming(),
            is_all_held=not self._pipeline.claimer.may_find_jobs,
            stalled=self._lanes.stalled,
            is_blocked=self._run_state.is_blocked,
        )

    async def run(self, store_wait: StoreWait) -> None:
        """Run from the registration to the last record. Raises StoreError when the
        database is not there at the start, and *store_wait* does not wait for it.
        """
        await self._caller.open(self._registration.may_call)
        try:
            await self._start(store_wait)
            await self._work()
        finally:
            await self._close()
        if self._gate.error is not None:
            raise self._gate.error

    async def _start(self, store_wait: StoreWait) -> None:
        try:
            await store_wait.until_there(self._enter)
        except StartCancelled:
            if not self._heartbeat.registered:
                raise

    async def _enter(self) -> None:
        await self._gate.check()
        if not self._heartbeat.registered:
            await self._register()
        await self._heartbeat.tick()  # before the first claim: holds are known

    async def _register(self) -> None:
        now, others = await self._connections.heartbeat.run(self._read_others)
        if self._plan.goal is Goal.ONCE and self._due_by is None:
            self._due_by = now
        if self._plan.defer_to_others and others:
            self._run_state.pause(f"another processor is alive: {others[0]}")
        self._run_state.started()
        await self._heartbeat.register()
        registration = self._registration
        self._emit(ProcessorStarted(registration.name, registration.concurrency))

    def _read_others(self, store: Store) -> tuple[datetime, list[str]]:
        """Return the database's time, and the names of processors that run."""
        processors = store.reads.processors(self._times.dead)
        others = [p.name for p in processors if p.alive and p.state == "running"]
        return store.reads.now(), others

    async def _work(self) -> None:
        """Serve, with the writers and the heartbeat beside it; then shut down."""
        background = asyncio.gather(
            self._pipeline.outbox.write_forever(),
            self._pipeline.stats.write_forever(),
            self._heartbeat.beat_forever(),
            self._bulk_worker.work_forever(),
            *([self._lock_keeper.keep_forever()] if self._lock_keeper else []),
            self._retention_worker.work_forever(),
        )
        serving = asyncio.create_task(self._lanes.while_serving(self._serve()))
        drained = asyncio.create_task(self._run_state.drained.wait())
        parts: set[asyncio.Future[Any]] = {background, serving, drained}
        try:
            await asyncio.wait(parts, return_when="FIRST_COMPLETED")
            if background.done():
                background.result()
            self._run_state.goal_reached()
            await self._shutdown.drain_and_release(serving)
            if serving.done() and not serving.cancelled():
                serving.result()
        finally:
            self._pipeline.dispatcher.abort()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _serve(self) -> None:
        """Claim and dispatch until the processor is to end, or its goal is met."""
        while not self._run_state.is_draining:
            self._lanes.claim.moved()
            self._poll_timer.reset()
            try:
                await self._pipeline.releaser.reconcile()
                if not self._may_claim():
                    if self._is_all_held() and await self._goal_is_met():
                        return
                    await self._poll_timer.wait()
                elif await self._claim_and_dispatch() and await self._goal_is_met():
                    return
            except StoreError as error:
                self._pipeline.releaser.reconcile_soon()
                await self._health.failed(error)

    def _may_claim(self) -> bool:
        return (
            self._run_state.may_claim
            and self._pipeline.claimer.may_find_jobs
            and self._why_not_claiming() is None
        )

    def _why_not_claiming(self) -> str | None:
        """Return why nothing is to be claimed while the processor runs."""
        if self._heartbeat.read_only:
            return "the server is read-only"
        if self._registration.in_doubt:
            return "no heartbeat was confirmed lately"
        if self._pipeline.outbox.full:
            return "too many outcomes are not recorded yet"
        return None

    def _is_all_held(self) -> bool:
        """Is there nothing to claim because operators hold everything?"""
        claimer = self._pipeline.claimer
        return self._run_state.may_claim and not claimer.may_find_jobs

    async def _claim_and_dispatch(self) -> bool:
        """Make one claim; return whether nothing that may be called is due."""
        if self._pipeline.slots.room == 0:
            await self._poll_timer.wait(wake_on_slot=True)
            return False
        claimed = await self._pipeline.claimer.claim(self._due_by)
        self._health.succeeded()
        self._accept(claimed)
        if not claimed.filled:
            await self._poll_timer.wait(wake_on_slot=claimed.wake_on_slot)
        return claimed.found_nothing

    def _accept(self, claimed: ClaimResult) -> None:
        still_ours = self._registration.holds_claims_of(claimed.processor_id)
        if still_ours and not self._run_state.is_blocked:
            self._pipeline.accept(claimed.jobs)
        else:
            self._pipeline.releaser.reconcile_soon()  # others have them, or may have

    async def _goal_is_met(self) -> bool:
        if self._plan.goal is Goal.SERVE or not self._pipeline.is_empty:
            return False
        if self._pipeline.claimer.holds:
            return True  # a hold may last for ever, and so would the wait for its jobs
        due_by = self._due_by
        return not await self._connections.claim.run(
            lambda store: store.claims.anything_due(due_by)
        )

    async def _close(self) -> None:
        await self._caller.aclose()
        registered = self._heartbeat.registered
        if registered:
            # If it fails, the other processors will declare this one dead.
            with contextlib.suppress(StoreError, TimeoutError):
                async with asyncio.timeout(RELEASE_TIMEOUT_SECS):
                    await self._heartbeat.unregister()
            with contextlib.suppress(StoreError, TimeoutError):
                async with asyncio.timeout(RELEASE_TIMEOUT_SECS):
                    await self._retention_worker.leave_duty()
        self._connections.disconnect()
        self._run_state.stopped()
        if registered:
            self._emit_stopped()

    def _emit_stopped(self) -> None:
        dispatcher = self._pipeline.dispatcher
        self._emit(
            ProcessorStopped(
                self._registration.name,
                called=dispatcher.called_count,
                aborted=dispatcher.aborted_count,
                unrecorded=len(self._pipeline.outbox),
            )
        )
