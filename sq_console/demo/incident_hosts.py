"""The hosts of the incident: what each is called for, and how it answers.

Names below `.localhost` are loopback (RFC 6761), so that nothing needs to be set up.
The handler answers by this table, and the past is made from it: what was is what is.
"""

import random
from dataclasses import dataclass

PER_MINUTE = 900
"""Calls of all hosts together."""
SHOP_DEPLOY_SECS = 32 * 60
"""How long ago the shop went wrong…"""
BILLING_SECS = 64 * 60
CRM_SECS = 200 * 60
HELD_SECS = 22 * 60
"""…and the hold of the crm was set."""
FIRST_NUMBER = 40_000
"""Numbers in urls and bodies begin here."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a host fails, and for how long it has."""

    since_secs: int
    status_code: int
    text: str
    """`{n}`, `{hex}` and `{ms}` differ from call to call."""
    before: str = ""
    """Only urls with this in their path fail."""


@dataclass(frozen=True, slots=True)
class IncidentHost:
    """A host."""

    name: str
    weight: int
    """How many of a hundred jobs are for it."""
    http_method: str
    path: str
    answer: str
    low_secs: float
    high_secs: float
    failure: Failure | None = None
    timeout_secs: int = 30
    refuses: bool = False
    """Nobody listens at its port."""

    @property
    def per_minute(self) -> float:
        """Return its calls per minute."""
        return PER_MINUTE * self.weight / 100

    @property
    def down_secs(self) -> int:
        """Return for how long it has not answered well; 0: it does."""
        if self.refuses:
            return CRM_SECS
        return self.failure.since_secs if self.failure else 0

    def url(self, ports: "IncidentPorts", number: int) -> str:
        """Return the url of a job."""
        port = ports.refused if self.refuses else ports.handler
        path = self.path.replace("{n}", str(number))
        return f"http://{self.name}.localhost:{port}{path}"

    def response(self, path: str, number: int, rng: random.Random) -> tuple[int, str]:
        """Return the status code and the text of an answer now."""
        if self.failure is not None and self.failure.before in path:
            return self.failure.status_code, worded(self.failure.text, number, rng)
        return 200, worded(self.answer, number, rng)


@dataclass(frozen=True, slots=True)
class IncidentPorts:
    """Where the handler listens, and where nobody does."""

    handler: int = 8480
    refused: int = 8479


def worded(text: str, number: int, rng: random.Random) -> str:
    """Return *text* with what differs from call to call."""
    words = {"{n}": str(number), "{ms}": str(rng.randint(200, 520))}
    words["{hex}"] = f"{rng.getrandbits(64):016x}"
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


BILLING = IncidentHost(
    "billing", 18, "post", "/invoices/{n}/charge", "charged {n}", 0.2, 0.5,
    Failure(BILLING_SECS, 500, "deadlock on invoice {n} (tx {hex}), waited {ms} ms"),
)  # fmt: skip
SHOP = IncidentHost(
    "shop", 18, "post", "/v1/orders/notify", "noted {n}", 0.01, 0.03,
    Failure(SHOP_DEPLOY_SECS, 404, "no route for /v1/orders/notify", before="/v1/"),
)  # fmt: skip
CRM = IncidentHost(
    "crm", 6, "post", "/contacts/{n}", "synced {n}", 0.1, 0.4, timeout_secs=5,
    refuses=True,
)  # fmt: skip
HOOKS = IncidentHost(
    "hooks", 4, "post", "/events/{n}", "ok {n}", 2.5, 6.0, timeout_secs=10
)
MAIL = IncidentHost("mail", 12, "post", "/send", "ok {n}", 0.1, 0.4)
PDF = IncidentHost("pdf", 6, "post", "/invoices/{n}/render", "2 pages", 0.4, 1.2)
PUSH = IncidentHost("push", 9, "post", "/devices/{n}", "ok {n}", 0.02, 0.05)
STOCK = IncidentHost("stock", 9, "put", "/items/{n}", "{n} left", 0.03, 0.1)
HOSTS = (
    BILLING, SHOP, CRM, HOOKS, MAIL, PDF, PUSH, STOCK,
    IncidentHost("fraud", 5, "get", "/scores/{n}", "score 3", 0.02, 0.06),
    IncidentHost("search", 4, "post", "/index/{n}", "ok {n}", 0.01, 0.03),
    IncidentHost("geo", 5, "get", "/lookup?ip=192.0.2.{n}", "NL", 0.02, 0.06),
    IncidentHost("ledger", 4, "post", "/entries", "ok {n}", 0.02, 0.05),
)  # fmt: skip
BY_NAME = {host.name: host for host in HOSTS}
ORGANIZATIONS = (3, 7, 12, 19, 25, 42, 77)
