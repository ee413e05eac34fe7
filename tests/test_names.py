"""What names promise: one name means one thing, and means what the field means by it.

A word is looked up before it is invented: `.github/CONTRIBUTING.md` has the glossary.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "sq_console"

SAME_MODULES = {
    "session": "the parallel engines have one each",
    "schema_check": "the parallel engines have one each",
    "processor": "the package and the class it is named for",
    "pipeline": "the package and the class it is named for",
}
"""Names of several modules, with the reason."""

SAME_CLASSES: dict[str, str] = {}
"""Names of several classes, with the reason."""

OFTEN = {
    "choice": "each live screen says what a key would act on",
    "chosen": "each screen with jobs says which",
    "chosen_id": "each screen with jobs says which",
    "compose": "Textual calls it on each screen and widget",
    "compose_middle": "each live screen has its own widgets",
    "content": "each list paints its rows",
    "format": "each kind of log line has its own",
    "host_under_cursor": "each screen with hosts says which is under the cursor",
    "convert": "click calls it on each type of argument",
    "hint_applies": "each screen says what its keys would do",
    "label": "each list names its rows",
    "line": "each scroller says which line is where",
    "reload": "each live screen reads what it shows",
    "show": "what is painted is shown by its widget",
    "write": "files, and Textual's driver, have it",
}
"""Names defined more than four times, with the reason; `on_…`, `action_…` and
`watch_…` are Textual's hooks as well.
"""
_HOOK = re.compile(r"(?:on|action|watch)_\w+")
_MOST = 4

# A hyphen keeps this list from being found by itself, and by grep.
_PRIVATE = """
w-eather und-ertaker\\w* bu-ry bu-ries bu-ried bu-rial n-aps? p-ulses? he-art re-born
giving_b-ack Giving-Back un-certain se-ttle[sd]? h-urry h-urried H-URRIED\\w*
MOMENT_S-ECS t-urned Si-lence (?:un)?h-eard pass_t-urns co-urtesy b-arer Li-sted
Ref-usals take_s-tuck h-aunt\\w* gh-ost\\w* be-came de-eds? L-OT Li-feline sit-uat\\w+
[Ss]i-ght Ref-reshing look_s-oon t-old ret-old unt-old d-eaf\\w* D-EAF\\w* NotAD-raft
Unspeak-ableName _A-gain _O-urs _F-ate [Ww]ho-ever make_r-oom N-aps P-ulse He-art
Und-ertaker W-eather Co-urtesy D-eed looked_ev-erywhere left_a-lone
"""
_WORDS = "|".join(_PRIVATE.replace("-", "").split())
PRIVATE = re.compile(rf"(?<![A-Za-z])(?:\w*_)?(?:{_WORDS})(?:_\w*)?(?![A-Za-z])")
"""Words of a private language that were given up for the field's."""
_SHOWN = re.compile("it was to-ld to|was out of sig-ht".replace("-", ""))
"""What a user reads stays as it is."""


def _sources(*folders: str) -> Iterator[tuple[str, str]]:
    """(name, text) of what is written by hand in *folders*."""
    for folder in folders:
        for path in sorted((TOP / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".tcss", ".ini"):
                yield str(path.relative_to(TOP)), path.read_text(encoding="utf-8")


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for file, text in _sources("sq_console"):
        if file.endswith(".py"):
            yield file, ast.parse(text)


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Names of classes, functions and methods; what is inside a function is not seen
    from outside, and a setter has its property's name.
    """
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _public(node)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            is_setter = f"{node.name}.setter" in decorators
            if not node.name.startswith("_") and not is_setter:
                yield node.name


def test_no_two_modules_have_one_name() -> None:
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        name = path.parent.name if path.name == "__init__.py" else path.stem
        homes[name].append(str(path.relative_to(TOP)))

    several = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: several[name] for name in several.keys() - SAME_MODULES} == {}
    assert SAME_MODULES.keys() - several.keys() == set(), "no longer needed"


def test_no_two_classes_have_one_name() -> None:
    """A class inside another one, a message of Textual's, carries that one's name."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for file, tree in _trees():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(file)

    several = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: several[name] for name in several.keys() - SAME_CLASSES} == {}
    assert SAME_CLASSES.keys() - several.keys() == set(), "no longer needed"


def test_no_public_name_is_defined_more_than_four_times() -> None:
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for file, tree in _trees():
        for name in _public(tree):
            homes[name].append(file)

    often = {
        name: found
        for name, found in homes.items()
        if len(found) > _MOST and name not in OFTEN and not _HOOK.fullmatch(name)
    }
    assert often == {}
    needed = {name for name, found in homes.items() if len(found) > _MOST}
    assert OFTEN.keys() - needed == set(), "no longer needed"


def test_no_private_word_is_left() -> None:
    found = [
        f"{file}:{number}: {match[0]}"
        for file, text in _sources("sq_console", "tests")
        for number, line in enumerate(text.splitlines(), 1)
        for match in PRIVATE.finditer(_SHOWN.sub("", line))
    ]

    assert PRIVATE.search("_".join(("un", "to" + "ld"))), "the pattern finds nothing"
    assert found == []
