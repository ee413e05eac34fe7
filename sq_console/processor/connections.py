"""The connections of one processor: one to claim, one to record, one for the heartbeat,
one for bulk actions, one
to prune.

They are apart, so that a claim does not wait for a record, nor a heartbeat for any.
"""

from collections.abc import Callable

from sq_console.store import Store
from sq_console.store.lane import StoreLane


class Connections:
    """Five lanes to the same database; a lane that is not used has no connection."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self.claim = StoreLane(open_store, "claim")
        self.record = StoreLane(open_store, "record")
        self.heartbeat = StoreLane(open_store, "heartbeat")
        self.bulk = StoreLane(open_store, "bulk")
        self.prune = StoreLane(open_store, "prune")

    def renew(self) -> None:
        """Make the connections that jobs are written on anew: nothing more goes over
        the present ones.
        """
        self.claim.renew()
        self.record.renew()
        self.bulk.renew()
        self.prune.renew()

    def disconnect(self) -> None:
        """Close all, after the calls in progress."""
        lanes = (self.claim, self.record, self.heartbeat, self.bulk, self.prune)
        for lane in lanes:
            lane.shut_down()
