"""The names of processors, for the log: each is read once."""

from sq_console.store import rows
from sq_console.store.protocols import Session

_NAME = "SELECT name FROM queued_job_processor WHERE id = %s"


class ProcessorNames:
    """Names read over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: dict[int, str] = {}

    def name_of(self, processor_id: int) -> str:
        """Return host:pid of a processor, its id when the table does not have it."""
        if processor_id not in self._names:
            found = self._session.rows(_NAME, (processor_id,))
            if not found:
                return str(processor_id)
            self._names[processor_id] = rows.as_text(found[0]["name"])
        return self._names[processor_id]
