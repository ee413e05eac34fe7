"""Names and addresses: which are looked up, which are dialled and which refused."""

import asyncio
import socket
import threading
from ipaddress import ip_network

import pytest

from sq_console.config import DbSettings, Network, ProcessorSettings
from sq_console.model import ResultCode
from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import call, claimed, last_msg
from tests.processor.conftest import MakeCaller

PERMANENT = ResultCode.PERMANENT
TEMPORARY = ResultCode.TEMPORARY

LOOPBACKS = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "billing.localhost",
    "127。0。0。1",
    "0x7f.0.0.1",
    "0x7f000001",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
]
NOT_CANONICAL = ["2130706433", "127.1", "0177.0.0.1", "0"]


class NameServer:
    """Resolves the names in `addresses`; the C library resolves the others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.queried: list[str] = []
        self.hung = threading.Event()
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, host, *args, **options):  # type: ignore[no-untyped-def]
        self.queried.append(host)
        if host.startswith("hung"):
            self.hung.wait(30)
        if host not in self.addresses:
            return self._real(host, *args, **options)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in self.addresses[host]
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    return NameServer(monkeypatch)


@pytest.mark.parametrize("host", LOOPBACKS)
async def test_loopback_is_called_in_any_spelling(
    caller: Caller, handler: HandlerServer, host: str
) -> None:
    outcome = await call(caller, claimed(handler.url("/ok", host=host)))

    assert outcome.result is ResultCode.SUCCEEDED


@pytest.mark.parametrize("host", [*NOT_CANONICAL, "1.2.3", "1.2.3.4.5", "127.0.0.1."])
async def test_a_number_that_is_no_address_is_a_bad_url(
    caller: Caller, handler: HandlerServer, host: str
) -> None:
    outcome = await call(caller, claimed(handler.url("/ok", host=host)))

    assert (outcome.result, outcome.error) == (PERMANENT, "bad url")
    assert handler.connections == 0


@pytest.mark.parametrize("host", LOOPBACKS + NOT_CANONICAL)
async def test_a_denied_network_is_not_dialled_in_any_spelling(
    make_caller: MakeCaller, handler: HandlerServer, host: str
) -> None:
    denied = ProcessorSettings(deny_cidrs=_networks("127.0.0.0/8", "::1/128"))
    caller = await make_caller(processor=denied)

    outcome = await call(caller, claimed(handler.url("/ok", host=host)))

    assert outcome.result is PERMANENT
    assert outcome.error in {"address refused", "bad url"}
    assert handler.connections == 0


@pytest.mark.parametrize("database", ["127.0.0.1", "localhost", "127.0.0.2"])
@pytest.mark.parametrize("host", [*LOOPBACKS, *NOT_CANONICAL, "127.9.9.9", "[::1]"])
async def test_the_queues_own_database_is_not_called_in_any_spelling(
    make_caller: MakeCaller, handler: HandlerServer, database: str, host: str
) -> None:
    db = DbSettings(host=database, port=handler.port, user="u", db="d")
    caller = await make_caller(db=db)

    outcome = await call(caller, claimed(handler.url("/ok", host=host)))

    assert outcome.result is PERMANENT
    assert outcome.error in {"address refused", "bad url"}
    assert handler.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "[fe80::1%25eth0]",
        "[fd00:ec2::254]",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "[::]",
    ],
)
async def test_some_addresses_are_never_dialled(caller: Caller, host: str) -> None:
    outcome = await call(caller, claimed(f"http://{host}:1/latest/meta-data"))

    assert (outcome.result, outcome.error) == (PERMANENT, "address refused")
    assert last_msg(outcome).startswith(
        "[JOBID 7] Job failed permanently: address refused: "
    )


async def test_a_name_with_one_forbidden_address_is_refused(
    caller: Caller, handler: HandlerServer, names: NameServer
) -> None:
    names.addresses["two.example"] = ["127.0.0.1", "169.254.169.254"]

    outcome = await call(caller, claimed(handler.url("/ok", host="two.example")))

    assert (outcome.result, outcome.error) == (PERMANENT, "address refused")
    assert "two.example: 169.254.169.254 is link-local" in last_msg(outcome)
    assert handler.connections == 0


async def test_only_allowed_hosts_are_looked_up(
    make_caller: MakeCaller, handler: HandlerServer, names: NameServer
) -> None:
    names.addresses["a.good.example"] = ["127.0.0.1"]
    only = ProcessorSettings(allow_hosts=("*.good.example",))
    caller = await make_caller(processor=only)

    good = await call(caller, claimed(handler.url("/ok", host="A.good.example")))
    evil = await call(caller, claimed(handler.url("/ok", host="good.example")))

    assert good.result is ResultCode.SUCCEEDED
    assert (evil.result, evil.error) == (PERMANENT, "address refused")
    assert names.queried == ["a.good.example"]


@pytest.mark.parametrize("host", ["nowhere.invalid", "xn--", "a." * 120 + "invalid"])
async def test_an_unknown_name_is_a_temporary_failure(
    caller: Caller, host: str
) -> None:
    outcome = await call(caller, claimed(f"http://{host}/", timeout_secs=20))

    assert (outcome.result, outcome.error) == (TEMPORARY, "dns failure")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "//h/x",
        "example.com/x",
        "ftp://h/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "unix:/run/x.sock",
        "http://[::1",
        "http://h:99999/",
        "http://h:-1/",
        "http://h:0/",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h/\x00",
        "http://h/\x1b[2J",
        "http://h\\@127.0.0.1/",
        "http://a\u200db.de/",
        "http://\ud800/",
        f"http://{'a' * 64}/",
        "http://..:80/",
        "http://.h/",
        f"http://h/{'x' * 70_000}",
    ],
)
async def test_an_invalid_url_is_a_permanent_failure(caller: Caller, url: str) -> None:
    outcome = await call(caller, claimed(url))

    assert (outcome.result, outcome.error) == (PERMANENT, "bad url")
    assert len(outcome.log) == 2


@pytest.mark.slow
async def test_a_hung_name_server_delays_no_other_call(
    caller: Caller, handler: HandlerServer, names: NameServer
) -> None:
    hung = [claimed(f"http://hung{n}.example/", timeout_secs=1) for n in range(30)]
    calls = [asyncio.create_task(call(caller, job)) for job in hung]
    names.addresses["good.example"] = ["127.0.0.1"]

    good = await call(caller, claimed(handler.url("/ok", host="good.example")))

    assert good.result is ResultCode.SUCCEEDED
    for outcome in await asyncio.gather(*calls):
        assert (outcome.result, outcome.error) == (TEMPORARY, "timeout")
    names.hung.set()


@pytest.mark.slow
async def test_hundreds_of_hung_names_do_not_block_other_names(
    caller: Caller, handler: HandlerServer, names: NameServer
) -> None:
    """A name resolved before resolves at once; a new name resolves after a while."""
    names.addresses["known.example"] = ["127.0.0.1"]
    known = claimed(handler.url("/ok", host="known.example"), timeout_secs=20)
    assert (await call(caller, known)).result is ResultCode.SUCCEEDED
    hung = [claimed(f"http://hung{n}.example/", timeout_secs=1) for n in range(200)]
    await asyncio.gather(*(call(caller, job) for job in hung))
    names.addresses["new.example"] = ["127.0.0.1"]
    new = claimed(handler.url("/ok", host="new.example"), timeout_secs=20)

    assert (await call(caller, new)).result is ResultCode.SUCCEEDED

    names.hung.set()


async def test_many_calls_to_one_name_share_one_lookup(
    caller: Caller, handler: HandlerServer, names: NameServer
) -> None:
    names.addresses["good.example"] = ["127.0.0.1"]
    job = claimed(handler.url("/ok", host="good.example"))

    await asyncio.gather(*(call(caller, job) for _ in range(20)))

    assert names.queried == ["good.example"]


async def test_a_name_with_hundreds_of_addresses_is_not_tried_for_ever(
    caller: Caller, handler: HandlerServer, names: NameServer
) -> None:
    dead = [f"127.0.{high}.{low}" for high in (1, 2) for low in range(1, 251)]
    names.addresses["dead.example"] = dead
    names.addresses["alive.example"] = ["127.0.0.1", *dead]

    refused = await call(caller, claimed(handler.url("/ok", host="dead.example")))
    reached = await call(caller, claimed(handler.url("/ok", host="alive.example")))

    assert (refused.result, refused.error) == (TEMPORARY, "connection refused")
    assert reached.result is ResultCode.SUCCEEDED


async def test_a_call_to_the_databases_port_waits_for_its_addresses(
    make_caller: MakeCaller, handler: HandlerServer, names: NameServer
) -> None:
    names.addresses["db.example"] = ["127.0.0.1"]
    db = DbSettings(host="db.example", port=handler.port, user="u", db="d")
    caller = await make_caller(db=db)

    before = await call(caller, claimed(handler.url("/ok")))
    names.addresses["db.example"] = ["203.0.113.1"]
    after = await call(caller, claimed(handler.url("/ok")))

    assert (before.result, before.error) == (PERMANENT, "address refused")
    assert after.result is ResultCode.SUCCEEDED


def _networks(*texts: str) -> tuple[Network, ...]:

    return tuple(map(ip_network, texts))
