"""The page of a job: its sections, their order, and their limits."""

import pytest

from sq_console.model import Job, LogEntry
from sq_console.ui.content.job_detail import job_detail_lines
from sq_console.ui.content.lines import text_of
from tests.ui.content.examples import CLOCK, log_entry
from tests.ui.jobs import ago, job


def page_texts(one: Job, *log: LogEntry, width: int = 100) -> list[str]:
    return [text_of(line) for line in job_detail_lines(one, log, CLOCK, width)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "retries  0/5, 60 s apart"),
        ({"retry_delay_secs": -5}, "retries  0/5, at once"),
        ({"remaining_retries": 0}, "retries  none"),
        ({"remaining_retries": -3}, "retries  none"),
        ({"timeout_secs": 90}, "timeout  90 s for the whole call"),
        ({"timeout_secs": -5}, "timeout  1 s, the row says -5"),
    ],
)
def test_retries_and_timeout_are_shown_as_they_apply(
    values: dict[str, object], words: str
):
    assert any(words in line for line in page_texts(job(**values)))


def test_log_rows_are_in_the_order_of_their_times():
    lines = page_texts(
        job(attempts=1),
        log_entry(1, None, "kill_requested", created_at=ago(20)),
        log_entry(2, 1, "called", created_at=ago(30)),
    )

    assert [line[-1] for line in lines[lines.index("LOG  2 lines") + 1 :]] == ["2", "1"]


def test_json_is_indented_and_other_text_is_not():
    lines = page_texts(job(body=b'{"a":[1,2]}', last_response="plain\nwords"))

    assert "BODY  11 bytes, JSON" in lines
    assert '    "a": [' in lines
    assert "LAST ANSWER  11 bytes" in lines
    assert "  plain" in lines


def test_headers_that_are_no_object_are_shown_as_they_are():
    lines = page_texts(job(headers="[1, 2"))
    assert "HEADERS  not a JSON object" in lines
    assert "[1, 2" in lines


def test_long_texts_are_cut():
    lines = page_texts(
        job(body=b"x" * 1_000_000, url="http://a.example/" + "y" * 9_000)
    )
    assert max(map(len, lines)) < 66_000
    assert "BODY  976.6 KB" in lines
    assert "URL  8.8 KB" in lines
    assert len(lines[0]) < 400


def test_times_name_their_zone():
    assert any("2026-09-12 01:59:00 UTC" in line for line in page_texts(job()))
