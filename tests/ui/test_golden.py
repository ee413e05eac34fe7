"""Whole screens, as an operator sees them, at two sizes."""

import pytest

from sq_console.ui.screens.live_screen import LiveScreen
from tests.ui.golden import assert_golden
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = [
    pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str),
    pytest.mark.mostly_slow(4),
]


def furnish(queue: Queue) -> None:
    """A bad night: an API that answers 500, a slow host, a killed job."""
    for number in range(1, 4):
        queue.succeeded(
            url=f"http://api.example.com/v1/orders/{number}/notify",
            last_finished_at=queue.ago(4_000 + 60 * number)[:19],
            last_response='{"ok": true}',
        )
    queue.killed(url="http://crm.example.org/sync/7")
    for number, why in enumerate(("http 500", "http 404", "connection refused")):
        queue.failed(
            f"http://api.example.com/v1/orders/88{number}/notify",
            last_error=why,
            last_finished_at=queue.ago(1_000 + 200 * number)[:19],
        )
    bad = queue.failed(
        "http://hooks.shop.example:8443/hook?tenant=17&kind=invoice.created",
        result_code=2,
        remaining_retries=0,
        attempts=2,
        created_at=queue.ago(860),
        max_retries=1,
        last_error="http 503",
        last_status_code=503,
        last_response='{"error": "down for maintenance", "until": null}',
        headers='{"X-Trace": "abc-123"}',
        body='{"order": 8812, "items": [{"sku": "A-1"}]}',
        organization_id=17,
    )
    queue.running("http://slow.example.net/invoices/5/send")
    queue.pending("http://api.example.com/v1/orders/890/notify")
    queue.pending(
        "http://api.example.com/v1/orders/891/notify",
        result_code=2,
        attempts=2,
        max_retries=5,
        remaining_retries=4,
        last_error="timeout",
    )
    queue.later("https://billing.internal/invoices/99/send", http_method="put")
    for attempt, ago_secs in ((1, 850), (2, 750)):
        more = {"attempt": attempt, "processor": "web2:4711"}
        msg = "Calling job with method post on url http://hooks.shop.example:8443/hook"
        queue.log(bad, msg, ago_secs + 1, event="called", **more)
        msg = "Job failed temporarily: down for maintenance"
        outcome = {"event": "failed_temporarily", "status_code": 503}
        queue.log(bad, msg, ago_secs, duration_ms=312, **outcome, **more)
    queue.log(4, "Job killed by eve@web1", 740, event="killed", actor="eve@web1")


@pytest.fixture
def furnished(queue: Queue) -> Queue:
    """A queue with jobs in every state."""
    furnish(queue)
    return queue


async def shown_at_rest(console: Console) -> str:
    """The screen when nothing is left to be shown."""
    console.app.toasts.hide()
    console.app.clear_notifications()
    if isinstance(console.app.screen, LiveScreen):
        await console.read_again()
    await console.pilot.pause()
    return console.text


def named(screen: str, size: tuple[int, int]) -> str:
    return f"{screen}-{size[0]}x{size[1]}"


async def test_main(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("1")
        assert_golden(named("main", size), await shown_at_rest(console))


async def test_failed(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("3", "space", "j")
        assert_golden(named("failed", size), await shown_at_rest(console))


async def test_done(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("5")
        await console.shows("ok 200")
        assert_golden(named("done", size), await shown_at_rest(console))


async def test_filter(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("3", "slash")
        await console.type("host:api.example.com")
        await console.press("enter")
        await console.shows("found")
        assert_golden(named("filter", size), await shown_at_rest(console))


async def test_detail(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("3", "enter")
        await console.shows("LAST ANSWER")
        assert_golden(named("detail", size), await shown_at_rest(console))


async def test_edit(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("3", "e")
        await console.shows("Edit job 8")
        assert_golden(named("edit", size), await shown_at_rest(console))


async def test_confirm(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("1", "space", "space", "K")
        await console.shows("Kill 2 jobs?")
        assert_golden(named("confirm", size), await shown_at_rest(console))


async def test_help(furnished: Queue, size: tuple[int, int]):
    async with running(furnished, size) as console:
        await console.press("question_mark")
        await console.shows("JOBS")
        assert_golden(named("help", size), await shown_at_rest(console))
