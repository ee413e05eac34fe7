"""Which actions of keys change something: jobs, holds, processors. A console that may
only read refuses these in one place, whatever screen they are on.
"""

ACTING = frozenset(
    {
        *("retry", "kill", "edit", "new", "processor"),
        *("hold", "try_one", "set_aside"),
        *("pause_processor", "drain_processor"),
        *("stop_bulk", "pull_back"),
    }
)
READING = frozenset(
    {
        *("move", "home", "end", "page", "half", "turn", "open", "escape", "leave"),
        *("mark", "mark_all", "unmark_all", "filter", "log_of_job", "pane"),
        *("next_pane", "zoom", "help", "command_palette", "interrupt", "quit"),
        *("visit", "show_pane", "only_person", "next_failure", "show_curl", "sort"),
        *(
            "freeze",
            "refresh_now",
            "repaint",
            "pace",
            "mouse",
            "copy_id",
            "copy_curl",
            "show_curl",
        ),
        *("copy_cause", "neighbour", "log_of_host"),
    }
)
"""The others. A key whose action is in neither fails a test."""
