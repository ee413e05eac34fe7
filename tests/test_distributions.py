"""What `pip`, `pipx` and `uv` install: the wheel and the source distribution, built as
they build them.
"""

import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
from trove_classifiers import classifiers as known_classifiers

from sq_console import RELEASED, __version__

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "sq_console"
PARTS = {
    "sq_console/py.typed": PACKAGE / "py.typed",
    "sq_console/LICENSE": PACKAGE / "LICENSE",
    "sq_console/ui/console.tcss": PACKAGE / "ui" / "console.tcss",
    "sq_console/db.example.ini": TOP / "db.example.ini",
    "sq_console/store/schema/mysql.sql": TOP / "schema.sql",
    "sq_console/store/schema/sqlite.sql": PACKAGE / "store" / "schema" / "sqlite.sql",
}
"""Name in the wheel -> file in the checkout."""
SOURCES = ("README.md", "pyproject.toml", "schema.sql", "db.example.ini", ".ci/run")
"""Files of the source distribution that stand outside of our two packages."""
PYTHON = re.compile(r"Programming Language :: Python :: 3\.(\d+)")


def build(folder: Path, target: str, out: Path) -> Path:
    """Build the *target* of the sources in *folder*; the file."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    (built,) = out.iterdir()
    return built


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith("/METADATA"))
        return message_from_string(opened.read(name).decode())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    built = build(TOP, "sdist", folder / "built")
    # Not tarfile: Debian's Python 3.11 has no filter, newer ones warn without.
    subprocess.run(["tar", "-xzf", built, "-C", folder], check=True, timeout=30)
    return folder / f"sq_console-{__version__}"


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of the source distribution, as `pip` does it."""
    return build(sdist, "wheel", tmp_path_factory.mktemp("wheel"))


def our_files(folder: Path) -> set[str]:
    """The files below *folder*, from it, but for what running them leaves."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_source_distribution_has_all_sources_and_tests(sdist: Path) -> None:
    for package in ("sq_console", "tests"):
        assert our_files(sdist / package) == our_files(TOP / package)
    assert {name for name in SOURCES if not (sdist / name).is_file()} == set()


def test_the_wheel_has_every_file_of_the_package_once(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    package = {f"sq_console/{name}" for name in our_files(PACKAGE)}
    assert package | set(PARTS) == {
        name for name in names if name.startswith("sq_console/")
    }
    assert len(names) == len(set(names))


@pytest.mark.parametrize("part", PARTS)
def test_the_wheel_has_the_part_as_it_stands(wheel: Path, part: str) -> None:
    assert zipfile.ZipFile(wheel).read(part) == PARTS[part].read_bytes()


def test_the_version_is_that_of_the_program(wheel: Path) -> None:
    assert metadata(wheel)["Version"] == __version__
    assert wheel.name == f"sq_console-{__version__}-py3-none-any.whl"


def test_the_program_is_installed_by_its_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (n for n in opened.namelist() if n.endswith("/entry_points.txt"))
        assert "sq-console = sq_console.__main__:main" in opened.read(name).decode()


def test_the_oldest_python_is_the_one_that_ruff_and_the_readme_know(
    wheel: Path,
) -> None:
    about = metadata(wheel)
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    minors = [int(minor) for minor in PYTHON.findall("\n".join(about.values()))]
    oldest = min(minors)

    assert about["Requires-Python"] == f">=3.{oldest}"
    assert project["tool"]["ruff"]["target-version"] == f"py3{oldest}"
    assert f"Python 3.{oldest} or newer" in (TOP / "README.md").read_text("utf-8")
    assert minors == list(range(oldest, max(minors) + 1))


def test_the_classifiers_are_known(wheel: Path) -> None:
    """An index refuses a distribution with another."""
    named = metadata(wheel).get_all("Classifier", [])

    assert set(named) <= set(known_classifiers)


def test_the_changelog_begins_with_this_version() -> None:
    text = (TOP / ".github" / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (.+)", text, re.MULTILINE)[0] == (
        f"{__version__} ({RELEASED})"
    )
