"""What the screen of the activity shows: a page of what operators did, folded."""

from dataclasses import dataclass

from sq_console.rules.activity_folds import FoldedActivity, fold_activity
from sq_console.store import Store
from sq_console.ui.state.screen_data import Vitals, read_vitals

PAGE_ROWS = 200
"""Actions on one page; folded they are fewer lines."""


@dataclass(frozen=True, slots=True)
class ActivityRequest:
    """Which page: of whom, and what was done before which action."""

    who: str | None = None
    before: int | None = None
    """An id of `queued_job_activity`; None is the newest page."""


@dataclass(frozen=True, slots=True)
class ActivityReading:
    """A page, newest first."""

    request: ActivityRequest
    vitals: Vitals
    folds: tuple[FoldedActivity, ...]
    people: tuple[str, ...]
    """Everybody who has done anything, by name."""
    next_before: int | None
    """Where the page after it begins; None at the end."""


def read_activity(store: Store, request: ActivityRequest) -> ActivityReading:
    """Read the page that *request* asks for."""
    actions = store.activity.newest(PAGE_ROWS, request.who, request.before)
    return ActivityReading(
        request,
        read_vitals(store),
        tuple(fold_activity(actions)),
        tuple(store.activity.people()),
        actions[-1].id if len(actions) == PAGE_ROWS else None,
    )
