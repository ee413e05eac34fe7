"""Hosts as jobs have them, out of what people type."""

from sq_console.model import HOLD_ALL

_CHARS = 255


def host_of_url(typed: str) -> str:
    """Return host[:port] of a url, or of a host as it is typed: without scheme, login
    and path. Its case stays: the database makes it lower case, as it does for jobs.
    """
    host = typed.strip()
    if host == HOLD_ALL:
        return host
    for scheme in ("http://", "https://"):
        if host[: len(scheme)].lower() == scheme:
            host = host[len(scheme) :]
    for end in "/?#":
        host = host.partition(end)[0]
    return host.rpartition("@")[2][:_CHARS]
