"""The log: one row a call, of one host, failures only; from failure to failure."""

import pytest

from sq_console.ui.state.log_follower import Gap
from sq_console.ui.widgets.log_view import LogView
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

SHOP, MAIL = "http://shop.example:18080/v1", "http://mail.example/send"


def call(queue: Queue, job: int, ago: float, text: str, **outcome: object) -> None:
    """Both rows of a call."""
    queue.log(job, "Calling job with method post on url …", ago, event="called")
    more = {"event": "succeeded", "status_code": 200, "duration_ms": 265, **outcome}
    words = {"succeeded": "succeeded", "failed": "failed permanently"}
    event = words.get(str(more["event"]), "failed temporarily")
    queue.log(job, f"Job {event}: {text}", ago, **more)


def failing(queue: Queue, job: int, ago: float, text: str = "no route") -> None:
    call(queue, job, ago, text, event="failed", status_code=404, duration_ms=12)


@pytest.fixture
def calls(queue: Queue) -> tuple[int, int]:
    """Two jobs at two hosts, called by turns; one of them fails."""
    shop, mail = queue.failed(SHOP, organization_id=12), queue.succeeded(url=MAIL)
    for number in range(8):
        call(queue, mail, 90 - 10 * number, f"ok {number}")
        if number % 4 == 3:
            failing(queue, shop, 85 - 10 * number, f"no route {number}")
    return shop, mail


def view(console: Console) -> LogView:
    return console.board.log_view


def lines(console: Console) -> list[str]:
    """The rows of the log in view."""
    found = console.text.splitlines()
    return [line for line in found if line[2:8] in ("01:58:", "01:59:", "02:00:")]


async def open_log(console: Console) -> None:
    await console.press("4")
    await console.until(lambda: view(console).cursor.rows)


async def filtered(console: Console, text: str) -> None:
    await console.press("slash")
    await console.type(text)
    await console.press("enter")
    await console.shows(f"filter {text}")


async def test_a_call_is_one_row_with_its_host_and_what_it_came_to(
    queue: Queue, calls: tuple[int, int]
):
    async with running(queue) as console:
        await open_log(console)
        await console.shows("mail.example")
        assert "Calling" not in console.text
        assert len(view(console).cursor.rows) == 10
        ok = next(line for line in lines(console) if "ok 7" in line)
        assert ok[10:].split() == ["2", "mail.example", "200", "265ms", "ok", "7"]


async def test_a_host_too_long_for_its_column_loses_its_port_first(queue: Queue):
    job = queue.failed("http://billing.localhost:8480/x")
    failing(queue, job, 10)
    async with running(queue, size=(80, 24)) as console:
        await console.press("4")
        await console.shows(" billing.localhost ")


async def test_only_one_hosts_rows_are_shown(queue: Queue, calls: tuple[int, int]):
    async with running(queue) as console:
        await open_log(console)
        await filtered(console, "host:shop.example:18080")
        await console.until(lambda: len(view(console).cursor.rows) == 2)
        assert "mail.example" not in console.text
        call(queue, calls[1], 0, "not this one")
        failing(queue, calls[0], 0, "but this one")
        await console.shows("but this one")
        assert "not this one" not in console.text


@pytest.mark.parametrize("text", ["failed", "state:failed", "status:404", "org:12"])
async def test_only_failures_are_shown(queue: Queue, calls: tuple[int, int], text: str):
    async with running(queue) as console:
        await open_log(console)
        await filtered(console, text)
        await console.until(lambda: len(view(console).cursor.rows) == 2)
        failing(queue, calls[0], 0, "again")
        call(queue, calls[1], 0, "all is well")
        await console.shows("again")
        assert "all is well" not in console.text


async def test_words_are_looked_for_in_answers_and_hosts(
    queue: Queue, calls: tuple[int, int]
):
    async with running(queue) as console:
        await open_log(console)
        await filtered(console, "shop.ex")
        await console.until(lambda: len(view(console).cursor.rows) == 2)
        await console.press("escape")
        await filtered(console, "OK 5")
        await console.until(lambda: len(view(console).cursor.rows) == 1)


@pytest.mark.parametrize("text", ["path:/v1", "answer:x", "older:2h", "state:pending"])
async def test_a_term_that_the_log_cannot_do_is_refused(
    queue: Queue, calls: tuple[int, int], text: str
):
    async with running(queue) as console:
        await open_log(console)
        await console.press("slash")
        await console.type(text)
        await console.press("enter")
        await console.shows("the log knows no")
        assert console.board.log_filter_text == ""


async def test_one_goes_from_failure_to_failure(queue: Queue, calls: tuple[int, int]):
    async with running(queue) as console:
        await open_log(console)
        await console.press("k", "N")
        assert "no route 3" in view(console).cursor.current.msg
        await console.press("N")
        await console.toasts("no call that failed above the cursor")
        await console.press("n")
        assert "no route 7" in view(console).cursor.current.msg
        await console.press("n")
        await console.toasts("no call that failed below the cursor")


async def test_what_comes_while_one_reads_is_counted(
    queue: Queue, calls: tuple[int, int]
):
    async with running(queue) as console:
        await open_log(console)
        await console.press("k", "k")
        for number in range(37):
            call(queue, calls[1], 0, f"new {number}")
        await console.shows("37 new")
        await console.press("G")
        await console.shows("new 36")
        await console.shows("following")


async def test_the_log_of_a_job_never_called_says_so(queue: Queue):
    job = queue.pending()
    async with running(queue) as console:
        await console.press("1", "l")
        await console.shows(f"No row of job {job}: never called")


async def test_a_filter_that_nothing_fits_says_how_far_it_looked(
    queue: Queue, calls: tuple[int, int]
):
    async with running(queue) as console:
        await open_log(console)
        await filtered(console, "host:nobody.example")
        await console.shows("None of the last 2,000 rows fits")


async def test_the_row_of_a_job_that_is_gone_has_its_id(queue: Queue):
    queue.log(77, "Job failed permanently: gone", 5, event="failed", status_code=500)
    async with running(queue) as console:
        await open_log(console)
        await console.shows("500")
        assert "77" in lines(console)[0]


async def test_a_flood_is_sampled_and_says_so(queue: Queue):
    queue.log(1, "Job succeeded: first")
    async with running(queue) as console:
        await open_log(console)
        queue.flood(1_500, "Job succeeded: flood")
        await console.until(
            lambda: any(isinstance(row, Gap) for row in view(console).cursor.rows)
        )
        await console.press("g")
        await console.shows("more between, faster than this shows them")
