"""Is this database a copy? A dump restored in staging must not call production's
handlers with production's Idempotency-Keys.

`queued_job_meta` comes along with a dump. So it has rows that say where this database
is at home: the name of its schema, what identifies its servers, and the addresses that
processors have dialled. A connection has led home when the schema's name is known, and
the server or the address as well. What is known by one and new in the other is learned:
a fail-over changes the server behind an address, a move of the address leaves the
server. Only where both are new it is a copy; a false alarm at night would hold
everything.

- Servers. MySQL has server_uuid, and a replication group has a name; Galera has the
  uuid of its cluster's state. MariaDB has no uuid of an instance (its server_uid is
  made of the network card's address and the port, which containers share). So the
  second in which `queued_job_meta` was made there counts too: a restored dump makes the
  table anew, and no restart, upgrade or new container does. A file has its inode.
- Addresses. Public names and addresses mean one place in the world. `127.0.0.1`,
  `mysql` in a container's network and `db.service.consul` mean another one in staging:
  they count only together with the name of the machine that dialled them.
- A processor that has worked on this database goes on when its server is another one
  (a fail-over behind a private name), as long as the database's uuid is the same.

What this cannot see: a copy of a whole data folder, its server_uuid included (MySQL
itself wants `auto.cnf` deleted then); and a copy behind the same public name.
"""

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from sq_console.model import Location

DATABASE, SERVER, ADDRESS = "database:", "server:", "address:"
PREFIXES = (DATABASE, SERVER, ADDRESS)
_LOCAL_ENDS = (
    *(".local", ".localdomain", ".internal", ".intern", ".lan", ".home", ".corp"),
    *(".home.arpa", ".consul", ".svc", ".test", ".localhost", ".private", ".docker"),
)
"""Names that end so mean different machines in different networks."""
_VALUE_CHARS = 230


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a connection has led home, and what is to be learned of it."""

    copy_of: str = ""
    """The home of the original; "" when this is no copy."""
    why: str = ""
    """By what that shows."""
    to_learn: tuple[tuple[str, str], ...] = ()
    """Rows for `queued_job_meta`: name, and value without its date."""


DATE_CHARS = 17
"""A value begins with the minute in which it was learned, and a blank."""


def judge(known: Mapping[str, str], there: Location, *, trusted: bool) -> Judgement:
    """Return whether *there* is the home of the database whose rows are *known*. It is
    *trusted* by a processor that has worked on the same database before.
    """
    facts = facts_of(there)
    new = tuple((name, value) for name, value in facts if name not in known)
    if not is_anywhere(known):
        return Judgement(to_learn=new)
    home = _home_of(known)
    if fact(DATABASE, there.database)[0] not in known:
        return Judgement(home, f"this database is called {there.database}")
    found = any(
        name in known for name, _ in facts if name.startswith((SERVER, ADDRESS))
    )
    if found or trusted:
        return Judgement(to_learn=new)
    return Judgement(home, f"neither server nor {address_of(there)} is known")


def is_anywhere(known: Mapping[str, str]) -> bool:
    """Is a home known? The first processor of a database makes one known."""
    return any(name.startswith(PREFIXES) for name in known)


def copy_words(judgement: Judgement) -> str:
    """Return in a line what a copy is of, and what to do: that stands first, since 80
    columns have no room for all.
    """
    return f"this is a copy (`sq-console adopt`) of {judgement.copy_of}"


def facts_of(there: Location) -> list[tuple[str, str]]:
    """Return what is to be known of *there*, as rows of `queued_job_meta`."""
    return [
        fact(DATABASE, there.database),
        *(fact(SERVER, server) for server in there.servers),
        fact(ADDRESS, address_of(there)),
    ]


def fact(kind: str, text: str) -> tuple[str, str]:
    """Return the name of the row that says *text*, and the text as it fits in."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return kind + digest[:24], text[:_VALUE_CHARS]


def address_of(there: Location) -> str:
    """Return the address, with the machine that dialled it unless it is public."""
    if is_public(there.address):
        return there.address
    return f"{there.address} from {there.client}"


def is_public(address: str) -> bool:
    """Does *address* mean the same place wherever it is dialled?"""
    if address.startswith("/"):
        return False
    host = address.rpartition(":")[0].strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_LOCAL_ENDS)


def _home_of(known: Mapping[str, str]) -> str:
    """Return the home in a few words: the schema's name, and the address that was
    learned last.
    """
    names = sorted(value for name, value in known.items() if name.startswith(DATABASE))
    places = sorted(value for name, value in known.items() if name.startswith(ADDRESS))
    latest = [value[DATE_CHARS:] for value in (*names[-1:], *places[-1:])]
    return " at ".join(each for each in latest if each)
