"""Where events become lines: a thread of its own writes them.

The processor calls `emit` and goes on: a terminal that has been stopped, or a pipe
nobody reads, must not keep it from beating, or other processors would take its jobs.
When the writer falls too far behind, lines are dropped and counted, not waited for.

Lines that wait together are written together, as many as a pipe takes in one piece:
each write is a fight for the interpreter's lock, and what another process writes to the
same pipe comes between lines, never into one. So is each waking of the writer, which
therefore rests for a moment after every piece of work.
"""

import logging
import threading
import time
from collections import deque
from pathlib import Path
from typing import TextIO

from sq_console.daemon.log.event_lines import Line, lines_of, record_line
from sq_console.daemon.log.formats import LineFormat, format_for
from sq_console.daemon.log.sinks import FileSink, Sink, StreamSink
from sq_console.processor.events import Event, OutcomeRecorded

BACKLOG = 20_000
"""Events waiting to be written, more or less, at most…"""
BACKLOG_CHARS = 8_000_000
"""…and characters of answers in them."""
REST_SECS = 0.02
"""A line is written so much late, at most."""
CLOSE_SECS = 3.0
"""How long a close waits for a stream that does not move."""

_Entry = tuple[float, Event] | Line


class EventLog:
    """Call it with an event. `close` writes what is left."""

    def __init__(self, sink: Sink, form: LineFormat) -> None:
        self._sink = sink
        self._form = form
        self._waiting: deque[_Entry] = deque()
        self._chars_put = self._chars_written = 0  # each counted by one side only
        self._dropped = 0
        self._awake = threading.Event()
        self._closing = threading.Event()
        self._intake = _Intake(self)
        # Of all loggers: what aiohttp or asyncio write must not hit the screen.
        logging.getLogger().addHandler(self._intake)
        logging.captureWarnings(True)
        # A daemon thread: a stream that never moves again must not hold up the exit.
        self._thread = threading.Thread(target=self._run, name="sq-log", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Have *event* written; never waits."""
        self.put((time.time(), event))

    def put(self, entry: _Entry) -> None:
        """Have an event with its time, or a line, written; never waits."""
        waiting_chars = self._chars_put - self._chars_written
        if len(self._waiting) < BACKLOG and waiting_chars < BACKLOG_CHARS:
            self._chars_put += _answer_chars(entry)
            self._waiting.append(entry)
        else:
            self._dropped += 1
        if not self._awake.is_set():
            self._awake.set()

    def finish(self) -> None:
        """Write what is waiting, for `CLOSE_SECS` at most."""
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(self._intake)
        self._closing.set()
        self._awake.set()
        self._thread.join(CLOSE_SECS)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._awake.wait()
            self._awake.clear()
            self._write_what_waits()
            self._closing.wait(REST_SECS)
        self._write_what_waits()  # what came before the close
        self._sink.finish()

    def _write_what_waits(self) -> None:
        piece: list[str] = []
        size = 0
        while self._waiting:
            entry = self._waiting.popleft()
            self._chars_written += _answer_chars(entry)
            for text in self._texts(entry):
                length = _bytes_of(text)
                if size + length > self._sink.piece_bytes:
                    self._sink.write("".join(piece))
                    piece, size = [], 0
                piece.append(text)
                size += length
        self._sink.write("".join(piece))

    def _texts(self, entry: _Entry) -> list[str]:
        told = (entry,) if isinstance(entry, Line) else lines_of(entry[1], entry[0])
        lines = [f"{self._form.format(line)}\n" for line in told]
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            words = f"{dropped} lines dropped: nobody read them fast enough"
            line = Line(time.time(), logging.WARNING, words, {"event": "dropped"})
            lines.append(f"{self._form.format(line)}\n")
        return lines


class _Intake(logging.Handler):
    """What modules say through `logging` goes the same way."""

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.put(record_line(record))


def open_log(
    where: TextIO | Path | str, log_format: str, *, pid: bool = False
) -> EventLog:
    """Begin to write events to a stream or a file, as `auto`, `human`, `logfmt` or
    `json`; with *pid* when others write to the same stream. Raises SettingsError when
    the file cannot be opened.
    """
    if isinstance(where, Path | str):
        file = FileSink(Path(where))
        return EventLog(file, format_for(log_format, file.stream))
    return EventLog(StreamSink(where), format_for(log_format, where, pid=pid))


def _answer_chars(entry: _Entry) -> int:
    """What may make an entry large."""
    if isinstance(entry, Line) or not isinstance(entry[1], OutcomeRecorded):
        return 0
    return len(entry[1].outcome.response or "")


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
