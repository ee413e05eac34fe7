"""How many more jobs of each host a claim may take."""

from collections import Counter
from collections.abc import Iterable

from sq_console.model import ClaimRequest
from sq_console.store import rows
from sq_console.store.protocols import Row


class HostRoom:
    """The room of a request, less what the claim has taken so far."""

    def __init__(self, request: ClaimRequest) -> None:
        self._room = request.room
        default = request.default_room
        self._default_room = request.limit if default is None else default
        self._taken: Counter[str] = Counter()

    def left(self, host: str) -> int:
        """Return how many more jobs of *host* may be taken."""
        return self._room.get(host, self._default_room) - self._taken[host]

    def fitting(self, found: Iterable[Row]) -> list[Row]:
        """Return those of *found* that there is room for; the rest stay pending."""
        more: Counter[str] = Counter()
        fitting = []
        for row in found:
            host = rows.as_text(row["host"])
            more[host] += 1
            if more[host] <= self.left(host):
                fitting.append(row)
        return fitting

    def fill(self, taken: Iterable[Row]) -> None:
        """Leave less room: *taken* are taken."""
        self._taken.update(rows.as_text(row["host"]) for row in taken)
