"""Handlers of the demo, on loopback: quick, slow, unavailable for a while, failing,
silent, or sending garbage.

A table maps each path to its handler.
"""

import json
import random
from collections.abc import Callable

from sq_console.demo.demo_server import DemoCall, DemoServers

PORTS = (8471, 8472, 8473)
"""Preferred, so that urls stay the same; other ports when these are in use."""
OUTAGE_SECS = 25.0
"""How long /stock is down after the start."""


class Handlers(DemoServers):
    """Three HTTP servers; `with Handlers(rng) as handlers: handlers.ports`."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng, PORTS, _Call)


class _Call(DemoCall):
    def respond(self) -> None:
        """Answer as the first part of the path says."""
        _HANDLERS.get(self.path.split("/")[1], _missing)(self)


def _orders(call: _Call) -> None:
    call.wait(0.05, 1.2)
    call.answer(200, json.dumps({"order": call.number(), "status": "confirmed"}))


def _quick(call: _Call) -> None:
    call.wait(0.02, 0.15)
    call.answer(200, "mail sent")


def _invoices(call: _Call) -> None:
    call.wait(1.0, 8.0)
    call.answer(200, json.dumps({"invoice": call.number(), "pages": 2}))


def _webhooks(call: _Call) -> None:
    if call.attempt() < 3:
        call.wait(0.05, 0.3)
        call.answer(503, "CRM is warming up", x_bitlancer_retry_delay_secs="3")
    else:
        call.answer(200, '{"received": true}')


def _stock(call: _Call) -> None:
    if call.uptime() < OUTAGE_SECS:
        call.answer(503, "warehouse is down for maintenance")
    else:
        call.wait(0.05, 0.5)
        call.answer(200, '{"stock": 41}')


def _reports(call: _Call) -> None:
    call.wait(30.0, 60.0)
    call.answer(200, "too late")


def _legacy(call: _Call) -> None:
    call.wait(0.1, 0.4)
    call.answer(
        500,
        "PHP Fatal error: Allowed memory size of 134217728 bytes exhausted\n"
        "  in /srv/legacy/export.php on line 212\n",
    )


def _payments(call: _Call) -> None:
    call.wait(0.1, 0.9)
    call.answer(409, json.dumps({"error": "payment was captured already"}))


def _signups(call: _Call) -> None:
    call.answer(201, json.dumps({"user": call.number()}))


def _missing(call: _Call) -> None:
    call.answer(404, "no such partner")


def _feeds(call: _Call) -> None:
    call.wait(0.05, 0.3)
    if int(call.number()) % 2:
        call.wfile.write(b"<rss>\x1b[31m\xff\xfe this was never HTTP\r\n\r\n")
        call.close_connection = True
    else:
        call.answer(
            200, "<rss>\x1b]0;owned\x07 \u202egnihton\u202c [/red] \ufffd</rss>"
        )


_HANDLERS: dict[str, Callable[[_Call], None]] = {
    "orders": _orders,
    "password-resets": _quick,
    "invoices": _invoices,
    "webhooks": _webhooks,
    "stock": _stock,
    "reports": _reports,
    "legacy": _legacy,
    "payments": _payments,
    "signups": _signups,
    "partners": _missing,
    "feeds": _feeds,
}
