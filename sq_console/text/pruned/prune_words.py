"""What pruning has deleted, or would delete, in words."""

from sq_console.model import PRUNED_STATES, Pruned, PruneKind
from sq_console.text.humanize import plural

_NOUNS = {
    PruneKind.LOG: ("log row", None),
    PruneKind.ACTIVITY: ("row of activity", "rows of activity"),
    PruneKind.BULK: ("bulk action", None),
}


def jobs_of(pruned: Pruned) -> int:
    """Return how many jobs are among *pruned*."""
    return sum(pruned[state] for state in PRUNED_STATES)


def rows_words(pruned: Pruned) -> str:
    """Return `12,300 jobs, 24,600 log rows`."""
    others = [
        plural(pruned[kind], *nouns) for kind, nouns in _NOUNS.items() if pruned[kind]
    ]
    return ", ".join([plural(jobs_of(pruned), "job"), *others])


def kind_words(kind: PruneKind) -> str:
    """Return `set-aside jobs`, or `log rows`."""
    if kind in PRUNED_STATES:
        return f"{kind.value.replace('_', '-')} jobs"
    noun, nouns = _NOUNS[kind]
    return nouns or f"{noun}s"
