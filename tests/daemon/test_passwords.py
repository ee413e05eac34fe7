"""The daemon uses a password wherever it was put, warns of a file that shows it, and
gives it to its children over their pipe, not in their environment.
"""

import base64
import json
from pathlib import Path

import pytest

from sq_console.model import NewJob
from sq_console.store import Store
from tests.cli.run_program import run_process, running
from tests.daemon.conftest import INI
from tests.handler import HandlerServer
from tests.known_passwords import API as API_PASSWD
from tests.waiting import eventually

PASSWD = API_PASSWD
BASIC = base64.b64encode(f"queue:{PASSWD}".encode()).decode()
API = INI + "[api]\nuser = queue\nhosts = 127.0.0.1\n"
JSON = ("--log-format", "json")


@pytest.mark.parametrize(
    ("mode", "warnings"), [(0o604, ["others may read it"]), (0o600, [])]
)
def test_an_ini_that_others_may_read_is_warned_of(
    folder: Path, mode: int, warnings: list[str]
) -> None:
    ini = folder / "db.ini"
    ini.write_text(f"{API}passwd = {PASSWD}\n")
    ini.chmod(mode)

    done = run_process("--once", *JSON, cwd=folder)

    lines = [json.loads(line) for line in done.err.splitlines()]
    exposed = [line for line in lines if line.get("event") == "secret_exposed"]
    assert done.code == 0
    assert [line["level"] for line in exposed] == ["warning"] * len(warnings)
    assert ["others may read it" for line in exposed if "chmod" in line["msg"]] == (
        warnings
    )
    assert PASSWD not in done.err


def test_children_get_a_password_of_the_environment_over_their_pipe(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    hosts = f"hosts = 127.0.0.1:{handler.port}"
    (folder / "db.ini").write_text(f"{INI}[api]\nuser = queue\n{hosts}\n")
    queue.actions.enqueue(NewJob("post", handler.url("/held")), "test@here")

    with running(
        *("--no-ui", "--procs", "2", *JSON), cwd=folder, SQ_API_PASSWD=PASSWD
    ) as supervisor:
        eventually(lambda: handler.requests_to("/held"))
        eventually(lambda: len(queue.reads.processors()) == 2)
        (request,) = handler.requests_to("/held")
        pids = [int(row.name.split(":")[-1]) for row in queue.reads.processors()]
        shown = [
            Path(f"/proc/{pid}/{what}").read_bytes()
            for pid in pids
            for what in ("environ", "cmdline")
        ]
        shown.append(Path(f"/proc/{supervisor.popen.pid}/cmdline").read_bytes())
        handler.answer_held()
        supervisor.popen.terminate()
        assert supervisor.wait() == 0

    assert request.headers["authorization"] == f"Basic {BASIC}"
    assert not [text for text in shown if PASSWD.encode() in text]
    assert PASSWD not in supervisor.err
