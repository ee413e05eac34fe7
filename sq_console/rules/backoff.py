"""Backoff: waits that grow with each failure in a row."""

import random


class Backoff:
    """Waits that double from *first_secs* to *longest_secs*. *jitter* is the share of
    each wait that is random, so that those who failed together do not retry together.
    """

    def __init__(
        self, first_secs: float, longest_secs: float, *, jitter: float = 0.0
    ) -> None:
        self._first_secs = first_secs
        self._longest_secs = longest_secs
        self._jitter = jitter
        self._wait_secs = first_secs

    def next_secs(self) -> float:
        """Return the wait after one more failure."""
        wait_secs = self._wait_secs
        self._wait_secs = min(2 * wait_secs, self._longest_secs)
        return wait_secs * random.uniform(1 - self._jitter, 1)

    def reset(self) -> None:
        """Begin with the first wait again: something succeeded."""
        self._wait_secs = self._first_secs


def database_backoff() -> Backoff:
    """Return the waits between tries to reach a database that is away, for everything
    but a person who reads when the next try is.
    """
    return Backoff(0.25, 2.0, jitter=0.5)
