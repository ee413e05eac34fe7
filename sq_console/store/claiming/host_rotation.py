"""Hosts with pending jobs take turns: a claim that goes host by host begins after the
host at which the last such claim was full.

A claim looks at a bounded number of hosts. `scanned_all` says whether the last claim,
together with those before it that found nothing, has looked at all of them: only then
can the processor conclude that there is nothing to claim.
"""

from collections.abc import Iterator

from sq_console.store import rows
from sq_console.store.protocols import Session

HOSTS_PER_CLAIM = 64
"""A claim looks at so many hosts at most; the next claim goes on from there."""

_NEXT_HOST = """
SELECT host FROM queued_job {use_host}
 WHERE state = 'pending' AND host > %s ORDER BY host LIMIT 1"""


class HostRotation:
    """The hosts of one claim after the other, read over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last_host = ""
        """The last host that a claim has read, or was full at."""
        self._visited: list[str] | None = None
        """The hosts this claim has read so far; None: it has asked for none."""
        self._next_hosts: Iterator[str] = iter(())
        self._seen: set[str] = set()
        """Hosts visited by claims that found nothing, one after the other."""
        self.scanned_all = True
        """Has the last claim, with such claims before it, looked at all hosts?"""

    def begin_claim(self) -> None:
        """Begin a claim: its hosts are read when it asks for the first of them."""
        self._visited, self.scanned_all = None, True

    def hosts(self) -> Iterator[str]:
        """Yield the hosts of this claim. Each is read once, when it is needed, however
        often the claim iterates over them.
        """
        if self._visited is None:
            self._visited, self._next_hosts = [], self._read_hosts()
        yield from tuple(self._visited)
        for host in self._next_hosts:
            self._visited.append(host)
            yield host

    def full_at(self, host: str) -> None:
        """The claim is full: the next one begins after *host*."""
        self._last_host = host

    @property
    def has_visited(self) -> bool:
        """Has this claim looked at any host?"""
        return bool(self._visited)

    def end_claim(self, *, found_any: bool) -> None:
        """Conclude whether all hosts have been looked at."""
        if found_any or self.scanned_all:
            self._seen.clear()
        else:
            unseen = set(self._visited or ()) - self._seen
            self._seen |= unseen
            self.scanned_all = not unseen

    def nothing_due(self) -> None:
        """No job is due, of any host: as good as having looked at all."""
        self.scanned_all = True
        self._seen.clear()

    def _read_hosts(self) -> Iterator[str]:
        """Hosts with pending jobs, from the last one round to it again."""
        start, wrapped = self._last_host, False
        if not start:
            yield ""  # of urls without one
        for _ in range(HOSTS_PER_CLAIM):
            host = self._next_host()
            if host is None or (not wrapped and host in (self._visited or ())):
                # The end. SQLite takes bytes that are no text for a url, and sorts
                # their host after all text: as text it is the next one for ever.
                if wrapped or not start:
                    self._last_host = ""
                    return
                wrapped, self._last_host = True, ""
                yield ""
                continue
            if wrapped and host > start:
                return  # it was given before: its jobs would be taken twice
            self._last_host = host
            yield host
            if wrapped and host == start:
                return
        self.scanned_all = False

    def _next_host(self) -> str | None:
        """Return the host after the last one; None at the end."""
        found = self._session.rows(_NEXT_HOST, (self._last_host,))
        return rows.as_text(found[0]["host"]) if found else None
