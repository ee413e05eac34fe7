"""The orders a list can be put in, besides its own.

A list runs along a key of the table. Another order is made of the rows that were read,
and the screen says so: the slowest of 200 is not the slowest of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sq_console.model import JobSummary
from sq_console.ui.state.clock import secs_between
from sq_console.ui.state.panes import Pane


@dataclass(frozen=True, slots=True)
class SortOrder:
    """One order, named for what it compares."""

    name: str
    value: Callable[[JobSummary], float | str]
    descending: bool = False

    def sort(self, jobs: Sequence[JobSummary]) -> tuple[JobSummary, ...]:
        """Return *jobs* in this order; equal ones stay as they were."""
        return tuple(sorted(jobs, key=self.value, reverse=self.descending))


def _took_secs(job: JobSummary) -> float:
    if job.last_started_at is None or job.last_finished_at is None:
        return -1.0
    return secs_between(job.last_started_at, job.last_finished_at)


_HOST = SortOrder("host", lambda job: job.host)
_ORG = SortOrder("org", lambda job: job.organization_id or 0)
_CALLS = SortOrder("calls", lambda job: job.attempts, descending=True)
_ERROR = SortOrder("error", lambda job: job.last_error or "\uffff")
_TOOK = SortOrder("took", _took_secs, descending=True)
_STARTED = SortOrder(
    "start", lambda job: job.last_started_at.timestamp() if job.last_started_at else 0.0
)
SORT_ORDERS: dict[Pane, tuple[SortOrder, ...]] = {
    Pane.PENDING: (_HOST, _CALLS, _ERROR, _ORG),
    Pane.RUNNING: (_STARTED, _HOST, _CALLS, _ORG),
    Pane.FAILED: (_HOST, _ERROR, _CALLS, _ORG),
    Pane.DONE: (_TOOK, _HOST, _CALLS, _ORG),
}
"""By pane, in the order in which the key goes through them."""


def next_order(pane: Pane, now: SortOrder | None) -> SortOrder | None:
    """Return the order after *now*; None is the list's own, which follows the last."""
    orders: tuple[SortOrder | None, ...] = (None, *SORT_ORDERS.get(pane, ()))
    return orders[(orders.index(now) + 1) % len(orders)]
