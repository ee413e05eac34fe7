"""A `Store`: one connection and the parts that work over it.

A store is used by one thread. Its parts share its connection. Every method raises
StoreUnavailable when the database is away (the connection is then closed, and the store
is to be thrown away), StoreRefused when the database refuses. A write that loses its
compare-and-set does not raise, it reports.

The modules of the parts are not imported here: `--help` and the console's first paint
do not wait for what only an open store needs (see `assembly`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sq_console.errors import (
    SchemaMismatch,
    StoreDenied,
    StoreReadOnly,
    StoreRefused,
)
from sq_console.rules.admission.schema_gate import schema_refusal
from sq_console.store.schema.version import VERSION_OF

if TYPE_CHECKING:
    from sq_console.store.actions.bulk_table import BulkTable
    from sq_console.store.actions.holds import StoreHolds
    from sq_console.store.actions.job_actions import StoreActions
    from sq_console.store.claiming.ancestor_traces import AncestorTraces
    from sq_console.store.claiming.claims import StoreClaims
    from sq_console.store.home.database_home import DatabaseHome
    from sq_console.store.processor_table import ProcessorTable
    from sq_console.store.protocols import Admin, Session
    from sq_console.store.queries.activity_pages import ActivityPages
    from sq_console.store.queries.each_host.hosts import StoreHosts
    from sq_console.store.queries.newest_causes import StoreCauses
    from sq_console.store.queries.overview.health import QueueHealth
    from sq_console.store.queries.reads import StoreReads
    from sq_console.store.recording.host_stats_table import HostStatsTable
    from sq_console.store.recording.recorder import Recorder
    from sq_console.store.recording.stats_table import StatsTable
    from sq_console.store.rescuer import Rescuer
    from sq_console.store.retention.work import StoreRetention
    from sq_console.store.stuck_rows import StuckRows


_JOBS = "SELECT 1 AS one FROM queued_job WHERE FALSE"


@dataclass(frozen=True, slots=True)
class Store:
    """One connection and what can be done over it."""

    session: Session
    claims: StoreClaims
    outcomes: Recorder
    stats: StatsTable
    host_stats: HostStatsTable
    processors: ProcessorTable
    rescuer: Rescuer
    stuck_rows: StuckRows
    actions: StoreActions
    holds: StoreHolds
    bulk: BulkTable
    retention: StoreRetention
    hosts: StoreHosts
    reads: StoreReads
    causes: StoreCauses
    activity: ActivityPages
    health: QueueHealth
    home: DatabaseHome
    ancestor: AncestorTraces
    admin: Admin

    def require_writable(self) -> None:
        """Raises StoreReadOnly when the database is not to be written to now."""
        if why := self.session.why_read_only():
            raise StoreReadOnly(f"the server is read-only ({why})")

    def require_schema(self) -> None:
        """Raises SchemaMismatch for a schema that is not ours, StoreDenied when this
        user cannot see which it is.
        """
        why = schema_refusal(self.admin.found_schema())
        if not why:
            return
        for seen in (_JOBS, VERSION_OF):  # tables that a user may not see look absent
            try:
                self.session.rows(seen)
            except StoreDenied:
                raise
            except StoreRefused:
                break
        raise SchemaMismatch(why)

    def close(self) -> None:
        """Close the connection; never raises."""
        self.session.disconnect()
