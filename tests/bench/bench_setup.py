"""What measures stand on: a private MariaDB, static handlers, and queues full of jobs.

All of it ends with the bench, whatever way that ends.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from sq_console.config import DbSettings
from sq_console.store import Store, open_store
from tests.bench.size import Size
from tests.binaries import find_binary
from tests.large_tables import RowCounts, fill
from tests.servers import Server, free_port
from tests.waiting import eventually

TOP = Path(__file__).parent.parent.parent
_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} backlog=4096; default_type text/plain;
    location / {{ return 200 "ok"; }}
  }}
}}
"""
_INI = """
[db]
host = {db.host}
port = {db.port}
user = {db.user}
passwd = {db.passwd}
db = {db.db}
[processor]
per_host = {per_host}
"""
_POOL = "SET GLOBAL innodb_buffer_pool_size = 1073741824"


@dataclass(frozen=True)
class Queue:
    """One database, and a folder with its db.ini."""

    server: Server
    db: DbSettings
    folder: Path
    checkout: Path = TOP
    """Whose program works on it."""

    @property
    def ini(self) -> str:
        return str(self.folder / "db.ini")

    def configure(self, per_host: int) -> None:
        """As many calls of one host at once: the handler is one host."""
        text = _INI.format(db=self.db, per_host=per_host)
        (self.folder / "db.ini").write_text(text)

    def fill(self, counts: RowCounts, url: str | None = None) -> None:
        fill(self.server, self.db.db, counts, url=url)

    def command(self, sql: str) -> list[tuple[object, ...]]:
        return self.server.command(sql, self.db.db)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(self.db)
        try:
            yield store
        finally:
            store.close()


@dataclass
class BenchSetup:
    """Everything a measure needs; started when it is asked for."""

    size: Size
    folder: Path
    given: Server | None = None
    """A running server to be used instead of one of its own kind."""
    checkout: Path = TOP
    """Whose program is measured."""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _servers: dict[str, Server] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)
    _large: dict[int, Queue] = field(default_factory=dict)

    @property
    def server(self) -> Server:
        return self._server_of("mariadb")

    def _server_of(self, product: str) -> Server:
        if self.given is not None and self.given.product == product:
            return self.given
        if product not in self._servers:
            server = self._servers[product] = Server(find_binary(product, os.environ))
            self._stack.callback(server.close)
            server.command(_POOL)
        return self._servers[product]

    @contextlib.contextmanager
    def empty_store(self, product: str) -> Iterator[Store]:
        """A fresh queue of this kind: `mariadb`, `mysql` or `sqlite`. Raises
        NoServer.
        """
        with contextlib.ExitStack() as stack:
            if product == "sqlite":
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                db = DbSettings(engine="sqlite", path=f"{folder}/queue.sqlite")
            else:
                server = self._server_of(product)
                db = server.create_database()
                stack.callback(server.drop_database, db.db)
            store = open_store(db, create=True)
            stack.callback(store.close)
            store.admin.create_schema()
            yield store

    @property
    def fast_url(self) -> str:
        """Answered at once: by nginx where there is one."""
        nginx = shutil.which("nginx", path=f"{os.environ.get('PATH')}:/usr/sbin")
        return f"{self._handler('nginx' if nginx else 'static', nginx)}/fast"

    @property
    def slow_url(self) -> str:
        """Answered after a second."""
        return self.answering_after(1.0)

    def answering_after(self, secs: float) -> str:
        """Answered after *secs* seconds."""
        return f"{self._handler('static', None)}/after/{secs}"

    @contextlib.contextmanager
    def queue(
        self, counts: RowCounts | None = None, url: str | None = None
    ) -> Iterator[Queue]:
        """A fresh database with the checkout's schema and *counts* in it."""
        db = self.server.create_database()
        schema = (self.checkout / "schema.sql").read_text(encoding="utf-8")
        self.server.command(schema, db.db)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        queue = Queue(self.server, db, folder, self.checkout)
        queue.configure(per_host=50)
        if counts is not None:
            queue.fill(counts, url)
        try:
            yield queue
        finally:
            self.server.drop_database(db.db)

    def large_queue(self, finished: int) -> Queue:
        """One with that many finished rows and many due: made once, for all measures.
        What these do to it is little beside its size. What is due leads to
        `fast_url`, the rest to many hosts.
        """
        if finished not in self._large:
            made = self._large[finished] = self._stack.enter_context(self.queue())
            past = RowCounts(
                finished=finished,
                per_sec=100,
                log=finished // 10,
                later=self.size.pending // 10,
                minutes=self.size.minutes,
                actions=self.size.actions,
            )
            made.fill(past)
            made.fill(RowCounts(due=self.size.pending), self.fast_url)
        return replace(self._large[finished], checkout=self.checkout)

    def _handler(self, kind: str, nginx: str | None) -> str:
        if kind not in self._ports:
            port = self._ports[kind] = free_port()
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            if nginx is not None:
                conf = folder / "nginx.conf"
                conf.write_text(_NGINX.format(folder=folder, port=port))
                self._run([nginx, "-p", str(folder), "-c", str(conf)], folder)
            else:
                module = [sys.executable, "-m", "tests.bench.static_handler", str(port)]
                self._run(module, folder)
            eventually(lambda: _answers(port))
        return f"http://127.0.0.1:{self._ports[kind]}"

    def _run(self, command: list[str], folder: Path) -> None:
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(command, cwd=TOP, stdout=log, stderr=log)
        self._stack.callback(running.wait, 10)
        self._stack.callback(running.send_signal, signal.SIGTERM)

    def close(self) -> None:
        self._stack.close()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def bench_setup(size: Size) -> Iterator[BenchSetup]:
    """What one run of the bench stands on."""
    with tempfile.TemporaryDirectory(prefix="sq-bench-") as folder:
        made = BenchSetup(size, Path(folder))
        try:
            yield made
        finally:
            made.close()
