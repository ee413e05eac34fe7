"""The registration of a processor: the id it claims under, and how long ago the
database confirmed that its row is there.

A heartbeat counts from before it was sent. Without a confirmed heartbeat a processor
first stops claiming, then makes no calls, before another processor may rescue its jobs.
After a suspend the process cannot tell how long it was stopped: the clock is one that
goes on while the machine sleeps, and it is read before anything is called.
"""

import secrets
import time
from collections.abc import Callable

from sq_console.processor.events import Emit, IdChosen
from sq_console.processor.status import Times

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's CLOCK_MONOTONIC stops while a laptop's lid is closed."""


def now_secs() -> float:
    """Return seconds of a clock that goes on while this process, or the machine, is
    stopped.
    """
    return time.clock_gettime(_CLOCK)


class Registration:
    """The row in `queued_job_processor`, and whether its claims still hold."""

    def __init__(
        self,
        name: str,
        concurrency: int,
        times: Times,
        emit: Emit,
        clock: Callable[[], float] = now_secs,
    ) -> None:
        self.name = name
        self.concurrency = concurrency
        self.processor_id = _new_id()
        self._times = times
        self._emit = emit
        self._clock = clock
        self._confirmed_at = clock()

    def renew(self) -> None:
        """Go on under a new id: the claims of the old one are void."""
        self.processor_id = _new_id()
        self._emit(IdChosen(self.processor_id))

    def confirm(self, sent_at: float) -> None:
        """The database has confirmed a heartbeat that was sent at *sent_at*."""
        self._confirmed_at = sent_at

    @property
    def unconfirmed_secs(self) -> float:
        """Seconds since the last confirmed heartbeat was sent."""
        return self._clock() - self._confirmed_at

    @property
    def in_doubt(self) -> bool:
        """No heartbeat was confirmed for so long that nothing should be claimed."""
        return self.unconfirmed_secs >= self._times.doubt

    @property
    def presumed_dead(self) -> bool:
        """No heartbeat was confirmed for so long that other processors may have rescued
        the jobs: nothing may be called.
        """
        return self.unconfirmed_secs >= self._times.fence

    def may_call(self) -> bool:
        """Is a call safe: are the claims of the present id still this processor's?"""
        return not self.presumed_dead

    def holds_claims_of(self, processor_id: int) -> bool:
        """Are claims made under *processor_id* still this processor's?"""
        return processor_id == self.processor_id and self.may_call()


def _new_id() -> int:
    """Return a random id of 63 bits: an id that came again would pass the fence."""
    return secrets.randbits(62) + 1
