"""What the shape of the project promises: files stay small, a server never loads the
screen, every verb is documented, and a wheel has all its parts.

Which module may import which is import-linter's; here is what only a running program, a
built wheel or the top of the checkout can show.
"""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import click
import pytest

from sq_console.cli import console

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "sq_console"
TOP_ENTRIES = {
    *("sq_console", "tests", "schema.sql", "db.example.ini"),
    *("pyproject.toml", "README.md"),
}
VERBS = console.list_commands(click.Context(console))
PARTS = {
    "sq_console/py.typed": PACKAGE / "py.typed",
    "sq_console/LICENSE": PACKAGE / "LICENSE",
    "sq_console/ui/console.tcss": PACKAGE / "ui" / "console.tcss",
    "sq_console/db.example.ini": TOP / "db.example.ini",
    "sq_console/store/schema/mysql.sql": TOP / "schema.sql",
    "sq_console/store/schema/sqlite.sql": PACKAGE / "store" / "schema" / "sqlite.sql",
}
"""Name in the wheel -> file in the checkout."""

RUNS = [
    "init",
    "check",
    "enqueue post http://127.0.0.1:1/ --body x --retries 0 --count 3",
    "ls",
    "--once",
    "show 1",
    "retry 1",
    "kill 1",
    "edit 2 --url http://127.0.0.1:2/",
    "tail",
    "stats",
    "processors",
    "pause",
    "resume",
    "drain",
]
"""Every verb at work on an embedded database; nobody listens where the jobs go."""

RUN_THEM = """
import sys
from sq_console.cli import main
for run in sys.argv[1:]:
    try:
        main(run.split())
    except SystemExit as leaving:
        print(run, "->", leaving.code, file=sys.stderr)
    assert "textual" not in sys.modules, run
"""


def python(*arguments: str, cwd: Path = TOP) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=50,
    )


@pytest.mark.parametrize("module", ["cli", "daemon", "processor"])
def test_importing_what_servers_run_loads_no_textual(module: str) -> None:
    done = python(
        "-c", f"import sys, sq_console.{module}; sys.exit('textual' in sys.modules)"
    )

    assert done.returncode == 0, done.stderr


def test_no_verb_and_no_headless_run_loads_textual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = queue.sqlite\n")
    monkeypatch.setenv("PYTHONPATH", str(TOP))
    demo = "demo --no-ui --once --jobs 5"

    done = python("-c", RUN_THEM, *RUNS, demo, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "-> 2" not in done.stderr, "a run was refused, and so shows nothing"
    assert {run.split()[0] for run in (*RUNS, demo)} - {"--once"} == set(VERBS)


def test_no_file_of_the_package_holds_several_ideas() -> None:
    """A file past 350 lines is a smell: one of its ideas wants a file of its own."""
    lengths = {
        str(path.relative_to(TOP)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }

    assert {name: lines for name, lines in lengths.items() if lines > 350} == {}


def test_what_is_imported_is_named_as_a_dependency() -> None:
    imports = re.compile(r"^\s*(?:import|from) ([a-z]\w*)", re.MULTILINE)
    imported = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in imports.findall(path.read_text(encoding="utf-8"))
    }
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    named = {
        re.split(r"[^\w-]", dependency)[0].lower().replace("-", "_")
        for dependency in project["project"]["dependencies"]
    }

    others = imported & set(importlib.metadata.packages_distributions())
    assert others - {"sq_console"} <= named


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    assert console.commands[verb].help


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_stands_in_the_readme(verb: str) -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")

    assert re.search(rf"sq-console {verb}\b|`{verb}[ `]", readme)


def test_nothing_else_stands_at_the_top() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=TOP, capture_output=True, text=True, timeout=10
    )
    if listed.returncode:
        pytest.skip("not a git checkout: what is ours cannot be told from the rest")
    entries = {name.split("/")[0] for name in listed.stdout.splitlines()}

    assert {name for name in entries if not name.startswith(".")} <= TOP_ENTRIES


def test_a_wheel_has_every_part(tmp_path: Path) -> None:
    if importlib.util.find_spec("hatchling") is None:
        _assert_the_wheel_is_told_of_every_part()
        return
    pip = "-m pip wheel --quiet --no-deps --no-build-isolation --no-index"

    done = python(*pip.split(), "--wheel-dir", str(tmp_path), str(TOP))

    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert set(PARTS) <= set(names)
    assert len(names) == len(set(names))


def _assert_the_wheel_is_told_of_every_part() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    told = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    inside = {name: str(path.relative_to(TOP)) for name, path in PARTS.items()}

    assert told["packages"] == ["sq_console"]
    for name, path in inside.items():
        assert told["force-include"].get(path, path) == name
        assert (TOP / path).is_file()


def test_text_is_measured_in_one_place():
    measuring = re.compile(r"rich\.cells|\.[lr]just\(|\.center\(")
    found = [
        path.name
        for path in (PACKAGE / "ui", PACKAGE / "cli")
        for path in path.rglob("*.py")
        if measuring.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["cells.py"]
