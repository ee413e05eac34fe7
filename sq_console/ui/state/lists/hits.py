"""How many jobs of a list fit the filter, as far as that was counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sq_console.ui.state.lists.job_readings import ListReading
from sq_console.ui.state.panes import Pane


@dataclass(frozen=True, slots=True)
class Hits:
    """The jobs of a pane that fit."""

    number: int
    is_more: bool = False
    """More fit: counting stopped at a page's end."""
    looked_at: int | None = None
    """Only so many jobs of the list were looked at; None: all."""
    is_searching: bool = False
    """The search goes on."""


def hits_of(reading: ListReading, before: int) -> Hits:
    """Return what a reading says, with *before* jobs on the pages before it."""
    is_more = reading.next is not None and reading.looked_at is None
    is_more = is_more or reading.has_more
    return Hits(
        before + len(reading.jobs), is_more, reading.looked_at, reading.is_searching
    )


def pane_with_hits(
    hits: Mapping[Pane, Hits], panes: tuple[Pane, ...], opened: Pane
) -> Pane | None:
    """Return the pane to open after a filter: *opened* if it has hits, else the one
    with the most; None while that is not known.
    """
    if opened in hits and hits[opened].number:
        return opened
    if any(pane not in hits or hits[pane].is_searching for pane in panes):
        return None
    best = max(panes, key=lambda pane: hits[pane].number)
    return best if hits[best].number else opened
