"""No connect and no statement takes longer than its deadline, however slowly the bytes
come.
"""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreError, StoreUnavailable
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.engines.mysql.watchdog import CHECK_SECS, Timeouts
from tests.faults.proxy import ChaosProxy
from tests.waiting import eventually

pytestmark = [
    pytest.mark.mostly_slow(1),
    pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True),
]
SHORT = Timeouts(dial_secs=1, login_secs=1, silence_secs=0.8, statement_secs=1)
LATE_SECS = CHECK_SECS + 0.7
"""The watchdog's own pace, and a busy machine."""


@pytest.fixture
def proxy(store_settings: DbSettings) -> Iterator[ChaosProxy]:
    """In front of the database."""
    with ChaosProxy(store_settings.port) as proxy:
        yield proxy


@pytest.fixture
def through(store_settings: DbSettings, proxy: ChaosProxy) -> DbSettings:
    """How to reach the database through the proxy."""
    return replace(store_settings, port=proxy.port)


def fails_within(secs: float, what: Callable[[], object]) -> str:
    """What *what* said when it failed, in time."""
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as caught:
        what()
    assert time.monotonic() - began < secs + LATE_SECS
    return str(caught.value)


def test_a_server_that_accepts_and_says_nothing(store_settings: DbSettings):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = replace(store_settings, port=mute.getsockname()[1])
        said = fails_within(1, lambda: MySQLSession(silent, SHORT))

    assert said.startswith(f"cannot connect to {silent.label}")


def test_a_handshake_that_drips(through: DbSettings, proxy: ChaosProxy):
    proxy.do(drip_secs=0.3)

    fails_within(1, lambda: MySQLSession(through, SHORT))


def test_a_result_that_drips(through: DbSettings, proxy: ChaosProxy):
    session = MySQLSession(through, SHORT)
    proxy.do(drip_secs=0.3)

    fails_within(1, lambda: session.rows("SELECT 1"))


def test_a_result_that_does_not_come(through: DbSettings, proxy: ChaosProxy):
    session = MySQLSession(through, SHORT)
    proxy.black_hole()

    fails_within(1, lambda: session.rows("SELECT 1"))


def test_quick_statements_are_not_cut_off(through: DbSettings, proxy: ChaosProxy):
    session = MySQLSession(through, SHORT)
    proxy.do(latency_secs=0.05)
    ends = time.monotonic() + 2 * SHORT.statement_secs

    while time.monotonic() < ends:
        assert session.rows("SELECT 1 AS one") == [{"one": 1}]
    session.disconnect()


def test_the_watchdog_leaves_with_the_last_connection(store_settings: DbSettings):
    session = MySQLSession(store_settings)
    session.disconnect()
    del session
    gc.unfreeze()  # a processor of another test froze all there was
    gc.collect()  # what other tests left, in the tracebacks of their errors

    def dogs() -> int:
        return sum(thread.name == "sq-watchdog" for thread in threading.enumerate())

    eventually(lambda: dogs() == 0)
    session = MySQLSession(store_settings)
    assert dogs() == 1
    session.disconnect()


def test_what_is_no_protocol_is_a_store_error(through: DbSettings, proxy: ChaosProxy):
    """Whatever byte is changed: never another exception, which would end a thread."""
    proxy.do(corrupt=1)
    hasty = replace(SHORT, silence_secs=0.05)
    refused = 0

    for _ in range(100):
        try:
            session = MySQLSession(through, hasty)
            session.rows("SELECT id, url FROM queued_job LIMIT 1")
            session.disconnect()
        except StoreError:
            refused += 1
    assert refused > 50
