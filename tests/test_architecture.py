"""What the shape of the project promises: files and packages stay small, imports make
no circle, a server never loads the screen, and every verb is documented.

Which module may import which is import-linter's; here is what only a running program or
the whole of the sources can show. What names promise is in `test_names`, what is built
of the sources in `test_distributions`.
"""

import ast
import graphlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Container, Iterator
from itertools import chain
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
RUNS = [
    "init",
    "migrate",
    "check",
    "adopt --yes",
    "prune --older 7d --dry-run",
    "enqueue post http://127.0.0.1:1/ --body x --retries 0 --count 3",
    "ls",
    "--once",
    "show 1",
    "retry 1",
    "kill 1",
    "edit 2 --url http://127.0.0.1:2/",
    "tail",
    "stats",
    "activity --since 2h",
    "processors",
    "hold 127.0.0.1:1 --why ticket",
    "resume --host 127.0.0.1:1",
    "pause",
    "drain",
    "set-aside --filter state:failed --all",
    "bulk ls",
    "completion bash",
    "dashboards alerts",
    "man",
    "unit",
    "demo --no-ui --once --jobs 5",
]
"""Every verb at work on an embedded database; nobody listens where the jobs go."""

PAINTING_VERBS = {"snapshot"}
"""They paint the screen, and so load it."""

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


IMPORT_EACH = """
import importlib, pkgutil, sys
for package in sys.argv[1:]:
    path = importlib.import_module(package).__path__
    for _, name, _ in pkgutil.walk_packages(path, package + "."):
        importlib.import_module(name)
        assert "textual" not in sys.modules, name
        print(name)
"""
"""Every module of some packages, each imported."""


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


def test_every_verb_has_a_run() -> None:
    runs = {run.split()[0] for run in RUNS} - {"--once"}
    assert runs | PAINTING_VERBS == set(VERBS)


def test_the_lines_and_the_state_of_the_console_load_no_textual() -> None:
    done = python("-c", IMPORT_EACH, "sq_console.ui.content", "sq_console.ui.state")

    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert {"sq_console.ui.content.lines", "sq_console.ui.state.panes"} <= imported


@pytest.mark.slow
def test_no_verb_and_no_headless_run_loads_textual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = queue.sqlite\n")
    monkeypatch.setenv("PYTHONPATH", str(TOP))

    done = python("-c", RUN_THEM, *RUNS, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "-> 2" not in done.stderr, "a run was refused, and so shows nothing"


def test_no_file_of_the_package_holds_several_ideas() -> None:
    """A file past 350 lines is a smell: one of its ideas wants a file of its own."""
    lengths = {
        str(path.relative_to(TOP)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }

    assert {name: lines for name, lines in lengths.items() if lines > 350} == {}


def _modules() -> dict[str, Path]:
    """Dotted name -> file, of the whole package."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(TOP).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def _imported(tree: ast.Module, known: Container[str]) -> set[str]:
    """The modules among *known* that *tree* imports anywhere, inside functions too."""
    names = set()
    for node in _without_type_checking(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                names.add(inside if inside in known else str(node.module))
    return {name for name in names if name in known}


def _without_type_checking(node: ast.AST) -> Iterator[ast.AST]:
    """What `if TYPE_CHECKING:` guards is never run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _without_type_checking(child)


def test_no_import_circle_even_of_imports_inside_functions() -> None:
    modules = _modules()
    graph = {
        name: _imported(ast.parse(path.read_text(encoding="utf-8")), modules) - {name}
        for name, path in modules.items()
    }
    assert sum(map(len, graph.values())) > len(modules), "imports are not found"

    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_no_package_holds_more_than_a_shelf_of_modules() -> None:
    """Fourteen modules beside the sub-packages: more wants a sub-package."""
    counts = Counter(
        str(path.parent.relative_to(TOP))
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    )

    assert {package: count for package, count in counts.items() if count > 14} == {}


def test_what_is_imported_is_named_as_a_dependency() -> None:
    imports = re.compile(r"^\s*(?:import|from) ([a-z]\w*)", re.MULTILINE)
    imported = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in imports.findall(path.read_text(encoding="utf-8"))
    }
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    for_users = [extras[extra] for extra in extras.keys() - {"test"}]
    named = {
        re.split(r"[^\w-]", dependency)[0].lower().replace("-", "_")
        for dependency in chain(project["project"]["dependencies"], *for_users)
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
        pytest.skip("not a git checkout: which files are ours is not known")
    entries = {name.split("/")[0] for name in listed.stdout.splitlines()}

    assert {name for name in entries if not name.startswith(".")} <= TOP_ENTRIES


WHOLLY_SLOW = {
    "tests/bench/test_bench.py": "runs programs for seconds each",
    "tests/daemon/test_read_only.py": "promotes servers of its own",
    "tests/daemon/test_readiness.py": "kills servers of its own",
    "tests/e2e/test_drill.py": "makes an incident of thousands of jobs for each test",
    "tests/e2e/test_hostile.py": "goes through every screen for each hostile text",
    "tests/e2e/test_roles.py": "works for seconds as each role",
    "tests/e2e/test_sums.py": "needs a server with settings of its own",
    "tests/faults/test_hostile_cases.py": "has hundreds of calls that time out",
    "tests/faults/test_short_doses.py": "breaks things for seconds each",
    "tests/store/test_plans.py": "fills large tables",
    "tests/ui/test_hostile.py": "goes through every screen for each hostile text",
    "tests/ui/test_thousand_refreshes.py": "reads a thousand times",
}
"""Files without a quick test, with the reason."""


def test_every_other_file_has_a_quick_test() -> None:
    slow = re.compile(r"^pytestmark = .*mark\.slow\b", re.MULTILINE)
    found = {
        str(path.relative_to(TOP))
        for path in (TOP / "tests").rglob("test_*.py")
        if slow.search(path.read_text(encoding="utf-8"))
    }

    assert found == set(WHOLLY_SLOW)


def test_the_whole_check_runs_quick_and_slow_tests() -> None:
    """The README's command is the quick run; `.ci/run` takes it from there."""
    text = (TOP / ".ci" / "run").read_text(encoding="utf-8")
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    pytest_options = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"][
        "pytest"
    ]["ini_options"]

    assert "not slow" in pytest_options["addopts"]
    assert len(re.findall(r"^python3 -m venv .* -m pytest$", readme, re.MULTILINE)) == 1
    assert 'run_tests "$command"' in text
    assert "-m pytest -m slow" in text


def test_text_is_measured_in_one_place():
    measuring = re.compile(r"rich\.cells|\.[lr]just\(|\.center\(")
    found = [
        path.name
        for path in (PACKAGE / "ui", PACKAGE / "cli")
        for path in path.rglob("*.py")
        if measuring.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["cells.py"]
