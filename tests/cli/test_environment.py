"""What the program is started in: streams that cannot be written, no home, a user
without a name, a terminal that cannot paint, Ctrl-C before it has begun.
"""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console.model import Job, JobState, Seen
from sq_console.store import Store
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import TOP, command, environment
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(3)

FULL = 'exec "$@" 2>/dev/full'
CLOSED = 'exec "$@" 2>&-'
UNWRITABLE = pytest.mark.parametrize("errors", ["full", "closed", "broken"])


def run_without_errors(errors: str, folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and standard output of a run whose standard error takes nothing."""
    if errors == "broken":
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            command(*arguments),
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=write,
            timeout=30,
        )
        os.close(write)
    else:
        script = FULL if errors == "full" else CLOSED
        done = subprocess.run(
            ["sh", "-c", script, "sh", *command(*arguments)],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            timeout=30,
        )
    return done.returncode, done.stdout.decode()


@UNWRITABLE
def test_an_action_is_done_whole_and_has_its_own_exit_code(
    folder: Path, queue: Store, new_job: Callable[..., Job], errors: str
) -> None:
    ids = [new_job().id for _ in range(4)]
    queue.actions.kill(Seen(ids[0]), "test@here")

    code, out = run_without_errors(
        errors, folder, "-v", "kill", *(str(job_id) for job_id in (*ids, 99))
    )

    assert code == 1  # the first was killed before, and there is no job 99
    assert [line.split()[0] for line in out.splitlines()] == [
        str(job_id) for job_id in ids[1:]
    ]
    states = {queue.reads.job(job_id).state for job_id in ids}
    assert states == {JobState.KILLED}


@UNWRITABLE
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("-v", "ls"), 0),
        (("enqueue", "post", "http://a.example/", "--timeout", "99999"), 0),
        (("show", "7"), 1),
        (("nonsense",), 2),
        (("ls", "-c", "nowhere.ini"), 2),
        (("--once",), 0),
        (("--once", "--log-format", "json"), 0),
        (("--until-empty", "--procs", "2"), 0),
        ((), 2),
    ],
)
def test_every_exit_code_is_what_it_would_be(
    folder: Path, errors: str, arguments: tuple[str, ...], code: int
) -> None:
    assert run_without_errors(errors, folder, *arguments)[0] == code


NAMELESS = """
import pwd, runpy, sys

def nobody(_uid):
    raise KeyError("getpwuid(): uid not found")

pwd.getpwuid = nobody
sys.argv[0] = "sq-console"
runpy.run_module("sq_console", run_name="__main__")
"""


def nameless(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """As a container runs it: with a user id that is nobody's, and no HOME."""
    dropped = ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME")
    return subprocess.run(
        [sys.executable, "-c", NAMELESS, *arguments],
        cwd=folder,
        env={k: v for k, v in environment().items() if k not in dropped},
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("enqueue", "post", "http://a.example/"),
        ("ls",),
        ("stats",),
        ("processors",),
        ("init",),
        ("check",),
        ("pause",),
        ("tail",),
        ("--once",),
        ("--until-empty", "--procs", "2"),
        ("demo", "--once", "--jobs", "3"),
    ],
)
def test_no_verb_needs_a_home_or_a_name(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    done = nameless(folder, *arguments)

    assert "Traceback" not in done.stderr
    assert done.returncode in ((1,) if arguments == ("pause",) else (0,)), done.stderr


def test_a_user_without_a_name_acts_under_the_number(
    folder: Path, queue: Store, new_job: Callable[..., Job]
) -> None:
    job = new_job()

    assert nameless(folder, "kill", str(job.id)).returncode == 0

    assert f"killed by uid{os.getuid()}@" in queue.reads.job_log(job.id)[-1].msg


def test_a_console_without_a_home_says_where_its_log_could_go(folder: Path) -> None:
    script = folder / "nameless.py"
    script.write_text(NAMELESS)
    dropped = dict.fromkeys(("USER", "LOGNAME", "LNAME", "USERNAME"), "")
    program = [sys.executable, str(script)]
    with in_terminal(
        cwd=folder, program=["env", "-u", "HOME", *program], **dropped
    ) as terminal:
        assert terminal.wait() == 2
    assert terminal.text.count("\n") == 1
    assert "this user has no home; use --log-file" in terminal.text

    program += ["--log-file", "console.log"]
    with in_terminal(
        cwd=folder, program=["env", "-u", "HOME", *program], **dropped
    ) as terminal:
        terminal.wait_for("Pending")
        terminal.press("q")
        assert terminal.wait() == 0
    assert "Traceback" not in terminal.text


@pytest.mark.parametrize("term", ["dumb", "", "unknown", None])
@pytest.mark.parametrize("arguments", [(), ("--watch",), ("demo",)])
def test_a_terminal_that_cannot_paint_gets_one_line(
    folder: Path, term: str | None, arguments: tuple[str, ...]
) -> None:
    unset = ["env", "-u", "TERM"] if term is None else ["env", f"TERM={term}"]
    with in_terminal(cwd=folder, program=[*unset, *command(*arguments)]) as terminal:
        assert terminal.wait() == 2

    assert terminal.text.count("\n") == 1
    assert f"TERM is {term or 'not set'}" in terminal.text
    assert "--no-ui" in terminal.text


STUCK = """
import pathlib, time
pathlib.Path("reached").touch()
time.sleep(60)
"""


def entry_points() -> list[list[str]]:
    """`python -m sq_console`, and what the console script does."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    module, function = project["scripts"]["sq-console"].split(":")
    script = f"import sys; from {module} import {function}; sys.exit({function}())"
    return [command(), [sys.executable, "-c", script]]


@pytest.mark.parametrize("entry", entry_points(), ids=["module", "script"])
@pytest.mark.parametrize("module", ["click", "json", "sqlite3", "httptools"])
def test_interrupted_while_it_loads_it_says_nothing(
    folder: Path, entry: list[str], module: str
) -> None:
    (folder / "slow").mkdir()
    (folder / "slow" / f"{module}.py").write_text(STUCK)
    arguments = ["--no-ui"] if module == "httptools" else ["ls"]
    process = subprocess.Popen(
        [*entry, *arguments],
        cwd=folder,
        env=environment(PYTHONPATH=f"{folder / 'slow'}:{TOP}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    eventually((folder / "reached").exists)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)

    assert (process.returncode, out, err) == (130, b"", b"")


def run_without_output(output: str, folder: Path, *arguments: str) -> int:
    """Exit code of a run whose standard output takes nothing."""
    if output == "full":
        write = os.open("/dev/full", os.O_WRONLY)
    else:
        read, write = os.pipe()
        os.close(read)
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(),
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=30,
    )
    os.close(write)
    assert done.stderr.count(b"\n") == (1 if output == "full" else 0)
    return done.returncode


@pytest.mark.parametrize("output", ["full", "broken"])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_jobs_are_acted_upon_although_nobody_can_read_it(
    folder: Path,
    queue: Store,
    new_job: Callable[..., Job],
    output: str,
    words: tuple[str, ...],
) -> None:
    ids = [new_job().id for _ in range(4)]

    code = run_without_output(output, folder, "kill", *map(str, ids), *words)

    assert {queue.reads.job(job_id).state for job_id in ids} == {JobState.KILLED}
    assert code != 0


@pytest.mark.parametrize("output", ["full", "broken"])
def test_all_jobs_are_enqueued_although_nobody_can_read_it(
    folder: Path, queue: Store, output: str
) -> None:
    run_without_output(
        output, folder, "enqueue", "post", "http://a.example/", "--count", "1001"
    )

    assert queue.reads.counts().due == 1_001
