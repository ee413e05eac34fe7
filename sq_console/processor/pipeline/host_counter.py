"""The sums of each host's outcomes, counted between two writes.

Numbers are counted in lists, not in frozen values: this is done for each call. The
number of hosts is bounded: a queue in which each job has a host of its own would fill
memory and table with rows that nobody reads.
"""

from bisect import bisect_left

from sq_console.model import CALL_DURATIONS_MS, HostSums, ResultCode, Sums

MAX_HOSTS = 1_000
"""So many hosts are counted between two writes; of others nothing is."""
_PLACES = {
    ResultCode.SUCCEEDED: 0,
    ResultCode.PERMANENT: 1,
    ResultCode.TEMPORARY: 2,
    ResultCode.KILLED: 3,
}
_SUM, _MAX, _WITHIN = 4, 5, 6
_NUMBERS = _WITHIN + len(CALL_DURATIONS_MS) + 1
"""The last one is of calls that took longer than all limits."""


class HostCounter:
    """Outcomes by host."""

    def __init__(self) -> None:
        self._counted: dict[str, list[int]] = {}

    def count(self, host: str, result: ResultCode, duration_ms: int) -> None:
        """Count an outcome; one without a host is nobody's."""
        numbers = self._counted.get(host)
        if numbers is None:
            if not host or len(self._counted) >= MAX_HOSTS:
                return
            numbers = self._counted[host] = [0] * _NUMBERS
        numbers[_PLACES[result]] += 1
        numbers[_SUM] += duration_ms
        numbers[_MAX] = max(numbers[_MAX], duration_ms)
        numbers[_WITHIN + bisect_left(CALL_DURATIONS_MS, duration_ms)] += 1

    def take(self, limit: int) -> list[HostSums]:
        """Return the sums of *limit* hosts at most, and forget them."""
        hosts = list(self._counted)[:limit]
        return [_sums(host, self._counted.pop(host)) for host in hosts]


def _sums(host: str, numbers: list[int]) -> HostSums:
    return HostSums(host, Sums(*numbers[:_WITHIN]), tuple(numbers[_WITHIN:-1]))
