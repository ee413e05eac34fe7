"""Panes, filters, pages and what else changes what is seen."""

import pytest

from sq_console.ui.state.panes import Pane
from tests.ui.queue import Queue
from tests.ui.run_console import running

pytestmark = pytest.mark.mostly_slow(8)


@pytest.mark.parametrize(
    ("key", "pane"),
    [("1", "pending"), ("2", "running"), ("3", "failed"), ("5", "done")],
)
async def test_a_number_opens_a_pane(queue: Queue, key: str, pane: str):
    jobs = {
        "pending": queue.pending(),
        "running": queue.running(),
        "failed": queue.failed(),
        "done": queue.succeeded(),
    }
    async with running(queue) as console:
        await console.press(key)
        await console.until(lambda: console.cursor == jobs[pane])
        assert console.board.open_pane == pane


async def test_a_click_opens_the_pane_that_keys_act_on_then(queue: Queue):
    queue.pending("http://a.example/1")
    failed = queue.failed("http://b.example/1")
    async with running(queue, size=(120, 40)) as console:
        await console.press("1")
        failed_list = console.board.lists[Pane.FAILED]
        await console.until(lambda: failed_list.cursor.rows)
        await console.pilot.click(failed_list, offset=(5, 0))
        assert console.board.open_pane is Pane.FAILED
        assert [job.id for job in console.main.chosen()] == [failed]


async def test_a_job_that_was_clicked_twice_is_one_of_its_list(queue: Queue):
    jobs = [queue.pending(), queue.pending()]
    async with running(queue) as console:
        await console.press("1")
        await console.pilot.click(console.jobs, offset=(5, 0), times=2)
        await console.shows(f"Job {jobs[0]} ")
        await console.press("greater_than_sign")
        await console.shows(f"Job {jobs[1]} ")


async def test_tab_goes_round_and_shift_tab_back(queue: Queue):
    async with running(queue) as console:
        gone = []
        for key in ["tab"] * 5 + ["shift+tab"] * 5:
            await console.press(key)
            gone.append(str(console.board.open_pane))
        there = ["running", "failed", "log", "causes", "pending"]
        back = ["causes", "log", "failed", "running", "pending"]
        assert gone == there + back


async def test_done_lists_succeeded_and_killed_jobs_newest_first(queue: Queue):
    first = queue.succeeded(last_finished_at=queue.ago(900)[:19])
    killed = queue.killed(last_finished_at=queue.ago(800)[:19])
    last = queue.succeeded(last_finished_at=queue.ago(700)[:19])
    queue.failed()
    async with running(queue) as console:
        await console.press("5")
        await console.shows("ok 200")
        assert [job.id for job in console.jobs.cursor.rows] == [last, killed, first]


async def test_from_100_columns_all_panes_are_visible(queue: Queue):
    queue.pending("http://a.example/pending")
    queue.running("http://a.example/running")
    failed = queue.failed("http://a.example/failed")
    queue.log(failed, "Job failed permanently: out of paper", event="failed")
    async with running(queue, size=(100, 24)) as console:
        for words in ("/pending", "/running", "/failed", "out of paper"):
            await console.shows(words)


async def test_zoom_shows_the_open_pane_alone(queue: Queue):
    queue.pending("http://a.example/pending")
    queue.failed("http://a.example/failed")
    async with running(queue, size=(120, 40)) as console:
        await console.press("3")
        await console.shows("/pending")
        await console.press("z")
        await console.hides("/pending")
        assert "/failed" in console.text
        await console.press("escape")
        await console.shows("/pending")


async def test_a_filter_narrows_all_lists_until_esc(queue: Queue):
    queue.failed("http://a.example/apples", organization_id=7)
    queue.failed("http://b.example/pears")
    async with running(queue) as console:
        await console.press("3", "slash")
        await console.type("host:a.example")
        await console.press("enter")
        await console.hides("pears")
        assert "apples" in console.text
        assert "filter host:a.example" in console.text
        assert "3 Failed 1 found" in console.text

        await console.press("escape")
        await console.shows("pears")
        assert "filter" not in console.text.replace("/ filter", "")


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("apples", [1]),
        ("98765432109876543210", [3]),
        ("#2", [2]),
        ("2", [2]),
        ("org:7", [1]),
        ("http 404", [2]),
    ],
)
async def test_terms_of_a_filter(queue: Queue, typed: str, found: list[int]):
    queue.failed("http://a.example/apples", organization_id=7)
    queue.failed("http://b.example/pears", last_error="http 404")
    queue.failed("http://c.example/98765432109876543210")
    async with running(queue) as console:
        await console.press("3", "slash")
        await console.type(typed)
        await console.press("enter")
        await console.until(lambda: [j.id for j in console.jobs.cursor.rows] == found)


@pytest.mark.parametrize(
    ("number", "said"),
    [("18446744073709551615", "There is no job 1844"), ("9" * 40, "No match for")],
)
async def test_a_number_that_no_job_has_finds_nothing_and_loses_nothing(
    queue: Queue, number: str, said: str
):
    queue.failed()
    async with running(queue) as console:
        await console.press("3", "slash")
        await console.type(number)
        await console.press("enter")
        await console.shows(said)
        assert console.app.refresh_loop.lost is None


async def test_what_is_pasted_over_two_lines_is_one_filter_and_a_toast_says_so(
    queue: Queue,
):
    queue.failed("http://b.example/pears", last_error="http 404")
    async with running(queue) as console:
        await console.press("3", "slash")
        await console.type("http\n   404")
        await console.toasts("pasted over 2 lines: they are joined into one")
        await console.press("enter")
        await console.shows("filter http 404")


async def test_a_filter_that_cannot_be_is_refused_with_a_reason(queue: Queue):
    async with running(queue) as console:
        await console.press("slash")
        await console.type("org:x")
        await console.press("enter")
        await console.shows("org:x is not an organization_id")
        assert console.board.filter_text == ""


async def test_leaving_the_filter_field_changes_nothing(queue: Queue):
    queue.pending("http://a.example/apples")
    async with running(queue) as console:
        await console.press("slash")
        await console.type("K")
        await console.press("escape", "j")
        assert console.board.filter_text == ""
        assert console.main.is_active


async def test_pages_go_forth_and_back(queue: Queue):
    for _ in range(450):
        queue.pending()
    async with running(queue) as console:
        await console.until(lambda: console.board.state[Pane.PENDING].paging.more)
        await console.press("right_square_bracket")
        await console.until(lambda: console.cursor == 201)
        await console.press("right_square_bracket")
        await console.until(lambda: console.cursor == 401)
        await console.shows("401-4")
        await console.press("left_square_bracket")
        await console.until(lambda: console.cursor == 201)
        await console.press("left_square_bracket", "left_square_bracket")
        await console.toasts("no page there")


async def test_mark_all_reaches_over_pages(queue: Queue):
    for number in range(450):
        queue.pending(organization_id=number % 2)
    async with running(queue) as console:
        await console.press("slash")
        await console.type("org:1")
        await console.press("enter", "A")
        await console.toasts("marked")
        assert {job.organization_id for job in console.jobs.cursor.marked.values()} == {
            1
        }


async def test_l_shows_only_this_job_in_the_log_and_all_again(queue: Queue):
    first, second = queue.failed(), queue.failed(last_finished_at=queue.ago(9)[:19])
    queue.log(first, "first words")
    queue.log(second, "second words")
    async with running(queue, size=(120, 40)) as console:
        await console.press("3")
        await console.shows("first words")
        await console.press("l")
        await console.hides("first words")
        await console.shows("second words")
        assert f"4 Log  #{second}" in console.text
        await console.press("l")
        await console.shows("first words")


async def test_the_log_is_filtered_by_its_words(queue: Queue):
    queue.log(1, "apples", 90)
    queue.log(2, "pears", 80)
    async with running(queue) as console:
        await console.press("4", "slash")
        await console.type("PEARS")
        await console.press("enter")
        await console.hides("apples")
        await console.shows("pears")


async def test_the_log_follows_until_the_reader_goes_up(queue: Queue):
    for number in range(40):
        queue.log(1, f"line {number:02}", 500 - number)
    async with running(queue) as console:
        await console.press("4")
        await console.shows("line 39")
        assert "following" in console.text

        await console.press("k")
        queue.log(1, "news")
        await console.shows("1 new below, G follows")
        assert "news" not in console.text

        await console.press("G")
        await console.shows("news")
        assert "following" in console.text


@pytest.mark.slow
async def test_what_came_too_fast_to_be_shown_is_counted(queue: Queue):
    async with running(queue) as console:
        await console.press("4", "slash")
        await console.type("pears")
        await console.press("enter")
        await console.shows("filter pears")
        queue.flood(1_100, "apples")
        await console.shows("… 100 more between, faster than this shows them")
        queue.flood(1_100, "apples")
        await console.shows("… 200 more between, faster than this shows them")
        queue.log(1, "pears")
        await console.shows("pears")
        assert console.text.count("more between") == 1
        assert "apples" not in console.text


async def test_enter_on_a_log_line_opens_its_job(queue: Queue):
    job = queue.failed()
    queue.log(job, "words")
    async with running(queue) as console:
        await console.press("4")
        await console.shows("words")
        await console.press("enter")
        await console.shows(f"Job {job}  FAILED")
        await console.press("q")
        await console.until(lambda: console.main.is_active)


async def test_a_frozen_display_says_so_and_holds_still(queue: Queue):
    queue.pending("http://a.example/first")
    async with running(queue) as console:
        await console.press("p")
        await console.shows("DISPLAY PAUSED at 02:00:00, jobs still run - p goes on")
        queue.pending("http://a.example/second")
        await console.press("plus")
        await console.toasts("reading every 2 s")
        assert "/second" not in console.text
        await console.press("ctrl+r")
        await console.shows("/second")
        await console.shows("DISPLAY PAUSED")

        queue.pending("http://a.example/third")
        await console.press("p")
        await console.shows("/third")


async def test_the_pace_is_chosen(queue: Queue):
    async with running(queue) as console:
        await console.press("plus")
        await console.toasts("reading every 2 s")
        await console.press("minus", "minus", "minus")
        await console.toasts("reading every 0.5 s")


async def test_the_header_fits_another_size_at_once_below_a_question(queue: Queue):
    queue.pending()
    async with running(queue) as console:
        await console.press("1", "K")
        await console.shows("Kill 1 job?")
        await console.pilot.resize_terminal(120, 40)
        await console.pilot.pause()
        assert len(console.text.splitlines()[0]) > 110
