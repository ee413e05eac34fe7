"""Where events become lines: a thread of its own writes them.

The processor calls `emit` and goes on: a terminal that has been stopped, or a pipe
nobody reads, must not keep it from beating, or other processors would take its jobs.
When the writer falls too far behind, lines are dropped and counted, not waited for.
"""

import logging
import logging.handlers
import queue
import threading
import time
from pathlib import Path
from typing import TextIO

from sq_console.daemon.formats import formatter_for
from sq_console.daemon.lines import LOGGER, records_of, retold
from sq_console.errors import SettingsError
from sq_console.processor.events import Event

BACKLOG = 20_000
"""Events waiting to be written, at most."""
CLOSE_SECS = 3.0
"""How long a close waits for a stream that does not move."""


class EventLog:
    """Call it with an event. `close` writes what is left."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler
        self._waiting: queue.Queue[tuple[float, Event] | logging.LogRecord | None]
        self._waiting = queue.Queue(BACKLOG)
        self._dropped = 0
        self._intake = _Intake(self)
        # Of all loggers: what aiohttp or asyncio write must not hit the screen.
        logging.getLogger().addHandler(self._intake)
        logging.captureWarnings(True)
        # A daemon thread: a stream that never moves again must not hold up the exit.
        self._thread = threading.Thread(target=self._write, name="sq-log", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Have *event* written; never waits."""
        self.put((time.time(), event))

    def put(self, entry: tuple[float, Event] | logging.LogRecord) -> None:
        """Have an event with its time, or a record, written; never waits."""
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what is waiting, for `CLOSE_SECS` at most."""
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(self._intake)
        deadline = time.monotonic() + CLOSE_SECS
        try:
            self._waiting.put(None, timeout=CLOSE_SECS)
        except queue.Full:
            return
        self._thread.join(max(0.0, deadline - time.monotonic()))

    def _write(self) -> None:
        while (entry := self._waiting.get()) is not None:
            if isinstance(entry, logging.LogRecord):
                self._handler.handle(entry)
            else:
                created, event = entry
                for record in records_of(event, created):
                    self._handler.handle(record)
            if self._dropped:
                self._tell_dropped()
        self._handler.close()

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        words = f"{dropped} lines dropped: nobody read them fast enough"
        record = logging.LogRecord(LOGGER, logging.WARNING, "", 0, words, None, None)
        self._handler.handle(record)


class _Intake(logging.Handler):
    """What modules say through `logging` goes the same way."""

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.put(retold(record))


class _Lines(logging.StreamHandler[TextIO]):
    """A stream that may break: the processor goes on without its log."""

    def handleError(self, record: logging.LogRecord) -> None:
        del record


class _FileLines(logging.handlers.WatchedFileHandler):
    """A file that may be rotated away, or its disk be full."""

    def handleError(self, record: logging.LogRecord) -> None:
        del record


def open_log(
    where: TextIO | Path | str, log_format: str, *, pid: bool = False
) -> EventLog:
    """Begin to write events to a stream or a file, as `auto`, `human`, `logfmt` or
    `json`; with *pid* when others write to the same stream. Raises SettingsError when
    the file cannot be opened.
    """
    if isinstance(where, Path | str):
        file = _open_file(Path(where))
        file.setFormatter(formatter_for(log_format, file.stream))
        return EventLog(file)
    lines = _Lines(where)
    lines.setFormatter(formatter_for(log_format, where, pid=pid))
    return EventLog(lines)


def _open_file(path: Path) -> _FileLines:
    try:
        path.touch(mode=0o600)  # answers of handlers are nobody else's to read
        return _FileLines(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}") from None
