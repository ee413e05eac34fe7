"""A `Store`: one connection and what can be done over it, assembled in one place.

A store is used by one thread. Its parts share its connection. Every method raises
StoreUnavailable when the database is away (the connection is then closed, and the store
is to be thrown away), StoreRefused when the database refuses. A write that loses its
compare-and-set does not raise, it reports.
"""

from dataclasses import dataclass
from pathlib import Path

from sq_console.config import DbSettings
from sq_console.errors import StoreReadOnly
from sq_console.store.actions.job_actions import StoreActions
from sq_console.store.claiming.claims import StoreClaims
from sq_console.store.processor_table import ProcessorTable
from sq_console.store.protocols import Admin, Session
from sq_console.store.queries.reads import StoreReads
from sq_console.store.recording.recorder import Recorder
from sq_console.store.recording.stats_table import StatsTable
from sq_console.store.rescue import Rescuer
from sq_console.store.stuck_rows import StuckRows


@dataclass(frozen=True, slots=True)
class Store:
    """One connection and what can be done over it."""

    session: Session
    claims: StoreClaims
    outcomes: Recorder
    stats: StatsTable
    processors: ProcessorTable
    rescuer: Rescuer
    stuck_rows: StuckRows
    actions: StoreActions
    reads: StoreReads
    admin: Admin

    def require_writable(self) -> None:
        """Raises StoreReadOnly when the database is not to be written to now."""
        if why := self.session.why_read_only():
            raise StoreReadOnly(f"the server is read-only ({why})")

    def close(self) -> None:
        """Close the connection; never raises."""
        self.session.disconnect()


def assemble(session: Session, admin: Admin) -> Store:
    """Return the store that works over *session*."""
    stuck_rows = StuckRows(session)
    return Store(
        session=session,
        claims=StoreClaims(session, stuck_rows),
        outcomes=Recorder(session),
        stats=StatsTable(session),
        processors=ProcessorTable(session),
        rescuer=Rescuer(session, stuck_rows),
        stuck_rows=stuck_rows,
        actions=StoreActions(session),
        reads=StoreReads(session),
        admin=admin,
    )


def open_store(db: DbSettings, *, create: bool = False) -> Store:
    """Connect to the database *db* names; with *create* an embedded one is made when
    its file is not there. Raises StoreUnavailable, with advice where there is some,
    and StoreRefused.
    """
    # A driver is imported only where it is used: the console must start quickly.
    return _open_sqlite(db, create=create) if db.engine == "sqlite" else _open_mysql(db)


def _open_mysql(db: DbSettings) -> Store:
    from sq_console.store.engines.mysql.schema_check import MySQLAdmin
    from sq_console.store.engines.mysql.session import MySQLSession

    session = MySQLSession(db)
    return assemble(session, MySQLAdmin(session, open_second=lambda: MySQLSession(db)))


def _open_sqlite(db: DbSettings, *, create: bool) -> Store:
    from sq_console.store.engines.sqlite.schema_check import SQLiteAdmin
    from sq_console.store.engines.sqlite.session import SQLiteSession

    session = SQLiteSession(Path(db.path), create=create)
    return assemble(session, SQLiteAdmin(session))
