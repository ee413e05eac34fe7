"""What people type for an action into the palette, beside its name."""

WORDS = {
    "screen.open": "why show detail inspect answer attempts history holds",
    "retry": "again requeue rerun redo run now repeat",
    "kill": "cancel delete remove abort stop job end",
    "edit": "change url headers body fix modify requeue",
    "copy_id": "number clipboard yank",
    "copy_curl": "curl request reproduce clipboard yank text",
    "filter": "find search grep where org organisation host state select",
    "new": "enqueue insert add create job",
    "log_of_job": "history trace messages",
    "mark": "select choose toggle",
    "mark_all": "select everything choose",
    "unmark_all": "deselect clear none",
    "turn(-1)": "previous back earlier",
    "turn(1)": "more later",
    "pane('pending')": "queue waiting backlog due scheduled retries later",
    "pane('running')": "in flight now active calls workers",
    "pane('failed')": "errors failures broken bad problems",
    "pane('log')": "follow tail calls messages live",
    "pane('done')": "succeeded finished ended killed history completed",
    "next_pane(1)": "switch tab",
    "next_pane(-1)": "switch tab previous",
    "zoom": "maximize full larger only",
    "help": "keys shortcuts how manual",
    "processor": "processor pause resume join start stop drain worker",
    "pause_processor": "processor pause resume start stop worker",
    "freeze": "display still hold screen pause scroll",
    "refresh_now": "reload update reread",
    "repaint": "redraw garbage clear screen",
    "pace(1)": "interval speed rate",
    "pace(-1)": "interval speed rate",
    "mouse": "select clicking wheel",
    "leave": "exit close back",
    "app.quit": "exit close",
    "interrupt": "ctrl-c clipboard",
    "escape": "back clear cancel",
    "app.command_palette": "commands actions",
    "end": "follow last newest",
    "hold": "hold stop block pause host lift release resume unhold",
    "hold_everything": "hold resume all every host stop pause maintenance lift",
    "try_one": "test probe once sample",
    "set_aside": "acknowledge ack dismiss ignore hide archive",
    "show_curl": "request reproduce text command",
    "next_failure(-1)": "error previous bad log",
    "next_failure(1)": "error following bad log",
    "only_person": "who user operator filter mine",
    "stop_bulk": "cancel abort end halt bulk",
    "pull_back": "undo revert rest bulk retries",
    "log_of_host": "history trace follow tail",
    "copy_cause": "ticket clipboard handover yank page",
    "neighbour(-1)": "before earlier other",
    "neighbour(1)": "after later other",
    "pane('causes')": "why reason group errors failures broken since",
    "app.visit('hosts')": "handler endpoint server slow worst hold",
    "app.visit('processors')": "processor who worker machine alive lost dead pause",
    "app.visit('activity')": "who did what audit history operators colleague people",
    "app.visit('bulk')": "many progress stop pull back rest undo actions",
    "drain_processor": "drain stop end deploy restart finish worker",
    "sort": "order column by",
    "messages": "toasts notifications what happened",
    "theme": "colours colors dark light",
}
"""By action, as bindings name it."""
WORDS |= {  # the same panes from a page
    f"app.show_{action}": words
    for action, words in WORDS.items()
    if action.startswith("pane(")
}

_TITLE, _WORD, _HELP = 1.0, 0.8, 0.5


def rank(query: str, title: str, words: str, help_text: str) -> float:
    """Return how well what was typed names an action: each of its words begins a word
    of the title (1), of the synonyms or of the title (0.8), of any of its texts (0.5).
    """
    typed = query.lower().split()
    own = title.lower().split()
    if not typed:
        return 0.0
    for score, known in (
        (_TITLE, own),
        (_WORD, own + words.lower().split()),
        (_HELP, own + words.lower().split() + help_text.lower().split()),
    ):
        if all(any(each.startswith(word) for each in known) for word in typed):
            return score
    return 0.0
