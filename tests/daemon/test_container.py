"""The README's Containerfile: all that can be run of it without an image is run."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sq_console.store import Store
from tests.cli.run_program import TOP, environment, running
from tests.servers import free_port
from tests.waiting import eventually

VENV = "/opt/sq-console"


@pytest.fixture(scope="module")
def containerfile() -> list[tuple[str, str]]:
    """Its instructions: name and rest."""
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```dockerfile\n(.*?)```", readme, re.DOTALL)
    lines = [line.partition(" ") for line in block.splitlines()]
    return [(name, rest) for name, _, rest in lines]


def only(containerfile: list[tuple[str, str]], name: str) -> str:
    (rest,) = [rest for each, rest in containerfile if each == name]
    return rest


def test_it_is_short_runs_as_nobody_and_is_stopped_in_order(
    containerfile: list[tuple[str, str]],
) -> None:
    assert len(containerfile) == 10
    assert only(containerfile, "USER").split(":")[0] not in ("0", "root")
    assert only(containerfile, "STOPSIGNAL") == "SIGTERM"


def test_it_installs_this_package_with_extras_that_exist(
    containerfile: list[tuple[str, str]],
) -> None:
    made, _, installed = only(containerfile, "RUN").partition(" && ")
    pip, *_, what = shlex.split(installed)
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]

    assert made == f"python -m venv {VENV}"
    assert pip == f"{VENV}/bin/pip"
    extras = re.fullmatch(r"/src\[(.*)\]", what)
    assert extras is not None
    assert {*extras[1].split(",")} <= {*project["optional-dependencies"]}
    script = json.loads(only(containerfile, "ENTRYPOINT"))[0]
    assert Path(script).name in project["scripts"]


def test_its_command_works_is_healthy_and_ends(
    containerfile: list[tuple[str, str]], folder: Path, queue: Store
) -> None:
    port = str(free_port())
    here = {
        "/etc/sq-console/db.ini": str(folder / "db.ini"),
        f"{VENV}/bin/python": sys.executable,
    }

    def words(of: str) -> list[str]:
        given = json.loads(of.removeprefix("CMD "))
        return [here.get(word, word).replace("9108", port) for word in given]

    check = words(only(containerfile, "HEALTHCHECK"))
    nobody = {**environment(), "HOME": "/nonexistent"}

    def is_healthy() -> bool:
        return subprocess.run(check, capture_output=True, timeout=30).returncode == 0

    assert not is_healthy()
    with running(*words(only(containerfile, "CMD")), cwd=folder, **nobody) as daemon:
        eventually(is_healthy)
        eventually(queue.reads.processors)
        daemon.popen.terminate()
        assert daemon.wait() == 0, daemon.err
    assert not is_healthy()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_its_package_is_installed_by_the_line_it_has(
    containerfile: list[tuple[str, str]], tmp_path: Path
) -> None:
    line = only(containerfile, "RUN").replace(VENV, str(tmp_path / "venv"))
    line = line.replace("/src[", f"{TOP}[").replace("python ", f"{sys.executable} ", 1)

    subprocess.run(line, shell=True, check=True, capture_output=True, timeout=500)

    done = subprocess.run(
        [tmp_path / "venv/bin/sq-console", "--version"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("sq-console ")
