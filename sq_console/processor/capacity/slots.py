"""The jobs a processor holds: those being called, those claimed ahead, and the room
left.

A few jobs are claimed ahead, so that a freed slot need not wait for the database: as
many as end in a tenth of a second at the present rate (see `call_rate`). Where calls
are slow that is none, and no job waits here while another processor idles. The rate is
each host's own: jobs of a host that lets calls time out would fill the little room
there is, and jobs of other hosts could not be claimed.

Unresponsive hosts take turns (see `unresponsive_hosts`).
"""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sq_console.model import Claim, ClaimedJob, Outcome
from sq_console.processor.capacity.call_rate import CallRate
from sq_console.processor.capacity.unresponsive_hosts import UnresponsiveHosts

MAX_RATES = 1_000
"""The rates of so many hosts are kept; above this, hosts not called lately are
forgotten.
"""

_Call = asyncio.Task[Outcome]


class _Waiting(NamedTuple):
    job: ClaimedJob
    since: float


class Slots:
    """The jobs held, by claim and by host; no I/O, one thread."""

    def __init__(
        self,
        concurrency: int,
        host_cap: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._concurrency = concurrency
        self._host_cap = host_cap
        self._clock = clock
        self._waiting: OrderedDict[Claim, _Waiting] = OrderedDict()
        self._in_flight: dict[int, tuple[ClaimedJob, Claim, _Call]] = {}
        """Keyed by the identity of the object: when somebody has set a row's attempts
        back, the same claim may come again while the first call is still ending."""
        self._calls: dict[Claim, _Call] = {}
        self._in_flight_hosts: Counter[str] = Counter()
        self._held_hosts: Counter[str] = Counter()
        self._unresponsive = UnresponsiveHosts(concurrency, host_cap)
        self._rate = CallRate(clock)
        self._rates: dict[str, CallRate] = {}
        """Rates of hosts that were called lately. They are kept while no job of the
        host is held: a moment without jobs would end the claiming ahead for good."""
        self.ended = 0

    @property
    def in_flight(self) -> int:
        """Calls in flight."""
        return len(self._in_flight)

    @property
    def waiting(self) -> int:
        """Claimed, not yet called."""
        return len(self._waiting)

    @property
    def claims(self) -> set[Claim]:
        """All jobs held."""
        return self._waiting.keys() | self._calls.keys()

    @property
    def ahead(self) -> int:
        """How many jobs to hold beyond the slots, at the present rate."""
        return self._rate.ahead

    @property
    def room(self) -> int:
        """How many more jobs may be claimed now. A claim costs the same for one job or
        fifty: while enough jobs wait to keep the slots busy, the room is 0."""
        held = self.in_flight + self.waiting
        room = self._concurrency + self.ahead - held
        enough = self.ahead // 2
        return 0 if self.waiting > enough else max(0, room)

    @property
    def default_room(self) -> int:
        """How many jobs of a host that `room_by_host` does not name may be claimed."""
        return self._host_cap

    def room_by_host(self) -> dict[str, int]:
        """How many more jobs of each host may be claimed now: up to its cap, and what
        it may hold ahead; an unresponsive host has a smaller cap, and nothing ahead.
        """
        caps = self._unresponsive.caps(self._held_hosts)
        hosts = self._held_hosts.keys() | self._rates.keys() | caps.keys()
        most = {
            host: self._host_cap + self._ahead_of(host) for host in hosts - caps.keys()
        } | caps
        return {host: max(0, most[host] - self._held_hosts[host]) for host in hosts}

    def add(self, jobs: Iterable[ClaimedJob]) -> None:
        """Let the jobs of a claim wait for their slots, in order."""
        now = self._clock()
        offered = self._unresponsive.caps(self._held_hosts)
        for job in jobs:
            self._waiting[job.claim] = _Waiting(job, now)
            self._held_hosts[job.host] += 1
        self._unresponsive.rotate(offered, self._held_hosts)

    def next(self) -> ClaimedJob | None:
        """Take the next job to call; None when there is no slot for one."""
        if self.in_flight >= self._concurrency:
            return None
        for claim, entry in self._waiting.items():
            if self._in_flight_hosts[entry.job.host] < self._host_cap:
                del self._waiting[claim]
                return entry.job
        return None

    def call_started(self, job: ClaimedJob, call: _Call) -> None:
        """Move *job* from the waiting ones to those in flight."""
        claim = job.claim
        self._in_flight[id(job)] = (job, claim, call)
        self._calls[claim] = call
        self._in_flight_hosts[job.host] += 1

    def call_ended(self, job: ClaimedJob, *, responded: bool | None = True) -> None:
        """Free the slot of *job*. Has its handler *responded*? None: not known."""
        _, claim, call = self._in_flight.pop(id(job))
        if self._calls.get(claim) is call:
            del self._calls[claim]
        _decrease(self._in_flight_hosts, job.host)
        self._count(job.host)
        _decrease(self._held_hosts, job.host)
        self.ended += 1
        self._rate.count()
        if responded:
            self._unresponsive.responded(job.host)
        elif responded is False:
            self._unresponsive.timed_out(job.host)

    def take_waiting(self, older_than_secs: float = 0.0) -> list[ClaimedJob]:
        """Take waiting jobs out: all, or those that have waited too long."""
        latest = self._clock() - older_than_secs
        taken = [e.job for e in self._waiting.values() if e.since <= latest]
        for job in taken:
            self._drop(job)
        return taken

    def take_one_waiting(self, claim: Claim) -> ClaimedJob | None:
        """Take the waiting job under this claim out; None when there is none."""
        entry = self._waiting.get(claim)
        if entry is None:
            return None
        self._drop(entry.job)
        return entry.job

    def call_of(self, claim: Claim) -> _Call | None:
        """Return the call under this claim, if it is in flight."""
        return self._calls.get(claim)

    def calls(self) -> list[_Call]:
        """Return all calls in flight."""
        return [call for *_, call in self._in_flight.values()]

    def _drop(self, job: ClaimedJob) -> None:
        del self._waiting[job.claim]
        _decrease(self._held_hosts, job.host)

    def _count(self, host: str) -> None:
        if host not in self._rates:
            if len(self._rates) >= MAX_RATES:
                live = (each for each in self._rates.items() if each[1].per_sec > 0)
                self._rates = dict(live)
            self._rates[host] = CallRate(self._clock)
        self._rates[host].count()

    def _ahead_of(self, host: str) -> int:
        return self._rates[host].ahead if host in self._rates else 0


def _decrease(counter: Counter[str], host: str) -> None:
    counter[host] -= 1
    if counter[host] <= 0:
        del counter[host]
