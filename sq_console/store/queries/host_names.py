"""The hosts whose names begin as an operator typed: a step along the key for each."""

from sq_console.model import JobState
from sq_console.store import rows
from sq_console.store.protocols import Session

_NEXT_HOST = """
SELECT host FROM queued_job {use_host}
 WHERE state = %s AND host > %s AND host < %s ORDER BY host LIMIT 1"""
_AFTER_ALL = "\U0010ffff"


def hosts_beginning(session: Session, start: str, limit: int) -> list[str]:
    """Return at most *limit* hosts of jobs that begin with *start*, longer ones only,
    by name.
    """
    found: set[str] = set()
    for state in JobState:
        last, of_state = start, 0
        while of_state < limit:
            params = (state.value, last, start + _AFTER_ALL)
            following = session.rows(_NEXT_HOST, params)
            if not following:
                break
            last, of_state = rows.as_text(following[0]["host"]), of_state + 1
            found.add(last)
    return sorted(found)[:limit]
