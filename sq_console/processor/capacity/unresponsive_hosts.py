"""Hosts that let call after call run into its timeout, and the turns they take.

The cap of a host would not protect the others from one that is dead: nine tenths of the
slots would wait for it, for as long as it has jobs. So such hosts are *silent*, and
share a tenth of the slots, one at least, until one of them answers, whatever it says.
Whose last call was longest ago comes first, so that each is tried again: one with more
or older jobs than another must not keep it from showing that it answers.
"""

from collections import OrderedDict
from collections.abc import Mapping

UNRESPONSIVE_AFTER = 3
"""Calls of a host that timed out, none answered in between."""
MAX_HOSTS = 1_000


class UnresponsiveHosts:
    """Who has not been heard, and whose turn it is."""

    def __init__(self, concurrency: int, host_cap: int) -> None:
        self._share = max(1, concurrency // 10)
        self._host_cap = host_cap
        self._timeouts: OrderedDict[str, int] = OrderedDict()
        """Calls that timed out since the host was last heard."""

    def responded(self, host: str) -> None:
        """*host* has said something."""
        self._timeouts.pop(host, None)

    def timed_out(self, host: str) -> None:
        """A call of *host* has timed out."""
        if len(self._timeouts) >= MAX_HOSTS and host not in self._timeouts:
            self._timeouts.popitem(last=False)  # if it still is silent, it will show
        self._timeouts[host] = self._timeouts.get(host, 0) + 1
        self._timeouts.move_to_end(host)

    def caps(self, held: Mapping[str, int]) -> dict[str, int]:
        """How many jobs each silent host may hold, those of now (*held*) among them."""
        silent = [
            h for h, times in self._timeouts.items() if times >= UNRESPONSIVE_AFTER
        ]
        if not silent:
            return {}
        free = self._share - sum(held.get(host, 0) for host in silent)
        each = min(max(1, self._share // len(silent)), self._host_cap)
        caps = {}
        for host in silent:
            holds = held.get(host, 0)
            more = max(0, min(each - holds, free))
            free -= more
            caps[host] = holds + more
        return caps

    def rotate(self, offered: Mapping[str, int], held: Mapping[str, int]) -> None:
        """A claim is over, before which hosts were *offered* these caps; who holds
        nothing after it may have no jobs, and lets others go first.
        """
        for host, cap in offered.items():
            if cap and not held.get(host, 0):
                self._timeouts.move_to_end(host)
