"""The passwords that tests log in with. What a program wrote is looked through for them
wherever a runner has it: in no run of any test is one to be seen.
"""

from collections.abc import Iterable
from pathlib import Path

SERVER = "100%#sure"
"""Of databases. Has the characters that ini readers like to eat."""
GRANTED = "grants#77"
"""Of the users with the README's grants."""
READER = "only#reads"
"""Of a user with SELECT alone."""
API = "api#hush77"
"""Of `[api]`."""
PASSWORDS = (SERVER, GRANTED, READER, API)


def assert_no_password(*written: str) -> None:
    """None of *written* has one in it."""
    for text in written:
        for number, passwd in enumerate(PASSWORDS):
            at = text.find(passwd)
            assert at < 0, f"password {number} is in: {text[max(0, at - 200) : at]!r}"


def assert_no_password_in_logs(folder: Path, more: Iterable[Path] = ()) -> None:
    """Nor in the log files that a program has in *folder*, nor in *more*."""
    for path in (*folder.glob("*.log*"), *more):
        if path.is_file():
            assert_no_password(path.read_text(encoding="utf-8", errors="replace"))
