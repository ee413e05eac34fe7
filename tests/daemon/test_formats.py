"""Log lines for people, as logfmt and as JSON: each stays one sanitized line."""

import json
import logging
import os
import time
from pathlib import Path

import pytest

from sq_console.daemon.log.event_lines import Line, lines_of
from sq_console.daemon.log.formats import (
    HumanLines,
    JsonLines,
    LineFormat,
    Logfmt,
    WithPriority,
    format_for,
)
from sq_console.model import (
    ResultCode,
)
from sq_console.processor import events
from tests.daemon.recorded_outcome import outcome


def line(msg: str, level: int = logging.INFO) -> Line:
    return Line(1_000_000_000.25, level, msg, {"event": "called", "job": 7})


def test_logfmt_has_time_level_fields_and_quotes_where_needed() -> None:
    text = Logfmt().format(line('say "a=b" \\'))

    assert text == (
        "time=2001-09-09T01:46:40.250Z level=info event=called job=7"
        ' msg="say \\"a=b\\" \\\\"'
    )


def test_the_journal_gets_a_priority_and_no_time() -> None:
    journal = WithPriority(Logfmt(timed=False))

    assert journal.format(line("x")) == "<6>level=info event=called job=7 msg=x"
    assert journal.format(line("x", logging.DEBUG)).startswith("<7>")
    assert journal.format(line("x", logging.WARNING)).startswith("<4>")
    assert journal.format(line("x", logging.ERROR)).startswith("<3>")


def test_lines_for_people_have_a_local_time_with_its_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        text = HumanLines().format(line("x", logging.ERROR))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert text == "2001-09-09 03:46:40 CEST error: x"


def test_auto_is_for_the_journal_only_where_the_stream_is_the_journal(
    tmp_path: Path,
) -> None:
    with (tmp_path / "journal").open("w") as stream:
        about = os.fstat(stream.fileno())
        same = {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}
        other = {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino + 1}"}

        to_journal = format_for("auto", stream, same).format(line("x"))
        others = [format_for(name, stream, same) for name in ("json", "human")]
        to_file = format_for("auto", stream, other).format(line("x"))

    assert to_journal.startswith("<6>level")
    assert [each.format(line("x"))[:3] for each in others] == ["<6>"] * 2
    assert to_file.startswith("time=")


HOSTILE = "a\n[JOBID 1] forged\r\x1b[2J\x9b\u2028\u202eb"


@pytest.mark.parametrize("line_format", [HumanLines(), Logfmt(), JsonLines()])
def test_any_response_is_one_sanitized_line(
    line_format: LineFormat,
) -> None:
    event = events.OutcomeRecorded(outcome(HOSTILE), ResultCode.TEMPORARY)

    (line,) = [line_format.format(each) for each in lines_of(event, 0.0)]

    assert len(line.splitlines()) == 1
    assert not {*"\x1b\x9b\u202e\r"} & set(line)


def test_json_is_json() -> None:
    entry = json.loads(JsonLines().format(line('"\\ü')))

    assert list(entry) == ["time", "level", "event", "job", "msg"]
    assert entry["msg"] == '"\\ü'
