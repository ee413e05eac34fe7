"""The log of a daemon: files, broken and stalled streams, records of `logging`."""

import contextlib
import logging
import os
import select
import socket
import threading
import warnings
from pathlib import Path

import pytest

from sq_console.daemon.log.event_log import MAX_WAITING, MAX_WAITING_CHARS, open_log
from sq_console.errors import SettingsError
from sq_console.model import (
    LogEvent,
    LogLine,
    Outcome,
    ResultCode,
)
from sq_console.processor import events
from tests.daemon.recorded_outcome import outcome
from tests.waiting import eventually


def test_a_log_file_is_readable_by_its_owner_only_and_is_appended_to(
    tmp_path: Path,
) -> None:
    path = tmp_path / "console.log"
    for _ in range(2):
        log = open_log(path, "human")
        log(events.ProcessorResumed())
        log.finish()

    assert path.stat().st_mode & 0o777 == 0o600
    assert [line.split(" ")[-1] for line in path.read_text().splitlines()] == [
        "Resumed",
        "Resumed",
    ]


def test_a_log_file_that_was_rotated_away_is_created_again(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    log = open_log(path, "human")
    log(events.ProcessorResumed())
    eventually(lambda: path.read_text())
    path.rename(tmp_path / "console.log.1")
    log(events.ProcessorResumed())
    log.finish()

    assert path.read_text().endswith("Resumed\n")


def test_a_log_file_that_cannot_be_opened_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        open_log(tmp_path / "missing" / "console.log", "human")


@pytest.mark.filterwarnings("always")
def test_records_of_logging_are_written_to_the_same_log(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log", "logfmt")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("asyncio").exception("odd\x1b[2J\nanswer")
    warnings.warn("old ways", ResourceWarning, stacklevel=1)
    log.finish()
    logging.getLogger("asyncio").warning("not ours any more")

    logged, warned = (tmp_path / "log").read_text().splitlines()
    assert "level=error event=asyncio" in logged
    assert "odd␛[2J⏎answer" in logged
    assert "ValueError('two" in logged
    assert "old ways" in warned


@pytest.mark.slow
def test_a_stalled_stream_delays_no_event_and_dropped_lines_are_counted() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream, os.fdopen(read, "rb") as reader:
        log = open_log(stream, "human")
        for _ in range(MAX_WAITING + 500):
            log(events.ProcessorPaused("x" * 2000))
        written = b""
        while b"nobody read them fast enough" not in written:
            written += reader.read1()
        drainer = threading.Thread(target=lambda: [*iter(reader.read1, b"")])
        drainer.start()
        log.finish()
        stream.close()
        drainer.join(10)

    assert b"lines dropped: nobody read them fast enough" in written


def test_long_responses_waiting_for_a_stalled_stream_are_dropped() -> None:
    """As when handlers send error pages and the terminal was stopped."""
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream, os.fdopen(read, "rb") as reader:
        log = open_log(stream, "human")
        for number in range(1_000):
            page = f"{number} {'x' * 60_000}"
            line = LogLine(LogEvent.FAILED, page)
            ended = Outcome(
                number, 1, ResultCode.PERMANENT, 500, "http 500", page, 1, (line,)
            )
            log(events.OutcomeRecorded(ended, ResultCode.PERMANENT))
        written: list[bytes] = []
        drainer = threading.Thread(target=lambda: written.append(reader.read()))
        drainer.start()
        log.finish()
        stream.close()
        drainer.join(10)
    lines = written[0].splitlines()
    assert 1 < len(lines) < 1 + 2 * MAX_WAITING_CHARS // 60_000
    assert b"lines dropped" in written[0]


def test_a_broken_stream_does_not_stop_the_log() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    log = open_log(stream, "human")
    log(events.ProcessorResumed())
    log.finish()
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def test_each_write_is_whole_lines_and_fits_into_a_pipe() -> None:
    # A socket of this kind keeps the boundaries of writes.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, os.fdopen(theirs.detach(), "w") as stream:
        log = open_log(stream, "human")
        for _ in range(100):
            log(events.ProcessorPaused("é" * 300))
        log.finish()
        stream.close()
        written = list(iter(lambda: ours.recv(1 << 16), b""))

    assert all(len(piece) <= select.PIPE_BUF for piece in written)
    assert all(piece.endswith(b"\n") for piece in written)
    assert sum(piece.count(b"\n") for piece in written) == 100


def test_every_line_is_written_in_the_order_of_its_event(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log", "logfmt")
    texts = [f"busy {number}" for number in range(2_000)]
    assert len(texts) < MAX_WAITING
    for text in texts:
        log(events.OutcomeRecorded(outcome(text), ResultCode.TEMPORARY))
    log.finish()

    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.partition("temporarily: ")[2].rstrip('"') for line in lines] == texts
