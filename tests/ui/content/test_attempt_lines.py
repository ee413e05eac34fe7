"""The attempts of a job as lines: one for each that is known, the others counted."""

from sq_console.model import Job, JobState, LogEntry
from sq_console.ui.content.attempt_lines import attempt_lines
from sq_console.ui.content.lines import text_of
from tests.ui.content.examples import CLOCK, log_entry
from tests.ui.jobs import NOW, ago, job

RUNNING = {
    "state": JobState.RUNNING,
    "last_started_at": ago(3),
    "processor": "web2:4711",
}


def attempt_texts(one: Job, *log: LogEntry) -> list[str]:
    """A blank, the heading, the titles, and a line for each attempt."""
    return [text_of(line) for line in attempt_lines(one, log, CLOCK, 100)]


def test_every_attempt_is_a_line_with_status_time_and_outcome():
    table = attempt_texts(
        job(attempts=3),
        log_entry(1, 1, "called"),
        log_entry(2, 1, "failed_temporarily", status_code=503, duration_ms=2_410),
        log_entry(3, 2, "called"),
        log_entry(4, 2, "timed_out", duration_ms=60_000),
        log_entry(5, 3, "called"),
    )
    first, second, third = table[3:]
    assert first.split()[:4] == ["1", "01:58:51", "503", "2.41s"]
    assert "words 2" in first
    assert first.endswith("on web2:4711")
    assert second.split()[:3] == ["2", "01:58:53", "60.00s"]
    assert "no outcome in the log" in third


def test_a_running_attempt_is_a_line_before_its_outcome_is_recorded():
    running = job(attempts=2, **RUNNING)
    _, second = attempt_texts(running, log_entry(1, 1, "timed_out"))[3:]
    assert second.split()[:4] == ["2", "02:00:27", "being", "called"]
    assert second.endswith("on web2:4711")

    killed = job(attempts=1, kill_requested_at=NOW, **RUNNING)
    (only,) = attempt_texts(killed)[3:]
    assert "being called, kill asked for" in only


def test_a_released_attempt_is_a_line():
    released = "[JOBID 7] Job released: the processor is stopping"
    table = attempt_texts(job(attempts=3), log_entry(1, 2, "released", msg=released))
    (only,) = table[3:]
    assert only.split()[:2] == ["2", "--:--:--"]
    assert "released: the processor is stopping" in only
    assert "ATTEMPTS  3, 2 of them not in the log" in table
    assert "ATTEMPTS  4, not in the log" in attempt_texts(job(attempts=4))
