"""A console that may only read: it says so, and refuses each key that would change
something, whatever screen the key is on.
"""

from collections.abc import Iterator

import pytest
from textual.binding import Binding

from sq_console.errors import StoreError
from sq_console.model import JobState
from sq_console.store import open_store
from sq_console.ui import keys
from sq_console.ui.acting_keys import ACTING, READING
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

WHY = "it was opened with --read-only"


def bound() -> Iterator[Binding]:
    """Every key there is."""
    for found in vars(keys).values():
        if isinstance(found, list):
            yield from (each for each in found if isinstance(each, Binding))


def action_name(binding: Binding) -> str:
    return binding.action.partition("(")[0].rpartition(".")[2]


def test_every_key_is_known_to_change_something_or_not() -> None:
    names = {action_name(binding) for binding in bound()}

    assert names - ACTING - READING == set(), "say in acting_keys what it does"
    assert not ACTING & READING


def acting_keys(console: Console) -> list[str]:
    """The keys of the visible screen that would change something."""
    active = console.app.screen.active_bindings.items()
    return [key for key, one in active if action_name(one.binding) in ACTING]


async def test_each_acting_key_is_refused_and_nothing_is_written(queue: Queue) -> None:
    failed = queue.failed()
    waiting = queue.pending()
    async with running(queue, reads_only=WHY) as console:
        await console.shows("READ-ONLY")
        for pane in ("1", "3"):
            await console.press(pane)
            for key in acting_keys(console):
                console.app.toasts.kept.clear()
                await console.press(pane, key)
                await console.toasts("not done: this console is READ-ONLY")
                assert console.app.screen is console.main

    assert queue.state(failed) is JobState.FAILED
    assert queue.state(waiting) is JobState.PENDING
    assert queue.store.reads.last_log_id() == 0


async def test_the_palette_refuses_too(queue: Queue) -> None:
    queue.failed()
    async with running(queue, reads_only=WHY) as console:
        await console.press("3", "colon")
        await console.shows("Search for commands")
        await console.type("retry")
        await console.shows("Retry")
        await console.press("enter", "enter")
        await console.toasts("READ-ONLY")


def test_a_store_that_only_reads_is_kept_from_writing_by_the_database(
    queue: Queue,
) -> None:
    store = open_store(queue.db, read_only=True)

    with pytest.raises(StoreError):
        store.session.execute("DELETE FROM queued_job")
    assert store.reads.counts().due == 0
    store.close()
