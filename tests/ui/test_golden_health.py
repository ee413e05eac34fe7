"""Whole screens of a queue that is stuck, held, or full of hostile text, at three
sizes; and what terminals without signs or colours get.
"""

import pytest

from tests import hostile_text
from tests.ui.golden import assert_golden
from tests.ui.queue import WEB2, Queue
from tests.ui.run_console import Console, running

SIZES = [(80, 24), (120, 40), (200, 50)]
pytestmark = [
    pytest.mark.parametrize("size", SIZES, ids=str),
    pytest.mark.mostly_slow(3),
]


def furnish(queue: Queue, minutes_late: int) -> None:
    """Jobs of three hosts, due for so long; some failed and some succeeded hours ago.
    Half a minute more keeps times from the edge of a minute.
    """
    hosts = ("billing.acme.example:8080", "crm.acme.example", "mail.acme.example:80")
    for number in range(45):
        url = f"http://{hosts[number % 3]}/v1/orders/{8_800 + number}/notify"
        late_secs = 60 * minutes_late + 30 - number / 10
        queue.pending(url, run_at=queue.ago(late_secs), organization_id=number % 5)
    for number in range(5):
        ended = queue.ago(9_030 + 60 * number)[:19]
        queue.failed(f"http://{hosts[0]}/pay/{number}", last_finished_at=ended)
        queue.succeeded(url=f"http://{hosts[1]}/sync", last_finished_at=ended)


def hold(queue: Queue, host: str, why: str = "ticket 4711") -> None:
    queue.insert(
        "queued_job_hold", host=host, who="anna@ops1", why=why, since=queue.ago(1_350)
    )


async def at_rest(console: Console, pane: str = "1") -> str:
    await console.press(pane)
    await console.read_again()
    console.app.clear_notifications()
    await console.pilot.pause()
    return console.text


def named(screen: str, size: tuple[int, int]) -> str:
    return f"{screen}-{size[0]}x{size[1]}"


async def test_stuck_without_a_processor(queue: Queue, size: tuple[int, int]):
    furnish(queue, 19)
    queue.store.session.execute(
        "UPDATE queued_job_processor SET heartbeat_at = %s", (queue.ago(1_110),)
    )
    async with running(queue, size) as console:
        assert_golden(named("stuck", size), await at_rest(console))


async def test_everything_paused(queue: Queue, size: tuple[int, int]):
    furnish(queue, 19)
    queue.store.session.execute(
        "UPDATE queued_job_processor SET state = 'paused', wanted = 'pause'"
    )
    async with running(queue, size) as console:
        assert_golden(named("all-paused", size), await at_rest(console))


async def test_a_host_is_held(queue: Queue, size: tuple[int, int]):
    furnish(queue, 43)
    hold(queue, "crm.acme.example")
    async with running(queue, size) as console:
        assert_golden(named("held-host", size), await at_rest(console))


async def test_everything_is_held(queue: Queue, size: tuple[int, int]):
    furnish(queue, 19)
    hold(queue, "*", "the database moves, ticket 4711")
    async with running(queue, size) as console:
        assert_golden(named("held", size), await at_rest(console))


async def test_hostile_text(queue: Queue, size: tuple[int, int]):
    furnish(queue, 19)
    text = hostile_text.CORPUS["markup"]
    hostile_text.furnish(queue, text)
    queue.store.session.execute(  # ramps of an hour move with the real time
        "UPDATE queued_job SET last_finished_at = %s WHERE result_code IS NOT NULL",
        (queue.ago(9_030)[:19],),
    )
    queue.processor(text[:60], id=WEB2 + 1)
    hold(queue, "crm.acme.example", text)
    async with running(queue, size) as console:
        assert_golden(named("hostile", size), await at_rest(console))


async def test_no_colour(
    queue: Queue, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    furnish(queue, 43)
    async with running(queue, size) as console:
        text = await at_rest(console, "3")
        assert "SLOW" in text
        backgrounds = {
            segment.style.bgcolor.name
            for strip in console.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style and segment.style.bgcolor
        }
        assert len(backgrounds) > 1  # the cursor and the bars are seen
