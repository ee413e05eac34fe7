"""Which job was the first after some moment: looked for along the primary key, in some
dozens of steps, since ids are given in the order of time.
"""

from datetime import datetime

from sq_console.store import rows
from sq_console.store.protocols import Session

_LAST_ID = "SELECT MAX(id) AS id FROM queued_job"
_FROM_ID = """
SELECT id, created_at FROM queued_job {use_primary}
 WHERE id >= %s ORDER BY id LIMIT 1"""
_STEPS = 64


def ids_since(session: Session, moment: datetime) -> int:
    """Return how many ids were given since *moment*: as many as jobs were made, but for
    gaps.
    """
    last = rows.whole(session.rows(_LAST_ID)[0]["id"])
    first = session.rows(_FROM_ID, (0,))
    low, high = rows.whole(first[0]["id"]) if first else 0, last + 1
    for _ in range(_STEPS):
        if low >= high:
            break
        middle = (low + high) // 2
        found = session.rows(_FROM_ID, (middle,))
        created = rows.moment(found[0]["created_at"]) if found else None
        if created is None or created >= moment:
            high = middle
        else:
            low = rows.whole(found[0]["id"]) + 1
    return max(0, last + 1 - high)
