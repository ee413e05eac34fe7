"""Secrets in every field and every setting, and every verb: none is printed. A new verb
must be given a line here.
"""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from sq_console.cli import console as program
from sq_console.config import ApiSettings, DbSettings, Settings
from sq_console.text.secret_names import is_secret
from tests.cli.conftest import INI
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import Done, running
from tests.known_passwords import PASSWORDS
from tests.secret_text import HUSH, furnish
from tests.ui.queue import Queue

Sq = Callable[..., Done]
RUNS = [
    *("ls", "ls --filter state:failed", "show 5", "show 5 --curl", "tail --since 2h"),
    *("stats", "stats --since 2h", "processors", "activity", "hold", "check", "init"),
    *("retry 5", "kill 1 2", "set-aside 5", "edit 1 --timeout 9", "pause", "resume"),
    *("drain", "bulk ls", "retry --filter state:killed --all --yes", "adopt"),
    *(
        "prune --older 90d --dry-run",
        "resume --all-holds",
        "hold a.example.com --why x",
    ),
    f"enqueue post http://eve:{HUSH}@a.example.com/?token={HUSH}",
    *("snapshot --screen failed", "snapshot --screen log", "snapshot --svg"),
    f"edit 1 --url http://a.example.com/?token={HUSH}",
]
NO_DATABASE = {
    *("completion", "complete-words", "console", "dashboards", "demo", "man"),
    *("migrate", "unit"),
}
"""They show no row; the console's screens are in `tests/ui/test_secrets.py`."""


def test_each_verb_is_run_or_shows_no_row() -> None:
    runs = {line.split()[0] for line in RUNS}

    assert set(program.commands) <= runs | NO_DATABASE


@pytest.mark.parametrize("line", RUNS, ids=lambda line: str(line).replace(HUSH, "…"))
@pytest.mark.mostly_slow(6)
def test_no_verb_prints_a_secret_of_rows_or_settings(
    sq: Sq, folder: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    queue = Queue(folder / "queue.sqlite")
    queue.processor()
    furnish(queue)
    secret = f"[api]\nuser = queue\npasswd = {HUSH}\nhosts = a.example.com\n"
    (folder / "db.ini").write_text(f"{INI}passwd = {HUSH}\n{secret}")
    monkeypatch.setenv("SQ_API_PASSWD", HUSH)

    for more in ((), ("--json",), ("-v",)):
        done = sq(*line.split(), *more)
        assert HUSH not in done.out + done.err
        assert done.code in (0, 1) or more == ("--json",), done
    queue.store.close()


def test_a_setting_that_is_named_like_a_secret_is_in_no_repr() -> None:
    for kind in (DbSettings, ApiSettings, Settings):
        shown = {field.name for field in fields(kind) if field.repr}
        secret = {name for name in shown if is_secret(name)}
        # Names and places of secrets, not the secrets.
        assert secret <= {
            *("ssl_key", "server_public_key"),
            *("secret_files", "password_sources"),
        }


@pytest.mark.parametrize("passwd", PASSWORDS)
def test_every_runner_finds_a_password_that_a_program_wrote(
    tmp_path: Path, passwd: str
) -> None:
    with pytest.raises(AssertionError, match="password"):
        Done(0, f"as {passwd}!", "")
    echo = ("echo", passwd)
    with (
        pytest.raises(AssertionError, match="password"),
        in_terminal(cwd=tmp_path, program=echo) as terminal,
    ):
        terminal.wait()
    with (
        pytest.raises(AssertionError, match="password"),
        running("man", cwd=tmp_path) as process,
    ):
        process.wait()
        (tmp_path / "daemon.log").write_text(passwd)
