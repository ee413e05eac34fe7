"""When a handler names another origin for its job, the job's credentials are not sent
there, in this attempt or a later one. `[processor] retarget` limits what it may name.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from sq_console.config import (
    ApiSettings,
    DbSettings,
    ProcessorSettings,
    Settings,
    load_settings,
)
from sq_console.errors import SettingsError
from sq_console.model import ClaimedJob, JobState, NewJob, Outcome, ResultCode, Seen
from sq_console.processor.http.caller import Caller
from sq_console.processor.status import Goal
from sq_console.processor.thread import ProcessorThread
from sq_console.store import Store
from tests.cli.run_program import run_process
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import call, claimed, notes
from tests.processor.conftest import MakeCaller
from tests.store.jobs import ACTOR, add, messages

API = ApiSettings("api", "secret")
OWN = {
    "Authorization": "Bearer own",
    "COOKIE": "a=b",
    "Proxy-authorization": "Basic x",
    "X-Trace": "7",
}
SECRET = {"authorization", "cookie", "proxy-authorization"}


@pytest.fixture
def elsewhere() -> Iterator[HandlerServer]:
    """Another origin: another port."""
    with HandlerServer() as server:
        yield server


def retargeting_to(handler: HandlerServer, url: str, status: int = 503) -> str:
    """Return a url whose handler names *url* for the next attempt of the job."""
    header = quote(f"x-bitlancer-url:{url}")
    return handler.url(f"/answer?status={status}&header={header}")


def after(job: ClaimedJob, outcome: Outcome) -> ClaimedJob:
    """Return *job* as it is claimed again."""
    return job._replace(
        attempt=job.attempt + 1,
        url=outcome.url or job.url,
        headers=outcome.headers or job.headers,
    )


def run_until_empty(db: DbSettings, **processor: object) -> None:
    settings = ProcessorSettings(poll_ms=20, **processor)  # type: ignore[arg-type]
    thread = ProcessorThread(Settings(db, API, settings), goal=Goal.UNTIL_EMPTY)
    thread.start()
    assert thread.join(40)
    assert thread.error is None


def secrets_sent(handler: HandlerServer) -> list[set[str]]:
    return [SECRET & set(request.headers) for request in handler.requests]


@pytest.mark.parametrize("status", [503, 500, 200])
@pytest.mark.parametrize("headers", [None, "", "null", "{}", json.dumps(OWN)])
async def test_no_credentials_are_sent_to_another_origin(
    make_caller: MakeCaller,
    handler: HandlerServer,
    elsewhere: HandlerServer,
    headers: str | None,
    status: int,
) -> None:
    caller = await make_caller(api=API)
    job = claimed(
        retargeting_to(handler, elsewhere.url("/ok"), status), headers=headers
    )

    first = await call(caller, job)
    second = await call(caller, after(job, first))

    assert "authorization" in handler.requests[0].headers
    assert second.result is ResultCode.SUCCEEDED
    assert secrets_sent(elsewhere) == [set()]
    assert "x-sq-origin" not in elsewhere.requests[0].headers
    if headers and "X-Trace" in headers:
        assert elsewhere.requests[0].headers["x-trace"] == "7"
    home = f"http://127.0.0.1:{handler.port}"
    behind = f"credentials not sent: they are for {home}"
    assert notes(first)[-1] == behind
    assert notes(second) == [behind]


@pytest.mark.parametrize("other", ["localhost", "127.0.0.2", "LOCALHOST"])
async def test_another_host_is_another_origin_though_it_is_the_same_machine(
    make_caller: MakeCaller, other: str
) -> None:
    with HandlerServer(host="0.0.0.0") as handler:
        handler.host = "127.0.0.1"
        caller = await make_caller(api=API)
        job = claimed(retargeting_to(handler, handler.url("/ok", host=other)))

        await call(caller, after(job, await call(caller, job)))

        assert secrets_sent(handler) == [{"authorization"}, set()]


async def test_another_scheme_is_another_origin(caller: Caller) -> None:
    """Https too, although it is safer: it may be another server."""
    with HandlerServer() as handler:
        https = f"https://127.0.0.1:{handler.port}/ok"
        outcome = await call(caller, claimed(retargeting_to(handler, https)))

    assert outcome.url == https
    assert outcome.headers is not None


@pytest.mark.parametrize(
    "written",
    ["http://127.0.0.1:{port}/v2", "HTTP://127.0.0.1:{port}", "http://u:p@{h}/"],
)
async def test_the_same_origin_keeps_its_credentials(
    make_caller: MakeCaller, handler: HandlerServer, written: str
) -> None:
    caller = await make_caller(api=API)
    url = written.format(port=handler.port, h=f"127.0.0.1:{handler.port}")
    job = claimed(retargeting_to(handler, url), headers=json.dumps(OWN))

    first = await call(caller, job)
    await call(caller, after(job, first))

    assert first.headers is None
    assert secrets_sent(handler) == [SECRET, SECRET]


async def test_credentials_are_sent_again_at_their_own_origin(
    make_caller: MakeCaller, handler: HandlerServer, elsewhere: HandlerServer
) -> None:
    caller = await make_caller(api=API)
    back = retargeting_to(elsewhere, handler.url("/ok"))
    job = claimed(retargeting_to(handler, back), headers=json.dumps(OWN))

    there = after(job, await call(caller, job))
    here = after(there, await call(caller, there))
    await call(caller, here)

    assert secrets_sent(elsewhere) == [set()]
    assert secrets_sent(handler) == [SECRET, SECRET]


async def test_credentials_in_the_new_url_are_sent(
    make_caller: MakeCaller, handler: HandlerServer, elsewhere: HandlerServer
) -> None:
    caller = await make_caller(api=API)
    named = elsewhere.url("/ok").replace("//", "//user:pass@")
    job = claimed(retargeting_to(handler, named), headers=json.dumps(OWN))

    await call(caller, after(job, await call(caller, job)))

    assert elsewhere.requests[0].headers["authorization"] == "Basic dXNlcjpwYXNz"


async def test_a_chain_of_origins_ends_without_credentials(
    make_caller: MakeCaller, handler: HandlerServer, elsewhere: HandlerServer
) -> None:
    caller = await make_caller(api=API)
    third = retargeting_to(elsewhere, elsewhere.url("/ok", host="localhost"))
    job = claimed(retargeting_to(handler, third), headers=json.dumps(OWN))

    for _ in range(3):
        job = after(job, await call(caller, job))

    assert secrets_sent(elsewhere) == [set(), set()]
    assert json.loads(job.headers or "") == {
        **OWN,
        "X-SQ-Origin": f"http://127.0.0.1:{handler.port}",
    }


@pytest.mark.parametrize(
    ("retarget", "obeyed"),
    [("any", ["same", "other"]), ("same-host", ["same"]), ("off", [])],
)
async def test_what_a_handler_may_name_is_a_setting(
    make_caller: MakeCaller, handler: HandlerServer, retarget: str, obeyed: list[str]
) -> None:
    caller = await make_caller(processor=ProcessorSettings(retarget=retarget))
    named = {
        "same": "http://127.0.0.1:1/other-port",
        "other": f"http://localhost:{handler.port}/",
    }

    for which, url in named.items():
        outcome = await call(caller, claimed(retargeting_to(handler, url, status=200)))

        assert outcome.result is ResultCode.SUCCEEDED
        assert (outcome.url == url) is (which in obeyed)
        if which not in obeyed:
            assert outcome.url is outcome.headers is None
            (note,) = notes(outcome)
            assert note.startswith(f"x-bitlancer-url refused: '{url}': ")
            assert note.endswith(f"[processor] retarget = {retarget}")


def test_an_unknown_retarget_is_a_settings_error(tmp_path: Path) -> None:
    ini = tmp_path / "db.ini"
    begins = "[db]\nengine = sqlite\npath = x\n[processor]\nretarget = "
    for text in ("any", "same-host", "off"):
        ini.write_text(begins + text)
        assert load_settings(ini).processor.retarget == text

    ini.write_text(f"{begins}same host")
    with pytest.raises(SettingsError, match=r"retarget: 'same host' is not any, same-"):
        load_settings(ini)


async def test_a_url_that_retarget_allows_is_guarded_too(
    make_caller: MakeCaller, handler: HandlerServer
) -> None:
    for retarget in ("any", "same-host"):
        caller = await make_caller(processor=ProcessorSettings(retarget=retarget))
        url = retargeting_to(handler, "http://169.254.169.254/")

        assert (await call(caller, claimed(url))).url is None


def set_pending_by_hand(store: Store, job_id: int) -> None:
    store.session.execute(
        "UPDATE queued_job SET result_code = NULL, remaining_retries = 5 WHERE id = %s",
        (job_id,),
    )


def retry(store: Store, job_id: int) -> None:
    assert store.actions.retry(Seen(job_id), ACTOR).done


def edit_body(store: Store, job_id: int) -> None:
    job = store.reads.job(job_id)
    same = NewJob(job.http_method, job.url, b"new", job.headers)
    assert store.actions.edit(Seen(job_id), same, ACTOR).done


def assert_the_row_keeps_its_origin(
    store: Store, job_id: int, home: HandlerServer
) -> None:
    origin = f"http://127.0.0.1:{home.port}"
    headers = store.reads.job(job_id).headers
    assert headers is not None
    assert json.loads(headers)["X-SQ-Origin"] == origin
    note = f"credentials not sent: they are for {origin}"
    assert any(note in msg for msg in messages(store, job_id))


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("headers", [None, json.dumps(OWN)])
@pytest.mark.parametrize(
    ("call_again", "path"),
    [
        (set_pending_by_hand, "/status/500"),
        (retry, "/status/500"),
        (edit_body, "/status/500"),
        (retry, "/ok"),  # of a job that succeeded: its copy is called
    ],
)
def test_an_operator_who_has_a_job_called_again_leaves_its_origin(
    store: Store,
    store_settings: DbSettings,
    handler: HandlerServer,
    elsewhere: HandlerServer,
    call_again: Callable[[Store, int], None],
    path: str,
    headers: str | None,
) -> None:
    url = retargeting_to(handler, elsewhere.url(path))
    (job_id,) = add(store, url=url, headers=headers, retry_delay_secs=0)
    run_until_empty(store_settings)

    call_again(store, job_id)
    run_until_empty(store_settings)

    assert secrets_sent(handler) == [SECRET if headers else {"authorization"}]
    assert secrets_sent(elsewhere) == [set(), set()]
    assert_the_row_keeps_its_origin(store, job_id, handler)


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("headers", [None, json.dumps(OWN)])
def test_every_later_attempt_leaves_the_origin_of_its_job(
    store: Store,
    store_settings: DbSettings,
    handler: HandlerServer,
    elsewhere: HandlerServer,
    headers: str | None,
) -> None:
    url = retargeting_to(handler, elsewhere.url("/flaky?fails=2"))
    (job_id,) = add(store, url=url, headers=headers, retry_delay_secs=0)

    run_until_empty(store_settings)

    assert store.reads.job(job_id).state is JobState.SUCCEEDED
    assert secrets_sent(handler) == [SECRET if headers else {"authorization"}]
    assert secrets_sent(elsewhere) == [set(), set(), set()]
    assert_the_row_keeps_its_origin(store, job_id, handler)


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("given", "stays"),
    [
        (["--body", "new"], True),
        (["--header", "X-New: 1"], True),
        (["--header", "Cookie: a=b"], True),  # the [api] login would go along
        (["--header", "Proxy-Authorization: x"], True),
        (["--header", "Authorization: Bearer theirs"], False),
        (["--header", "X-New: 1", "--url", "http://new.example/"], False),
    ],
)
def test_an_edit_keeps_the_origin_unless_it_sets_url_or_authorization(
    store: Store,
    store_settings: DbSettings,
    tmp_path: Path,
    given: list[str],
    stays: bool,
) -> None:
    headers = json.dumps({**OWN, "X-SQ-Origin": "http://home.example"})
    (job_id,) = add(store, url="http://named.example/", headers=headers)
    ini = tmp_path / "db.ini"
    ini.write_text(f"[db]\nengine = sqlite\npath = {store_settings.path}\n")

    done = run_process("edit", str(job_id), *given, cwd=tmp_path)

    assert done.code == 0, done.err
    kept = json.loads(store.reads.job(job_id).headers or "{}")
    assert (kept.get("X-SQ-Origin") == "http://home.example") is stays


@pytest.mark.parametrize(
    "home",
    [
        "HTTP://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}",
        "http://u@127.0.0.1:{port}",
    ],
)
async def test_an_origin_that_was_typed_is_read_as_a_url(
    make_caller: MakeCaller, handler: HandlerServer, home: str
) -> None:
    caller = await make_caller(api=API)
    headers = json.dumps({"x-sq-origin": home.format(port=handler.port)})

    await call(caller, claimed(handler.url("/ok"), headers=headers))
    for junk in ("junk", "", "http://", "null"):
        headers = json.dumps({"X-SQ-Origin": junk, "Cookie": "a=b"})
        await call(caller, claimed(handler.url("/ok"), headers=headers))

    assert secrets_sent(handler) == [{"authorization"}, *[set()] * 4]
