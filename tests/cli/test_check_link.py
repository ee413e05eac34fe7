"""What `check` says of the link to the database."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.cli.checks.settings_check import settings_findings
from sq_console.config import DbSettings, SslMode, load_settings
from sq_console.store.engines.mysql import login
from tests.cli.run_program import Done
from tests.servers import Server, ini_section

Sq = Callable[..., Done]
Checked = Callable[[DbSettings], list[str]]


@pytest.fixture
def checked(sq: Sq, folder: Path) -> Checked:
    """The lines of `check` about the link, without what is said of the tables."""

    def lines(db: DbSettings) -> list[str]:
        (folder / "db.ini").write_text(ini_section(db))
        (folder / "db.ini").chmod(0o600)
        done = sq("check")
        assert done.err == ""
        assert db.passwd not in done.out
        start = next(at for at, line in enumerate(done.lines) if "connected to" in line)
        end = next(
            at for at, line in enumerate(done.lines) if "the database has" in line
        )
        return done.lines[start + 1 : end]

    return lines


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of the tests are on another machine, as far as that shows."""
    monkeypatch.setattr(login, "_is_loopback", lambda _: False)


def test_a_link_that_stays_on_the_machine_is_ok(
    checked: Checked, mariadb: Server
) -> None:
    assert checked(mariadb.settings("mysql")) == [
        "ok link on this machine, without TLS"
    ]


def test_a_link_that_is_not_verified_is_wrong_with_the_line_to_write(
    checked: Checked, mariadb: Server, elsewhere: None
) -> None:
    assert checked(mariadb.settings("mysql")) == [
        "!! db link not verified: to 127.0.0.1, without TLS; who answers there is"
        " believed -> write ssl_ca = FILE (its CA) into [db]"
    ]


def test_neither_does_tls_with_anybody_verify_it(
    checked: Checked, mysql: Server, elsewhere: None
) -> None:
    db = mysql.settings("mysql")
    checked(db)  # the server remembers the password now

    required = replace(db, ssl_mode=SslMode.REQUIRED, ssl_ca="")

    ca = "write ssl_mode = verify-identity and ssl_ca = FILE (its CA) into [db]"
    assert checked(required) == [
        "!! db link not verified: to 127.0.0.1, TLS with anybody; who answers there is"
        f" believed -> {ca}",
        "!! this login works only while the server remembers the password; after its"
        f" restart it is refused -> {ca}",
    ]


def test_a_verified_link_is_ok_wherever_it_goes(
    checked: Checked, mysql: Server, elsewhere: None
) -> None:
    assert checked(mysql.settings("mysql")) == [
        "ok link over TLS, and 127.0.0.1 has proved who it is"
    ]


def test_a_login_that_will_be_refused_is_wrong_on_this_machine_too(
    checked: Checked, mysql: Server
) -> None:
    db = mysql.settings("mysql")
    checked(db)  # the server remembers the password now

    *link, login = checked(replace(db, ssl_mode=None, ssl_ca=""))

    assert link == ["ok link on this machine, TLS with anybody"]
    assert login.startswith("!! this login works only while the server remembers")


@pytest.mark.parametrize(
    ("mode", "advice"),
    [
        ("verify-ca", ["write ssl_ca = FILE (its CA), or ssl_mode = verify-identity"]),
        ("verify-identity", []),
    ],
)
def test_a_ca_of_everybody_proves_no_more_than_a_name(
    tmp_path: Path, mode: str, advice: list[str]
) -> None:
    ini = tmp_path / "db.ini"
    ini.write_text(f"[db]\nuser = queue\ndb = queue\nssl_mode = {mode}\n")

    findings = settings_findings(load_settings(ini))

    assert [finding.advice for finding in findings if not finding.ok] == advice


@pytest.mark.parametrize(
    ("address", "is_near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("192.0.2.2", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_only_loopback_is_this_machine(address: str, is_near: bool) -> None:
    assert login._is_loopback(address) is is_near
