"""A file with a secret in it is named when others may read or change it."""

import os
from pathlib import Path

import pytest

from sq_console.config import exposed_files, load_settings
from sq_console.config.exposed_files import exposure

ME, ROOT, OTHER, GROUP = 54_321, 0, 54_322, 54_323


def status(mode: int, owner: int) -> os.stat_result:
    return os.stat_result((0o100_000 | mode, 0, 0, 1, owner, GROUP, 9, 0, 0, 0))


@pytest.mark.parametrize(
    ("mode", "owner", "user", "who", "command"),
    [
        (0o600, ME, ME, "", ""),
        (0o400, ROOT, ROOT, "", ""),
        (0o640, ROOT, ME, "", ""),  # how a service reads what root wrote
        (0o640, ROOT, ROOT, "", ""),
        (0o640, ME, ROOT, "", ""),
        (0o640, ME, ME, f"the group {GROUP} may read it", "chmod g="),
        (0o660, ROOT, ME, f"the group {GROUP} may change it", "chmod g="),
        (0o644, ME, ME, "others may read it", "chmod go="),
        (0o644, ROOT, ME, "others may read it", "chmod o="),
        (0o602, ME, ME, "others may read it", "chmod go="),
        (0o640, OTHER, ME, f"it belongs to {OTHER}", f"chown {ME}"),
    ],
)
def test_who_has_too_much_of_a_file(
    mode: int, owner: int, user: int, who: str, command: str
) -> None:
    assert exposure(status(mode, owner), user) == (who, command)


def test_files_are_looked_at_when_they_hold_a_secret(tmp_path: Path) -> None:
    ini, secret, key = (tmp_path / name for name in ("db.ini", "secret", "key.pem"))
    login = "[db]\nuser = queue\ndb = queue\n"
    tls = "ssl_ca = key.pem\nssl_cert = key.pem\nssl_key = key.pem\n"
    for path, content in ((secret, "hush77"), (key, "key"), (ini, "")):
        path.write_text(content)
        path.chmod(0o644)

    def exposed(text: str, **environ: str) -> list[Path]:
        ini.write_text(text)
        return [each.path for each in exposed_files(load_settings(ini, environ))]

    assert exposed(login) == []
    assert exposed(f"{login}passwd = x\n") == [ini]
    assert exposed(f"{login}passwd = x\n", SQ_DB_PASSWD="y") == [ini]
    assert exposed(f"{login}passwd_file = secret\n{tls}") == [key, secret]
    secret.chmod(0o600)
    assert exposed(f"{login}passwd_file = secret\n") == []
