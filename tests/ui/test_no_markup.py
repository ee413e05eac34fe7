"""No text is handed to Textual to be read as markup."""

import ast
from pathlib import Path

import sq_console.ui

FOLDER = Path(sq_console.ui.__file__).parent
READS_MARKUP = {"Static", "Label", "notify", "RichLog", "Link", "Checkbox", "Markdown"}


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """(name, call) of every call in the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found.append((name, node))
    return found


def test_widgets_that_read_markup_have_it_switched_off():
    seen = 0
    for path in FOLDER.rglob("*.py"):
        for name, call in calls(path):
            if name not in READS_MARKUP:
                continue
            seen += 1
            off = {key.arg: getattr(key.value, "value", None) for key in call.keywords}
            assert off.get("markup") is False, f"{path.name}:{call.lineno} {name}"
    assert seen > 3


def test_texts_of_jobs_are_not_given_to_buttons_titles_and_tooltips():
    for path in FOLDER.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for name in ("border_title", "border_subtitle", ".tooltip =", "DataTable("):
            assert name not in source, f"{path.name} {name}"
