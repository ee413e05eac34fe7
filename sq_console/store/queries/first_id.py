"""Which row was the first after some moment: looked for along the primary key, in some
dozens of steps, since ids are given in the order of time, nearly.
"""

from datetime import datetime

from sq_console.store import rows
from sq_console.store.protocols import Session

FROM_JOB = """
SELECT id, created_at FROM queued_job {use_primary}
 WHERE id >= %s ORDER BY id LIMIT 1"""
FROM_LOG_ROW = """
SELECT id, created_at FROM queued_job_log {use_primary}
 WHERE id >= %s ORDER BY id LIMIT 1"""


def first_id_since(
    session: Session, from_id: str, last_id: int, moment: datetime
) -> int:
    """Return the first id that was given since *moment*; the one after *last_id* when
    none was. *from_id* reads the row with an id, or with the next one there is.
    """
    first = session.rows(from_id, (0,))
    low, high = rows.whole(first[0]["id"]) if first else 0, last_id + 1
    while low < high:
        middle = (low + high) // 2
        found = session.rows(from_id, (middle,))
        created = rows.moment(found[0]["created_at"]) if found else None
        if created is None or created >= moment:
            high = middle
        else:
            low = rows.whole(found[0]["id"]) + 1
    return high
