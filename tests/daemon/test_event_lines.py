"""Events as lines: every event has words, and every record is one harmless line."""

import contextlib
import json
import logging
import os
import select
import socket
import threading
import time
import typing
import warnings
from pathlib import Path

import pytest

from sq_console.daemon.log.event_lines import Line, lines_of
from sq_console.daemon.log.event_log import MAX_WAITING, MAX_WAITING_CHARS, open_log
from sq_console.daemon.log.formats import (
    HumanLines,
    JsonLines,
    LineFormat,
    Logfmt,
    format_for,
)
from sq_console.errors import SettingsError
from sq_console.model import (
    JobState,
    LogEvent,
    LogLine,
    Outcome,
    Rescued,
    ResultCode,
    StuckJob,
)
from sq_console.processor import events
from sq_console.text.log_messages import calling, failed_temporarily
from tests.waiting import eventually

CALL = calling(7, "post", "http://u:p@a/", 60)


def outcome(text: str, result: ResultCode = ResultCode.TEMPORARY) -> Outcome:
    log = (
        LogLine(LogEvent.CALLED, CALL),
        LogLine(LogEvent.FAILED_TEMPORARILY, failed_temporarily(7, text), 503, 12),
    )
    return Outcome(7, 2, result, 503, "http 503", text, 12, log)


EVENTS: list[tuple[events.Event, list[str]]] = [
    (events.IdChosen(7), []),
    (
        events.ProcessorStarted("web1:1", 50),
        ["Processor web1:1 started with 50 slots"],
    ),
    (
        events.ProcessorStopped("web1:1", 9, 2, 1),
        ["Processor web1:1 stopped: 9 calls ended, 2 aborted, 1 outcome not recorded"],
    ),
    (events.ProcessorPaused("paused by alice"), ["Paused: paused by alice"]),
    (events.ProcessorResumed(), ["Resumed"]),
    (events.DrainStarted(3), ["Draining, 3 calls in flight"]),
    (events.DrainStarted(1), ["Draining, 1 call in flight"]),
    (
        events.CallStarted(7, 1, CALL),
        [
            "[JOBID 7] Calling job with method post on url http://***@a/ (timeout 60)",
        ],
    ),
    (
        events.OutcomeRecorded(outcome("busy"), ResultCode.TEMPORARY),
        ["[JOBID 7] Job failed temporarily: busy"],
    ),
    (
        events.OutcomeRecorded(outcome("busy"), ResultCode.KILLED),
        [
            "[JOBID 7] Job failed temporarily: busy",
            "[JOBID 7] Job killed by an operator",
        ],
    ),
    (
        events.OutcomeLost(7, 2),
        ["[JOBID 7] Outcome of attempt 2 dropped: the claim is not ours now"],
    ),
    (
        events.OutcomeRefused(7, "too odd"),
        ["[JOBID 7] Answer not storable, recorded without its text: too odd"],
    ),
    (
        events.OutcomeStuck(7, "not this one"),
        ["[JOBID 7] Outcome cannot be written, tried again later: not this one"],
    ),
    (
        events.StatsRefused("no such table"),
        ["Outcomes are recorded, but not counted in queued_job_stats: no such table"],
    ),
    (
        events.JobsReleased(4, "Job released: it is stopping"),
        ["4 jobs given back: it is stopping"],
    ),
    (
        events.JobRescued(Rescued(7, 2, JobState.PENDING, "web2:2")),
        ["[JOBID 7] Rescued from web2:2, now pending"],
    ),
    (
        events.JobStuck(StuckJob(7, "claimed", "not this one")),
        ["[JOBID 7] Job cannot be claimed, tried again later: not this one"],
    ),
    (events.StoreLost("gone away"), ["Database is away: gone away"]),
    (events.StoreRegained(12.4), ["Database is back after 12 s"]),
    (events.SelfFenced("no heartbeat", 3), ["Aborted 3 calls: no heartbeat"]),
]


def test_a_long_answer_is_cut_and_says_by_how_much() -> None:
    event = events.OutcomeRecorded(outcome("x" * 65_535), ResultCode.TEMPORARY)

    (line,) = lines_of(event, 0.0)

    assert line.msg.startswith("[JOBID 7] Job failed temporarily: xxx")
    assert line.msg.endswith("xxx… (+63,569)")
    assert len(line.msg) == 2_000 + len("… (+63,569)")


@pytest.mark.parametrize(("event", "words"), EVENTS, ids=lambda it: type(it).__name__)
def test_each_event_is_told(event: events.Event, words: list[str]) -> None:
    assert [line.msg for line in lines_of(event, 0.0)] == words


def test_no_event_is_forgotten() -> None:
    told = {type(event) for event, _ in EVENTS}

    assert told == set(typing.get_args(events.Event))


def line(msg: str, level: int = logging.INFO) -> Line:
    return Line(1_000_000_000.25, level, msg, {"event": "called", "job": 7})


def test_logfmt_has_time_level_fields_and_quotes_where_needed() -> None:
    told = Logfmt(journal=False).format(line('say "a=b" \\'))

    assert told == (
        "time=2001-09-09T01:46:40.250Z level=info event=called job=7"
        ' msg="say \\"a=b\\" \\\\"'
    )


def test_the_journal_gets_a_priority_and_no_time() -> None:
    journal = Logfmt(journal=True)

    assert journal.format(line("x")) == "<6>level=info event=called job=7 msg=x"
    assert journal.format(line("x", logging.WARNING)).startswith("<4>")
    assert journal.format(line("x", logging.ERROR)).startswith("<3>")


def test_lines_for_people_have_a_local_time_with_its_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        told = HumanLines().format(line("x", logging.ERROR))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert told == "2001-09-09 03:46:40 CEST error: x"


def test_auto_is_for_the_journal_only_where_the_stream_is_the_journal(
    tmp_path: Path,
) -> None:
    with (tmp_path / "journal").open("w") as stream:
        about = os.fstat(stream.fileno())
        same = {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}
        other = {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino + 1}"}

        to_journal = format_for("auto", stream, same).format(line("x"))
        to_file = format_for("auto", stream, other).format(line("x"))

    assert to_journal.startswith("<6>level")
    assert to_file.startswith("time=")


HOSTILE = "a\n[JOBID 1] forged\r\x1b[2J\x9b\u2028\u202eb"


@pytest.mark.parametrize("form", [HumanLines(), Logfmt(journal=False), JsonLines()])
def test_whatever_a_handler_answers_is_one_harmless_line(
    form: LineFormat,
) -> None:
    event = events.OutcomeRecorded(outcome(HOSTILE), ResultCode.TEMPORARY)

    (line,) = [form.format(one) for one in lines_of(event, 0.0)]

    assert len(line.splitlines()) == 1
    assert not {*"\x1b\x9b\u202e\r"} & set(line)


def test_json_is_json() -> None:
    entry = json.loads(JsonLines().format(line('"\\ü')))

    assert list(entry) == ["time", "level", "event", "job", "msg"]
    assert entry["msg"] == '"\\ü'


def test_a_log_file_is_its_owners_alone_and_grows(tmp_path: Path) -> None:
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


def test_a_log_file_that_was_rotated_away_is_made_anew(tmp_path: Path) -> None:
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
def test_what_modules_log_goes_the_same_way(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log", "logfmt")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("aiohttp").exception("odd\x1b[2J\nanswer")
    warnings.warn("old ways", ResourceWarning, stacklevel=1)
    log.finish()
    logging.getLogger("aiohttp").warning("not ours any more")

    told, warned = (tmp_path / "log").read_text().splitlines()
    assert "level=error event=aiohttp" in told
    assert "odd␛[2J⏎answer" in told
    assert "ValueError('two" in told
    assert "old ways" in warned


def test_a_stalled_stream_does_not_hold_up_the_processor_and_lines_are_counted() -> (
    None
):
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream, os.fdopen(read, "rb") as reader:
        log = open_log(stream, "human")
        for _ in range(MAX_WAITING + 500):
            log(events.ProcessorPaused("x" * 2000))
        said = b""
        while b"nobody read them fast enough" not in said:
            said += reader.read1()
        drainer = threading.Thread(target=lambda: [*iter(reader.read1, b"")])
        drainer.start()
        log.finish()
        stream.close()
        drainer.join(10)

    assert b"lines dropped: nobody read them fast enough" in said


def test_long_answers_that_nobody_reads_are_not_kept() -> None:
    """A handler's error pages, and a terminal that was stopped."""
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
        said: list[bytes] = []
        drainer = threading.Thread(target=lambda: said.append(reader.read()))
        drainer.start()
        log.finish()
        stream.close()
        drainer.join(10)
    lines = said[0].splitlines()
    assert 1 < len(lines) < 1 + 2 * MAX_WAITING_CHARS // 60_000
    assert b"lines dropped" in said[0]


def test_a_stream_that_broke_is_no_reason_to_stop() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    log = open_log(stream, "human")
    log(events.ProcessorResumed())
    log.finish()
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def test_what_is_written_at_once_is_whole_lines_and_fits_into_a_pipe() -> None:
    # A socket of this kind keeps what was written apart.
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


def test_two_thousand_lines_take_less_than_half_a_second(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log", "logfmt")
    event = events.OutcomeRecorded(outcome("busy" * 50), ResultCode.TEMPORARY)
    started = time.process_time()
    for _ in range(2000):
        log(event)
    log.finish()
    spent = time.process_time() - started

    assert len((tmp_path / "log").read_text().splitlines()) == 2000
    assert spent < 0.5
