"""Where the jobs of log rows lead: the rows do not say it, the jobs do."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sq_console.rules.log_filter import JobPlace

if TYPE_CHECKING:  # a verb that follows no log does not load them
    from sq_console.store.queries.reads import StoreReads

_MOST_PLACES = 5_000
_PLACES_AT_ONCE = 500


class LogPlaces:
    """Where the jobs of the log lead: each is looked up once, as long as it is among
    the last few thousand.
    """

    def __init__(self) -> None:
        self._known: dict[int, JobPlace | None] = {}

    def of(self, reads: StoreReads, job_ids: Collection[int]) -> dict[int, JobPlace]:
        """Return the places of these jobs; those that are gone have none."""
        missing = sorted(set(job_ids) - self._known.keys() - {0})
        if len(self._known) + len(missing) > _MOST_PLACES:
            self._known.clear()
            missing = sorted(set(job_ids) - {0})
        for start in range(0, len(missing), _PLACES_AT_ONCE):
            part = missing[start : start + _PLACES_AT_ONCE]
            self._known |= dict.fromkeys(part) | reads.job_places(part)
        found = ((job_id, self._known.get(job_id)) for job_id in job_ids)
        return {job_id: place for job_id, place in found if place is not None}
