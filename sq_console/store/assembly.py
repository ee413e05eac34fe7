"""Assembling a `Store`: the one place where its parts are made."""

from pathlib import Path

from sq_console.config import DbSettings
from sq_console.store.actions.bulk_table import BulkTable
from sq_console.store.actions.holds import StoreHolds
from sq_console.store.actions.job_actions import StoreActions
from sq_console.store.claiming.ancestor_traces import AncestorTraces
from sq_console.store.claiming.claims import StoreClaims
from sq_console.store.home.database_home import DatabaseHome
from sq_console.store.parts import Store
from sq_console.store.processor_table import ProcessorTable
from sq_console.store.protocols import Admin, Migrator, Session
from sq_console.store.queries.activity_pages import ActivityPages
from sq_console.store.queries.each_host.hosts import StoreHosts
from sq_console.store.queries.newest_causes import StoreCauses
from sq_console.store.queries.overview.backlog import StoreBacklog
from sq_console.store.queries.overview.health import QueueHealth
from sq_console.store.queries.reads import StoreReads
from sq_console.store.recording.host_stats_table import HostStatsTable
from sq_console.store.recording.recorder import Recorder
from sq_console.store.recording.stats_table import StatsTable
from sq_console.store.rescuer import Rescuer
from sq_console.store.retention.work import StoreRetention
from sq_console.store.stuck_rows import StuckRows
from sq_console.text.redact import QueryMask


def assemble(session: Session, admin: Admin) -> Store:
    """Return the store that works over *session*."""
    stuck_rows, reads = StuckRows(session), StoreReads(session)
    actions = StoreActions(session)
    return Store(
        session=session,
        claims=StoreClaims(session, stuck_rows),
        outcomes=Recorder(session),
        stats=StatsTable(session),
        host_stats=HostStatsTable(session),
        processors=ProcessorTable(session),
        rescuer=Rescuer(session, stuck_rows),
        stuck_rows=stuck_rows,
        actions=actions,
        holds=StoreHolds(session, actions),
        hosts=StoreHosts(session, reads),
        causes=StoreCauses(session),
        bulk=BulkTable(session),
        retention=StoreRetention(session),
        activity=ActivityPages(session),
        reads=reads,
        health=QueueHealth(reads, StoreBacklog(session)),
        home=DatabaseHome(session),
        ancestor=AncestorTraces(session),
        admin=admin,
    )


def connect(db: DbSettings, *, create: bool, read_only: bool) -> Store:
    """Connect to the database *db* names; see `open_store`."""
    # A driver is imported only where it is used.
    if db.engine == "sqlite":
        return _open_sqlite(db, create=create, read_only=read_only)
    return _open_mysql(db, read_only=read_only)


def _open_mysql(db: DbSettings, *, read_only: bool) -> Store:
    from sq_console.store.engines.mysql.schema_check import MySQLAdmin
    from sq_console.store.engines.mysql.session import MySQLSession

    session = MySQLSession(db, read_only=read_only)
    return assemble(session, MySQLAdmin(session, open_second=lambda: MySQLSession(db)))


def _open_sqlite(db: DbSettings, *, create: bool, read_only: bool) -> Store:
    from sq_console.store.engines.sqlite.schema_check import SQLiteAdmin
    from sq_console.store.engines.sqlite.session import SQLiteSession

    session = SQLiteSession(
        Path(db.path),
        create=create,
        read_only=read_only,
        query_mask=QueryMask(db.mask_query),
    )
    return assemble(session, SQLiteAdmin(session))


def connect_migrator(db: DbSettings) -> tuple[Session, Migrator]:
    """Return what migrates the database *db* names, and its session."""
    if db.engine == "sqlite":
        from sq_console.store.engines.sqlite.file_migrator import SQLiteMigrator
        from sq_console.store.engines.sqlite.session import SQLiteSession

        file = SQLiteSession(Path(db.path), create=False)
        return file, SQLiteMigrator(file)
    from sq_console.store.engines.mysql.migrating.migrator import MySQLMigrator
    from sq_console.store.engines.mysql.session import MySQLSession
    from sq_console.store.engines.mysql.watchdog import FOR_HOURS

    session = MySQLSession(db)
    return session, MySQLMigrator(session, lambda: MySQLSession(db, FOR_HOURS))
