"""The screen of processors: who is alive, who was lost, who has claimed what; and what
one may ask of them there.
"""

import pytest

from sq_console.model import JobState, Wanted
from sq_console.ui.screens.beside.processors_screen import ProcessorsScreen
from sq_console.ui.screens.job_screen import JobScreen
from tests.hostile_text import CORPUS
from tests.ui.golden import assert_golden
from tests.ui.queue import WEB2, Queue
from tests.ui.run_console import ACTOR, Console, running
from tests.ui.test_golden import named, shown_at_rest

WEB3 = 78


def add_web3(queue: Queue, **values: object) -> None:
    queue.processor(**{"name": "web3:99", "id": WEB3, **values})


def screen(console: Console) -> ProcessorsScreen:
    assert isinstance(console.app.screen, ProcessorsScreen)
    return console.app.screen


def wanted(queue: Queue, processor_id: int = WEB2) -> Wanted | None:
    return queue.store.processors.control(processor_id).wanted


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_it_looks_as_it_is_kept(queue: Queue, size: tuple[int, int]):
    queue.running("http://slow.example.net/invoices/5/send")
    queue.running("http://api.example.com/v1/orders/890/notify", timeout_secs=20_000)
    add_web3(queue, running=0, state="paused", wanted="pause", started_at=queue.ago(99))
    hours = queue.ago(7_300)
    silent = {"heartbeat_at": queue.ago(95), "running": 3, "started_at": hours}
    queue.processor("web4:1", id=79, **silent)
    # By its own clock it has not begun yet: its rate is the same all through the test.
    queue.store.session.execute(
        "UPDATE queued_job_processor SET started_at = %s WHERE id = %s",
        (queue.ago(-600), WEB2),
    )
    lost = {"name": "web1:2270", "version": "0.9", "concurrency": 50}
    for number, (rescued, ago) in enumerate(((3, 700), (0, 4_000)), 1):
        beat = {"heartbeat_at": queue.ago(ago), "lost_at": queue.ago(ago - 30)}
        queue.insert(
            "queued_job_lost_processor", id=number, rescued=rescued, **lost, **beat
        )
    queue.insert(
        "queued_job_stats",
        minute=f"{queue.ago(0)[:17]}00",
        processor_id=WEB2,
        succeeded=90,
        failed=30,
    )
    async with running(queue, size) as console:
        await console.press("w")
        await console.shows("web4:1 has claimed no job")
        await console.press("j")
        await console.shows("web2:4711 has claimed 2 jobs")
        assert_golden(named("processors", size), await shown_at_rest(console))


async def test_its_jobs_are_below_and_can_be_opened(queue: Queue):
    job = queue.running()
    add_web3(queue)
    async with running(queue) as console:
        await console.press("w")
        await console.shows("web2:4711 has claimed 1 job")
        await console.press("j")
        await console.shows("web3:99 has claimed no job")
        await console.press("k")
        await console.shows("web2:4711 has claimed 1 job")
        await console.press("enter", "enter")
        assert isinstance(console.app.screen, JobScreen)
        await console.shows(f"Job {job} ")
        await console.press("escape")
        assert screen(console).jobs.has_focus
        await console.press("escape")
        assert screen(console).processors.has_focus
        await console.press("escape")
        assert console.app.screen is console.main


async def test_one_is_paused_after_a_question_and_resumed(queue: Queue):
    add_web3(queue)
    async with running(queue) as console:
        await console.press("w")
        await console.shows("web3:99")
        await console.press("P")
        await console.shows("Pause web2:4711?")
        await console.shows("left to 1 processor that runs")
        assert wanted(queue) is Wanted.RUN
        await console.press("y")
        await console.toasts("web2:4711: asked to pause")
        assert wanted(queue) is Wanted.PAUSE
        assert wanted(queue, WEB3) is Wanted.RUN
        await console.shows("pausing")
        await console.press("P")
        await console.shows("Resume web2:4711?")
        await console.press("y")
        await console.toasts("web2:4711: asked to resume")
    assert wanted(queue) is Wanted.RUN
    assert [one.action for one in queue.store.activity.newest(9)] == ["resume", "pause"]
    assert {one.who for one in queue.store.activity.newest(9)} == {ACTOR}


async def test_one_is_drained_and_may_be_the_last(queue: Queue):
    async with running(queue) as console:
        await console.press("w")
        await console.shows("web2:4711")
        await console.press("D")
        await console.shows("Drain web2:4711?")
        await console.shows("No other one runs")
        await console.press("escape")
        assert wanted(queue) is Wanted.RUN
        await console.press("D", "y")
        await console.toasts("asked to drain")
    assert wanted(queue) is Wanted.DRAIN


async def test_what_somebody_asked_for_meanwhile_stands(queue: Queue):
    async with running(queue) as console:
        await console.press("w")
        await console.shows("web2:4711")
        await console.press("p", "P")
        await console.shows("Pause web2:4711?")
        queue.store.actions.want(WEB2, Wanted.DRAIN, "bob@ops")
        await console.press("y")
        await console.toasts("changed since you looked: it was asked to drain")
    assert wanted(queue) is Wanted.DRAIN


async def test_a_lost_one_is_asked_for_nothing(queue: Queue):
    job = queue.running()
    queue.store.rescuer.rescue_processor(WEB2, "web1:7")
    assert queue.state(job) is JobState.PENDING
    async with running(queue) as console:
        await console.press("w")
        await console.shows("1 job rescued")
        await console.press("D")
        await console.toasts("web2:4711 is lost: there is nobody to ask")


async def test_keys_of_jobs_work_in_the_jobs_only(queue: Queue):
    job = queue.running()
    async with running(queue) as console:
        await console.press("w")
        await console.shows("claimed 1 job")
        await console.press("K")
        assert screen(console).processors.has_focus
        await console.press("enter", "K")
        await console.shows("Kill 1 job?")
        await console.press("y")
        await console.until(lambda: queue.of(job).kill_requested_at)


async def test_the_key_returns_to_the_screen_that_is_open(queue: Queue):
    queue.running()
    async with running(queue) as console:
        await console.press("w")
        await console.shows("claimed 1 job")
        await console.press("enter", "enter")
        assert isinstance(console.app.screen, JobScreen)
        await console.press("w")
        screen(console)
        assert len(console.app.screen_stack) == 2


@pytest.mark.parametrize("name", CORPUS.values(), ids=list(CORPUS))
async def test_a_hostile_name_is_harmless(queue: Queue, name: str):
    hostile = name.replace("\0", "")
    add_web3(queue, name=hostile, version=hostile[:20])
    async with running(queue) as console:
        await console.press("w")
        await console.shows("web2:4711")
        assert "\x1b" not in console.text
        await console.press("P")


@pytest.mark.parametrize("key", ["P", "D"])
async def test_a_console_that_may_only_read_asks_for_nothing(queue: Queue, key: str):
    async with running(queue, reads_only="--read-only") as console:
        await console.press("w")
        await console.shows("web2:4711")
        await console.press(key)
        await console.toasts("READ-ONLY")
    assert wanted(queue) is Wanted.RUN


async def test_marks_are_those_of_the_processor_that_is_shown(queue: Queue):
    queue.running()
    add_web3(queue)
    async with running(queue) as console:
        await console.press("w")
        await console.shows("claimed 1 job")
        await console.press("enter", "space")
        assert screen(console).jobs.cursor.marked
        await console.press("escape", "j")
        await console.shows("web3:99 has claimed no job")
        assert not screen(console).jobs.cursor.marked
