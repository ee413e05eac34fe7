"""Rows of the lists: what their columns say, and which columns are left out."""

from datetime import UTC

import pytest

from sq_console.model import JobState, JobSummary
from sq_console.ui.content.columns.column_memory import ColumnMemory
from sq_console.ui.content.columns.job_cells import RowContext, retries_text
from sq_console.ui.content.columns.request_text import (
    host_text,
    path_text,
    request_line,
    target_text,
)
from sq_console.ui.content.lines import Tone, text_of, width_of
from sq_console.ui.content.list_columns import (
    Layout,
    choose_columns,
    column_needs,
    job_line,
    title_line,
)
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.panes import LISTS, Pane
from tests.ui.jobs import NOW, ago, summary

CONTEXT = RowContext(NOW, Clock(lambda: NOW, UTC))


def layout(pane: Pane, width: int, *jobs: JobSummary) -> Layout:
    return choose_columns(pane, width, column_needs(pane, jobs))


def titles(pane: Pane, width: int, *jobs: JobSummary) -> list[str]:
    return text_of(title_line(layout(pane, width, *jobs))).split()


def row_text(pane: Pane, width: int = 100, **values: object) -> str:
    one = summary(**values)
    return text_of(job_line(layout(pane, width, one), one, CONTEXT, width))


@pytest.mark.parametrize("pane", LISTS)
@pytest.mark.parametrize("width", [8, 30, 56, 77, 117, 197])
def test_rows_and_titles_are_exactly_as_wide_as_the_list(pane: Pane, width: int):
    one = summary(url="http://日本.example/" + "ü" * 300, last_error="e" * 200)
    chosen = layout(pane, width, one)

    assert width_of(job_line(chosen, one, CONTEXT, width)) == width
    if width >= 56:
        assert width_of(title_line(chosen)) == width


def test_a_url_is_cut_in_its_middle():
    line = text_of(
        request_line(summary(url="http://a.example/" + "x" * 90 + "/end"), 40)
    )
    assert line.startswith("POST   a.example/")
    assert line.endswith("/end")
    assert "…" in line


def test_https_and_credentials_in_a_url():
    line = text_of(request_line(summary(url="https://u:secret@a.example/x"), 60))
    assert line == "POST   https://***@a.example/x"


def test_pending_jobs_say_when_they_are_due():
    assert " now " in row_text(Pane.PENDING, run_at=NOW)
    assert " 2m " in row_text(Pane.PENDING, run_at=ago(130))
    assert " in 43s " in row_text(Pane.PENDING, run_at=ago(-43))


def test_running_jobs_show_their_time_and_their_timeout():
    assert " 41s/60s " in row_text(Pane.RUNNING, last_started_at=ago(41))
    assert " killing " in row_text(
        Pane.RUNNING, last_started_at=ago(41), kill_requested_at=NOW
    )


def test_a_job_of_a_held_host_says_so():
    one = summary(run_at=ago(130))
    for held in ("api.example.com", "*"):
        context = RowContext(NOW, CONTEXT.clock, frozenset({held}))
        line = text_of(job_line(layout(Pane.PENDING, 77, one), one, context, 77))
        assert " held " in line
    assert " held " not in row_text(Pane.PENDING, 77, run_at=ago(130))


@pytest.mark.parametrize(("ended", "tone"), [(9, Tone.BAD), (301, Tone.DIM)])
def test_only_a_failure_of_the_last_minutes_is_red(ended: int, tone: Tone):
    one = summary(
        state=JobState.FAILED, last_error="http 500", last_finished_at=ago(ended)
    )
    line = job_line(layout(Pane.FAILED, 100, one), one, CONTEXT, 100)
    assert next(span for span in line if "http 500" in span.text).tone is tone


@pytest.mark.parametrize(
    ("state", "remaining", "result", "shown"),
    [
        (JobState.PENDING, 5, None, ""),
        (JobState.PENDING, 5, 2, "1/5"),
        (JobState.RUNNING, 4, 2, "1/5"),
        (JobState.FAILED, 0, 2, "5/5"),
        (JobState.FAILED, 5, 1, ""),
        (JobState.PENDING, 9, None, ""),
    ],
)
def test_retries_are_counted_as_people_count(
    state: JobState, remaining: int, result: int | None, shown: str
):
    one = summary(
        state=state, remaining_retries=remaining, max_retries=5, result_code=result
    )
    assert retries_text(one) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({}, "  9s "),
        ({"state": JobState.KILLED}, "  9s "),
        ({"state": JobState.KILLED, "last_started_at": None}, "  - "),
        ({"state": JobState.KILLED, "run_at": ago(-51)}, "  - "),
        ({"state": JobState.KILLED, "last_started_at": ago(3_609)}, "  - "),
    ],
    ids=["succeeded", "running", "never called", "waiting for a retry", "released"],
)
def test_a_job_killed_while_pending_has_no_duration(
    values: dict[str, object], shown: str
):
    ended = {"last_started_at": ago(18), "last_finished_at": ago(9)}
    base = {"state": JobState.SUCCEEDED, "attempts": 2, **ended}
    assert shown in row_text(Pane.DONE, **{**base, **values})


def test_a_column_that_no_job_needs_is_not_shown():
    assert "ORG" not in titles(Pane.FAILED, 117, summary())
    assert "ORG" in titles(Pane.FAILED, 117, summary(), summary(organization_id=3))
    retried = summary(max_retries=5, result_code=2)
    assert "RETRY" not in titles(Pane.PENDING, 117, summary())
    assert "RETRY" in titles(Pane.PENDING, 117, summary(), retried)


def test_a_column_that_is_alike_in_all_rows_makes_way():
    post, get = summary(organization_id=3), summary(http_method="get", priority=4)
    assert "METHOD" not in titles(Pane.PENDING, 117, post, post)
    assert "METHOD" in titles(Pane.PENDING, 117, post, get)
    assert "ORG" not in titles(Pane.PENDING, 117, post, post)
    assert "PRI" in titles(Pane.PENDING, 117, post, get)


def test_80_columns_show_host_and_path():
    one = summary(
        url="http://billing.acme.example:18080/invoices/charge?x=" + "1" * 90,
        host="billing.acme.example:18080",
        max_retries=5,
        result_code=2,
    )
    text = text_of(job_line(layout(Pane.PENDING, 77, one), one, CONTEXT, 77))
    assert " billing.acme.example /invoices/charge?x=" in text
    assert text.rstrip().endswith("1/5")
    assert "…" in text


@pytest.mark.parametrize(
    ("url", "host", "shown"),
    [
        ("http://a.example/x?y=1", "a.example", ("a.example", "/x?y=1")),
        ("http://a.example:80/x", "a.example:80", ("a.example", "/x")),
        ("https://a.example:80", "a.example:80", ("a.example:80", "/")),
        ("HTTPS://A.example:443?q", "a.example:443", ("a.example", "?q")),
        ("http://u:pw@a.example/x", "a.example", ("a.example", "/x")),
        ("http://a.example/x?token=s3cret", "a.example", ("a.example", "/x?token=***")),
        ("gopher://a.example/x", "", ("", "gopher://a.example/x")),
        ("http://\x1b[2J/\x1b", "\x1b[2j", ("␛[2j", "/␛")),
    ],
)
def test_host_and_path_of_a_url(url: str, host: str, shown: tuple[str, str]):
    one = summary(url=url, host=host)
    assert (host_text(one), path_text(one)) == shown


def test_a_port_is_shown_where_a_host_has_several():
    def hosts(*ports: int) -> str:
        jobs = [summary(host=f"a.example:{port}") for port in ports]
        chosen = layout(Pane.PENDING, 77, *jobs)
        return text_of(job_line(chosen, jobs[0], CONTEXT, 77))

    assert " a.example " in hosts(81, 81)
    assert " a.example:81 " in hosts(81, 82)


def test_a_request_in_few_words_has_no_port():
    one = summary(url="http://a.example:81/x/y", host="a.example:81")
    assert target_text(one, 80) == "a.example /x/y"
    assert target_text(one, 12) == "a.example /…"


def test_a_column_that_was_needed_stays_for_a_while():
    clock = [0.0]
    memory = ColumnMemory(lambda: clock[0])
    assert memory.joined({"HOST": 12, "ORG": 4}) == {"HOST": 12, "ORG": 4}
    clock[0] = 20
    assert memory.joined({"HOST": 24}) == {"HOST": 24, "ORG": 4}
    clock[0] = 31
    assert memory.joined({"HOST": 8}) == {"HOST": 24}
    memory.forget()
    assert memory.joined({"HOST": 8}) == {"HOST": 8}
