"""The operator's name for the log: `alice@web2 via 10.0.0.5`.

The name is a note, not a proof: any login that may write to the database may write any
name.
"""

import getpass
import os
import socket
from collections.abc import Mapping

from sq_console.rules.activity_folds import ADDRESS
from sq_console.text.sanitize import clean

ACTOR_CHARS = 255
"""The width of the column."""


def current_actor(environ: Mapping[str, str] | None = None) -> str:
    """Return user@host of this process, over SSH with the client's address. Under sudo
    the user is the one who called sudo.
    """
    environ = os.environ if environ is None else environ
    user = environ.get("SUDO_USER") or _login()
    actor = f"{user}@{socket.gethostname()}"
    client = environ.get("SSH_CONNECTION", "").split(" ")[0]
    if client:
        actor += f"{ADDRESS}{client}"
    return clean(actor, ACTOR_CHARS)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return f"uid{os.getuid()}"
