"""Which terms of a filter a pane can do.

A list compares every field of a job. The log is made of rows of its own, which know
less: a term that the log cannot do is refused there, and never shown as if it worked.
Causes are never narrowed, and say so.
"""

from sq_console.model import JobFilter
from sq_console.rules.log_filter import LOG_STATES
from sq_console.text.filter_syntax import TERMS
from sq_console.ui.state.panes import LISTS, Pane

WORDS = "words"
"""Stands for words that are no term."""
ALL_TERMS = frozenset({WORDS, *(term.word for term in TERMS)})
LOG_TERMS = frozenset({WORDS, "id", "host", "org", "status", "state"})
"""Add a term when `rules.log_filter` has learned it: a test asks it."""
PANE_TERMS: dict[Pane, frozenset[str]] = {
    **dict.fromkeys(LISTS, ALL_TERMS),
    Pane.LOG: LOG_TERMS,
    Pane.CAUSES: frozenset(),
}
"""By pane: the terms it can do."""
_FIELDS = {WORDS: ("text",), **{term.word: term.fields for term in TERMS}}


def terms_in(wanted: JobFilter | None) -> tuple[str, ...]:
    """Return the terms a filter is made of."""
    if wanted is None:
        return ()
    return tuple(
        word
        for word, fields in _FIELDS.items()
        if any(getattr(wanted, name) is not None for name in fields)
    )


def unknown_terms(pane: Pane, wanted: JobFilter | None) -> str:
    """Return the terms of the filter that *pane* cannot do: `host:, org:`."""
    can = PANE_TERMS[pane]
    unknown = [f"{word}:" for word in terms_in(wanted) if word not in can]
    state = wanted.state if wanted else None
    if pane is Pane.LOG and state is not None and state not in LOG_STATES:
        unknown.append(f"state:{state}")  # no call ends in it
    return ", ".join(unknown)


def why_refused(pane: Pane, wanted: JobFilter | None) -> str:
    """Return why *pane* cannot do this filter; "" when it can."""
    unknown = unknown_terms(pane, wanted)
    if not unknown:
        return ""
    can = PANE_TERMS[pane]
    known = ", ".join(f"{term.word}:" for term in TERMS if term.word in can)
    return f"the {pane} knows no {unknown}; it can do words, {known}"
