"""Words for what a filter found in each pane, and for the terms one may type."""

from sq_console.text.filter_syntax import TERMS, FilterTerm
from sq_console.ui.content.lines import Line, Span, Tone, foreign, width_of
from sq_console.ui.state.lists.hits import Hits
from sq_console.ui.state.lists.pane_terms import PANE_TERMS
from sq_console.ui.state.panes import Pane

_IN_TURN = (Pane.PENDING, Pane.RUNNING)
"""Their lists begin with what is called next, not with the newest."""


def found_title(pane: Pane, hits: Hits | None) -> Line:
    """Return ` 3 Failed 17 found`, or how far the search has come."""
    title = Span(f" {pane.key} ", Tone.KEY), Span(f"{pane.heading} ", Tone.BOLD)
    if hits is None:
        return *title, Span("…", Tone.DIM)
    return *title, Span(found_words(pane, hits), Tone.BOLD if hits.number else Tone.DIM)


def found_words(pane: Pane, hits: Hits) -> str:
    """Return `17 found`, `200+ found`, `none in the newest 10,000`."""
    number = f"{hits.number:,}{'+' if hits.is_more else ''}" if hits.number else "none"
    if hits.looked_at is not None:
        which = "first" if pane in _IN_TURN else "newest"
        goes_on = "…" if hits.is_searching else ""
        return f"{number} in the {which} {hits.looked_at:,}{goes_on}"
    return f"{number} found" if hits.number else number


def filter_help(typed: str, pane: Pane, width: int) -> Line:
    """Return the terms that can go on from what is *typed*, in one line."""
    terms = [term for term in TERMS if term.word in PANE_TERMS[pane]]
    last = typed.split(" ")[-1].lower()
    name, colon, _ = last.partition(":")
    if colon:
        fitting = [term for term in terms if term.word == name]
    else:
        fitting = [term for term in terms if last and term.word.startswith(last)]
    if fitting:
        return _explained(fitting, width)
    words = "words in the row" if pane is Pane.LOG else "words in url or error"
    line: Line = (Span(f" {words}", Tone.DIM),)
    for term in terms:
        item = Span(" · ", Tone.DIM), Span(f"{term.word}:", Tone.KEY)
        if width_of((*line, *item)) > width:
            break
        line = *line, *item
    return line


def _explained(terms: list[FilterTerm], width: int) -> Line:
    line: Line = (Span(" "),)
    for term in terms:
        item = (
            Span(f"{term.word}:{term.example}", Tone.KEY),
            Span(f" {term.meaning}   ", Tone.DIM),
        )
        if width_of((*line, *item)) > width + 3:
            break
        line = *line, *item
    return line


def refusal_line(reason: str) -> Line:
    """Return why what was typed is no filter; the text stays to be mended."""
    return (Span(" "), foreign(reason, Tone.WARN))
