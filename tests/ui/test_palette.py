"""The palette finds what people type, whatever an action is called."""

import pytest
from textual.binding import Binding

from sq_console.ui import keys
from sq_console.ui.palette import entries
from sq_console.ui.palette_words import WORDS, rank
from tests.ui.queue import Queue
from tests.ui.run_console import running

TYPED = {
    "retry": "Retry",
    "again": "Retry",
    "requeue": "Retry",
    "kill": "Kill",
    "cancel": "Kill",
    "abort": "Kill",
    "change url": "Edit",
    "why": "Open",
    "attempts": "Open",
    "find": "Find",
    "search": "Find",
    "enqueue": "New",
    "processor": "Processors",
    "who": "Processors",
    "resume": "Pause",
    "curl": "Show curl",
    "hold": "Hold",
    "hosts": "Hosts",
    "causes": "Causes",
    "undo": "Bulk",
    "audit": "Activity",
    "set aside": "Set aside",
    "acknowledge": "Set aside",
    "try": "Try one",
    "select all": "Mark all",
    "errors": "Causes",
    "failures": "Causes",
    "problems": "Failed",
    "backlog": "Pending",
    "in flight": "Running",
    "succeeded": "Done",
    "tail": "Log",
    "exit": "Quit",
    "shortcuts": "Help",
    "colors": "Theme",
    "toasts": "Messages",
    "reload": "Refresh",
    "maximize": "Zoom",
}
"""What somebody types, and the title of what should be offered first."""


def bound() -> list[Binding]:
    return [
        each
        for found in vars(keys).values()
        if isinstance(found, list)
        for each in found
        if isinstance(each, Binding) and each.group and each.description
    ]


def test_every_action_has_words_beside_its_name() -> None:
    named = {
        each.action
        for each in bound()
        if each.group is not None and each.group.description != "MOVING"
    }

    assert named - WORDS.keys() == set(), "say in palette_words what people type"


async def test_what_is_typed_finds_what_is_meant(queue: Queue) -> None:
    queue.failed()
    async with running(queue) as console:
        await console.press("3")
        offered = list(console.app.palette_entries(console.main))
        first = {
            typed: max(
                offered, key=lambda each: rank(typed, each.title, each.words, each.help)
            ).title
            for typed in TYPED
        }

    assert first == TYPED
    assert all(rank(typed, *_texts(offered, TYPED[typed])) > 0 for typed in TYPED)


def _texts(offered: list, title: str) -> tuple[str, str, str]:  # type: ignore[type-arg]
    (found,) = [each for each in offered if each.title == title][:1]
    return found.title, found.words, found.help


@pytest.mark.parametrize("typed", ["", "   ", "xyzzy"])
async def test_what_means_nothing_finds_nothing_by_its_words(
    queue: Queue, typed: str
) -> None:
    async with running(queue) as console:
        assert not any(
            rank(typed, each.title, each.words, each.help)
            for each in entries(console.main)
        )


async def test_a_synonym_is_offered_and_runs(queue: Queue) -> None:
    job = queue.failed()
    async with running(queue) as console:
        await console.press("3", "colon")
        await console.type("again")
        await console.shows("One failed job: at once")
        await console.press("enter")
        await console.toasts(f"job {job}: pending now")
