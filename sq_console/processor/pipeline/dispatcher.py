"""Calls in flight: started when there is a slot, ended by their answer, a kill, or an
abort.

Every call is one asyncio task. Its outcome is decided when it is done, in one place,
also if it was cancelled before it began. A job whose call ended without an outcome is
*aborted*, and is released.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from sq_console.model import Claim, ClaimedJob, KillRequest, Outcome, ResultCode
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.events import CallStarted, Emit, OutcomeLost
from sq_console.processor.http import outcomes
from sq_console.processor.http.caller import Caller
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.registration import Registration
from sq_console.processor.wakeups import PollTimer

_Call = asyncio.Task[Outcome]


class _Attempt(NamedTuple):
    """One call in flight, and what its outcome is made of."""

    job: ClaimedJob
    processor_id: int
    """The id of the claim."""
    log: outcomes.Log
    """The rows that the attempt's log begins with."""
    started_at: float


class Dispatcher:
    """Fills the slots from the waiting jobs and empties them into the outbox."""

    def __init__(
        self,
        registration: Registration,
        slots: Slots,
        caller: Caller,
        outbox: Outbox,
        input_priority: InputPriority,
        poll_timer: PollTimer,
        emit: Emit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registration = registration
        self._slots = slots
        self._caller = caller
        self._outbox = outbox
        self._input_priority = input_priority
        self._poll_timer = poll_timer
        self._emit = emit
        self._clock = clock
        self._killed_by: dict[_Call, str] = {}
        self._void: set[_Call] = set()
        self._delayed: asyncio.TimerHandle | None = None
        self._aborted: list[ClaimedJob] = []
        self.aborted_count = 0
        """Calls that ended without an outcome since the start."""

    @property
    def called_count(self) -> int:
        """Calls that came to an outcome since the start."""
        return self._slots.ended - self.aborted_count

    def dispatch(self) -> None:
        """Start calls while there are slots, unless a key was just pressed or the
        claims may be void: then the fence drops the jobs. Waiting jobs were claimed
        under the present id: the fence lets none of an earlier id wait.
        """
        delay_secs = self._input_priority.left_secs()
        if delay_secs > 0:
            self._dispatch_after(delay_secs)
            return
        while self._registration.may_call() and (job := self._slots.next()) is not None:
            self._start(job)

    def _dispatch_after(self, delay_secs: float) -> None:
        if self._delayed is None:
            loop = asyncio.get_running_loop()
            self._delayed = loop.call_later(delay_secs, self._resume_dispatch)

    def _resume_dispatch(self) -> None:
        self._delayed = None
        self.dispatch()

    def _start(self, job: ClaimedJob) -> None:
        log = self._caller.opening(job)
        self._emit(CallStarted(job.id, job.attempt, log[0].msg))
        call = asyncio.create_task(self._caller.call(job, log))
        self._slots.call_started(job, call)
        attempt = _Attempt(job, self._registration.processor_id, log, self._clock())
        call.add_done_callback(partial(self._ended, attempt))

    def _ended(self, attempt: _Attempt, call: _Call) -> None:
        job = attempt.job
        outcome = self._outcome_of(attempt, call)
        self._slots.call_ended(job, responded=_responded(outcome))
        if call in self._void:
            self._void.discard(call)
            self.aborted_count += 1
            self._emit(OutcomeLost(job.id, job.attempt))
        elif outcome is None:
            self._aborted.append(job)
            self.aborted_count += 1
        else:
            self._outbox.put(attempt.processor_id, self._caller.masked(outcome))
        self._poll_timer.slot_freed()
        self.dispatch()

    def _outcome_of(self, attempt: _Attempt, call: _Call) -> Outcome | None:
        job, log = attempt.job, attempt.log
        duration_ms = int(1000 * (self._clock() - attempt.started_at))
        killed_by = self._killed_by.pop(call, None)
        if not call.cancelled():
            error = call.exception()
            if error is None:
                return call.result()
            return outcomes.broken(job, log, error, duration_ms)
        if killed_by is None:
            return None
        return outcomes.killed(job, log, killed_by, duration_ms)

    def kill(self, requests: Iterable[KillRequest]) -> None:
        """Abort these attempts; one not called yet ends without a call."""
        for request in requests:
            waiting = self._slots.take_one_waiting(request.claim)
            if waiting is not None:
                outcome = outcomes.killed(waiting, (), request.by, 0)
                self._outbox.put(self._registration.processor_id, outcome)
                continue
            call = self._slots.call_of(request.claim)
            if call is not None:
                self._killed_by[call] = request.by
                call.cancel()

    def void(self, claims: Iterable[Claim]) -> None:
        """These have been claimed again, because somebody set their rows back: an
        outcome under the earlier claim of the same name belongs to nobody.
        """
        for claim in claims:
            self._slots.take_one_waiting(claim)
            self._outbox.drop(self._registration.processor_id, claim)
            call = self._slots.call_of(claim)
            if call is not None:
                self._void.add(call)
                call.cancel()

    def abort(self) -> int:
        """Cancel all calls without an outcome; return how many."""
        calls = self._slots.calls()
        for call in calls:
            call.cancel()
        return len(calls)

    def take_aborted(self) -> list[ClaimedJob]:
        """Return, once, the jobs whose calls ended without an outcome."""
        aborted, self._aborted = self._aborted, []
        return aborted


def _responded(outcome: Outcome | None) -> bool | None:
    """Did the handler, or its machine, respond at all? None: it had no time to."""
    if outcome is None or outcome.result is ResultCode.KILLED:
        return None
    return outcome.error != "timeout"
