"""Unresponsive hosts, which let call after call time out, and the turns they take.

The cap of a host does not protect other hosts from one that is dead: nine tenths of
the slots would wait for it, for as long as it has jobs. So unresponsive hosts share a
tenth of the slots, one at least. A host is unresponsive until it answers a call, with
whatever status code. The host whose last call was longest ago comes first, so that each
is tried again: a host with more or older jobs must not keep another from showing that
it answers.
"""

from collections import OrderedDict
from collections.abc import Mapping

UNRESPONSIVE_AFTER = 3
"""A host is unresponsive after so many timeouts, none answered in between."""
MAX_HOSTS = 1_000


class UnresponsiveHosts:
    """The hosts whose calls time out, the one whose turn it is first."""

    def __init__(self, concurrency: int, host_cap: int) -> None:
        self._share = max(1, concurrency // 10)
        self._host_cap = host_cap
        self._timeouts: OrderedDict[str, int] = OrderedDict()
        """Calls that timed out since the last one that was answered."""

    def responded(self, host: str) -> None:
        """Forget the timeouts of *host*: it has answered a call."""
        self._timeouts.pop(host, None)

    def timed_out(self, host: str) -> None:
        """Count a call of *host* that timed out."""
        if len(self._timeouts) >= MAX_HOSTS and host not in self._timeouts:
            self._timeouts.popitem(
                last=False
            )  # if it still is unresponsive, it will show
        self._timeouts[host] = self._timeouts.get(host, 0) + 1
        self._timeouts.move_to_end(host)

    def caps(self, held: Mapping[str, int]) -> dict[str, int]:
        """Return how many jobs each unresponsive host may hold, *held* included."""
        unresponsive = [
            h for h, times in self._timeouts.items() if times >= UNRESPONSIVE_AFTER
        ]
        if not unresponsive:
            return {}
        free = self._share - sum(held.get(host, 0) for host in unresponsive)
        each = min(max(1, self._share // len(unresponsive)), self._host_cap)
        caps = {}
        for host in unresponsive:
            holds = held.get(host, 0)
            more = max(0, min(each - holds, free))
            free -= more
            caps[host] = holds + more
        return caps

    def rotate(self, offered: Mapping[str, int], held: Mapping[str, int]) -> None:
        """Move hosts that were *offered* a cap before a claim, and hold no job after
        it, to the end: they may have no jobs, and others go first.
        """
        for host, cap in offered.items():
            if cap and not held.get(host, 0):
                self._timeouts.move_to_end(host)
