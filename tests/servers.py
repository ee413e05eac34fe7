"""Private database servers on loopback, started for the tests and thrown away.

Tests need real servers, whole ones: to load schemas into, and later to kill, stop and
restart. None of the machine's own databases is ever touched: each server has a data
folder of its own under the temporary directory, a free port, and settings that trade
the safety of its disk for speed (a killed server loses nothing; a power cut would).
Whatever way the tests end, their servers end with them.
"""

import contextlib
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pymysql
from pymysql.constants import CLIENT

from sq_console.config import DbSettings, SslMode
from tests.binaries import Binary, NoServer, ServerFailed, client_program
from tests.known_passwords import SERVER
from tests.waiting import eventually

USER = "sq"
PASSWD = SERVER

_SETTINGS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--max-connections=300",
    "--character-set-server=utf8mb4",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=2",
)
_MYSQL_SETTINGS = ("--mysqlx=OFF", "--secure-file-priv=NULL")
_USERS = f"""\
CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWD}';
GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;
"""
# Reads until the tests' end of the pipe closes, however they ended: os._exit and
# SIGKILL leave a process no last word of its own. Then it ends the server's group.
_KEEPER = 'trap "" INT TERM HUP; read _; kill -KILL "-$(cat "$1/pid")"; rm -rf "$1"'


class Server:
    """One running server with a data folder of its own, and *options* besides ours.

    `close` ends it; the end of the test process, by any cause, does too. In *options*
    `{folder}` stands for its folder, where *files* are put, as it sees it.
    """

    def __init__(
        self,
        binary: Binary,
        *options: str,
        files: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self.product = binary.product
        self.version = binary.version
        self.port = free_port()
        self.binary = binary
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path(
            tempfile.mkdtemp(prefix=f"sq-{binary.product}-", dir=binary.root)
        )
        (self._folder / "tmp").mkdir()
        for name, content in files.items():
            (self._folder / name).write_bytes(content)
        seen = self._seen(self._folder)
        self._more_options = [option.format(folder=seen) for option in options]
        self._keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER, "keeper", self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._make_tables()
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def socket(self) -> Path:
        return self._folder / "sock"

    @property
    def data(self) -> Path:
        """Where its tables and its own certificates are."""
        return self._folder / "data"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def settings(self, db: str) -> DbSettings:
        """How to reach the database *db*: over TCP, with a password. A MySQL that was
        restarted asks for the password itself, so it has to prove who it is.
        """
        plain = DbSettings(
            host="127.0.0.1", port=self.port, user=USER, passwd=PASSWD, db=db
        )
        if self.product != "mysql":
            return plain
        # The certificate that MySQL made for itself has no name in it.
        ca = str(self.data / "ca.pem")
        return replace(plain, ssl_mode=SslMode.VERIFY_CA, ssl_ca=ca)

    def create_database(self, charset: str = "utf8mb4") -> DbSettings:
        """A new, empty database."""
        name = f"test_{next(self._names)}"
        self.command(f"CREATE DATABASE {name} CHARACTER SET {charset}")
        return self.settings(name)

    def drop_database(self, db: str) -> None:
        """An open transaction left behind makes this fail rather than wait for ever."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET lock_wait_timeout = 10")
            cursor.execute(f"DROP DATABASE {db}")

    def connect(self, db: str | None = None) -> "pymysql.Connection":
        """A connection of root's, through the socket, autocommit on."""
        return pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            database=db,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=10,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )

    def command(self, sql: str, db: str | None = None) -> list[tuple[object, ...]]:
        """Run *sql*, one statement or many, as root; the rows of the first."""
        with self.connect(db) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            rows = list(cursor.fetchall())
            while cursor.nextset():
                pass
        return rows

    def load(self, path: Path, db: str) -> None:
        """`mysql DB < path`, as an operator types it."""
        client = client_program()
        if client is None:
            raise NoServer("no command line client: neither mysql nor mariadb")
        options = ["--no-defaults", "--user=root", f"--socket={self.socket}"]
        with path.open("rb") as text:
            done = subprocess.run(
                [client, *options, db], stdin=text, capture_output=True, timeout=60
            )
        if done.returncode:
            raise ServerFailed(done.stderr.decode(errors="replace"))

    def start(self, timeout_secs: float = 30) -> None:
        """Start it, and wait until it answers. Its port stays the same."""
        assert self._process is None, "the server is running already"
        init_file = self._folder / "users.sql"
        init_file.write_text(_USERS)
        self._process = self._spawn(
            *self._options(),
            *self._more_options,
            f"--port={self.port}",
            f"--socket={self._seen(self.socket)}",
            f"--pid-file={self._seen(self._folder / 'server.pid')}",
            f"--init-file={self._seen(init_file)}",
        )
        eventually(self._answers, timeout_secs)

    def stop(self, timeout_secs: float = 30) -> None:
        """Ask it to end in good order (SIGTERM), and wait for that."""
        self._end(signal.SIGTERM, timeout_secs)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        self._end(signal.SIGKILL, 30)

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open, nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Let a frozen one go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """End it if it runs, and throw its folder away."""
        if self._process is not None:
            self.kill()
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(30)

    def _end(self, by: signal.Signals, timeout_secs: float) -> None:
        assert self._process is not None, "the server is not running"
        self._process.send_signal(by)
        self._process.wait(timeout_secs)
        self._process = None
        (self._folder / "pid").unlink(missing_ok=True)

    def _make_tables(self) -> None:
        if self.product == "mysql":
            making = self._spawn(*self._options(), "--initialize-insecure")
        else:
            making = self._spawn_maker()
        if making.wait(60):
            raise ServerFailed(f"no data folder: {self._log()}")

    def _spawn_maker(self) -> "subprocess.Popen[bytes]":
        maker = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
        if maker is None:
            raise ServerFailed("mariadb-install-db is not on the PATH")
        return self._spawn(
            *self._options(),
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            program=maker,
        )

    def _options(self) -> list[str]:
        own = _MYSQL_SETTINGS if self.product == "mysql" else ()
        user = ["--user=root"] if os.getuid() == 0 else []
        datadir = f"--datadir={self._seen(self._folder / 'data')}"
        # Its own: a server that starts throws away what others keep in a shared one.
        tmpdir = f"--tmpdir={self._seen(self._folder / 'tmp')}"
        return ["--no-defaults", datadir, tmpdir, *user, *_SETTINGS, *own]

    def _spawn(
        self, *options: str, program: str | None = None
    ) -> "subprocess.Popen[bytes]":
        # In a session of its own: Ctrl-C is for the tests, which then end it.
        with (self._folder / "log").open("ab") as log:
            started = subprocess.Popen(
                [program or self.binary.path, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self._folder / "pid").write_text(str(started.pid))
        return started

    def _seen(self, path: Path) -> Path:
        """*path* as the server sees it."""
        root = self.binary.root
        return path if root is None else Path("/") / path.relative_to(root)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ServerFailed(f"ended at its start: {self._log()}")
        # By TCP: PyMySQL leaks its socket when a Unix one refuses.
        try:
            pymysql.connect(
                host="127.0.0.1", port=self.port, user=USER, password=PASSWD
            ).close()
        except pymysql.err.OperationalError:
            return False
        return True

    def _log(self) -> str:
        lines = (self._folder / "log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-20:])


def ini_section(db: DbSettings) -> str:
    """`[db]` as an operator would write it."""
    keys = ("host", "port", "user", "passwd", "db", "ssl_mode", "ssl_ca")
    lines = [f"{key} = {getattr(db, key)}" for key in keys if getattr(db, key)]
    return "\n".join(["[db]", *lines, ""])


def free_port() -> int:
    # Below the range that outgoing connections take theirs from: while a server is
    # down, its port must not be taken, nor a client reach itself.
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerFailed("no free port")
