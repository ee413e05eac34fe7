"""An address to listen at, `127.0.0.1:9108`, as the ini file and a flag have it."""

import ipaddress
import re
from dataclasses import dataclass

_FORM = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+)):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A host, without brackets, and a port; 0 is any port that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as it is written in a url."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Return whether only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def listen_address(text: str) -> ListenAddress | None:
    """Return the address that *text* names; None for `off`. Raises ValueError, with the
    correct form.
    """
    if text.lower() == "off":
        return None
    found = _FORM.fullmatch(text)
    if found is None or int(found[3]) > 65_535 or not _is_host(found[1], found[2]):
        raise ValueError(
            f"{text!r} is not ADDRESS:PORT, as 127.0.0.1:9108 or [::1]:9108, nor off"
        )
    return ListenAddress(found[1] or found[2], int(found[3]))


def _is_host(in_brackets: str | None, name: str | None) -> bool:
    if in_brackets is None:
        return name != "*" and "/" not in (name or "")
    try:
        ipaddress.IPv6Address(in_brackets)
    except ValueError:
        return False
    return True
