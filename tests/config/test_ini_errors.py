"""What the ini file may not say. A refusal is one line that names file, section and key
and says what would be right; it never repeats what may be a password.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import load_settings
from sq_console.errors import SettingsError

TOP = Path(__file__).parent.parent.parent
MYSQL = "[db]\nuser = queue\npasswd = secret\ndb = queue\n"
NOBODY = 65_534

REFUSED = {
    "no [db]": ("[api]\nuser = x\n", "no section [db]; see db.example.ini"),
    "empty file": ("", "no section [db]; see db.example.ini"),
    "unknown section": (
        MYSQL + "[procesor]\n",
        "unknown section [procesor]; did you mean processor?",
    ),
    "section like no other": (
        MYSQL + "[x]\n",
        "unknown section [x]; known are db, db-test, api, processor, metrics, log,"
        " retention",
    ),
    "the ini format's own section": (
        "[DEFAULT]\nport = 1\n" + MYSQL,
        "unknown section [DEFAULT]; known are db, db-test, api, processor, metrics,"
        " log, retention",
    ),
    "unknown key": (
        MYSQL + "[processor]\nconcurency = 5\n",
        "[processor] concurency: unknown key; did you mean concurrency?",
    ),
    "key like no other": (
        MYSQL + "[api]\ntoken = x\n",
        "[api] token: unknown key; known are user, passwd, passwd_file, hosts",
    ),
    "key of another section": (
        MYSQL + "poll_ms = 100\n",
        "[db] poll_ms: unknown key; known are engine, host, port, unix_socket, user,"
        " passwd, db, path, ssl_mode, ssl_ca, ssl_cert, ssl_key, server_public_key,"
        " passwd_file",
    ),
    "unknown key for tests": (
        MYSQL + "[db-test]\nhots = x\n",
        "[db-test] hots: unknown key; did you mean host?",
    ),
    **{
        f"listening at {text!r}": (
            MYSQL + f"[metrics]\nlisten = {text}\n",
            f"[metrics] listen: {text!r} is not ADDRESS:PORT, as 127.0.0.1:9108 or"
            " [::1]:9108, nor off",
        )
        for text in (
            *("9108", ":9108", "*:9108", "127.0.0.1", "127.0.0.1:99999", "::1:9108"),
            *("[::1]", "[x]:9108", "http://127.0.0.1:9108", "127.0.0.1:9108/metrics"),
        )
    },
    "port that is a word": (
        MYSQL + "port = mysql\n",
        "[db] port: must be a whole number from 1 to 65535",
    ),
    "empty port": (
        MYSQL + "port =\n",
        "[db] port: must be a whole number from 1 to 65535",
    ),
    "port with a comment": (
        MYSQL + "port = 3306 # default\n",
        "[db] port: must be a whole number from 1 to 65535",
    ),
    "port in Python's spelling": (
        MYSQL + "port = 3_306\n",
        "[db] port: must be a whole number from 1 to 65535",
    ),
    "port out of range": (
        MYSQL + "port = 65536\n",
        "[db] port: 65536 is not from 1 to 65535",
    ),
    "port 0": (MYSQL + "port = 0\n", "[db] port: 0 is not from 1 to 65535"),
    "concurrency 0": (
        MYSQL + "[processor]\nconcurrency = 0\n",
        "[processor] concurrency: 0 is not from 1 to 10000",
    ),
    "negative drain_secs": (
        MYSQL + "[processor]\ndrain_secs = -1\n",
        "[processor] drain_secs: -1 is not from 0 to 3600",
    ),
    "fraction": (
        MYSQL + "[processor]\npoll_ms = 0.5\n",
        "[processor] poll_ms: must be a whole number from 10 to 60000",
    ),
    "a number nobody can read": (
        MYSQL + f"[processor]\npoll_ms = {'9' * 5000}\n",
        "[processor] poll_ms: must be a whole number from 10 to 60000",
    ),
    "engine": (
        MYSQL + "engine = postgres\n",
        "[db] engine: 'postgres' is not mysql, mariadb or sqlite",
    ),
    "sqlite without a path": (
        "[db]\nengine = sqlite\n",
        "[db] path: missing; engine = sqlite needs it",
    ),
    "mysql without a db": (
        "[db]\nuser = x\n",
        "[db] db: missing; engine = mysql needs it",
    ),
    "mysql without a user": ("[db]\ndb = x\n", "[db] user: missing"),
    "network": (
        MYSQL + "[processor]\nallow_cidrs = 10.0.0.0/8, intranet\n",
        "[processor] allow_cidrs: not a list of networks: 'intranet' does not appear"
        " to be an IPv4 or IPv6 network",
    ),
    "a url for a host": (
        MYSQL + "[processor]\nallow_hosts = http://api.example.com/\n",
        "[processor] allow_hosts: 'http://api.example.com/' is not a host; leave out"
        " http:// and the path",
    ),
    "a url for a host of the api": (
        MYSQL + "[api]\nhosts = api.example.com/v1\n",
        "[api] hosts: 'api.example.com/v1' is not a host; leave out http:// and the"
        " path",
    ),
    "a certificate without a CA": (
        MYSQL + "ssl_cert = cert.pem\n",
        "[db] ssl_cert: needs ssl_ca beside it",
    ),
    "an ssl_mode like no other": (
        MYSQL + "ssl_mode = verify\n",
        "[db] ssl_mode: 'verify' is not one of verify-identity, verify-ca, required,"
        " preferred, disabled",
    ),
    "an empty ssl_mode": (
        MYSQL + "ssl_mode =\n",
        "[db] ssl_mode: '' is not one of verify-identity, verify-ca, required,"
        " preferred, disabled",
    ),
    **{
        f"a CA that {mode} does not look at": (
            MYSQL + f"ssl_mode = {mode}\nssl_ca = ca.pem\n",
            f"[db] ssl_ca: not looked at with ssl_mode = {mode}; it takes ssl_mode ="
            " verify-identity or verify-ca",
        )
        for mode in ("required", "preferred", "disabled")
    },
    **{
        f"a client certificate with {mode}": (
            MYSQL + f"ssl_mode = {mode}\nssl_cert = cert.pem\n",
            f"[db] ssl_cert: needs TLS, and ssl_mode = {mode} may do without",
        )
        for mode in ("preferred", "disabled")
    },
    "a client key alone": (
        MYSQL + "ssl_mode = required\nssl_key = key.pem\n",
        "[db] ssl_key: needs ssl_cert beside it",
    ),
    **{
        f"an RSA key with {mode}": (
            MYSQL + f"ssl_mode = {mode}\nserver_public_key = key.pem\n",
            "[db] server_public_key: for a login without TLS; leave it out, or ssl_mode"
            " = disabled",
        )
        for mode in ("verify-identity", "verify-ca", "required")
    },
    "a line with a password outside any section": (
        "passwd = hunter2\n",
        "line 1: outside any section; start with [db]",
    ),
    "a line that is no key and value": (
        "[db]\nhunter2\n",
        "line 2: not `key = value`",
    ),
    "key given twice": (
        "[db]\npasswd = hunter2\nPASSWD = hunter2\n",
        "line 3: [db] passwd is given twice",
    ),
    "section given twice": (MYSQL + MYSQL, "line 5: section [db] is given twice"),
    "an indented line": (
        "[db]\npasswd = hunter2\n  db = queue\n",
        "[db] passwd: goes on in the next line; is that line indented?",
    ),
}
"""name -> (ini text, what is said after the file's name)"""


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "db.ini"


@pytest.fixture
def no_privileges(ini: Path) -> Iterator[None]:
    """A file that nobody may read, root included: root is somebody else meanwhile."""
    ini.write_text(MYSQL)
    ini.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


def complaint(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    return str(caught.value)


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_one_line_naming_file_section_and_key(
    ini: Path, text: str, said: str
) -> None:
    ini.write_text(text, encoding="utf-8")

    assert complaint(ini) == f"{ini}: {said}"
    assert "hunter2" not in complaint(ini)


def test_a_missing_file_is_named_with_the_example_to_copy(tmp_path: Path) -> None:
    path = tmp_path / "other.ini"

    assert (
        complaint(path) == f"{path}: no such file; copy db.example.ini and fill it in"
    )


def test_a_folder_is_no_config_file(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"


def test_an_unreadable_file_is_named(ini: Path, no_privileges: None) -> None:
    assert complaint(ini) == f"{ini}: cannot be read: Permission denied"


def test_an_unreadable_tls_file_is_named(no_privileges: None) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # TMPDIR may be only root's
        ini, ca = Path(folder, "db.ini"), Path(folder, "ca.pem")
        ini.write_text(MYSQL + "ssl_ca = ca.pem\n")
        ca.touch(0)

        assert (
            complaint(ini)
            == f"{ini}: [db] ssl_ca: cannot be read: Permission denied: {ca}"
        )


def test_a_file_that_is_no_text_is_named(ini: Path) -> None:
    ini.write_bytes(b"[db]\npasswd = h\xfcnter2\n")

    assert complaint(ini) == f"{ini}: not UTF-8 text"


def test_a_key_file_that_is_not_there_is_named(ini: Path, tmp_path: Path) -> None:
    ini.write_text(MYSQL + "server_public_key = key.pem\n")

    assert complaint(ini) == (
        f"{ini}: [db] server_public_key: no such file: {tmp_path / 'key.pem'}"
    )


@pytest.mark.parametrize("key", ["ssl_ca", "ssl_cert", "ssl_key"])
def test_a_tls_file_that_is_not_there_is_named(
    ini: Path, tmp_path: Path, key: str
) -> None:
    keys = ["ssl_ca", "ssl_cert", "ssl_key"]
    for name in keys:
        (tmp_path / name).touch()
    (tmp_path / key).unlink()

    ini.write_text(MYSQL + "".join(f"{name} = {name}\n" for name in keys))

    assert complaint(ini) == f"{ini}: [db] {key}: no such file: {tmp_path / key}"


def test_a_mistake_ends_the_program_with_code_2_and_one_line(ini: Path) -> None:
    ini.write_text(MYSQL + "prot = 3306\n")

    done = subprocess.run(
        [sys.executable, "-m", "sq_console", "ls", "--config", ini],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=TOP,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"{ini}: [db] prot: unknown key; did you mean port?" in done.stderr
