"""How many files may be open, in a process of its own: a limit once lowered stays."""

import subprocess
import sys

_TRY = """
import resource, sys
from sq_console.processor.file_limit import idle_connections_for, raise_file_limit
soft, hard, concurrency = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
raise_file_limit(concurrency)
print(*resource.getrlimit(resource.RLIMIT_NOFILE), idle_connections_for(concurrency))
"""


def limits_after(soft: int, hard: int, concurrency: int) -> tuple[int, ...]:
    numbers = map(str, (soft, hard, concurrency))
    tried = subprocess.run(
        [sys.executable, "-c", _TRY, *numbers],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(map(int, tried.stdout.split()))


def test_a_small_limit_is_raised_as_far_as_needed() -> None:
    assert limits_after(150, 1_000, 200) == (900, 1_000, 400)


def test_or_as_far_as_allowed() -> None:
    assert limits_after(150, 400, 200) == (400, 400, 100)


def test_a_large_one_stays() -> None:
    assert limits_after(950, 1_000, 50) == (950, 1_000, 100)


def test_no_connection_is_kept_where_only_the_calls_have_room() -> None:
    assert limits_after(150, 150, 50) == (150, 150, 0)
