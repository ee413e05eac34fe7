"""Passwords come from the ini, a file, the environment or systemd: which one counts,
and what is said of mistakes, without ever repeating one.
"""

import os
import pickle
from pathlib import Path

import pytest

from sq_console.config import Settings, load_settings, without_secrets
from sq_console.errors import SettingsError

INI = "[db]\nuser = queue\ndb = queue\n{db}\n[api]\nuser = queue\n{api}\n"
IN_INI, IN_FILE, IN_ENVIRON, IN_CREDENTIAL = "ini77", "file77", "environ77", "cred77"
SECTIONS = pytest.mark.parametrize("section", ["db", "api"])


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "db.ini"


def load(ini: Path, *, db: str = "", api: str = "", **environ: str) -> Settings:
    ini.write_text(INI.format(db=db, api=api), encoding="utf-8")
    return load_settings(ini, environ)


def given(section: str, ini: Path, *ways: str) -> dict[str, str]:
    """What `load` takes so that *section* has its password in these *ways*."""
    folder = ini.parent / "credentials"
    taken: dict[str, str] = {}
    if "passwd" in ways:
        taken[section] = f"passwd = {IN_INI}"
    if "passwd_file" in ways:
        (ini.parent / "secret").write_text(f"{IN_FILE}\n")
        taken[section] = "passwd_file = secret"
    if "environ" in ways:
        taken[f"SQ_{section.upper()}_PASSWD"] = IN_ENVIRON
    if "credential" in ways:
        folder.mkdir(exist_ok=True)
        (folder / f"{section}_passwd").write_text(IN_CREDENTIAL)
        taken["CREDENTIALS_DIRECTORY"] = str(folder)
    return taken


@SECTIONS
@pytest.mark.parametrize(
    ("ways", "used"),
    [
        (("passwd",), IN_INI),
        (("passwd_file",), IN_FILE),
        (("environ",), IN_ENVIRON),
        (("credential",), IN_CREDENTIAL),
        (("passwd", "credential"), IN_CREDENTIAL),
        (("passwd_file", "credential"), IN_CREDENTIAL),
        (("passwd", "environ"), IN_ENVIRON),
        (("passwd_file", "credential", "environ"), IN_ENVIRON),
    ],
)
def test_what_the_deployment_gives_stands_before_the_ini(
    ini: Path, section: str, ways: tuple[str, ...], used: str
) -> None:
    settings = load(ini, **given(section, ini, *ways))

    assert getattr(settings, section).passwd == used
    assert "77" not in repr(settings)
    assert "77" not in str(settings.password_sources)
    assert pickle.loads(pickle.dumps(settings)) == settings  # for children


@SECTIONS
def test_two_passwords_in_the_ini_are_one_too_many(ini: Path, section: str) -> None:
    both = f"passwd = {IN_INI}\npasswd_file = secret"

    with pytest.raises(SettingsError) as refused:
        load(ini, **{section: both})

    assert str(refused.value) == (
        f"{ini}: [{section}] passwd and passwd_file exclude each other;"
        " leave one of them out"
    )


@pytest.mark.parametrize(
    ("content", "passwd"),
    [
        (b"a b\n", "a b"),
        (b"a\r\n", "a"),
        (b" a ", " a "),
        (b"100%#;=", "100%#;="),
        ("ü😀\n".encode(), "ü😀"),
    ],
)
def test_the_file_is_taken_as_it_stands_but_for_its_newline(
    ini: Path, content: bytes, passwd: str
) -> None:
    (ini.parent / "secret").write_bytes(content)

    assert load(ini, db="passwd_file = secret").db.passwd == passwd


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"", "it is empty; it must hold the password"),
        (b"\n", "it is empty; it must hold the password"),
        (b"hush77\nmore\n", "it must hold the password alone, on one line"),
        (b"hush77\0", "it must hold the password alone, on one line"),
        (b"hush77\xff", "not UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_password_is_one_line(
    ini: Path, content: bytes | None, said: str
) -> None:
    path = ini.parent / "secret"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError) as refused:
        load(ini, db="passwd_file = secret")

    assert str(refused.value) == f"{ini}: [db] passwd_file: {path}: {said}"


@pytest.mark.parametrize(
    ("named", "said"), [(".", "it is a directory"), ("", "names no file")]
)
def test_a_name_that_is_no_file_is_one_line(ini: Path, named: str, said: str) -> None:
    with pytest.raises(SettingsError, match=rf"\[db\] passwd_file: .*{said}"):
        load(ini, db=f"passwd_file = {named}")


def test_a_pipe_of_the_shell_can_be_the_file(ini: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"piped77\n")
    os.close(write)

    settings = load(ini, db=f"passwd_file = /dev/fd/{read}")

    os.close(read)
    assert settings.db.passwd == "piped77"


def test_an_empty_variable_and_a_folder_without_credential_give_nothing(
    ini: Path,
) -> None:
    settings = load(
        ini,
        db=f"passwd = {IN_INI}",
        SQ_DB_PASSWD="",
        CREDENTIALS_DIRECTORY=str(ini.parent),
    )

    assert settings.db.passwd == IN_INI


def test_a_password_for_handlers_without_its_user_is_refused(ini: Path) -> None:
    ini.write_text("[db]\nuser = queue\ndb = queue\n")

    with pytest.raises(SettingsError) as refused:
        load_settings(ini, {"SQ_API_PASSWD": IN_ENVIRON})

    said = str(refused.value)
    assert said == f"{ini}: [api] user: missing; SQ_API_PASSWD is given and needs it"


def test_an_embedded_database_takes_no_password_of_the_environment(ini: Path) -> None:
    ini.write_text("[db]\nengine = sqlite\npath = q.sqlite\n")

    assert load_settings(ini, {"SQ_DB_PASSWD": IN_ENVIRON}).db.passwd == ""


def test_a_child_process_is_given_none_of_them() -> None:
    environ = {
        "SQ_DB_PASSWD": "a",
        "SQ_API_PASSWD": "b",
        "CREDENTIALS_DIRECTORY": "/run",
        "PATH": "/bin",
    }

    assert without_secrets(environ) == {"PATH": "/bin"}
