"""A processor in the test's own process, and the events it emits."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sq_console.config import DbSettings, ProcessorSettings, Settings
from sq_console.model import Retention
from sq_console.processor.events import Event
from sq_console.processor.status import Goal, Times
from sq_console.processor.thread import ProcessorThread
from sq_console.store import Store

E = TypeVar("E")

QUICK = Times(
    control=0.05, beat=0.2, rescue=0.2, doubt=0.6, fence=1.0, dead=1.5, grace=1.5
)
"""The processor's times, shortened alike."""


@dataclass
class EventRecorder:
    """The events of one processor."""

    events: list[Event] = field(default_factory=list)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


@contextlib.contextmanager
def processing(
    db: DbSettings,
    *,
    goal: Goal = Goal.SERVE,
    times: Times = QUICK,
    defer_to_others: bool = False,
    recorder: EventRecorder | None = None,
    open_store: Callable[[], Store] | None = None,
    retention: Retention | None = None,
    **settings: int,
) -> Iterator[ProcessorThread]:
    """Start a processor on *db*; stop it at the end, if it has not ended."""
    quick = replace(ProcessorSettings(concurrency=8, poll_ms=20), **settings)  # type: ignore[arg-type]
    thread = ProcessorThread(
        Settings(db, processor=quick, retention=retention or Retention()),
        emit=(recorder or EventRecorder()).events.append,
        goal=goal,
        defer_to_others=defer_to_others,
        open_store=open_store,
        times=times,
    )
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
        assert thread.join(20), "the processor did not end"
    assert thread.error is None, thread.error


def run_until_empty(db: DbSettings, **settings: int) -> EventRecorder:
    """Process until nothing is due; return the events."""
    recorder = EventRecorder()
    with processing(db, goal=Goal.UNTIL_EMPTY, recorder=recorder, **settings) as thread:
        assert thread.join(40), "it did not come to an end"
    return recorder
