"""The password and a server that is not ours: it may ask in any way the protocol knows,
in any mode, and can read nothing.
"""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from pymysql import _auth
from pymysql.connections import Connection

from sq_console.config import DbSettings, SslMode
from sq_console.errors import StoreUnavailable
from sq_console.store import open_store
from sq_console.store.engines.mysql import connect
from sq_console.store.engines.mysql.login import Login
from tests.certificate_authority import ELSEWHERE, Authority
from tests.store.fake_mysql import NONCE, OK, WHOLE, FakeMySQL, switch

SECRET = "tr0ub4dor & 3 s3cret%x"
HOSTS = ["127.0.0.1", "127.0.0.2", "localhost"]
SCRIPTS = {
    "the password itself": ("caching_sha2_password", [WHOLE]),
    "the password itself, thrice": ("caching_sha2_password", [WHOLE, WHOLE, WHOLE]),
    "its key unasked": ("caching_sha2_password", [b"\1-----BEGIN PUBLIC KEY-----"]),
    "sha256_password": ("sha256_password", [b"\1-----BEGIN PUBLIC KEY-----"]),
    "a switch to caching_sha2_password": (
        "mysql_native_password",
        [switch("caching_sha2_password"), WHOLE],
    ),
    "a switch to sha256_password": (
        "mysql_native_password",
        [switch("sha256_password")],
    ),
    "a switch to clear": ("caching_sha2_password", [switch("mysql_clear_password")]),
    "a switch to clear late": (
        "caching_sha2_password",
        [WHOLE, switch("mysql_clear_password")],
    ),
    "two switches": (
        "caching_sha2_password",
        [switch("mysql_native_password", NONCE), switch("mysql_clear_password")],
    ),
    "a switch for ever": (
        "caching_sha2_password",
        [switch("mysql_native_password")] * 99,
    ),
    "dialog": ("mysql_native_password", [b"\xfedialog\0\x03Password: "]),
    "dialog in the greeting": ("dialog", [b"\x03Password: ", b"\1\x03Password: "]),
    "clear in the greeting": ("mysql_clear_password", [OK]),
    "the old hash": ("mysql_native_password", [b"\xfe"]),
    "the old hash by name": ("mysql_native_password", [switch("mysql_old_password")]),
    "what nobody knows": ("mysql_native_password", [switch("\xff" * 9), b"\x02"]),
    "a challenge of nothing": (
        "mysql_native_password",
        [switch("caching_sha2_password", b""), WHOLE],
    ),
    "nothing but the scramble": ("mysql_native_password", [OK]),
}
"""name -> (plugin of the greeting, what is sent after it, a packet for a packet)"""


@dataclass(frozen=True)
class Files:
    """Certificates a stranger has or might have, and what the operator believes."""

    ours: Authority
    theirs: Authority


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(
        Authority(tmp_path_factory.mktemp("ours")),
        Authority(tmp_path_factory.mktemp("theirs")),
    )


@pytest.fixture(params=["no TLS", "TLS"])
def tls(request: pytest.FixtureRequest, files: Files) -> ssl.SSLContext | None:
    return files.theirs.server_tls() if request.param == "TLS" else None


def settings(fake: FakeMySQL, mode: SslMode | None, **others: str) -> DbSettings:
    return DbSettings(
        **{"host": "127.0.0.1", "user": "queue", "db": "q"} | others,  # type: ignore[arg-type]
        port=fake.port,
        passwd=SECRET,
        ssl_mode=mode,
    )


def complaint(db: DbSettings) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(db, any_schema=True).close()
    said = str(caught.value)
    assert "\n" not in said
    assert SECRET not in said
    return said


@pytest.mark.mostly_slow(12)
@pytest.mark.parametrize("mode", [None, *SslMode])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_stranger_cannot_read_the_password(
    files: Files, tls: ssl.SSLContext | None, script: str, mode: SslMode | None
) -> None:
    plugin, turns = SCRIPTS[script]
    with FakeMySQL(turns, plugin=plugin, tls=tls) as fake, suppress(StoreUnavailable):
        open_store(settings(fake, mode), any_schema=True).close()

    assert fake.received or mode not in (None, SslMode.PREFERRED)
    assert fake.reads(SECRET) == []


@pytest.mark.slow
@pytest.mark.parametrize("host", HOSTS)
def test_nor_by_any_name_it_has(tls: ssl.SSLContext | None, host: str) -> None:
    for plugin, turns in SCRIPTS.values():
        fake = FakeMySQL(turns, plugin=plugin, tls=tls, host=host)
        with fake, suppress(StoreUnavailable):
            open_store(settings(fake, None, host=host), any_schema=True).close()

        assert fake.received
        assert fake.reads(SECRET) == []


@pytest.mark.mostly_slow(12)
@pytest.mark.parametrize("script", SCRIPTS)
def test_nor_when_it_has_a_key_and_we_know_another(
    tls: ssl.SSLContext | None, script: str, tmp_path: Path
) -> None:
    plugin, turns = SCRIPTS[script]
    with FakeMySQL(key="another") as another:
        (tmp_path / "known.pem").write_bytes(another.public_key)
    with FakeMySQL(turns, plugin=plugin, tls=tls) as fake, suppress(StoreUnavailable):
        key = str(tmp_path / "known.pem")
        open_store(settings(fake, None, server_public_key=key), any_schema=True).close()

    assert fake.received
    assert fake.reads(SECRET) == []


def test_the_fake_would_read_it(files: Files, tmp_path: Path) -> None:
    key = tmp_path / "its.pem"
    with FakeMySQL([WHOLE]) as fake, suppress(StoreUnavailable):
        key.write_bytes(fake.public_key)
        open_store(
            settings(fake, None, server_public_key=str(key)), any_schema=True
        ).close()
    assert len(fake.reads(SECRET)) == 1

    tls = files.ours.server_tls()
    with FakeMySQL([WHOLE], tls=tls) as fake, suppress(StoreUnavailable):
        open_store(
            settings(fake, None, ssl_ca=str(files.ours.file)), any_schema=True
        ).close()
    assert len(fake.reads(SECRET)) == 1


@pytest.mark.parametrize("mode", [mode for mode in SslMode if mode.needs_tls])
def test_where_tls_is_asked_for_nothing_is_said_without_it(mode: SslMode) -> None:
    with FakeMySQL() as fake:
        said = complaint(settings(fake, mode))

    assert fake.received == []
    assert f"127.0.0.1 offers no TLS, which [db] ssl_mode = {mode} asks for" in said


@pytest.mark.parametrize("mode", [None, SslMode.REQUIRED])
def test_who_says_tls_and_speaks_none_learns_no_name(mode: SslMode | None) -> None:
    with FakeMySQL(says_tls=True) as fake:
        said = complaint(settings(fake, mode))

    assert "TLS with 127.0.0.1 failed: " in said
    assert said.endswith("; check [db] ssl_mode")
    assert not any(b"queue" in packet for packet in fake.received)


def test_what_to_write_is_said(files: Files, tls: ssl.SSLContext | None) -> None:
    with FakeMySQL([WHOLE], tls=tls) as fake:
        said = complaint(settings(fake, None))

    assert "127.0.0.1 asks for the password itself" in said
    assert "check [db] user and passwd" in said
    assert "; write ssl_ca = FILE (its CA) into [db]" in said
    assert ("server_public_key = FILE" in said) == (tls is None)


def test_a_known_key_is_of_no_use_over_tls_and_that_is_said(
    files: Files, tmp_path: Path
) -> None:
    key = tmp_path / "known.pem"
    with FakeMySQL([WHOLE], tls=files.theirs.server_tls()) as fake:
        key.write_bytes(fake.public_key)
        said = complaint(settings(fake, None, server_public_key=str(key)))

    assert "or ssl_mode = disabled beside server_public_key" in said


@pytest.fixture
def certificate(
    request: pytest.FixtureRequest, files: Files
) -> Iterator[ssl.SSLContext]:
    kinds = {
        "expired": lambda: files.ours.server_tls(days=0.5),
        "another name": lambda: files.ours.server_tls(ELSEWHERE),
        "unknown CA": lambda: files.theirs.server_tls(),
        "self-signed": lambda: files.theirs.own_tls(),
    }
    yield kinds[request.param]()


BAD = {
    "expired": "has expired; renew it on the server ([db] ssl_mode = verify-identity",
    "another name": "is for another name; [db] host must be a name in it, or ssl_mode",
    "unknown CA": "is from none of the CAs in {ca}; [db] ssl_ca must name the file",
    "self-signed": "is from none of the CAs in {ca}; [db] ssl_ca must name the file",
}


@pytest.mark.parametrize(("certificate", "why"), BAD.items(), indirect=["certificate"])
def test_a_certificate_that_is_not_believed_is_named_with_the_key_to_change(
    files: Files, certificate: ssl.SSLContext, why: str
) -> None:
    ca = str(files.ours.file)
    with FakeMySQL([WHOLE], tls=certificate) as fake:
        said = complaint(settings(fake, SslMode.VERIFY_IDENTITY, ssl_ca=ca))

    assert f": the certificate of 127.0.0.1 {why.format(ca=ca)}" in said
    assert not any(b"queue" in packet for packet in fake.received)


def test_this_machines_authorities_are_believed_when_none_is_named(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeMySQL([WHOLE], tls=files.ours.server_tls()) as fake:
        said = complaint(settings(fake, SslMode.VERIFY_IDENTITY))
        assert "is from none of this machine's CAs; [db] ssl_ca must" in said

        monkeypatch.setenv("SSL_CERT_FILE", str(files.ours.file))
        with suppress(StoreUnavailable):
            open_store(settings(fake, SslMode.VERIFY_IDENTITY), any_schema=True).close()

    assert len(fake.reads(SECRET)) == 1


def test_a_named_authority_alone_asks_for_the_name_too(files: Files) -> None:
    ca = str(files.ours.file)
    with FakeMySQL([WHOLE], tls=files.ours.server_tls(ELSEWHERE)) as fake:
        said = complaint(settings(fake, None, ssl_ca=ca))
        assert "is for another name" in said
        assert fake.reads(SECRET) == []

        with suppress(StoreUnavailable):
            open_store(
                settings(fake, SslMode.VERIFY_CA, ssl_ca=ca), any_schema=True
            ).close()
    assert len(fake.reads(SECRET)) == 1


def test_clear_is_for_who_has_proved_who_it_is(files: Files) -> None:
    turns = [switch("mysql_clear_password")]
    with FakeMySQL(turns, tls=files.ours.server_tls()) as fake:
        said = complaint(settings(fake, SslMode.REQUIRED))
        assert "ssl_mode = verify-identity and ssl_ca = FILE" in said
        assert fake.reads(SECRET) == []

        with suppress(StoreUnavailable):
            open_store(
                settings(fake, None, ssl_ca=str(files.ours.file)), any_schema=True
            ).close()
    assert len(fake.reads(SECRET)) == 1


def test_a_file_the_server_asks_for_is_not_sent(tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("hunter2")
    with FakeMySQL([OK, OK, b"\xfb" + str(file).encode()]) as fake:
        assert "LOAD_LOCAL" in complaint(settings(fake, None))

    assert not any(b"hunter2" in packet for packet in fake.received)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_pymysql_that_logs_in_by_itself_has_no_password(
    tls: ssl.SSLContext | None, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Connection._request_authentication  # type: ignore[attr-defined]
    monkeypatch.setattr(Login, "_request_authentication", theirs)
    plugin, turns = SCRIPTS[script]
    with FakeMySQL(turns, plugin=plugin, tls=tls) as fake, suppress(StoreUnavailable):
        open_store(settings(fake, None), any_schema=True).close()

    assert fake.reads(SECRET) == []


def test_pymysql_is_not_given_the_password() -> None:
    db = DbSettings(user="queue", passwd=SECRET, db="q")
    connection = connect.unconnected(db, connect.Timeouts())

    assert connection.password == b""
    assert SECRET not in repr(vars(connection))


@pytest.mark.parametrize("key", ["ssl_ca", "ssl_cert", "server_public_key"])
def test_a_file_that_is_no_pem_is_named(tmp_path: Path, key: str) -> None:
    file = tmp_path / "file"
    file.write_text("no PEM")
    db = DbSettings(
        user="queue",
        passwd=SECRET,
        db="q",
        ssl_mode=SslMode.VERIFY_CA,
        **{key: str(file)},
    )

    said = complaint(db)

    assert f": [db] {key}: {file}: no " in said
    assert said.endswith(" in PEM")


def test_a_key_of_another_kind_is_named(files: Files, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(files.ours.public_key)
    db = DbSettings(user="queue", db="q", server_public_key=str(file))

    assert f": [db] server_public_key: {file}: no RSA public key" in complaint(db)


def test_a_known_key_needs_the_extra_and_that_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_auth, "_have_cryptography", False)
    with FakeMySQL([OK]) as fake:
        (tmp_path / "key.pem").write_bytes(fake.public_key)
        key = str(tmp_path / "key.pem")
        said = complaint(settings(fake, None, server_public_key=key))

    assert "[db] server_public_key needs the rsa extra: install sq-console[rsa]" in said
    assert fake.received == []
