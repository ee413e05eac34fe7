"""The log of a daemon: a thread of its own formats events and writes the lines.

The processor calls `emit` and goes on: a stopped terminal, or a pipe without a reader,
must not delay its heartbeat, or other processors would take its jobs. When the writer
falls too far behind, lines are dropped and counted; the processor never waits.

Lines that wait together are written together, as many as a pipe takes atomically: each
write competes for the interpreter's lock, and the output of another process on the same
pipe comes between lines, never into one. Each wake-up of the writer competes for the
lock too, so the writer pauses for a moment after each batch.
"""

import logging
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple, TextIO

from sq_console.config import LogSettings
from sq_console.daemon.log.event_lines import (
    Line,
    is_below,
    lines_of,
    message_line,
    record_line,
)
from sq_console.daemon.log.formats import LineFormat, format_for
from sq_console.daemon.log.sinks import FileSink, Sink, StreamSink
from sq_console.processor.events import Event, OutcomeRecorded

MAX_WAITING = 20_000
"""Events waiting to be written at most, more or less…"""
MAX_WAITING_CHARS = 8_000_000
"""…and characters of responses in them."""
PAUSE_SECS = 0.02
"""The pause after each batch: a line is written at most this much late."""
CLOSE_SECS = 3.0
"""How long `finish` waits for a stream that takes no more."""

_Entry = tuple[float, Event] | Line


class EventLog:
    """Call it with an event. `finish` writes the lines that are left. Lines below
    *level* are left out. What goes wrong with *sink* is written to *aside* too.
    """

    def __init__(
        self,
        sink: Sink,
        line_format: LineFormat,
        level: int = logging.INFO,
        aside: "Aside | None" = None,
    ) -> None:
        self._sink = sink
        self._format = line_format
        self._level = level
        self._aside = aside
        self._must_reopen = False
        self._waiting: deque[_Entry] = deque()
        self._chars_put = self._chars_written = 0  # each counted by one side only
        self._dropped = self._ever_dropped = 0
        self._awake = threading.Event()
        self._closing = threading.Event()
        self._logging_handler = _LoggingHandler(self)
        # The root logger: records of asyncio must not reach the screen.
        logging.getLogger().addHandler(self._logging_handler)
        logging.captureWarnings(True)
        # A daemon thread: a blocked stream must not delay the exit.
        self._thread = threading.Thread(target=self._run, name="sq-log", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Queue *event* for writing; never wait."""
        if not is_below(event, self._level):
            self.put((time.time(), event))

    @property
    def lines_dropped(self) -> int:
        """Events and lines that were dropped since the start."""
        return self._ever_dropped + self._sink.dropped

    def reopen(self) -> None:
        """Open the file of that name anew, which may be another one now; soon, and
        never wait.
        """
        self._must_reopen = True
        self._awake.set()

    def put(self, entry: _Entry) -> None:
        """Queue an event with its time, or a line, for writing; never wait."""
        waiting_chars = self._chars_put - self._chars_written
        if len(self._waiting) < MAX_WAITING and waiting_chars < MAX_WAITING_CHARS:
            self._chars_put += _response_chars(entry)
            self._waiting.append(entry)
        else:
            self._dropped += 1
            self._ever_dropped += 1
        if not self._awake.is_set():
            self._awake.set()

    def finish(self) -> None:
        """Write the lines that wait, for `CLOSE_SECS` at most, and close the sink."""
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(self._logging_handler)
        self._closing.set()
        self._awake.set()
        self._thread.join(CLOSE_SECS)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._awake.wait()
            self._awake.clear()
            self._write_waiting()
            self._closing.wait(PAUSE_SECS)
        self._write_waiting()  # lines queued before `finish`
        self._sink.finish()

    def _write_waiting(self) -> None:
        if self._must_reopen:
            self._must_reopen = False
            self._sink.reopen()
        self._write_lines()
        if warnings := self._sink.take_warnings():
            self._warn(warnings)
            self._write_lines()

    def _warn(self, warnings: list[str]) -> None:
        for words in warnings:
            line = message_line(logging.WARNING, "log_file", words)
            self.put(line)
            if self._aside is not None:
                self._aside.sink.write(f"{self._aside.line_format.format(line)}\n")

    def _write_lines(self) -> None:
        chunk: list[str] = []
        size = 0
        while self._waiting:
            entry = self._waiting.popleft()
            self._chars_written += _response_chars(entry)
            for text in self._texts(entry):
                length = _bytes_of(text)
                if size + length > self._sink.chunk_bytes:
                    self._sink.write("".join(chunk))
                    chunk, size = [], 0
                chunk.append(text)
                size += length
        self._sink.write("".join(chunk))

    def _texts(self, entry: _Entry) -> list[str]:
        lines = (entry,) if isinstance(entry, Line) else lines_of(entry[1], entry[0])
        texts = [
            f"{self._format.format(line)}\n"
            for line in lines
            if line.level >= self._level
        ]
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            words = f"{dropped} lines dropped: nobody read them fast enough"
            line = Line(time.time(), logging.WARNING, words, {"event": "dropped"})
            texts.append(f"{self._format.format(line)}\n")
        return texts


class Aside(NamedTuple):
    """Where the log tells of its own troubles: standard error, beside a file."""

    sink: Sink
    line_format: LineFormat


class _LoggingHandler(logging.Handler):
    """Writes the records of `logging` into the same log."""

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.put(record_line(record))


def open_log(
    where: TextIO | Path | str,
    log_format: str,
    *,
    level: str = "info",
    pid: bool = False,
    aside: Aside | None = None,
) -> EventLog:
    """Open a log that writes to a stream or a file, as `auto`, `human`, `logfmt` or
    `json`; with *pid* when other processes write to the same. Raises SettingsError when
    the file cannot be opened.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    if isinstance(where, Path | str):
        line_format = format_for(log_format, None, pid=pid)
        return EventLog(FileSink(Path(where)), line_format, least, aside)
    return EventLog(StreamSink(where), format_for(log_format, where, pid=pid), least)


def open_daemon_log(settings: LogSettings, *, pid: bool = False) -> EventLog:
    """Open the log of a processor without a screen: its file, or standard error. Raises
    SettingsError.
    """
    if not settings.file:
        return open_log(sys.stderr, settings.format, level=settings.level, pid=pid)
    aside = Aside(StreamSink(sys.stderr), format_for("auto", sys.stderr, pid=pid))
    return open_log(
        settings.file, settings.format, level=settings.level, pid=pid, aside=aside
    )


def _response_chars(entry: _Entry) -> int:
    """Return the length of a response in *entry*, the part that may be large."""
    if isinstance(entry, Line) or not isinstance(entry[1], OutcomeRecorded):
        return 0
    return len(entry[1].outcome.response or "")


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
