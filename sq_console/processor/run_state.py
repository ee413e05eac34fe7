"""Starting, running, paused, draining or stopped: what a processor does at present. The
latest request wins, whether it came from this process or from the table.
"""

import asyncio

from sq_console.model import ProcessorState, Wanted
from sq_console.processor.events import (
    DrainStarted,
    Emit,
    ProcessorPaused,
    ProcessorResumed,
)
from sq_console.processor.wakeups import PollTimer


class RunState:
    """The state of one processor; one thread changes it."""

    def __init__(self, emit: Emit, poll_timer: PollTimer) -> None:
        self._emit = emit
        self._poll_timer = poll_timer
        self._last_wanted = Wanted.RUN
        self._state = ProcessorState.STARTING
        self._pause_reason: str | None = None
        self._blocked_by: str | None = None
        self.drained = asyncio.Event()
        """Set when nothing more is to be claimed, ever."""

    @property
    def state(self) -> ProcessorState:
        """Return the state; a processor that is blocked is paused to all who look."""
        if self._blocked_by is not None and self._state is ProcessorState.RUNNING:
            return ProcessorState.PAUSED
        return self._state

    @property
    def pause_reason(self) -> str | None:
        """Return why nothing is claimed: an obstacle before an operator's pause."""
        return self._blocked_by or self._pause_reason

    @property
    def is_blocked(self) -> bool:
        """Is there an obstacle, which no operator's resume removes?"""
        return self._blocked_by is not None

    def block(self, why: str) -> None:
        """Claim nothing until unblocked, whatever operators want."""
        if why == self._blocked_by:
            return
        self._blocked_by = why
        self._poll_timer.state_changed()
        self._emit(ProcessorPaused(why))

    def unblock(self) -> None:
        """The obstacle is gone."""
        if self._blocked_by is None:
            return
        self._blocked_by = None
        self._poll_timer.state_changed()
        if self.may_claim:
            self._emit(ProcessorResumed())

    @property
    def may_claim(self) -> bool:
        """May new jobs be claimed?"""
        return self.state is ProcessorState.RUNNING

    @property
    def is_draining(self) -> bool:
        """Is nothing more to be claimed, ever?"""
        return self._state is ProcessorState.DRAINING

    def started(self) -> None:
        """The start is over."""
        if self._state is ProcessorState.STARTING:
            self._change(ProcessorState.RUNNING)

    def pause(self, why: str) -> None:
        """Claim nothing until resumed."""
        if self._state in (ProcessorState.STARTING, ProcessorState.RUNNING):
            self._change(ProcessorState.PAUSED, why)
            self._emit(ProcessorPaused(why))

    def resume(self) -> None:
        """Claim jobs again."""
        if self._state is ProcessorState.PAUSED:
            self._change(ProcessorState.RUNNING)
            self._emit(ProcessorResumed())

    def start_draining(self, in_flight: int) -> None:
        """Claim nothing more, ever. There is no way back."""
        if self._state not in (ProcessorState.DRAINING, ProcessorState.STOPPED):
            self._change(ProcessorState.DRAINING)
            self._emit(DrainStarted(in_flight))

    def goal_reached(self) -> None:
        """The processor is about to end by itself: as if drained, but nobody asked."""
        if self._state is not ProcessorState.STOPPED:
            self._change(ProcessorState.DRAINING)

    def stopped(self) -> None:
        """The processor has ended."""
        self._state = ProcessorState.STOPPED

    def _change(self, state: ProcessorState, pause_reason: str | None = None) -> None:
        self._state, self._pause_reason = state, pause_reason
        if state is ProcessorState.DRAINING:
            self.drained.set()
        self._poll_timer.state_changed()

    def apply(self, wanted: Wanted, in_flight: int) -> None:
        """Do what the table asks for, when it asks for something new: a request made
        here since then stays.
        """
        if wanted is self._last_wanted:
            return
        self._last_wanted = wanted
        match wanted:
            case Wanted.RUN:
                self.resume()
            case Wanted.PAUSE:
                self.pause("paused by an operator")
            case Wanted.DRAIN:
                self.start_draining(in_flight)
