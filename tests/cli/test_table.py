"""What of a table a narrow terminal shows."""

from datetime import UTC, datetime, timedelta

import pytest

from sq_console.cli.job_output import JOB_COLUMNS, short_request
from sq_console.cli.table import TextColumn, TextTable, table_in_width, whole_table

NOW = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
REQUEST = "post https://orders.eu-west-1.example.com:8443/api/v2/orders/88123/confirm"
ROW = (
    *(1234567, "succeeded", REQUEST, 1),
    *(NOW - timedelta(minutes=9), "connection refused"),
)


def lines(table: TextTable) -> list[str]:
    return ["  ".join(row) for row in (table.titles, *table.rows)]


def test_what_fits_is_whole() -> None:
    table = whole_table(JOB_COLUMNS, [ROW], NOW)

    assert table_in_width(JOB_COLUMNS, [ROW], NOW, table.width) == table
    assert table.rows[0][4] == "2026-11-24 17:21:00"
    assert table.titles[4] == "WHEN UTC"


def test_at_80_columns_host_path_and_error_all_tell_something() -> None:
    table = table_in_width(JOB_COLUMNS, [ROW], NOW, 80)

    assert table.width <= 80
    assert lines(table)[1] == (
        "1234567  succeeded  post orders.e…/…88123/confirm  1  17:21:00  connection…"
    )


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (66, ["ID", "STATE", "REQUEST", "WHEN UTC", "ERROR"]),
        (60, ["ID", "STATE", "REQUEST", "ERROR"]),
        (20, ["ID", "STATE", "REQUEST", "ERROR"]),
    ],
)
def test_columns_that_can_be_spared_go_where_nothing_else_makes_room(
    width: int, titles: list[str]
) -> None:
    assert table_in_width(JOB_COLUMNS, [ROW], NOW, width).titles == titles


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (NOW, "17:30:00"),
        (NOW - timedelta(hours=18), "11-23 23:30"),
        (NOW - timedelta(days=400), "2025-10-20"),
    ],
)
def test_a_time_says_what_today_does_not(at: datetime, shown: str) -> None:
    columns = (TextColumn("WHEN", holds_times=True),)

    assert table_in_width(columns, [(at,)], NOW, 11).rows == [[shown]]


@pytest.mark.parametrize(
    ("request_", "width", "shown"),
    [
        ("get http://a/b", 8, "get a/b"),
        ("get http://a.example.com", 12, "get a.examp…"),
        ("get http://a/" + "x" * 50, 12, "get a/…xxxxx"),
        ("get http://***@a.example.com:81/x/7", 20, "get ***@a.examp…/x/7"),
        ("get nonsense of no url at all", 12, "get nonsens…"),
        ("", 5, " "),
        ("get http://a.example.com/path", 3, "get …/…"),
    ],
)
def test_a_request_is_shortened_to_the_begin_of_its_host_and_the_end_of_its_path(
    request_: str, width: int, shown: str
) -> None:
    assert short_request(request_, width) == shown
