"""Jobs that failed, as causes are made of them: those of a usual bad hour, and those
that are as unlike each other as can be.

Nothing is random: two runs measure the same.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sq_console.store import Store
from sq_console.store.rows import stamp

HOSTS = 12
_AT_ONCE = 500
_INSERT = """
INSERT INTO queued_job (http_method, url, organization_id, attempts, max_retries,
  remaining_retries, result_code, last_status_code, last_error, last_response,
  run_at, last_started_at, last_finished_at) VALUES """
_VALUES = "(%s, %s, %s, 1, 5, 5, %s, %s, %s, %s, %s, %s, %s)"

_USUAL = (
    (404, "http 404", "/v1/orders/{n}/notify", "no route for order {n}"),
    (500, "http 500", "/v1/invoices/{n}/charge", '{{"error":"deadlock on invoice {n}",'
     '"trace":"{uuid}"}}'),
    (502, "http 502", "/hook", "<html><head><title>502 Bad Gateway</title></head><body>"
     "<center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>"),
    (503, "http 503", "/v2/stock/{sku}", "busy"),
    (None, "timeout", "/v1/report?id={n}", None),
    (None, "connection refused", "/v1/orders/{n}", None),
    (422, "http 422", "/users/{uuid}", "no user 'anna.b{n}@mail.example.com' in \"org"
     ' {n}"'),
    (500, "http 500", "/", "Traceback (most recent call last):\n  File \"/app/pay.py\","
     " line 88, in charge\nKeyError: '{n}'"),
)  # fmt: skip
_WORDS = ("lorem", "ipsum", "dolor", "sit", "amet", "elit", "sed", "eiusmod", "tempor")


class Failure(NamedTuple):
    """What a row has of its own."""

    url: str
    status: int | None
    error: str
    answer: str | None


def usual(number: int) -> Failure:
    """One of eight causes at each of some hosts; ids in most texts are its own."""
    status, error, path, answer = _USUAL[number % len(_USUAL)]
    words = {"n": 7 * number, "uuid": _uuid(number), "sku": f"a{number % 900}b7"}
    host = f"host{number // 8 % HOSTS}.example.com"
    url = f"https://{host}{path.format(**words)}"
    return Failure(url, status, error, answer and answer.format(**words))


def all_different(number: int) -> Failure:
    """No two with one text, of words nobody has seen, as long as is looked at: nothing
    that is remembered helps.
    """
    letters = f"{number * 7_919:x}".translate(str.maketrans("0123456789", "ghijklmnop"))
    word = f"{_WORDS[number % len(_WORDS)]}{letters}z"
    many = " ".join(f"{word}{one} {number}-{one}" for one in _WORDS)
    answer = f"{word} of {word}@mail.example.com: '{number}' {_uuid(number)} {many}"
    url = f"https://{word}.example.com/{word}/{number}/{word}-{number}?token={number}"
    return Failure(url, 500 + number % 5, f"http {500 + number % 5}", answer * 2)


def _uuid(number: int) -> uuid.UUID:
    return uuid.UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)


def put(store: Store, jobs: int, kind: Callable[[int], Failure]) -> None:
    """Add *jobs* that failed within the last hours; every fourth waits for a retry."""
    now = store.reads.now()
    rows = list(_rows(jobs, kind, now))

    def insert() -> None:
        for at in range(0, jobs, _AT_ONCE):
            some = rows[at : at + _AT_ONCE]
            statement = _INSERT + ", ".join([_VALUES] * len(some))
            store.session.execute(statement, [value for row in some for value in row])

    store.session.transact(insert)


def _rows(
    jobs: int, kind: Callable[[int], Failure], now: datetime
) -> Iterator[tuple[object, ...]]:
    for number in range(jobs):
        found = kind(number)
        waits = number % 4 == 0
        ended = stamp(now - timedelta(seconds=(jobs - number) / 3))[:19]
        yield (
            *("post", found.url, number % 60 or None, 2 if waits else 1),
            *(found.status, found.error, found.answer),
            *(stamp(now + timedelta(hours=1)), ended, ended),
        )
