"""Find: where the hits are, what was looked at, what a mark and a sort are about."""

from threading import Event

import pytest

from sq_console.model import TEXT_WINDOW, JobState
from sq_console.ui.state.panes import Pane
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = pytest.mark.mostly_slow(14)


async def find(console: Console, typed: str) -> None:
    await console.press("slash")
    await console.type(typed)
    await console.press("enter")


def ids(console: Console) -> list[int]:
    return [job.id for job in console.jobs.cursor.rows]


async def test_a_host_in_failed_keeps_the_newest_first_and_a_marks_the_newest(
    queue: Queue,
):
    """The key of the host's due jobs was used for ended ones: order by run_at."""
    jobs = [
        queue.failed(
            "http://a.example/x",
            run_at=queue.ago(5_000 - number),
            last_finished_at=queue.ago(100 + number)[:19],
        )
        for number in range(4)
    ]
    async with running(queue) as console:
        await console.press("3")
        await find(console, "host:a.example")
        await console.shows("3 Failed 4 found")
        assert ids(console) == jobs

        await console.press("A")
        await console.toasts("4 jobs marked")
        assert list(console.jobs.cursor.marked) == jobs


async def test_the_pane_with_hits_is_opened_and_every_bar_says_how_many(queue: Queue):
    queue.pending("http://a.example/apples")
    for _ in range(3):
        queue.failed("http://b.example/pears")
    async with running(queue) as console:
        await console.press("1")
        await find(console, "pears")
        await console.toasts("none in Pending: this is Failed")
        assert console.board.open_pane is Pane.FAILED
        await console.shows("1 Pending none")
        assert "3 Failed 3 found" in console.text


async def test_another_filter_replaces_that_which_is_on(queue: Queue):
    queue.pending("http://a.example/apples")
    queue.pending("http://b.example/pears")
    async with running(queue) as console:
        await console.press("1")
        await find(console, "host:a.example")
        await console.shows("1 Pending 1 found")
        await find(console, "pears")
        await console.shows("filter pears ")
        await console.press("slash")
        await console.shows(" enter apply  esc cancel")
        await console.press("end")
        await console.type(" host:b.example")
        await console.press("enter")
        await console.shows("filter pears host:b.example ")


async def test_an_id_that_is_elsewhere_is_found_there(queue: Queue):
    done = queue.succeeded()
    queue.pending()
    async with running(queue) as console:
        await console.press("1")
        await find(console, str(done))
        await console.toasts(f"{done} is in Done, 5")
        await console.press("1")
        await console.shows(f"{done} is in Done, 5 - esc clears the filter")


async def test_a_term_that_cannot_be_keeps_the_text_and_says_why(queue: Queue):
    async with running(queue) as console:
        await find(console, "status:4x4")
        await console.shows("status:4x4 is not a status code like 404 or 5xx")
        assert console.is_filter_open
        assert console.find("#filter-input").value == "status:4x4"


async def test_terms_are_explained_while_one_types(queue: Queue):
    async with running(queue) as console:
        await console.press("slash")
        await console.shows("words in url or error · id: · host: · org:")
        await console.type("si")
        await console.shows("since:11:35 ended, due or started since")
        await console.press("escape", "4", "slash")
        await console.shows("words in the row · id:")


async def test_marks_go_with_their_filter(queue: Queue):
    queue.failed("http://a.example/x")
    queue.failed("http://b.example/x")
    async with running(queue) as console:
        await console.press("3")
        await find(console, "host:a.example")
        await console.shows("3 Failed 1 found")
        await console.press("A")
        await console.toasts("1 job marked")

        await console.press("escape")
        await console.toasts("1 mark taken off: the filter is another")
        assert not console.jobs.cursor.marked


async def test_marked_jobs_that_left_the_list_are_counted_and_said(queue: Queue):
    first, second = queue.failed(), queue.failed()
    async with running(queue) as console:
        await console.press("3", "A")
        await console.toasts("2 jobs marked")
        queue.finish(first)
        await console.read_again()
        await console.shows("2 marked, 1 of them not listed")

        await console.press("r")
        await console.shows("1 no longer listed: they changed since they were marked")
        await console.press("y")
        await console.toasts("1 retried, 1 changed since you looked")
    assert queue.state(second) is JobState.PENDING


async def test_the_first_look_at_a_pane_is_its_newest(queue: Queue):
    """The cursor was kept on the job that was first when the console started."""
    for number in range(60):
        queue.failed(last_finished_at=queue.ago(900 - number)[:19])
    async with running(queue) as console:
        newer = [
            queue.failed(last_finished_at=queue.ago(60 - n)[:19]) for n in range(9)
        ]
        await console.read_again()
        await console.press("3")
        await console.until(lambda: console.cursor == newer[-1])
        assert console.jobs.top == 0

        newest = queue.failed(last_finished_at=queue.ago(10)[:19])
        await console.read_again()
        assert console.cursor == newest

        await console.press("j")
        queue.failed(last_finished_at=queue.ago(5)[:19])
        await console.read_again()
        assert console.cursor == newer[-1]


async def test_bodies_are_searched_in_steps_and_the_window_is_said(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sq_console.ui.state.lists.text_scan.STEP_SECS", 0.0)
    monkeypatch.setattr(
        "sq_console.ui.state.lists.text_scan.SEARCH_WINDOW", 2 * TEXT_WINDOW
    )

    def jobs() -> None:
        for number in range(2 * TEXT_WINDOW + 10):
            queue.failed(
                body=f"order {number}",
                last_finished_at=queue.ago(9_000 - number)[:19],
            )

    queue.store.session.transact(jobs)
    async with running(queue) as console:
        await console.press("3")
        await find(console, "body:order")
        await console.shows("3 Failed 200+ found")
        await console.press("escape")
        await find(console, "order 600 in:body")
        await console.shows("1 in the newest 1,000")
        assert "5 Done none" in console.text
        await console.press("escape")
        await find(console, 'body:"order 5"')
        await console.shows("in the newest 1,000")
        await console.press("A")
        await console.toasts("110 jobs marked; r, K, x and e act on all that match")


async def test_s_sorts_what_was_read_and_says_so(queue: Queue):
    slow = queue.succeeded(
        last_started_at=queue.ago(800)[:19], last_finished_at=queue.ago(750)[:19]
    )
    quick = queue.succeeded(
        last_started_at=queue.ago(700)[:19], last_finished_at=queue.ago(699)[:19]
    )
    async with running(queue) as console:
        await console.press("5")
        assert ids(console) == [quick, slow]
        await console.press("s")
        await console.toasts("by took")
        await console.shows("by took  1-2")
        assert ids(console) == [slow, quick]
        await console.read_again()
        assert ids(console) == [slow, quick]
        await console.press("s", "s", "s", "s")
        await console.toasts("in the list's own order")
        assert ids(console) == [quick, slow]


async def test_several_are_many_when_a_page_is_full(queue: Queue):
    queue.store.session.transact(lambda: [queue.pending() for _ in range(300)])
    async with running(queue) as console:
        await find(console, "api.example")
        await console.shows("1 Pending 200+ found")
        await console.press("A")
        await console.toasts("300 jobs marked")
        await console.shows("300 found")


async def test_a_host_is_completed_when_one_begins_so(queue: Queue):
    """Lists leave the port out where a host has one only."""
    queue.failed("http://shop.example:8080/x")
    queue.failed("http://billing.example:8080/x")
    queue.failed("http://billing.example:8081/x")
    async with running(queue) as console:
        await console.press("3")
        await find(console, "host:shop.example /x")
        await console.shows("filter host:shop.example:8080 /x")
        await console.shows("3 Failed 1 found")
        await console.press("escape")
        await find(console, "host:bill")
        await console.toasts(
            "no host bill; which of billing.example:8080, billing.example:8081?"
        )


async def test_a_host_that_is_completed_takes_no_keys_of_the_next_filter(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
):
    queue.failed("http://shop.example:8080/x")
    asked, gate = Event(), Event()

    def hosts_beginning(*_: object) -> list[str]:
        asked.set()
        gate.wait(30)
        return ["shop.example:8080"]

    monkeypatch.setattr(type(queue.store.reads), "hosts_beginning", hosts_beginning)
    async with running(queue) as console:
        await console.press("3")
        await find(console, "host:shop.example")
        await console.until(asked.is_set)
        await console.press("slash")
        gate.set()
        completing = [it for it in console.app.workers if it.group == "completing"]
        await console.app.workers.wait_for_complete(completing)
        await console.press("K")
        assert console.find("#filter-input").value == "K"


async def test_nothing_takes_the_keys_of_a_filter_that_is_typed(queue: Queue):
    """Causes opened by themselves, and a filter's letters were keys of their pane."""
    async with running(queue) as console:
        await console.press("slash")
        queue.failed(last_finished_at=queue.ago(1)[:19])
        await console.until(lambda: console.app.causes.reading.goes_on)
        console.app._show_status()
        await console.read_again()
        await console.press("K")
        assert console.find("#filter-input").value == "K"
        assert console.is_filter_open
