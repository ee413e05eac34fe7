"""Whether this database is a copy of one that processors work on, and whether the
ancestor works on it too.
"""

from sq_console.model import Finding
from sq_console.rules.admission.copies import copy_words, is_anywhere, judge
from sq_console.store import Store


def home_findings(store: Store) -> list[Finding]:
    """Return a finding about the home of the database. Before its first processor it
    has none yet.
    """
    state = store.home.state()
    judgement = judge(state.meta, state.location, trusted=False)
    if judgement.copy_of:
        text = f"no job is called here: {copy_words(judgement)} ({judgement.why})"
        advice = "adopt --moved, if it is the original itself, elsewhere now"
        return [Finding(False, text, advice)]
    if not is_anywhere(state.meta):
        return [Finding(True, "no processor has worked here yet")]
    return [Finding(True, f"database {state.uuid} is at home here")]


def ancestor_findings(store: Store) -> list[Finding]:
    """Return a finding while the ancestor works on the database."""
    if not store.ancestor.is_at_work():
        return []
    text = "the strings-queue works on this database too: processors wait"
    return [Finding(False, text, "stop it, or start processors with --beside-ancestor")]
