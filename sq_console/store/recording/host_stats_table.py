"""Adding to the sums of each host and minute, which the console's hosts are made from.

As with `stats_table` nothing depends on them, and no lock is waited for. All hosts of a
write are one statement, in the order of the key, so that two processors do not lock
each other out.
"""

from collections.abc import Sequence

from sq_console.model import HostSums
from sq_console.store.json_param import json_param
from sq_console.store.protocols import Session
from sq_console.store.recording.stats_table import delete_old_minutes
from sq_console.store.schema.host_sum_columns import WITHIN_COLUMNS

KEPT_SECS = 48 * 3_600
"""Sums of hosts are kept for so long."""
MINUTES_AT_ONCE = 5
"""So many old minutes are deleted at once."""

_ADD = """
{insert_promptly} queued_job_host_stats (minute, host, processor_id, {host_sum_names})
SELECT {this_minute}, o.host, %s, {host_sum_values} FROM {new_host_sums} WHERE TRUE
{on_host_minute_conflict} minute = queued_job_host_stats.minute, {added_host_sums}"""
_OLDEST = """
SELECT minute FROM queued_job_host_stats WHERE minute < {secs_ago}
 ORDER BY minute LIMIT 1"""
_DELETE = "DELETE FROM queued_job_host_stats WHERE minute = %s"


class HostStatsTable:
    """`queued_job_host_stats`, written over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_hosts(self, processor_id: int, hosts: Sequence[HostSums]) -> None:
        """Add the sums of *hosts* to those of this minute. Raises StoreError when that
        cannot be done; RowLocked when it cannot be done within a second or a few.
        """
        found = sorted(hosts, key=lambda sums: sums.host.encode("utf-8", "replace"))
        params = (processor_id, json_param([_as_json(sums) for sums in found]))
        self._session.transact(lambda: self._session.execute(_ADD, params), waits=False)

    def prune_hosts(self) -> int:
        """Delete sums that are too old, a few minutes of them; return how many rows."""
        return delete_old_minutes(
            self._session, _OLDEST, _DELETE, KEPT_SECS, MINUTES_AT_ONCE
        )


def _as_json(host: HostSums) -> dict[str, object]:
    sums = host.sums
    return {
        "host": host.host,
        "succeeded": sums.succeeded,
        "failed": sums.failed,
        "retried": sums.retried,
        "killed": sums.killed,
        "duration_ms_sum": sums.duration_ms_sum,
        "duration_ms_max": sums.duration_ms_max,
        **dict(zip(WITHIN_COLUMNS, host.within, strict=True)),
    }
