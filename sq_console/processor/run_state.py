"""Running, paused or draining: what the processor was told last, by whom."""

import asyncio
from collections.abc import Callable

from sq_console.model import ProcessorState, Wanted
from sq_console.processor.events import (
    DrainStarted,
    Emit,
    ProcessorPaused,
    ProcessorResumed,
)


class RunState:
    """The state of one processor. One thread turns it."""

    def __init__(self, emit: Emit, turned: Callable[[], None]) -> None:
        self._emit = emit
        self._changed = turned
        self._last_wanted = Wanted.RUN
        self.state = ProcessorState.STARTING
        self.pause_reason: str | None = None
        self.drained = asyncio.Event()
        """Set when nothing more is to be taken, ever."""

    @property
    def may_claim(self) -> bool:
        """May new jobs be taken?"""
        return self.state is ProcessorState.RUNNING

    def started(self) -> None:
        """The start is over."""
        if self.state is ProcessorState.STARTING:
            self._set(ProcessorState.RUNNING)

    def pause(self, why: str) -> None:
        """Take nothing new until resumed."""
        if self.state in (ProcessorState.STARTING, ProcessorState.RUNNING):
            self._set(ProcessorState.PAUSED, why)
            self._emit(ProcessorPaused(why))

    def resume(self) -> None:
        """Take jobs again."""
        if self.state is ProcessorState.PAUSED:
            self._set(ProcessorState.RUNNING)
            self._emit(ProcessorResumed())

    def start_draining(self, in_flight: int) -> None:
        """Take nothing more, ever. There is no way back."""
        if self.state not in (ProcessorState.DRAINING, ProcessorState.STOPPED):
            self._set(ProcessorState.DRAINING)
            self._emit(DrainStarted(in_flight))

    def goal_reached(self) -> None:
        """It is about to end by itself: as if drained, but nobody asked."""
        if self.state is not ProcessorState.STOPPED:
            self._set(ProcessorState.DRAINING)

    def stopped(self) -> None:
        """It has ended."""
        self.state = ProcessorState.STOPPED

    def _set(self, state: ProcessorState, why_paused: str | None = None) -> None:
        self.state, self.pause_reason = state, why_paused
        if state is ProcessorState.DRAINING:
            self.drained.set()
        self._changed()

    def apply(self, wanted: Wanted, in_flight: int) -> None:
        """Do what the table says, when it says something new: whoever turned the switch
        last, here or there, has his way."""
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
