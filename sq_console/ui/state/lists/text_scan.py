"""A search in bodies or answers, which are too long to be read again every second.

It goes through the newest `SEARCH_WINDOW` jobs of a list once, a few windows for each
reading of the screen, so that keys act in between; a new filter ends it. What it found
stays found, and is shown as it is now.
"""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from sq_console.model import SEARCH_WINDOW, TEXT_WINDOW, JobFilter, JobState
from sq_console.store import Store
from sq_console.ui.state.panes import WINDOW

STEP_SECS = 0.15
"""One reading searches for about so long."""


class TextScan:
    """The search of one list; it is used on the store's lane only."""

    def __init__(
        self,
        wanted: JobFilter,
        states: tuple[JobState, ...],
        steady: Callable[[], float] = monotonic,
    ) -> None:
        self.found: list[int] = []
        """The ids found so far, in the list's order."""
        self.looked_at = 0
        """Jobs looked at, about."""
        self._wanted = wanted
        self._left = list(states)
        self._in_state = 0
        self._after: str | None = None
        self._is_cut = False
        self._steady = steady

    @property
    def is_over(self) -> bool:
        """Is nothing left to be looked at?"""
        return not self._left

    @property
    def has_seen_all(self) -> bool:
        """Has it looked at all jobs of the list?"""
        return self.is_over and not self._is_cut

    @property
    def is_full(self) -> bool:
        """Has it found more than a list shows?"""
        return len(self.found) > WINDOW

    def step(self, store: Store) -> None:
        """Go on for a moment, one window at least."""
        until = self._steady() + STEP_SECS
        while self._left:
            self._look(store, self._left[0])
            if self._steady() >= until:
                break

    def _look(self, store: Store, state: JobState) -> None:
        page = store.reads.jobs(
            replace(self._wanted, state=state), TEXT_WINDOW, self._after
        )
        self.found += [job.id for job in page.jobs]
        self._after = page.next
        self._in_state += TEXT_WINDOW
        self.looked_at += TEXT_WINDOW
        ends = self._in_state >= SEARCH_WINDOW or self.is_full
        if page.next is not None and ends:
            self._is_cut = True
        if page.next is None or ends:
            self._left.pop(0)
            self._in_state, self._after = 0, None
