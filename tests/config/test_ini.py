"""What is read from the ini file, the environment and the flags."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.config import (
    DbSettings,
    ListenAddress,
    ProcessorSettings,
    Settings,
    find_config,
    load_settings,
)
from sq_console.errors import SettingsError

TOP = Path(__file__).parent.parent.parent
MYSQL = "[db]\nuser = queue\npasswd = secret\ndb = queue\n"
SQLITE = "[db]\nengine = sqlite\npath = queue.sqlite\n"


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "db.ini"


def load(ini: Path, text: str) -> Settings:
    ini.write_text(text, encoding="utf-8")
    return load_settings(ini)


def test_colon_and_equals_are_both_taken(ini: Path) -> None:
    db = load(ini, "[db]\nuser: queue\npasswd=a:b=c\nport : 3307\ndb =q\n").db

    assert db == DbSettings(user="queue", passwd="a:b=c", port=3307, db="q")


@pytest.mark.parametrize(
    "passwd",
    ["100%", "%(user)s", "%%", "a#b", "#", "a ; b", "a = b", '"quoted"', "[db]", "ü😀"],
)
def test_a_password_is_taken_as_it_stands(ini: Path, passwd: str) -> None:
    assert load(ini, MYSQL.replace("secret", passwd)).db.passwd == passwd


ONE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)


@given(passwd=ONE_LINE.filter(lambda text: text == text.strip()))
def test_any_password_of_one_line_is_taken_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory, passwd: str
) -> None:
    ini = tmp_path_factory.getbasetemp() / "any.ini"

    assert load(ini, MYSQL.replace("secret", passwd)).db.passwd == passwd


def test_the_password_shows_in_no_repr_and_no_label(ini: Path) -> None:
    mysql = MYSQL.replace("secret", "hunter2")
    settings = load(ini, f"{mysql}[api]\nuser = api\npasswd = hunter3\n")

    assert "hunter" not in repr(settings)
    assert settings.db.label == "queue@127.0.0.1:3306/queue"


def test_the_label_names_the_socket_or_the_file(ini: Path, tmp_path: Path) -> None:
    by_socket = load(ini, MYSQL + "unix_socket = /run/my.sock\n").db
    in_a_file = load(ini, SQLITE).db

    assert by_socket.label == "queue@/run/my.sock/queue"
    assert in_a_file.label == str(tmp_path / "queue.sqlite")


def test_mariadb_is_mysql(ini: Path) -> None:
    assert load(ini, MYSQL + "engine = mariadb\n").db.engine == "mysql"


def test_a_missing_key_has_its_default(ini: Path) -> None:
    settings = load(ini, MYSQL)

    assert settings.db == DbSettings(user="queue", passwd="secret", db="queue")
    assert settings.processor == ProcessorSettings(
        concurrency=50, poll_ms=100, drain_secs=25, max_timeout_secs=3600
    )
    assert settings.source == ini


def test_the_section_for_tests_is_accepted_and_ignored(ini: Path) -> None:
    assert load(ini, MYSQL + "[db-test]\nhost = elsewhere\n") == load(ini, MYSQL)


def test_paths_are_relative_to_the_ini_file(ini: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()

    assert load(ini, SQLITE).db.path == str(tmp_path / "queue.sqlite")
    assert load(ini, MYSQL + "ssl_ca = ca.pem\n").db.ssl_ca == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("keys", "mode"),
    [
        ("", "preferred"),
        ("ssl_ca = ca.pem\n", "verify-identity"),
        ("ssl_ca = ca.pem\nssl_mode = verify-ca\n", "verify-ca"),
        ("ssl_mode = VERIFY_IDENTITY\nssl_cert = ca.pem\n", "verify-identity"),
        ("ssl_mode = Required\n", "required"),
        ("ssl_mode = disabled\nserver_public_key = ca.pem\n", "disabled"),
        ("server_public_key = ca.pem\n", "preferred"),
    ],
)
def test_the_link_is_as_the_ini_says(
    ini: Path, tmp_path: Path, keys: str, mode: str
) -> None:
    (tmp_path / "ca.pem").touch()

    assert load(ini, MYSQL + keys).db.tls == mode


def test_an_absolute_path_stays(ini: Path) -> None:
    settings = load(ini, "[db]\nengine = sqlite\npath = /var/lib/sq/queue.sqlite\n")

    assert settings.db.path == "/var/lib/sq/queue.sqlite"


def test_hosts_and_networks_are_lists(ini: Path) -> None:
    settings = load(
        ini,
        MYSQL
        + "[api]\nhosts = API.example.com, intern.example.com:8080\n"
        + "[processor]\nallow_hosts = *.Example.com\n"
        + "allow_cidrs = 10.1.2.3/8 fd00::/8\ndeny_cidrs =\n",
    )

    assert settings.api.hosts == ("api.example.com", "intern.example.com:8080")
    assert settings.processor.allow_hosts == ("*.example.com",)
    assert settings.processor.allow_cidrs == (
        ip_network("10.0.0.0/8"),
        ip_network("fd00::/8"),
    )
    assert settings.processor.deny_cidrs == ()


def test_a_byte_order_mark_is_skipped(ini: Path) -> None:
    assert load(ini, "\ufeff" + MYSQL) == load(ini, MYSQL)


def test_the_example_can_be_used_as_it_stands() -> None:
    settings = load_settings(TOP / "db.example.ini")

    assert settings.db == DbSettings(user="queue", passwd="change me", db="queue")
    assert settings.processor == ProcessorSettings()


def test_every_line_the_example_comments_out_can_be_used(ini: Path) -> None:
    example = (TOP / "db.example.ini").read_text(encoding="utf-8")
    used = re.sub(r"(?m)^# (?!ssl_)(\[|\w+ ?[:=])", r"\1", example)

    settings = load(ini, used)

    assert settings.db.unix_socket
    assert settings.api.user and settings.api.passwd and settings.api.hosts
    assert settings.processor.per_host
    assert settings.processor.allow_hosts
    assert settings.processor.allow_cidrs and settings.processor.deny_cidrs


@pytest.mark.parametrize(
    ("per_host", "concurrency", "cap"),
    [(0, 50, 45), (0, 1, 1), (0, 9, 8), (20, 50, 20), (80, 50, 50), (50, 50, 50)],
)
def test_one_host_may_hold_nine_tenths_of_the_slots_by_default(
    per_host: int, concurrency: int, cap: int
) -> None:
    settings = ProcessorSettings(per_host=per_host, concurrency=concurrency)

    assert settings.host_cap == cap


def test_the_named_file_goes_before_the_environment_and_that_before_db_ini(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "db.ini").touch()

    assert find_config("a.ini", {"SQ_CONFIG": "b.ini"}) == Path("a.ini")
    assert find_config(None, {"SQ_CONFIG": "b.ini"}) == Path("b.ini")
    assert find_config(None, {"SQ_CONFIG": ""}) == Path("db.ini")
    assert find_config(None, {}) == Path("db.ini")


def test_without_any_config_file_the_error_lists_the_ways_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError) as caught:
        find_config(None, {})

    assert str(caught.value) == (
        "no config file: name one with --config, set SQ_CONFIG, or put db.ini here"
        " (see db.example.ini)"
    )
    assert caught.value.exit_code == 2


def test_a_flag_replaces_the_concurrency_of_the_file(ini: Path) -> None:
    settings = load(ini, MYSQL + "[processor]\nconcurrency = 5\n")

    assert settings.with_concurrency(None) == settings
    assert settings.with_concurrency(7).processor.concurrency == 7


@pytest.mark.parametrize("concurrency", [0, -1, 10_001])
def test_a_flag_out_of_range_is_refused(ini: Path, concurrency: int) -> None:
    with pytest.raises(SettingsError, match="must be from 1 to 10000"):
        load(ini, MYSQL).with_concurrency(concurrency)


@pytest.mark.parametrize(
    ("text", "address", "is_loopback"),
    [
        ("127.0.0.1:9108", ListenAddress("127.0.0.1", 9108), True),
        ("localhost:9108", ListenAddress("localhost", 9108), True),
        ("[::1]:9108", ListenAddress("::1", 9108), True),
        ("0.0.0.0:0", ListenAddress("0.0.0.0", 0), False),
        ("[::]:9108", ListenAddress("::", 9108), False),
        ("metrics.example.com:80", ListenAddress("metrics.example.com", 80), False),
    ],
)
def test_an_address_to_listen_at_is_written_as_it_was_read(
    ini: Path, text: str, address: ListenAddress, is_loopback: bool
) -> None:
    listen = load(ini, f"{SQLITE}[metrics]\nlisten = {text}\n").metrics.listen

    assert listen == address
    assert str(listen) == text
    assert address.is_loopback is is_loopback


@pytest.mark.parametrize("lines", ["", "[metrics]\n", "[metrics]\nlisten = off\n"])
def test_nothing_listens_unless_it_is_asked_to(ini: Path, lines: str) -> None:
    assert load(ini, SQLITE + lines).metrics.listen is None
