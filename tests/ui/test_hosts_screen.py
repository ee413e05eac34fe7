"""The screen of hosts: which are bad, why, and what one may do about it."""

import asyncio
from threading import Event

import pytest

from sq_console.model import BulkVerb, HostSums, JobState, Sums
from sq_console.ui.screens.beside.hosts_screen import HostsScreen
from sq_console.ui.state.cursors.cursor_guard import AT_WORK_SECS
from sq_console.ui.state.panes import Pane
from tests.hostile_text import CORPUS
from tests.ui.queue import WEB2, Queue
from tests.ui.run_console import ACTOR, Console, running

BILLING = "billing.acme.example:18080"
CRM = "crm.acme.example"


def sums(host: str, succeeded: int, failed: int = 0, place: int = 2) -> HostSums:
    within = [0] * 7
    within[place] = succeeded + failed
    return HostSums(host, Sums(succeeded, failed, 0, 0, 9, 9_000), tuple(within))


def furnish(queue: Queue) -> None:
    """One host fails, one is held, one is slow, two are well."""
    for number in range(3):
        queue.failed(
            f"http://{BILLING}/v1/invoices/{number}",
            last_response=f"deadlock on invoice {number}1, waited 12{number} ms",
            last_finished_at=queue.ago(140 + number)[:19],
        )
        queue.pending(f"http://{BILLING}/v1/invoices/9{number}")
    for number in range(2):
        queue.pending(f"http://{CRM}/sync/{number}", run_at=queue.ago(1_325))
    queue.pending("http://slow.acme.example/hook", run_at=queue.ago(700))
    queue.running("http://mail.acme.example/send")
    queue.later("http://later.acme.example/")
    queue.insert(
        "queued_job_hold",
        host=CRM,
        who="anna@web1",
        why="ticket 42",
        since=queue.ago(900),
    )
    hosts = [
        sums(BILLING, 0, 9),
        sums("slow.acme.example", 5, place=5),
        sums("mail.acme.example", 40, place=0),
    ]
    queue.store.host_stats.add_hosts(WEB2, hosts)


def screen(console: Console) -> HostsScreen:
    assert isinstance(console.app.screen, HostsScreen)
    return console.app.screen


@pytest.fixture
def furnished(queue: Queue) -> Queue:
    furnish(queue)
    return queue


async def test_the_worst_host_comes_first_with_its_state_in_a_word(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("=crm.acme.example")
        rows = screen(console).hosts.cursor.rows
        assert [(row.host, row.state.value) for row in rows] == [
            (BILLING, "FAILING"),
            (CRM, "HELD"),
            ("slow.acme.example", "slow"),
            ("mail.acme.example", "ok"),
            ("later.acme.example", "quiet"),
        ]
        await console.shows("500 deadlock on invoice #, waited # ms")
        await console.press("j")
        await console.shows("held since")
        await console.shows("by anna@web1: ticket 42")


async def test_a_host_is_held_with_a_reason(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("FAILING")
        await console.press("H")
        await console.shows(f"Hold {BILLING}?")
        await console.shows("3 due jobs stay, 0 running ones end")
        await console.press("enter")
        await console.shows("why? your colleagues will ask")
        await console.type("ticket 43")
        await console.press("tab")
        await console.type("soon")
        await console.press("enter")
        await console.shows("'soon' is not a duration like 90s")
        await console.press("backspace", "backspace", "backspace", "backspace")
        await console.type("2h")
        await console.press("enter")
        await console.toasts(f"{BILLING} is held, 3 due jobs stay")
        await console.until(
            lambda: screen(console).hosts.cursor.current.state.value == "HELD"
        )
    (hold,) = [hold for hold in furnished.store.reads.holds() if hold.host == BILLING]
    assert (hold.who, hold.why) == (ACTOR, "ticket 43")
    assert hold.expires_at is not None


async def test_a_hold_is_lifted_at_once(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("=crm.acme.example")
        await console.press("j", "H")
        await console.shows(f"Lift the hold of {CRM}?")
        await console.shows("2 due jobs are called then")
        await console.press("enter")
        await console.toasts(f"{CRM} is held no more")
    assert furnished.store.reads.holds() == []


async def test_a_hold_is_lifted_when_what_is_due_is_spread_at_a_pace(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("=crm.acme.example")
        await console.press("j", "H")
        await console.shows(f"Lift the hold of {CRM}?")
        await console.type("2/s")
        await console.press("enter")
        await console.until(lambda: furnished.store.reads.holds() == [])
    messages = [toast.text for toast in console.app.toasts.kept]
    assert any("spreads 2 due jobs of crm.acme.example" in words for words in messages)
    (bulk,) = furnished.store.bulk.ls()
    assert (bulk.request.verb, bulk.request.per_second) == (BulkVerb.RESUME, 2.0)


async def test_everything_is_held_and_lifted_from_the_palette(furnished: Queue):
    async with running(furnished) as console:
        await console.press("1", "colon")
        await console.type("hold every")
        await console.shows("No host is called, until it is lifted")
        await console.press("enter")
        await console.shows("Hold every host?")
        await console.shows("6 due jobs stay, 1 running one ends")
        await console.type("deploy")
        await console.press("enter")
        await console.toasts("every host is held, 6 due jobs stay")
        await console.read_again()
        await console.press("H")
        await console.shows("Lift the hold of")
        await console.press("escape", "h")
        await console.until(lambda: isinstance(console.app.screen, HostsScreen))
        rows = screen(console).hosts.cursor
        await console.until(lambda: rows.rows)
        assert {row.state.value for row in rows.rows} == {"HELD"}


async def test_what_was_typed_ahead_is_no_reason(furnished: Queue):
    async with running(furnished, guard_secs=60.0) as console:
        await console.press("h")
        await console.shows("FAILING")
        await console.press("H", "j", "enter")
        await console.shows("Reason")
        assert console.find("#why").value == ""
        await console.press("escape")
        screen(console)


async def test_one_of_its_jobs_is_tried_through_the_hold(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("=crm.acme.example")
        await console.press("j", "t")
        await console.toasts("due now, and called once although its host is held")
    assert furnished.store.session.rows("SELECT job_id FROM queued_job_try")


async def test_its_failed_jobs_are_retried_as_one_bulk_action(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("FAILING")
        await console.press("r")
        await console.shows(f"Retry 3 jobs at {BILLING}?")
        console.find("#dialog-field").value = "10/s"
        await console.press("y")
        await console.toasts("bulk action 1: retrying 3 jobs")
        await console.press("j", "r")
        await console.toasts(f"not done: there is no job to retry: failed host:{CRM}")
    (bulk,) = furnished.store.bulk.ls()
    assert (bulk.request.verb, bulk.counted) == (BulkVerb.RETRY, 3)
    assert bulk.request.per_second == 10.0


async def test_its_jobs_and_its_log_are_a_key_away(furnished: Queue):
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("FAILING")
        await console.press("enter")
        await console.until(lambda: console.app.screen is console.main)
        assert console.board.open_pane is Pane.FAILED
        assert console.board.filter_text == f"host:{BILLING}"
        await console.until(lambda: len(console.jobs.cursor.rows) == 3)
        await console.press("h")
        await console.shows("=crm.acme.example")
        await console.press("j", "l")
        await console.until(lambda: console.app.screen is console.main)
        assert console.board.open_pane is Pane.LOG
        assert console.board.log_filter_text == f"host:{CRM}"
        await console.press("h", "escape")
        await console.until(lambda: console.app.screen is console.main)


async def test_a_key_before_the_hosts_are_read_is_answered(furnished: Queue):
    async with running(furnished) as console:
        gate = Event()
        waiting = asyncio.ensure_future(console.app.lane.run(lambda _: gate.wait(30)))
        for key in ("enter", "l", "H", "t"):
            console.app.toasts.kept.clear()
            if key == "enter":
                await console.press("h")
            await console.press(key)
            await console.toasts("no host is read yet: press again")
        gate.set()
        await waiting


async def test_a_job_of_a_list_is_the_way_to_its_host(queue: Queue):
    job = queue.pending(f"http://{BILLING}/")
    async with running(queue) as console:
        await console.press("1")
        await console.until(lambda: console.cursor == job)
        await console.press("H")
        await console.shows(f"Hold {BILLING}?")
        await console.type("ticket 44")
        await console.press("enter")
        await console.toasts("is held")
        await console.read_again()
        await console.press("t")
        await console.shows("Retry 1 job?")
        await console.press("y")
        await console.toasts("called once although its host is held")
        await console.press("enter")
        await console.shows(f"by {ACTOR}: ticket 44")
        await console.hides("waiting for a free slot")
    assert queue.state(job) is JobState.PENDING


@pytest.mark.parametrize("text", CORPUS.values(), ids=list(CORPUS))
async def test_a_hostile_name_or_reason_is_harmless(queue: Queue, text: str):
    hostile = text.replace("\0", "").replace("/", "")
    queue.pending(f"http://{hostile}/")
    (job,) = queue.store.session.rows("SELECT host FROM queued_job")
    host = job["host"].decode() if isinstance(job["host"], bytes) else str(job["host"])
    queue.failed(f"http://{hostile}/", last_response=hostile, last_error=hostile[:200])
    queue.insert("queued_job_hold", host=host, who=hostile[:99], why=hostile[:99])
    queue.store.host_stats.add_hosts(WEB2, [sums(host, 1, 1)])
    async with running(queue) as console:
        await console.press("h")
        await console.until(lambda: screen(console).hosts.cursor.rows)
        assert "\x1b" not in console.text
        await console.press("H")
        await console.shows("Lift the hold of")
        assert "\x1b" not in console.text
        await console.press("escape", "l")
        await console.until(lambda: console.app.screen is console.main)
        await console.press("h")
        await console.until(lambda: screen(console).hosts.cursor.rows)
        await console.press("enter")
        await console.until(lambda: console.app.screen is console.main)


async def test_a_host_keeps_its_place_on_the_screen_when_it_is_held(furnished: Queue):
    """The operator looks there; the others are sorted around it."""
    furnished.store.host_stats.add_hosts(WEB2, [sums("shop.acme.example", 0, 5)])
    async with running(furnished) as console:
        await console.press("h")
        await console.shows("> billing.acme.example")
        await console.press("H")
        await console.shows(f"Hold {BILLING}?")
        await console.type("ticket 43")
        await console.press("enter")
        await console.shows(">=billing.acme.example")
        rows = [row.host for row in screen(console).hosts.cursor.rows]
        assert rows[:3] == [BILLING, "shop.acme.example", CRM]
        assert screen(console).hosts.cursor.index == 0
        screen(console).hosts._guard._touched_at -= AT_WORK_SECS
        await console.read_again()
        rows = [row.host for row in screen(console).hosts.cursor.rows]
        assert rows.index(BILLING) == screen(console).hosts.cursor.index == 1
