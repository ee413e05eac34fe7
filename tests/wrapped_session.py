"""A session that hands everything on to another one: the base of those that look at
what passes, measure it, or make it fail.
"""

from collections.abc import Callable
from typing import TypeVar

from sq_console.model import Link, Location
from sq_console.store.protocols import Params, Row, Session
from sq_console.text.redact import QueryMask

T = TypeVar("T")


class WrappedSession:
    """Every method of `Session`, asked of *session*."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def stepped_at(self) -> float:
        return self._session.stepped_at

    @property
    def server(self) -> str:
        return self._session.server

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self._session.rows(sql, params)

    def execute(self, sql: str, params: Params = ()) -> int:
        return self._session.execute(sql, params)

    def insert(self, sql: str, params: Params = ()) -> int:
        return self._session.insert(sql, params)

    def transact(self, work: Callable[[], T], *, waits: bool = True) -> T:
        return self._session.transact(work, waits=waits)

    def fit(self, text: str, column: str) -> str:
        return self._session.fit(text, column)

    @property
    def query_mask(self) -> QueryMask:
        return self._session.query_mask

    def link(self) -> Link:
        return self._session.link()

    def location(self) -> Location:
        return self._session.location()

    def why_read_only(self) -> str:
        return self._session.why_read_only()

    def disconnect(self) -> None:
        self._session.disconnect()
