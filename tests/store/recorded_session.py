"""A session that notes what it is asked: each statement, how the server means to find
its rows, and how many it really read.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

from sq_console.store import Store
from sq_console.store.assembly import assemble
from sq_console.store.dialect import MYSQL
from sq_console.store.engines.mysql.schema_check import MySQLAdmin
from sq_console.store.protocols import Params, Row, Session
from sq_console.store.rows import as_text
from tests.wrapped_session import WrappedSession

T = TypeVar("T")

_READ = "SHOW SESSION STATUS LIKE 'Handler_read%%'"
_IS_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\s")
_HINTS = re.compile(r"/\*[M+].*?\*/")
_LIST = re.compile(r"(?<=IN )\((?:%s, )+%s\)")


@dataclass(frozen=True, slots=True)
class Step:
    """One table of a plan: a row of EXPLAIN."""

    table: str
    access: str
    """EXPLAIN's `type`: const, ref, range, index, ALL …"""
    key: str
    extra: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it was asked."""

    sql: str
    """In the server's words; a list of parameters is `(%s, …)`, however long."""
    steps: tuple[Step, ...]
    """Empty for an INSERT of values, which looks for nothing."""
    rows_read: int


class AskedSession(WrappedSession):
    """Notes each statement."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.statements: list[Statement] = []

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self._noted(sql, params, super().rows)

    def execute(self, sql: str, params: Params = ()) -> int:
        return self._noted(sql, params, super().execute)

    def insert(self, sql: str, params: Params = ()) -> int:
        return self._noted(sql, params, super().insert)

    def _noted(self, sql: str, params: Params, ask: Callable[[str, Params], T]) -> T:
        words = MYSQL.sql(sql)
        steps = self._explain(sql, params) if "SELECT" in words or _finds(words) else ()
        before = self._rows_read()
        answer = ask(sql, params)
        read = self._rows_read() - before
        self.statements.append(Statement(_LIST.sub("(%s, …)", words), steps, read))
        return answer

    def _explain(self, sql: str, params: Params) -> tuple[Step, ...]:
        bare = _HINTS.sub("", MYSQL.sql(sql))  # how long to wait is no part of a plan
        plan = self._session.rows(f"EXPLAIN FORMAT=TRADITIONAL {bare}", params)
        return tuple(
            Step(*(as_text(row[name]) for name in ("table", "type", "key", "Extra")))
            for row in plan
            if as_text(row["select_type"]) != "INSERT"  # the table written to
        )

    def _rows_read(self) -> int:
        # It does not count itself, on neither product.
        return sum(int(as_text(row["Value"])) for row in self._session.rows(_READ))


def _finds(words: str) -> bool:
    return words.lstrip().startswith(("UPDATE", "DELETE"))


def written_statements(package: ModuleType) -> Iterator[tuple[str, str]]:
    """Name and text of every statement in the modules of *package*."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            ours = not name.startswith("_SQLITE_")
            if ours and isinstance(value, str) and _IS_STATEMENT.match(value):
                yield f"{module.name}.{name}", value


def asked_store(session: Session) -> tuple[Store, AskedSession]:
    """A store on *session*, and what it asks."""
    asked = AskedSession(session)
    return assemble(asked, MySQLAdmin(asked)), asked
