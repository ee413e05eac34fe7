"""The pane of causes, and the page of one: what an operator sees of failures, and does
about all jobs of a cause.
"""

import asyncio
from threading import Event

from sq_console.model import JobState
from sq_console.store.queries.causes_follower import CausesFollower
from sq_console.ui.screens.cause_screen import CauseScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.state.panes import Pane
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

SHOP, BILLING = "shop.example.com", "billing.example.com:8443"


def ended(queue: Queue, secs: float) -> dict[str, object]:
    return {
        "last_started_at": queue.ago(secs + 1)[:19],
        "last_finished_at": queue.ago(secs)[:19],
    }


def no_route(queue: Queue, number: int, secs: float, **values: object) -> int:
    row = {
        "url": f"http://{SHOP}/v1/orders/{number}",
        "last_error": "http 404",
        "last_status_code": 404,
        "last_response": f"no route for order {number}",
        "organization_id": 12,
        **ended(queue, secs),
        **values,
    }
    return queue.failed(**row)  # type: ignore[arg-type]


def furnish(queue: Queue) -> list[int]:
    """A cause that goes on, one that waits, and one that is over; the jobs of the
    first, the newest failure first.
    """
    for number in range(30):
        queue.succeeded(
            url=f"http://{SHOP}/v1/orders/1", **ended(queue, 2_000 + number)
        )
    jobs = [
        no_route(queue, 8_000 + n, 90 + 60 * n, organization_id=n % 3 or None)
        for n in range(9)
    ]
    for number in range(4):
        queue.pending(
            f"https://{BILLING}/invoices/{number}/charge",
            **ended(queue, 720 + 400 * number),
            run_at=queue.ago(-300),
            result_code=2,
            attempts=2,
            max_retries=5,
            last_error="timeout",
        )
    queue.failed("http://crm.example.com/x", **ended(queue, 5_000))
    return jobs


async def seen_causes(console: Console, *keys: str) -> None:
    """Press *keys* when the causes are there."""
    await console.until(lambda: console.app.causes.reading)
    console.app._show_status()
    await console.press(*keys)


async def test_causes_open_by_themselves_when_something_fails_at_the_start(
    queue: Queue,
):
    furnish(queue)
    async with running(queue) as console:
        await console.until(lambda: console.board.open_pane is Pane.CAUSES)


async def test_causes_open_by_themselves_when_something_begins_to_fail(queue: Queue):
    queue.failed(**ended(queue, 3_000))
    async with running(queue) as console:
        await console.until(lambda: console.app.causes.reading)
        await console.read_again()
        assert console.board.open_pane is Pane.PENDING
        no_route(queue, 1, 0)
        await console.until(lambda: console.board.open_pane is Pane.CAUSES)
        await console.press("t")
        await console.toasts("the list moved under the cursor, now on cause 404")
        assert console.app.screen is console.main


async def test_causes_do_not_take_the_place_of_a_list_that_is_worked_in(queue: Queue):
    async with running(queue) as console:
        await console.until(lambda: console.app.causes.reading)
        await console.press("2")
        no_route(queue, 1, 0)
        await console.shows("no route")
        await console.read_again()
        assert console.board.open_pane is Pane.RUNNING


async def test_an_empty_queue_has_no_causes(queue: Queue):
    async with running(queue) as console:
        await seen_causes(console, "0")
        await console.shows("Nothing has failed, and nothing waits for a retry.")


async def test_the_bar_says_over_how_many_jobs_causes_were_made(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        console.app.causes._follower = CausesFollower(limit=5)
        await seen_causes(console, "0")
        await console.shows("over the newest 5 jobs")


async def test_the_causes_of_a_held_host_are_marked(queue: Queue):
    furnish(queue)
    queue.store.holds.hold(SHOP, "anna@ops1", "ticket 42")
    async with running(queue) as console:
        await seen_causes(console, "0")
        await console.until(
            lambda: any(
                line.startswith(">=") and SHOP in line
                for line in console.text.splitlines()
            )
        )


async def test_the_verdict_counts_causes(queue: Queue):
    furnish(queue)
    minute = f"{queue.ago(0)[:16]}:00"
    queue.insert("queued_job_stats", minute=minute, processor_id=7, failed=90)
    async with running(queue) as console:
        await console.shows("1 cause goes on, 1 is new")


async def test_a_cause_opens_and_esc_goes_back(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("Cause 1 of 3")
        await console.shows("before it: 30 answered 200")
        await console.press("escape")
        assert console.app.screen is console.main


async def test_a_call_shorter_than_the_columns_second_is_not_nothing(queue: Queue):
    at = queue.ago(10)[:19]
    queue.failed(last_started_at=at, last_finished_at=at)
    async with running(queue) as console:
        await console.press("0", "enter")
        await console.shows(" <1s ")


async def test_the_next_cause_and_the_one_before_are_a_key_away(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("Cause 1 of 3")
        await console.press("greater_than_sign")
        await console.shows("Cause 2 of 3")
        await console.shows("again in 4m")
        await console.press("less_than_sign", "less_than_sign")
        await console.shows("Cause 3 of 3")
        await console.shows("over, 1h ago")


async def test_a_job_of_a_cause_opens(queue: Queue):
    jobs = furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        await console.press("j", "enter")
        await console.shows(f"Job {jobs[1]} ")
        await console.press("escape")
        assert isinstance(console.app.screen, CauseScreen)


async def test_marked_jobs_of_a_cause_are_retried(queue: Queue):
    jobs = furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        await console.press("space", "space", "r")
        await console.shows("Retry 2 jobs?")
        await console.press("y")
        await console.toasts("2 retried")
        await console.shows("7 jobs")
        states = [queue.state(job) for job in jobs]
        assert states == [JobState.PENDING] * 2 + [JobState.FAILED] * 7


async def test_several_marked_jobs_of_a_cause_are_set_aside_after_a_question(
    queue: Queue,
):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        await console.press("space", "space", "x")
        await console.shows("Set 2 jobs aside?")
        await console.press("y")
        await console.toasts("2 set aside")


async def test_marked_jobs_of_a_cause_are_set_aside(queue: Queue):
    jobs = furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        await console.press("space", "x")
        await console.toasts(f"job {jobs[0]}: ")
        await console.shows("8 jobs")
        assert queue.state(jobs[0]) is JobState.SET_ASIDE


async def test_all_jobs_of_a_cause_are_retried_as_one_bulk_action(queue: Queue):
    jobs = furnish(queue)
    other = queue.failed(f"http://{SHOP}/v1/orders/77", **ended(queue, 100))
    async with running(queue) as console:
        await seen_causes(console, "0")
        await console.shows("no route for order #")
        await console.press("g")
        at = console.board.cause_list.cursor
        while at.current and at.current.key.kind != "404":
            await console.press("j")
        await console.press("enter", "r")
        await console.shows(f"Retry 9 jobs at {SHOP}?")
        await console.press("y")
        await console.until(
            lambda: [queue.state(job) for job in jobs] == [JobState.PENDING] * 9
        )
        assert queue.state(other) is JobState.FAILED
        (bulk,) = queue.store.bulk.ls()
        assert (bulk.counted, bulk.done) == (9, 9)


async def test_keys_of_the_pane_are_hinted_at_where_they_apply(queue: Queue):
    furnish(queue)
    async with running(queue, (120, 30)) as console:
        await seen_causes(console, "0")
        await console.shows("r retry")
        await console.shows("x set aside")
        await console.press("j")
        await console.hides("x set aside")


async def test_the_host_of_a_cause_is_held(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        await console.press("H")
        await console.shows(f"Hold {SHOP}?")
        await console.type("ticket 42")
        await console.press("enter")
        await console.shows(f"lift the hold of {SHOP}")
        assert [hold.host for hold in queue.store.reads.holds()] == [SHOP]


async def test_the_log_of_the_host_of_a_cause_is_a_key_away(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter", "l")
        await console.until(lambda: console.board.open_pane is Pane.LOG)
        assert SHOP in console.board.log_filter_text


async def test_a_key_in_the_pane_acts_on_the_page_of_the_cause(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "r")
        await console.shows(" jobs at shop.example.com")
        screens = console.app.screen_stack
        assert any(isinstance(screen, CauseScreen) for screen in screens)


async def test_what_was_asked_of_one_cause_is_not_done_to_the_next(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0")
        gate = Event()
        waiting = asyncio.ensure_future(console.app.lane.run(lambda _: gate.wait(30)))
        await console.press("r", "greater_than_sign")
        gate.set()
        await waiting
        page = console.app.screen
        assert isinstance(page, CauseScreen)
        await console.until(lambda: page.shown)
        assert "_begin_bulk" not in [worker.name for worker in console.app.workers]
        await console.shows("Cause 2 of 3")


async def test_what_was_asked_before_an_outage_is_not_done_after_it(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0")
        with queue.away():
            await console.shows("DATABASE LOST")
            await console.press("t")
            await console.toasts("not done: the database is lost")
            assert console.app.screen is console.main


async def test_the_pane_copies_a_handover_and_shows_it(queue: Queue):
    furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "Y")
        await console.toasts("handover of the last 2 h")
        await console.shows("Handover")
        assert "| `404 no route for order #` |" in console.app.clipboard
        assert "### What operators did" in console.app.clipboard


async def test_one_job_is_tried_though_its_host_is_held(queue: Queue):
    jobs = furnish(queue)
    queue.store.holds.hold(SHOP, "anna@ops1", "ticket 42")
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        await console.press("t")
        await console.toasts("called once although its host is held")
        await console.until(lambda: isinstance(console.app.screen, JobScreen))
        assert queue.state(jobs[0]) is JobState.PENDING


async def test_a_cause_without_jobs_says_that_it_is_gone(queue: Queue):
    jobs = furnish(queue)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("no route for order 8000")
        for job in jobs:
            queue.finish(job)
        await console.shows("GONE, no job has this cause any more")
        await console.shows("No job has this cause any more.")


async def test_the_page_of_a_cause_is_copied_without_secrets(queue: Queue):
    furnish(queue)
    no_route(queue, 1, 0, url=f"http://u:pw@{SHOP}/v1/orders/9?token=s3cret")
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("10 jobs")
        await console.shows("no route for order 1")
        await console.press("Y")
        text = console.app.clipboard
        assert "`404 no route for order #`" in text
        assert "before it: 30 answered 200" in text
        assert "s3cret" not in text and "pw" not in text


async def test_jobs_of_a_cause_come_in_pages(queue: Queue):
    def jobs() -> None:
        for number in range(130):
            no_route(queue, number, number)

    queue.store.session.transact(jobs)
    async with running(queue) as console:
        await seen_causes(console, "0", "enter")
        await console.shows("of 130  [ ] pages")
        gate = Event()
        waiting = asyncio.ensure_future(console.app.lane.run(lambda _: gate.wait(30)))
        await console.press("right_square_bracket", "t")
        await console.shows("reading…")
        await console.toasts("no job is read yet: press again")
        gate.set()
        await waiting
        await console.shows("101-")
        await console.press("right_square_bracket")
        await console.toasts("no page there")
