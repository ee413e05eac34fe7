"""Each `ssl_mode` on real servers: who gets in, and what the link is worth."""

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import DbSettings, SslMode
from sq_console.errors import StoreUnavailable
from sq_console.model import Link
from sq_console.store import open_store
from sq_console.store.engines.mysql import login
from sq_console.ui.state.screen_data import read_vitals
from tests.certificate_authority import Authority
from tests.conftest import SCHEMA
from tests.servers import Server

pytestmark = pytest.mark.mostly_slow(2)

UNPROVEN = [SslMode.REQUIRED, SslMode.PREFERRED, SslMode.DISABLED]
VERIFIED = [SslMode.VERIFY_IDENTITY, SslMode.VERIFY_CA]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def with_tls(mariadb: Server, authority: Authority) -> Iterator[Server]:
    """A MariaDB whose certificate is the authority's."""
    yield from certified(mariadb, authority)


@pytest.fixture(scope="module")
def mysql_with_tls(mysql: Server, authority: Authority) -> Iterator[Server]:
    """A MySQL whose certificate is the authority's."""
    yield from certified(mysql, authority)


def certified(server: Server, authority: Authority) -> Iterator[Server]:
    options = [f"--ssl-{key}={{folder}}/{key}" for key in ("ca", "cert", "key")]
    own_file = authority.server_file().read_bytes()
    files = {"ca": authority.file.read_bytes(), "cert": own_file, "key": own_file}
    own = Server(server.binary, *options, files=files)
    yield own
    own.close()


def settings(server: Server, authority: Authority, mode: SslMode) -> DbSettings:
    ca = str(authority.file) if mode.verifies else ""
    return replace(server.settings("mysql"), ssl_mode=mode, ssl_ca=ca)


def link(db: DbSettings) -> Link:
    store = open_store(db, any_schema=True)
    found = store.session.link()
    store.close()
    return found


def cipher(db: DbSettings) -> str:
    store = open_store(db, any_schema=True)
    (row,) = store.session.rows("SHOW STATUS LIKE 'Ssl_cipher'")
    store.close()
    return bytes(row["Value"]).decode()  # type: ignore[arg-type]


def complaint(db: DbSettings) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(db, any_schema=True).close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("mode", SslMode)
@pytest.mark.parametrize("product", ["with_tls", "mysql_with_tls"])
def test_the_link_is_as_the_mode_says(
    product: str, mode: SslMode, authority: Authority, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(product)
    link(settings(server, authority, SslMode.VERIFY_CA))  # it is remembered
    db = settings(server, authority, mode)

    assert bool(cipher(db)) == (mode is not SslMode.DISABLED)
    assert ("has proved who it is" in link(db).text) == mode.verifies
    assert not link(db).is_exposed  # it is on this machine
    assert link(db).is_remembered == (server.product == "mysql" and not mode.verifies)


@pytest.mark.parametrize("mode", UNPROVEN)
def test_mysql_that_forgot_the_password_does_not_get_it_without_proof(
    mysql_with_tls: Server, authority: Authority, mode: SslMode
) -> None:
    mysql_with_tls.command("FLUSH PRIVILEGES")

    said = complaint(settings(mysql_with_tls, authority, mode))

    assert "127.0.0.1 asks for the password itself" in said
    assert "write ssl_mode = verify-identity and ssl_ca = FILE" in said


@pytest.mark.parametrize("mode", VERIFIED)
def test_mysql_that_forgot_the_password_gets_it_when_it_is_verified(
    mysql_with_tls: Server, authority: Authority, mode: SslMode
) -> None:
    mysql_with_tls.command("FLUSH PRIVILEGES")

    assert not link(settings(mysql_with_tls, authority, mode)).is_remembered


@pytest.mark.parametrize("mode", [SslMode.DISABLED, SslMode.PREFERRED])
def test_mysql_whose_key_is_known_gets_it_without_tls(
    mysql_with_tls: Server, authority: Authority, mode: SslMode
) -> None:
    mysql_with_tls.command("FLUSH PRIVILEGES")
    key = str(mysql_with_tls.data / "public_key.pem")
    db = settings(mysql_with_tls, authority, mode)
    known = replace(db, server_public_key=key)

    if mode is SslMode.PREFERRED:
        assert "ssl_mode = disabled beside server_public_key" in complaint(known)
    else:
        assert not link(known).is_remembered
        assert link(known).is_remembered


def test_what_mysql_makes_for_itself_is_verified(mysql: Server) -> None:
    mysql.command("FLUSH PRIVILEGES")
    db = mysql.settings("mysql")

    assert "has proved who it is" in link(db).text
    assert "another name; [db] host must" in complaint(
        replace(db, ssl_mode=SslMode.VERIFY_IDENTITY)
    )


@pytest.mark.parametrize("mode", SslMode)
def test_a_local_socket_needs_no_proof(
    mysql_with_tls: Server, authority: Authority, mode: SslMode
) -> None:
    mysql_with_tls.command("FLUSH PRIVILEGES")
    db = settings(mysql_with_tls, authority, mode)

    found = link(replace(db, unix_socket=str(mysql_with_tls.socket)))

    assert found.text == f"over the local socket {mysql_with_tls.socket}"
    assert not found.is_exposed
    assert not found.is_remembered


@pytest.mark.parametrize("mode", [SslMode.DISABLED, SslMode.PREFERRED])
def test_a_server_without_tls_is_reached_where_that_is_allowed(
    mariadb: Server, mode: SslMode
) -> None:
    assert cipher(replace(mariadb.settings("mysql"), ssl_mode=mode)) == ""


@pytest.mark.parametrize("mode", [mode for mode in SslMode if mode.needs_tls])
def test_a_server_without_tls_is_refused_elsewhere(
    mariadb: Server, authority: Authority, mode: SslMode
) -> None:
    said = complaint(settings(mariadb, authority, mode))

    assert f"127.0.0.1 offers no TLS, which [db] ssl_mode = {mode} asks for" in said


@pytest.mark.parametrize("user", ["nobody", "sq"])
@pytest.mark.parametrize("product", ["with_tls", "mysql_with_tls"])
def test_a_wrong_password_is_said_to_be_wrong(
    product: str, user: str, authority: Authority, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(product)
    for mode in SslMode:
        db = replace(settings(server, authority, mode), user=user, passwd="hunter2")
        assert "check [db] user and passwd" in complaint(db)


@pytest.mark.parametrize("product", ["with_tls", "mysql_with_tls"])
def test_a_user_without_a_password_gets_in(
    product: str, authority: Authority, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(product)
    server.command("CREATE USER bare; GRANT SELECT ON mysql.* TO bare")

    for mode in SslMode:
        link(replace(settings(server, authority, mode), user="bare", passwd=""))

    server.command("DROP USER bare")


@pytest.mark.parametrize("mode", SslMode)
def test_sha256_password_always_needs_proof(
    mysql_with_tls: Server, authority: Authority, mode: SslMode
) -> None:
    mysql_with_tls.command(
        "CREATE USER IF NOT EXISTS old IDENTIFIED WITH sha256_password BY 'pass'"
        "; GRANT SELECT ON mysql.* TO old"
    )
    db = replace(settings(mysql_with_tls, authority, mode), user="old", passwd="pass")

    if mode.verifies:
        link(db)
    else:
        assert "asks for the password itself" in complaint(db)
    if mode is SslMode.DISABLED:
        key = str(mysql_with_tls.data / "public_key.pem")
        link(replace(db, server_public_key=key))


@pytest.mark.parametrize("mode", SslMode)
def test_ed25519_signs_and_says_what_it_needs(
    with_tls: Server, authority: Authority, mode: SslMode
) -> None:
    with_tls.command(
        "INSTALL PLUGIN IF NOT EXISTS ed25519 SONAME 'auth_ed25519';"
        " CREATE USER IF NOT EXISTS curve"
        " IDENTIFIED VIA ed25519 USING PASSWORD('pass');"
        " GRANT SELECT ON mysql.* TO curve"
    )
    db = replace(settings(with_tls, authority, mode), user="curve", passwd="pass")

    if importlib.util.find_spec("nacl") is None:
        assert "client_ed25519 needs PyNaCl: pip install pynacl" in complaint(db)
    else:
        link(db)


def test_a_client_certificate_is_shown(
    with_tls: Server, authority: Authority, tmp_path: Path
) -> None:
    with_tls.command("CREATE USER shown REQUIRE X509; GRANT SELECT ON mysql.* TO shown")
    db = replace(
        settings(with_tls, authority, SslMode.VERIFY_CA), user="shown", passwd=""
    )

    link(replace(db, ssl_cert=str(authority.server_file())))
    assert "Access denied" in complaint(db)
    stranger = Authority(tmp_path).server_file()
    # The server says why before it hangs up, or does not.
    assert "; check [db] ssl_cert" in complaint(replace(db, ssl_cert=str(stranger)))


def test_a_console_reads_whether_its_link_is_verified(
    mysql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = mysql.create_database()
    mysql.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    monkeypatch.setattr(login, "_is_loopback", lambda _: False)

    def is_marked(settings: DbSettings) -> bool:
        store = open_store(settings, any_schema=True)
        vitals = read_vitals(store)
        store.close()
        return vitals.is_exposed

    assert not is_marked(db)
    assert is_marked(replace(db, ssl_mode=SslMode.REQUIRED, ssl_ca=""))
    assert not is_marked(replace(db, unix_socket=str(mysql.socket)))
    mysql.drop_database(db.db)
