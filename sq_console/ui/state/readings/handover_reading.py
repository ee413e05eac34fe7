"""Reading a handover: for `stats --since`, and for the clipboard."""

from dataclasses import replace
from datetime import datetime, timedelta

from sq_console.model import UNENDED, BulkRow, BulkVerb, Counts, Minute
from sq_console.model.handover import Handover
from sq_console.rules.verdict import verdict_of
from sq_console.store import Store

_MOST_BULK = 50
_UNCERTAIN = 0.05
"""Which share of the jobs that came may be reckoned wrongly."""


def read_handover(store: Store, label: str, since_secs: float) -> Handover:
    """Return how the queue does, and what happened in the last *since_secs*."""
    health = replace(store.health.reading(), held=store.health.every_hold())
    since = health.now - timedelta(seconds=since_secs)
    causes = store.causes.newest()
    activity = tuple(store.activity.since(since))
    minutes = tuple(store.reads.minutes(max(1, round(since_secs / 60))))
    going_on = [cause for cause in causes.causes if cause.goes_on]
    again = sum(it.jobs for it in activity if it.action == BulkVerb.RETRY.value)
    return Handover(
        label=label,
        server=store.session.server,
        since=since,
        verdict=verdict_of(
            health,
            goes_on=len(going_on),
            new=sum(cause.is_new for cause in going_on),
        ),
        health=health,
        minutes=minutes,
        pending_then=pending_then(
            health.counts, minutes, store.reads.ids_since(_whole_minute(since)) + again
        ),
        causes=causes,
        bulk=tuple(row for row in store.bulk.ls(_MOST_BULK) if _is_since(row, since)),
        lost=tuple(
            one
            for one in store.reads.lost_processors()
            if (one.lost_at or one.since or health.now) >= since
        ),
        activity=activity,
    )


def _is_since(bulk: BulkRow, since: datetime) -> bool:
    moments = filter(None, (bulk.created_at, bulk.ended_at))
    return bulk.state in UNENDED or any(at >= since for at in moments)


def _whole_minute(moment: datetime) -> datetime:
    """Return the beginning of the first minute after *moment*: sums are of those."""
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def pending_then(
    counts: Counts, minutes: tuple[Minute, ...], entered: int
) -> int | None:
    """Return about how many jobs were pending: those of now, and those that ended
    since, without those that *entered* since. None where ids have gaps, and more jobs
    seem to have come than can have.
    """
    ended = sum(each.succeeded + each.failed + each.killed for each in minutes)
    then = counts.due + counts.waiting + counts.running + ended - entered
    return max(0, then) if then >= -_UNCERTAIN * entered else None
