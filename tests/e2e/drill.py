"""The drill's queue: an incident in a real database, kept going without a processor,
and an operator at 80x24 whose presses are counted.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sq_console.config import DbSettings
from sq_console.demo.incident import seed
from sq_console.demo.incident_hosts import IncidentPorts
from sq_console.model import LogEvent
from sq_console.store import Store, open_store
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.recording.history_rows import insert_rows
from sq_console.text import log_messages
from sq_console.ui.screens.dialog import GUARD_SECS
from tests.e2e.screen import ESC, Screen, console
from tests.ui.queue import WEB2
from tests.waiting import eventually

PORTS = IncidentPorts()
SHOP = "shop.localhost:8480"
BILLING = "billing.localhost:8480"
CRM = "crm.localhost:8479"
LIVING, PAUSED = "web1:3120", "web2:4711"
LIVING_ID = 4_444_444_442
_EVERY_SECS = 1.0
_FAR_SECS = 86_400
_PATIENCE_SECS = 40.0


def furnish(store: Store) -> None:
    """The incident, two processors that live for as long as a test takes, and a job
    that one of them calls.
    """
    seed(store, PORTS)
    now = store.reads.now()
    columns = ("id", "name", "version", "started_at", "heartbeat_at", "concurrency")
    alive, begun = now + timedelta(seconds=_FAR_SECS), now - timedelta(hours=4)
    times = _text(begun), _text(alive)
    insert_rows(
        store.session,
        "queued_job_processor",
        (*columns, "running", "state"),
        [
            (LIVING_ID, LIVING, "1", *times, 50, 1, "running"),
            (WEB2, PAUSED, "1", *times, 4, 0, "paused"),
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
    number = int(time.monotonic() * 10)
    text = f"deadlock on invoice {number} (tx {number:016x}), waited 300 ms"
    _fail(
        store, _url("shop", "/v1/orders/notify"), 404, "no route for /v1/orders/notify"
    )
    _fail(store, _url("billing", f"/invoices/{number}/charge"), 500, text)
    minute = _text(store.reads.now())[:16] + ":00"
    store.session.execute(
        "UPDATE queued_job_stats SET succeeded = succeeded + 9, failed = failed + 5"
        " WHERE processor_id = %s AND minute = %s",
        (LIVING_ID, minute),
    ) or insert_rows(
        store.session,
        "queued_job_stats",
        ("minute", "processor_id", "succeeded", "failed"),
        [(minute, LIVING_ID, 9, 5)],
    )


def _fail(store: Store, url: str, code: int, text: str) -> None:
    """A job is made, called, and fails: as one call leaves it behind."""
    job_id = store.session.insert(
        "INSERT INTO queued_job (http_method, url, result_code, attempts, max_retries,"
        " last_started_at, last_finished_at, last_status_code, last_error,"
        " last_response) VALUES ('post', %s, 1, 1, 5, %s, %s, %s, %s, %s)",
        (url, *[_text(store.reads.now())] * 2, code, f"http {code}", text),
    )
    called = log_messages.calling(job_id, "post", url, 30)
    failed = log_messages.failed_permanently(job_id, text)
    how = {"attempt": 1, "processor": LIVING}
    rows = [
        LogRow(job_id, called, LogEvent.CALLED, **how),
        LogRow(
            job_id, failed, LogEvent.FAILED, status_code=code, duration_ms=12, **how
        ),
    ]
    write_log(store.session, rows)


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

    def sees(self, words: str) -> None:
        """Wait until *words* stand on the screen; asked seldom, since it is a large
        screen to interpret.
        """
        try:
            eventually(lambda: words in self.screen.text, _PATIENCE_SECS, 0.2)
        except AssertionError:
            raise AssertionError(f"{words!r} is not on\n{self.screen.text}") from None

    def hides(self, words: str) -> None:
        """Wait until *words* no longer stand on the screen."""
        eventually(lambda: words not in self.screen.text, _PATIENCE_SECS, 0.2)

    def press_for(self, key: str, words: str) -> None:
        """Press *key* once, and see *words*."""
        self.press(key)
        self.sees(words)

    def bytes_for(self, key: str, words: str) -> int:
        """Press *key*; the bytes that the console writes until *words* are seen."""
        before = len(self.screen.terminal.written)
        self.press_for(key, words)
        return len(self.screen.terminal.written) - before

    def dialog(self, key: str, words: str) -> None:
        """Press *key*, see the dialog it opens, and wait until that takes keys."""
        self.press_for(key, words)
        self.lets_dialog_listen()

    def lets_dialog_listen(self) -> None:
        """Wait until a dialog that is seen takes keys: those typed ahead are not for
        it.
        """
        seen_at = time.monotonic()
        eventually(lambda: time.monotonic() > seen_at + 2 * GUARD_SECS)

    def back_to(self, words: str) -> None:
        """Press esc until *words* are seen."""
        for _ in range(3):
            self.press(ESC)
            with suppress(AssertionError):
                eventually(lambda: words in self.screen.text, 4, 0.2)
                return
        self.sees(words)

    def number_and_yes(self) -> int:
        """Type the number that the dialog asks for, and y; return that number."""
        asked = re.search(r"Type (\d+), then y", self.screen.text)
        assert asked is not None, self.screen.text
        self.type(asked[1])
        self.press("y")
        return int(asked[1])

    def line_of(self, words: str) -> str:
        """The line with *words*, once it is there."""
        self.sees(words)
        return next(line for line in self.screen.lines if words in line)


@contextmanager
def operator(db: DbSettings, folder: Path) -> Iterator[Operator]:
    """An operator before the console on *db*, which only watches."""
    store = open_store(db)
    try:
        with (
            kept_going(db),
            console("--watch", cwd=folder, columns=80, lines=24) as screen,
        ):
            made = Operator(screen, store)
            made.sees("FAILING since")
            made.sees("failed, or waiting for a retry")
            yield made
    finally:
        store.close()
