"""Job queues of others: each has a database of its own, and a worker in `peer_workers`
that makes the same calls as a processor.

They are installed for one run of the bench, in a temporary folder. Their databases are
private, and trade the safety of their disk for speed as ours does.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.bench_setup import TOP
from tests.bench.programs import Run, cpu_secs_with_children_of, ended
from tests.servers import free_port
from tests.waiting import eventually

_WORKERS = TOP / "tests" / "bench" / "peer_workers"
_REDIS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
_POSTGRES = Path("/usr/lib/postgresql")
_POSTGRES_USER = "postgres"
_POSTGRES_SETTINGS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off"),
    *("listen_addresses=127.0.0.1", "shared_buffers=512MB", "max_connections=50"),
)
_INSTALL_SECS = 180
_UNDICI = "undici@7"
CLIENTS = ("fetch", "request")
"""How node's programs call: as most do, and as fast ones do (`call.cjs`)."""


class NoPeer(Exception):
    """A peer cannot be run on this machine; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class PeerServer:
    """The running database of a peer."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A job queue that can be run beside ours."""

    name: str
    database: str
    worker: str
    """Its file in `peer_workers`."""
    packages: tuple[str, ...]
    """Of npm, each with the major version that the worker is written for."""
    serving: Callable[[], contextlib.AbstractContextManager[PeerServer]]


@dataclass
class RunningPeer:
    """A peer that is installed, and its database."""

    peer: Peer
    server: PeerServer
    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, jobs: int, url: str, in_flight: int, client: str) -> Run:
        """Have one worker process empty a fresh queue; *client* is one of `CLIENTS`."""
        queue = f"bench{next(self._numbers)}"
        ended(self._started("fill", queue, jobs, url), self._log)
        before = cpu_secs_with_children_of(self.server.pid)
        worker = self._started("work", queue, jobs, in_flight, client)
        usage = ended(worker, self._log)
        return Run(
            jobs=jobs,
            secs=float(self._log.read_text()),
            cpu_secs=usage.ru_utime + usage.ru_stime,
            server_cpu_secs=cpu_secs_with_children_of(self.server.pid) - before,
            peak_mib=usage.ru_maxrss / 1024,
        )

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _started(self, verb: str, *arguments: object) -> "subprocess.Popen[bytes]":
        words = ["node", self.peer.worker, verb, self.server.port, *arguments]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                list(map(str, words)),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


@contextlib.contextmanager
def running(peer: Peer) -> Iterator[RunningPeer]:
    """Install a peer, and start its database. Raises NoPeer."""
    for program in ("node", "npm"):
        _found(program)
    with (
        tempfile.TemporaryDirectory(prefix="sq-bench-peer-") as folder,
        peer.serving() as server,
    ):
        _install(peer, Path(folder))
        yield RunningPeer(peer, server, Path(folder))


def _install(peer: Peer, folder: Path) -> None:
    for script in (peer.worker, "call.cjs"):
        shutil.copy(_WORKERS / script, folder)
    (folder / "package.json").write_text("{}")
    quiet = ("--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
    try:
        subprocess.run(
            ["npm", "install", *quiet, _UNDICI, *peer.packages],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise NoPeer(f"npm took more than {_INSTALL_SECS} s to install it") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())[:200]
        raise NoPeer(f"npm does not install it: {said}") from None


@contextlib.contextmanager
def _redis() -> Iterator[PeerServer]:
    program, port = _found("redis-server"), free_port()
    with tempfile.TemporaryDirectory(prefix="sq-bench-redis-") as folder:
        words = [program, *_REDIS, "--dir", folder, "--port", str(port)]
        with _serving(words, Path(folder), None) as pid:
            eventually(lambda: _listens(port))
            yield PeerServer(port, pid)


@contextlib.contextmanager
def _postgres() -> Iterator[PeerServer]:
    debian = sorted(map(str, _POSTGRES.glob("*/bin/postgres")))
    program, port = _found("postgres", *debian), free_port()
    programs = Path(program).resolve().parent
    user = _postgres_user()
    with tempfile.TemporaryDirectory(prefix="sq-bench-postgres-") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        make = [programs / "initdb", "--no-sync", "-A", "trust", "-D", data]
        subprocess.run(
            [*make, "-U", _POSTGRES_USER],
            cwd=folder,
            user=user,
            capture_output=True,
            check=True,
        )
        settings = [word for each in _POSTGRES_SETTINGS for word in ("-c", each)]
        words = [program, "-D", data, "-k", folder, "-p", str(port), *settings]
        with _serving(words, Path(folder), user) as pid:
            ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            eventually(lambda: subprocess.run(ready).returncode == 0)
            yield PeerServer(port, pid)


def _postgres_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_POSTGRES_USER).pw_name
    except KeyError:
        raise NoPeer("PostgreSQL does not run as root") from None


@contextlib.contextmanager
def _serving(words: list[str], folder: Path, user: str | None) -> Iterator[int]:
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, cwd=folder, user=user, stdout=log, stderr=log)
    try:
        yield server.pid
    finally:
        server.terminate()
        server.wait(30)


def _found(program: str, *others: str) -> str:
    """Its path; without one on the PATH the last of *others*. Raises NoPeer."""
    path = shutil.which(program) or (others[-1] if others else None)
    if path is None:
        raise NoPeer(f"there is no {program}")
    return path


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


PEERS = (
    Peer(
        name="BullMQ",
        database="Redis",
        worker="bullmq.cjs",
        packages=("bullmq@6", "ioredis@6"),
        serving=_redis,
    ),
    Peer(
        name="graphile-worker",
        database="PostgreSQL",
        worker="graphile_worker.cjs",
        packages=("graphile-worker@0.17",),
        serving=_postgres,
    ),
)
