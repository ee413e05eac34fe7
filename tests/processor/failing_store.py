"""A SQLite store that is away, hangs, or refuses, when the test says so."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sq_console.config import DbSettings
from sq_console.errors import StoreUnavailable
from sq_console.store import Store
from sq_console.store.assembly import assemble
from sq_console.store.engines.sqlite.schema_check import SQLiteAdmin
from sq_console.store.engines.sqlite.session import SQLiteSession
from sq_console.store.protocols import Params, Row
from tests.wrapped_session import WrappedSession


def _pass(sql: str, params: Params) -> None:
    """Lets every statement pass."""


@dataclass
class FailingStore:
    """What happens to the statements of every connection."""

    db: DbSettings
    away: threading.Event = field(default_factory=threading.Event)
    answering: threading.Event = field(default_factory=threading.Event)
    """Not set: statements hang."""
    hook: Callable[[str, Params], None] = _pass
    """Called before each statement; may raise."""

    def __post_init__(self) -> None:
        self.answering.set()

    def before_statement(self, sql: str, params: Params) -> None:
        self.answering.wait(60)
        if self.away.is_set():
            raise StoreUnavailable("away")
        self.hook(sql, params)

    def open(self) -> Store:
        session = _FailingSession(self)
        return assemble(session, SQLiteAdmin(session))


class _FailingSession(WrappedSession):
    def __init__(self, failing: FailingStore) -> None:
        failing.before_statement("", ())
        self._failing = failing
        super().__init__(SQLiteSession(Path(failing.db.path), create=False))

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        self._failing.before_statement(sql, params)
        return super().rows(sql, params)

    def execute(self, sql: str, params: Params = ()) -> int:
        self._failing.before_statement(sql, params)
        return super().execute(sql, params)
