"""Rows that the database refuses to change, by a trigger or a CHECK: each harms itself
only.

An UPDATE of many that is refused is done in halves, down to the row that is the reason;
that row is left alone for a while, and told of. Where row after row is refused it is
not this or that one, but the table: then the refusal is everybody's.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from sq_console.errors import RowRefused, StoreRefused
from sq_console.model import StuckJob
from sq_console.store.base import Params, Session
from sq_console.store.dialect import in_list

REFUSED = (RowRefused, StoreRefused)
AGAIN_SECS = 30.0
"""A row that was refused is left alone for so long."""
MOST = 1_000
"""Rows left alone; the longest known are tried again first."""
TABLE_AFTER = 20
"""So many refused, and none not."""


class Refusals:
    """Those met over one session."""

    def __init__(
        self, session: Session, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._clock = clock
        self._until: dict[int, float] = {}
        self._untold: dict[int, StuckJob] = {}

    def left_alone(self) -> list[int]:
        """Ids of jobs not to be tried for now, ascending."""
        if self._until:
            now = self._clock()
            self._until = {i: until for i, until in self._until.items() if until > now}
        return sorted(self._until)

    def take_stuck(self) -> tuple[StuckJob, ...]:
        """What was refused since the last time."""
        untold = tuple(self._untold.values())
        self._untold.clear()
        return untold

    def update(
        self, statement: str, ids: Sequence[int], doing: str, before: Params = ()
    ) -> set[int]:
        """Run *statement* (`… id IN `) for *ids*, of rows that are locked; those it
        changed. Raises the refusal when it is everybody's.
        """
        refused: list[StuckJob] = []
        done: set[int] = set()
        parts = deque([sorted(ids)] if ids else [])
        while parts:
            part = parts.popleft()  # large ones first: one of them may be well whole
            try:
                if self._session.run(f"{statement}{in_list(part)}", (*before, *part)):
                    done.update(part)
            except REFUSED as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[:middle], part[middle:]]
                    continue
                refused.append(StuckJob(part[0], doing, str(error)))
                if len(refused) >= TABLE_AFTER and not done:
                    raise
        for stuck in refused:
            self._leave_alone(stuck)
        return done

    def _leave_alone(self, stuck: StuckJob) -> None:
        self._until.pop(stuck.job_id, None)
        if len(self._until) >= MOST:
            del self._until[next(iter(self._until))]
        self._until[stuck.job_id] = self._clock() + AGAIN_SECS
        self._untold[stuck.job_id] = stuck
