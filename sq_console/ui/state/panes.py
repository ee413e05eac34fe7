"""The panes of the main screen: what each lists, and which share a place."""

from enum import StrEnum

from sq_console.model import Counts, JobFilter, JobState

WINDOW = 200
"""Rows of a list at most; other pages are a key away."""


class Pane(StrEnum):
    """A part of the main screen; its key is its place in this list."""

    CAUSES = "causes"
    PENDING = "pending"
    RUNNING = "running"
    FAILED = "failed"
    LOG = "log"
    DONE = "done"
    """Succeeded and killed jobs; shares the place of FAILED."""

    @property
    def key(self) -> str:
        """`0` to `5`."""
        return str(list(Pane).index(self))

    @property
    def heading(self) -> str:
        """`Pending`."""
        return self.value.capitalize()


LISTS = (Pane.PENDING, Pane.RUNNING, Pane.FAILED, Pane.DONE)
STATES: dict[Pane, tuple[JobState, ...]] = {
    Pane.PENDING: (JobState.PENDING,),
    Pane.RUNNING: (JobState.RUNNING,),
    Pane.FAILED: (JobState.FAILED,),
    Pane.DONE: (JobState.SUCCEEDED, JobState.KILLED, JobState.SET_ASIDE),
}


def states_of(pane: Pane, wanted: JobFilter) -> tuple[JobState, ...]:
    """Return the pane's states, or the one the filter names."""
    named, states = wanted.state, STATES[pane]
    return states if named is None else tuple(s for s in states if s is named)


def pane_of(state: JobState) -> Pane:
    """Return the pane that lists jobs in *state*."""
    return next(pane for pane, states in STATES.items() if state in states)


def jobs_in(pane: Pane, counts: Counts) -> tuple[int, ...]:
    """Return the counts of the jobs that the pane would list without a filter."""
    return {
        Pane.PENDING: (counts.due, counts.waiting),
        Pane.RUNNING: (counts.running,),
        Pane.FAILED: (counts.failed,),
        Pane.DONE: (counts.succeeded, counts.killed),
        Pane.LOG: (),
        Pane.CAUSES: (),
    }[pane]
