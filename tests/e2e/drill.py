"""The drill's queue: an incident in a real database, kept going without a processor,
and an operator at 80x24 whose presses are counted.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sq_console.config import DbSettings
from sq_console.demo.incident import seed
from sq_console.demo.incident_hosts import IncidentPorts
from sq_console.store import Store, open_store
from sq_console.store.recording.history_rows import insert_rows
from tests.e2e.screen import Screen, console
from tests.ui.queue import WEB2

PORTS = IncidentPorts()
SHOP = "shop.localhost:8480"
BILLING = "billing.localhost:8480"
CRM = "crm.localhost:8479"
LIVING, PAUSED = "web1:3120", "web2:4711"
LIVING_ID = 4_444_444_442
_EVERY_SECS = 1.0
_FAR_SECS = 86_400


def furnish(store: Store) -> None:
    """The incident, two processors that live for as long as a test takes, and a job
    that one of them calls.
    """
    seed(store, PORTS)
    now = store.reads.now()
    columns = ("id", "name", "version", "heartbeat_at", "concurrency", "running")
    alive = (now + timedelta(seconds=_FAR_SECS)).strftime("%Y-%m-%d %H:%M:%S")
    insert_rows(
        store.session,
        "queued_job_processor",
        (*columns, "state"),
        [
            (LIVING_ID, LIVING, "1", alive, 50, 1, "running"),
            (WEB2, PAUSED, "1", alive, 4, 0, "paused"),
        ],
    )
    insert_rows(
        store.session,
        "queued_job",
        (
            *("http_method", "url", "claimed_by", "attempts", "max_retries"),
            *("last_started_at", "timeout_secs"),
        ),
        [("post", _url("hooks", "/events/77"), LIVING_ID, 1, 5, _text(now), 7_200)],
    )


def _url(host: str, path: str) -> str:
    return f"http://{host}.localhost:{PORTS.handler}{path}"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def kept_going(db: DbSettings) -> Iterator[None]:
    """Calls end all the time, as if a processor made them: the sums grow, the shop and
    billing fail once a second.
    """
    stop = threading.Event()

    def go_on() -> None:
        store = open_store(db)
        while not stop.wait(_EVERY_SECS):
            _fail_once(store)
        store.close()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _fail_once(store: Store) -> None:
    now = store.reads.now()
    at = _text(now)
    columns = ("http_method", "url", "result_code", "attempts", "max_retries")
    ended = ("last_finished_at", "last_status_code", "last_error", "last_response")
    number = int(time.monotonic() * 10)
    rows = [
        (_url("shop", "/v1/orders/notify"), 404, "no route for /v1/orders/notify"),
        (_url("billing", f"/invoices/{number}/charge"), 500, _deadlock(number)),
    ]
    insert_rows(
        store.session,
        "queued_job",
        (*columns, *ended),
        [
            ("post", url, 1, 1, 5, at, code, f"http {code}", text)
            for url, code, text in rows
        ],
    )
    store.session.execute(
        "UPDATE queued_job_stats SET succeeded = succeeded + 9, failed = failed + 5"
        " WHERE processor_id = %s AND minute = %s",
        (LIVING_ID, at[:16] + ":00"),
    ) or insert_rows(
        store.session,
        "queued_job_stats",
        ("minute", "processor_id", "succeeded", "failed"),
        [(at[:16] + ":00", LIVING_ID, 9, 5)],
    )


def _deadlock(number: int) -> str:
    return f"deadlock on invoice {number} (tx {number:016x}), waited 300 ms"


@dataclass
class Operator:
    """Somebody at the console; every press is counted, typed text is not."""

    screen: Screen
    store: Store
    keys: int = 0
    pressed: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.pressed.append(key)
            self.screen.press(key)

    def type(self, text: str) -> None:
        self.screen.press(text)

    def press_for(self, key: str, words: str) -> None:
        """Press *key* once, and see *words*."""
        self.press(key)
        self.screen.shows(words)


@contextmanager
def operator(db: DbSettings, folder: Path) -> Iterator[Operator]:
    """An operator before the console on *db*, which only watches."""
    store = open_store(db)
    try:
        with (
            kept_going(db),
            console("--watch", cwd=folder, columns=80, lines=24) as screen,
        ):
            screen.shows("FAILING since", 30)
            yield Operator(screen, store)
    finally:
        store.close()
