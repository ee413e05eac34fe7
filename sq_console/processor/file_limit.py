"""The limit of open files: each connection of a call is one, and at the limit healthy
handlers look broken.

Shells and systemd start programs with a small soft limit and a large hard one. The soft
limit is raised here, before the first call; where even the hard limit is too small,
nothing is called at all.
"""

import resource

from sq_console.errors import SettingsError

_OTHERS = 100
"""Files open besides calls, in the console with everything it has."""
_IDLE_PER_SLOT = 2
"""Connections are kept for the next call to the same host."""
_WANTED_PER_SLOT = 2 + _IDLE_PER_SLOT
"""One for the call, and one that is about to be closed."""


def raise_file_limit(concurrency: int) -> None:
    """Let this process open the files of *concurrency* calls. Raises SettingsError,
    with advice, when the hard limit is too small.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    least = concurrency + _OTHERS
    if _is_below(hard, least):
        raise SettingsError(
            f"concurrency {concurrency} needs {least} open files, and this process may"
            f" have {hard}: lower it, or raise the limit (ulimit -n, or LimitNOFILE= in"
            " a systemd unit)"
        )
    wanted = files_wanted(concurrency)
    if _is_below(hard, wanted):
        wanted = hard
    if _is_below(soft, wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def files_wanted(concurrency: int) -> int:
    """Return how many open files let *concurrency* calls reuse their connections."""
    return _WANTED_PER_SLOT * concurrency + _OTHERS


def idle_connections_for(concurrency: int) -> int:
    """Return how many idle connections may be kept beside *concurrency* calls."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _IDLE_PER_SLOT * concurrency
    if _is_below(soft, wanted + concurrency + _OTHERS):
        return max(0, soft - concurrency - _OTHERS)
    return wanted


def _is_below(limit: int, count: int) -> bool:
    return limit != resource.RLIM_INFINITY and limit < count
