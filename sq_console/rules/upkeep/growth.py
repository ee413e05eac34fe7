"""How fast the tables grow, from what a week has brought and what a row takes."""

from collections.abc import Iterable
from dataclasses import dataclass

from sq_console.model import TableSize

_FEWEST_ROWS = 1_000
"""With fewer, a row's size is that of empty pages."""


@dataclass(frozen=True, slots=True)
class Growth:
    """By the day, and what there is."""

    jobs_a_day: float
    bytes_a_day: float
    bytes_of_job: float
    """One job with its log."""
    bytes_now: int
    """Of all our tables."""


def growth_of(
    sizes: Iterable[TableSize], ids: dict[str, int], days: float
) -> Growth | None:
    """Return the growth where *ids* of each table were given within *days*; None where
    that says nothing: an empty queue, or one that is too small.
    """
    found = list(sizes)
    by_name = {size.name: size for size in found}
    jobs = by_name.get("queued_job")
    if jobs is None or jobs.rows < _FEWEST_ROWS or not ids.get("queued_job"):
        return None
    a_day = sum(
        ids[name] / days * by_name[name].bytes / by_name[name].rows
        for name in ids
        if name in by_name and by_name[name].rows
    )
    jobs_a_day = ids["queued_job"] / days
    bytes_now = sum(size.bytes for size in found)
    return Growth(jobs_a_day, a_day, a_day / jobs_a_day, bytes_now)
