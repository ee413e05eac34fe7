"""`sq-console unit`: what stands in the unit, and whether systemd understands it."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sq_console.config import DbSettings, LogSettings, ProcessorSettings, Settings
from sq_console.daemon.unit_file import UnitOptions, unit_of
from sq_console.errors import SettingsError
from tests.cli.run_program import run_process

MYSQL = "[db]\nhost = db.example.com\nuser = u\ndb = jobs\n"
OPTIONS = UnitOptions(("/opt/sq/bin/sq-console",), Path("/etc/sq/db.ini"), "nobody")


def unit(folder: Path, ini: str, *arguments: str, **environ: str) -> str:
    (folder / "db.ini").write_text(ini)
    done = run_process("unit", *arguments, cwd=folder, **environ)
    assert done.code == 0, done.err
    return done.out


def lines_of(settings: Settings, options: UnitOptions = OPTIONS) -> list[str]:
    return unit_of(settings, options).splitlines()


def db(**values: str) -> DbSettings:
    return DbSettings(user="u", db="jobs", **values)  # type: ignore[arg-type]


def test_a_unit_needs_the_settings_but_no_database(tmp_path: Path) -> None:
    text = unit(tmp_path, MYSQL, "--user", "nobody", "--procs", "4")

    ini = str(tmp_path / "db.ini")
    (started,) = [line for line in text.splitlines() if line[:9] == "ExecStart"]
    assert started.endswith(f" {ini} --no-ui --procs 4")
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    service = parser["Service"]
    assert service["type"] == "notify"
    assert service["user"] == "nobody"
    assert service["timeoutstopsec"] == "55"
    assert service["limitnofile"] == "300"
    assert parser["Unit"]["startlimitintervalsec"] == "0"
    assert service["loadcredential"] == f"db_passwd:{tmp_path}/db_passwd"


def test_times_and_files_come_from_the_settings() -> None:
    processor = ProcessorSettings(concurrency=2_000, drain_secs=300)

    lines = lines_of(Settings(db(), processor=processor))

    assert "TimeoutStopSec=330" in lines
    assert "LimitNOFILE=8100" in lines
    assert "RestartPreventExitStatus=2" in lines


def test_a_log_file_can_be_written_and_reloaded_only_where_there_is_one() -> None:
    own = lines_of(Settings(db(), log=LogSettings(file="/var/log/sq/queue.log")))
    other = lines_of(Settings(db(), log=LogSettings(file="/data/my logs/q.log")))
    none = lines_of(Settings(db()))

    assert "LogsDirectory=sq" in own
    assert 'ReadWritePaths="/data/my logs"' in other
    assert "ExecReload=/bin/kill -HUP $MAINPID" in own
    assert not any(line.startswith(("ExecReload", "ReadWrite")) for line in none)


@pytest.mark.parametrize(
    ("passwd", "source", "loads"),
    [
        ("", "", True),
        ("x", "", False),
        ("x", "/etc/sq/passwd", False),
        ("x", "SQ_DB_PASSWD", True),
        ("x", "the credential db_passwd", True),
    ],
)
def test_a_password_that_the_ini_does_not_give_is_a_credential(
    passwd: str, source: str, loads: bool
) -> None:
    sources = {"db": source} if source else {}

    lines = lines_of(Settings(db(passwd=passwd), password_sources=sources))

    assert ("LoadCredential=db_passwd:/etc/sq/db_passwd" in lines) is loads
    assert "x" not in [word for line in lines for word in line.split("=")]


def test_what_is_in_a_home_or_in_tmp_stays_visible() -> None:
    sqlite = DbSettings(engine="sqlite", path="/home/anna/q/queue.sqlite")
    temporary = DbSettings(engine="sqlite", path="/tmp/queue.sqlite")
    elsewhere = DbSettings(engine="sqlite", path="/var/lib/sq/queue.sqlite")

    assert {"ProtectHome=read-only", "ReadWritePaths=/home/anna/q"} <= {
        *lines_of(Settings(sqlite))
    }
    assert {"PrivateTmp=no", "ReadWritePaths=/tmp"} <= {*lines_of(Settings(temporary))}
    assert "StateDirectory=sq" in lines_of(Settings(elsewhere))


def test_a_path_is_never_taken_for_something_else() -> None:
    options = UnitOptions(('/opt/a "b"/sq-console',), Path("/etc/100%/$x/db.ini"), "u")

    (started,) = [
        line for line in lines_of(Settings(db()), options) if "Start=" in line
    ]

    assert started == (
        r'ExecStart="/opt/a \"b\"/sq-console" /etc/100%%/$$x/db.ini --no-ui'
    )
    broken = UnitOptions(("/opt/sq-console",), Path("/etc/a\nUser=root/db.ini"), "u")
    with pytest.raises(SettingsError, match="a unit cannot name this path"):
        lines_of(Settings(db()), broken)


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "SQ_REQUIRE_SERVERS" not in os.environ,
    reason="no systemd-analyze on this machine; .ci/run installs it",
)
@pytest.mark.parametrize("form", [[], ["--procs", "2"]])
def test_systemd_understands_the_unit(tmp_path: Path, form: list[str]) -> None:
    log = "[log]\nfile = /var/log/sq/queue.log\n"
    path = tmp_path / "sq-console.service"
    path.write_text(unit(tmp_path, MYSQL + log, "--user", "www-data", *form))

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    about_ours = [line for line in verified.stderr.splitlines() if path.name in line]
    assert about_ours == []


_REFUSE_EXEC_GAIN = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit(77)
os.execv(sys.executable, [sys.executable, "-m", "sq_console", *sys.argv[1:]])
"""


def test_the_daemon_stands_a_memory_that_never_becomes_executable(
    tmp_path: Path, empty_sqlite: Path
) -> None:
    """As with MemoryDenyWriteExecute, where the kernel has it for one process."""
    shutil.copy(empty_sqlite, tmp_path / "queue.sqlite")
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = queue.sqlite\n")

    done = subprocess.run(
        [sys.executable, "-c", _REFUSE_EXEC_GAIN, "--once", "--procs", "1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode in (0, 77), done.stderr
