"""The keys, all in one table. Help, hints and palette are made from it.

The rules: a lower-case key changes only what can be undone; upper case or a dialog does
the rest. No action has a ctrl key only. The keys that tmux, screen, ssh, flow control
and job control use are not bound, nor are backspace and delete, which people press to
correct themselves.
"""

from collections.abc import Callable, Iterable, Iterator

from textual.binding import Binding

from sq_console.ui.content.key_help import GROUPS, HelpKey

_JOBS, _PANES, _LISTS, _MOVES, _VIEW, _CONSOLE = (
    Binding.Group(title) for title in GROUPS
)


def _key(
    keys: str,
    action: str,
    hint: str,
    tooltip: str,
    group: Binding.Group,
    *,
    priority: bool = False,
) -> Binding:
    """A binding whose id is its action's: `sq.retry`."""
    name = action.partition("(")[0].removeprefix("app.").removeprefix("screen.")
    argument = action.partition("(")[2].strip("')")
    return Binding(
        keys,
        action,
        hint,
        tooltip=tooltip,
        group=group,
        show=False,
        priority=priority,
        id=f"sq.{name}.{argument}" if argument else f"sq.{name}",
    )


MOVING = [
    _key("j,down", "move(1)", "down", "Down a line", _MOVES),
    _key("k,up", "move(-1)", "up", "Up a line", _MOVES),
    _key("g,home", "home", "first", "To the first line", _MOVES),
    _key(
        "G,end",
        "end",
        "last",
        "To the last line; the log follows from there on",
        _MOVES,
    ),
    _key("pagedown", "page(2)", "page down", "Down a page", _MOVES),
    _key("pageup", "page(-2)", "page up", "Up a page", _MOVES),
    _key("ctrl+d", "page(1)", "half down", "Down half a page", _MOVES),
    _key("ctrl+u", "page(-1)", "half up", "Up half a page", _MOVES),
]

OPENING = [
    _key(
        "enter,d",
        "screen.open",
        "open",
        "The job: attempts, last answer, request, log",
        _JOBS,
    ),
]

OPENING_ROW = [
    _key("enter,d", "screen.open", "open", "What is under the cursor", _LISTS),
]

ON_PROCESSOR = [
    _key(
        "P",
        "pause_processor",
        "pause",
        "Pause the processor here, or let it run again",
        _LISTS,
    ),
    _key(
        "D",
        "drain_processor",
        "drain",
        "The processor finishes its calls, and ends",
        _LISTS,
    ),
]

ON_BULK = [
    _key("S", "stop_bulk", "stop", "Begin no more of it; what is done stays", _LISTS),
    _key("B", "pull_back", "pull back", "Take back its retries not called yet", _LISTS),
]

ON_CAUSE = [
    _key(
        "r,R",
        "retry",
        "retry",
        "Marked jobs, or all of the cause; asks, and for a pace",
        _JOBS,
    ),
    _key("t", "try_one", "try one", "Call its newest job once, see the answer", _JOBS),
    _key("K,f9", "kill", "kill", "Those that still wait; always asks", _JOBS),
    _key("e", "edit", "edit all", "Change the urls of all its jobs", _JOBS),
    _key("x", "set_aside", "set aside", "Off the list, not out of history", _JOBS),
    _key("H", "hold", "hold", "Hold its host, or lift the hold; asks", _JOBS),
    _key("l", "log_of_host", "log of host", "The log of this host", _JOBS),
    _key("Y", "copy_cause", "copy page", "This page as text, for the ticket", _JOBS),
    _key("less_than_sign", "neighbour(-1)", "cause before", "The cause before", _JOBS),
    _key("greater_than_sign", "neighbour(1)", "next", "The next cause", _JOBS),
]

ON_PAGE = [
    _key("less_than_sign", "neighbour(-1)", "job before", "The job before", _JOBS),
    _key("greater_than_sign", "neighbour(1)", "next", "The next of the list", _JOBS),
    _key("l", "log_of_host", "log of host", "The log of this host", _JOBS),
]

MARKING = [
    _key(
        "space", "mark", "mark", "Mark the job, or take its mark off; go down", _LISTS
    ),
    _key("U", "unmark_all", "unmark all", "Take all marks off", _LISTS),
]

FOLLOWING = [
    _key("F", "end", "follow", "Follow the end of the log", _LISTS),
]

ON_ACTIVITY = [
    _key("slash", "filter", "filter", "A person: a part of the name", _LISTS),
    _key("o", "only_person", "only this person", "This person; again: all", _LISTS),
]

IN_LOG = [
    _key("n", "next_failure(1)", "next failure", "The next call that failed", _LISTS),
    _key("N", "next_failure(-1)", "failure before", "The failed call before", _LISTS),
]

ON_JOB = [
    _key(
        "r,R",
        "retry",
        "retry",
        "One failed job: at once; others ask. Waiting: run now",
        _JOBS,
    ),
    _key(
        "K,f9",
        "kill",
        "kill",
        "Pending: never runs; running: is aborted. Always asks",
        _JOBS,
    ),
    _key(
        "e",
        "edit",
        "edit",
        "In place if it was never called, else as a new job",
        _JOBS,
    ),
    _key("x", "set_aside", "set aside", "Off the list, not out of history", _JOBS),
]

HOLDING = [
    _key(
        "H",
        "hold",
        "hold",
        "Hold the host, so that nobody calls it, or lift it; asks",
        _JOBS,
    ),
]

ON_HOST = [
    _key(
        "t", "try_one", "try one", "Call the job that failed last, held or not", _JOBS
    ),
    _key("r,R", "retry", "retry failed", "Retry all its failed jobs; asks", _JOBS),
    _key("l", "log_of_host", "log", "The log of this host", _JOBS),
]

TRYING = [
    _key("t", "try_one", "try one", "Call this job once, held or not", _JOBS),
]

COPYING = [
    _key("y", "copy_id", "copy id", "Job id to the terminal's clipboard", _JOBS),
    _key("C", "show_curl", "show curl", "The request as curl, to be read", _JOBS),
    _key(
        "Y", "copy_curl", "copy as curl", "The request as curl, secrets masked", _JOBS
    ),
]

ON_LIST = [
    _key(
        "slash",
        "filter",
        "find",
        "Find: words, #7, host:, status:, since: …; esc clears",
        _LISTS,
    ),
    _key("s", "sort", "sort", "Sort by another column, of what was read", _LISTS),
    _key("n", "new", "new", "A new job", _JOBS),
    _key("l", "log_of_job", "log of job", "Only this job in the log pane", _JOBS),
    _key("A", "mark_all", "mark all", "Mark all jobs that fit the filter", _LISTS),
]

PAGING = [
    _key("left_square_bracket", "turn(-1)", "page before", "The page before", _LISTS),
    _key("right_square_bracket", "turn(1)", "next page", "The next page", _LISTS),
]


def _pane_keys(action: str) -> Iterator[Binding]:
    yield _key(
        "0", f"{action}('causes')", "causes", "The causes pane: why jobs fail", _PANES
    )
    names = ("pending", "running", "failed", "log", "done")
    for key, name in zip("12345", names, strict=True):
        yield _key(key, f"{action}('{name}')", name, f"The {name} pane", _PANES)


PANES = [
    *_pane_keys("pane"),
    _key("tab", "next_pane(1)", "next pane", "The next pane", _PANES),
    _key("shift+tab", "next_pane(-1)", "pane before", "The pane before", _PANES),
    _key("z", "zoom", "zoom", "This pane alone, and back", _PANES),
]

EVERYWHERE = [
    _key("question_mark,f1", "help", "help", "These keys", _CONSOLE),
    _key(
        "P",
        "processor",
        "pause",
        "Pause the processor of this console, or let it run",
        _CONSOLE,
    ),
    _key(
        "w",
        "app.visit('processors')",
        "processors",
        "Every processor, what it has claimed; those lost",
        _PANES,
    ),
    _key(
        "a",
        "app.visit('activity')",
        "activity",
        "Who did what to how many, since when",
        _PANES,
    ),
    _key(
        "h",
        "app.visit('hosts')",
        "hosts",
        "Every host, worst first: due, failing, slow, held",
        _PANES,
    ),
    _key("b", "app.visit('bulk')", "bulk", "Bulk actions of everybody", _PANES),
    _key("colon", "app.command_palette", "palette", "Every action by name", _CONSOLE),
    _key(
        "q",
        "leave",
        "quit",
        "Back; from the main screen: quit",
        _CONSOLE,
    ),
    _key(
        "ctrl+c",
        "interrupt",
        "copy or quit",
        "Copy what is selected, else as q; twice: drain and quit",
        _CONSOLE,
    ),
    _key("ctrl+q", "app.quit", "quit", "Quit", _CONSOLE, priority=True),
    _key("p", "freeze", "freeze", "Hold the display still; jobs still run", _VIEW),
    _key("ctrl+r,f5", "refresh_now", "refresh", "Read the database now", _VIEW),
    _key("ctrl+l", "repaint", "repaint", "Paint the whole screen again", _VIEW),
    _key("plus,equals_sign", "pace(1)", "slower", "Read less often", _VIEW),
    _key("minus", "pace(-1)", "faster", "Read more often", _VIEW),
    _key("m", "mouse", "mouse", "Mouse on or off; off: select as usual", _VIEW),
]

BACK = [_key("escape", "escape", "", "Clear the filter, unzoom, back", _CONSOLE)]

LEAVING_PAGE = [
    _key("q", "escape", "back", "Back to the lists", _CONSOLE),
    *_pane_keys("app.show_pane"),
]

NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
}


def name_of(binding: Binding) -> str:
    """The key as it is written on the screen: `K`, `enter`, `ctrl+r`, `F5`."""
    return binding.key_display or key_name(binding.key)


def key_name(key: str) -> str:
    """The same of a key that may be bound to nothing."""
    key = NAMES.get(key, key)
    return key.upper() if key[:1] == "f" and key[1:].isdigit() else key


def help_keys(
    bindings: Iterable[Binding], words_for: Callable[[str], str | None]
) -> Iterator[HelpKey]:
    """Yield the keys of the help page: those with a group and a tooltip, or with what
    *words_for* their action says instead; None is a key that does nothing here.
    """
    for binding in bindings:
        if binding.group is not None and binding.tooltip:
            words = words_for(binding.action)
            if words is not None:
                title, key = binding.group.description, name_of(binding)
                yield HelpKey(title, binding.action, key, words or binding.tooltip)
