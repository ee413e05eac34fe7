"""The loop that reads: how often, and what it does while the database is away."""

import asyncio
from datetime import UTC
from itertools import pairwise

from sq_console.errors import StoreUnavailable
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.refresh_loop import RefreshLoop
from sq_console.ui.state.screen_data import Vitals
from tests.ui.jobs import NOW, vitals
from tests.waiting import eventually_async


class Screen:
    """Reloads are counted; they fail while `fails` is set."""

    def __init__(self) -> None:
        self.looks: list[bool] = []
        self.fails = False
        self.covered = False

    async def reload(self, *, full: bool) -> Vitals | None:
        self.looks.append(full)
        if self.fails:
            raise StoreUnavailable("gone away")
        return vitals() if full else None


class Steady:
    """A clock that is moved by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def refreshing(screen: Screen) -> tuple[RefreshLoop, Steady]:
    steady = Steady()
    return RefreshLoop(
        lambda: screen, lambda: screen.covered, Clock(lambda: NOW, UTC), steady
    ), steady


async def test_lists_are_read_at_the_chosen_pace_and_the_log_in_between():
    screen = Screen()
    loop, steady = refreshing(screen)
    for _ in range(4):
        await loop._step()
        steady.now += 0.5
    assert screen.looks == [True, False, True, False]

    assert loop.pace(1) == 2.0
    assert loop.pace(-5) == 0.5


async def test_a_look_asked_for_is_whole():
    screen = Screen()
    loop, _ = refreshing(screen)
    await loop._step()
    loop.request_refresh()
    await loop._step()
    assert screen.looks == [True, True]


async def test_the_header_is_of_the_moment_of_the_rows():
    """It was shown with the figures of the reading before."""
    screen, shown, read = Screen(), [], []

    async def also(vitals: Vitals) -> None:
        read.append(vitals)

    loop = RefreshLoop(
        lambda: screen,
        lambda: False,
        Clock(lambda: NOW, UTC),
        also=also,
        show=lambda: shown.append(loop.vitals),
    )
    await loop._step()
    assert read == shown == [loop.vitals]
    assert loop.vitals is not None


async def test_a_frozen_display_reads_nothing():
    screen = Screen()
    loop, _ = refreshing(screen)
    loop.freeze()
    await loop._step()
    assert screen.looks == []


async def test_a_frozen_display_is_read_once_when_a_key_asks_for_that():
    screen = Screen()
    loop, _ = refreshing(screen)
    loop.freeze()
    loop.request_refresh()
    await loop._step()
    assert screen.looks == []
    loop.read_once()
    await loop._step()
    await loop._step()
    assert screen.looks == [True]


async def test_a_screen_over_a_frozen_one_is_read():
    below, above = Screen(), Screen()
    top = [below]
    loop = RefreshLoop(lambda: top[0], lambda: False, Clock(lambda: NOW, UTC))
    loop.freeze()
    top[0] = above
    assert loop.frozen_since is None
    await loop._step()
    top[0] = below
    await loop._step()
    assert (above.looks, below.looks) == ([True], [])
    loop.freeze()
    await loop._step()
    assert below.looks


async def test_what_is_covered_is_not_read_unless_it_was_asked_for_before():
    screen = Screen()
    loop, _ = refreshing(screen)
    screen.covered = True
    await loop._step()
    assert screen.looks == []
    loop.request_refresh()
    await loop._step()
    assert screen.looks == [True]


async def test_tries_come_ever_more_slowly_until_the_database_is_back():
    screen = Screen()
    loop, steady = refreshing(screen)
    screen.fails = True
    tried = []
    for _ in range(100):
        before = len(screen.looks)
        await loop._step()
        if len(screen.looks) > before:
            tried.append(steady.now)
        steady.now += 0.5
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps[:6] == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert loop.lost is not None
    assert loop.lost.why == "gone away"

    screen.fails = False
    loop.request_refresh()
    await loop._step()
    assert loop.lost is None
    assert screen.looks[-1]


async def test_a_slow_database_is_asked_less_often():
    screen = Screen()
    loop, steady = refreshing(screen)

    async def slowly(*, full: bool) -> Vitals:
        steady.now += 3.0
        return vitals()

    screen.reload = slowly  # type: ignore[assignment]
    assert await loop._step() == 6.0


async def test_keys_pressed_in_a_row_are_answered_by_one_look():
    screen = Screen()
    loop = RefreshLoop(lambda: screen, lambda: False, Clock(lambda: NOW, UTC))
    task = asyncio.create_task(loop.refresh_forever())
    await eventually_async(lambda: screen.looks)
    for _ in range(20):
        loop.request_refresh()
    await eventually_async(lambda: len(screen.looks) > 1)
    assert len(screen.looks) == 2
    task.cancel()
