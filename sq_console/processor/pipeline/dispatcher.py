"""Calls in flight: started when there is a slot, ended by their answer, a kill, or an
abort.

Every call is one asyncio task; what becomes of it is decided when it is done, in one
place, also if it was cancelled before it began. A call that ended without an outcome is
among the *aborted*, to be given back.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial

from sq_console.model import Claim, ClaimedJob, KillRequest, Outcome, ResultCode
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.events import CallStarted, Emit, OutcomeLost
from sq_console.processor.http import outcomes
from sq_console.processor.http.caller import Caller
from sq_console.processor.pipeline.outbox import Outbox

_Call = asyncio.Task[Outcome]


class Dispatcher:
    """Fills the slots from the waiting jobs and empties them into the outbox."""

    def __init__(
        self,
        slots: Slots,
        caller: Caller,
        outbox: Outbox,
        input_priority: InputPriority,
        emit: Emit,
        may_call: Callable[[], bool],
        processor_id: Callable[[], int],
        slot_freed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots = slots
        self._caller = caller
        self._outbox = outbox
        self._input_priority = input_priority
        self._emit = emit
        self._may_call = may_call
        self._processor_id = processor_id
        self._slot_freed = slot_freed
        self._clock = clock
        self._killers: dict[_Call, str] = {}
        self._void: set[_Call] = set()
        self._paused_for_input: asyncio.TimerHandle | None = None
        self.aborted: list[ClaimedJob] = []
        self._aborted_ever = 0

    @property
    def tally(self) -> tuple[int, int]:
        """Calls that came to an outcome since the start, and those that did not."""
        return self._slots.ended - self._aborted_ever, self._aborted_ever

    def dispatch(self) -> None:
        """Start what there are slots for, unless a person is typing, or the claims may
        be void: then the fence takes them. What waits was claimed under the id of now:
        the fence lets nothing wait beyond it.
        """
        quiet_secs = self._input_priority.left_secs()
        if quiet_secs > 0:
            self._dispatch_later(quiet_secs)
            return
        while self._may_call() and (job := self._slots.next()) is not None:
            self._start(job, self._processor_id())

    def _dispatch_later(self, quiet_secs: float) -> None:
        if self._paused_for_input is None:
            loop = asyncio.get_running_loop()
            self._paused_for_input = loop.call_later(quiet_secs, self._resume_dispatch)

    def _resume_dispatch(self) -> None:
        self._paused_for_input = None
        self.dispatch()

    def _start(self, job: ClaimedJob, processor_id: int) -> None:
        log = self._caller.opening(job)
        self._emit(CallStarted(job.id, job.attempt, log[0].msg))
        call = asyncio.create_task(self._caller.call(job, log))
        self._slots.call_started(job, call)
        call.add_done_callback(
            partial(self._ended, job, log, processor_id, self._clock())
        )

    def _ended(
        self,
        job: ClaimedJob,
        log: outcomes.Log,
        processor_id: int,
        began: float,
        call: _Call,
    ) -> None:
        outcome = self._outcome_of(job, log, int(1000 * (self._clock() - began)), call)
        self._slots.call_ended(job, responded=_responded(outcome))
        if call in self._void:
            self._void.discard(call)
            self._aborted_ever += 1
            self._emit(OutcomeLost(job.id, job.attempt))
        elif outcome is None:
            self.aborted.append(job)
            self._aborted_ever += 1
        else:
            self._outbox.put(processor_id, outcome)
        self._slot_freed()
        self.dispatch()

    def _outcome_of(
        self, job: ClaimedJob, log: outcomes.Log, duration_ms: int, call: _Call
    ) -> Outcome | None:
        killer = self._killers.pop(call, None)
        if not call.cancelled():
            error = call.exception()
            if error is None:
                return call.result()
            return outcomes.broken(job, log, error, duration_ms)
        if killer is None:
            return None
        return outcomes.killed(job, log, killer, duration_ms)

    def kill(self, requests: Iterable[KillRequest]) -> None:
        """Abort these attempts; one not called yet ends without a call."""
        for request in requests:
            waiting = self._slots.take_one_waiting(request.claim)
            if waiting is not None:
                outcome = outcomes.killed(waiting, (), request.by, 0)
                self._outbox.put(self._processor_id(), outcome)
                continue
            call = self._slots.call_of(request.claim)
            if call is not None:
                self._killers[call] = request.by
                call.cancel()

    def void(self, claims: Iterable[Claim]) -> None:
        """These have been claimed anew, because somebody set their rows back: what was
        done under the earlier claims of the same name is nobody's outcome.
        """
        for claim in claims:
            self._slots.take_one_waiting(claim)
            self._outbox.drop(self._processor_id(), claim)
            call = self._slots.call_of(claim)
            if call is not None:
                self._void.add(call)
                call.cancel()

    def abort(self) -> int:
        """Cancel all calls without an outcome; how many."""
        calls = self._slots.calls()
        for call in calls:
            call.cancel()
        return len(calls)

    def take_aborted(self) -> list[ClaimedJob]:
        """What ended without an outcome since the last time."""
        taken, self.aborted = self.aborted, []
        return taken


def _responded(outcome: Outcome | None) -> bool | None:
    """Did the handler, or its machine, say anything? None: it had no time to."""
    if outcome is None or outcome.result is ResultCode.KILLED:
        return None
    return outcome.error != "timeout"
